// @ts-check
// A request that failed leaves its form as it is, with a sentence about what to do.

import { phrase } from "./phrases.js";

/** @param {number} status 0 where no answer came */
function sentence(status) {
  if (status === 401) return phrase("signedOut");
  if (status === 403) return phrase("forbidden");
  if (status === 404 || status === 410) return phrase("gone");
  return phrase("unreached");
}

/** @param {HTMLElement} room @param {AbortSignal} signal */
export function tell(room, signal) {
  const show = (/** @type {any} */ event) => {
    const asked = /** @type {Element} */ (event.detail.elt);
    const token = event.detail.xhr?.getResponseHeader("X-CSRFToken");
    if (token && renewed(token, asked)) return;
    const place = asked.closest("form") ?? room.querySelector("#composer") ?? room;
    const status = event.detail.xhr?.status ?? 0;
    forget(place);
    const said = document.createElement("p");
    said.className = "failed";
    said.setAttribute("role", "alert");
    said.textContent = sentence(status);
    if (status === 401) said.append(" ", signIn());
    place.prepend(said);
  };
  const retry = (/** @type {any} */ event) => forget(event.detail.elt);
  room.addEventListener("htmx:responseError", show, { signal });
  room.addEventListener("htmx:sendError", show, { signal });
  room.addEventListener("htmx:timeout", show, { signal });
  room.addEventListener("htmx:beforeRequest", retry, { signal });
}

/**
 * Signing in in another tab has changed the token that forms carry: take the new one over and
 * send the form again, once for each token.
 * @param {string} token
 * @param {Element} asked
 */
function renewed(token, asked) {
  if (!(asked instanceof HTMLFormElement)) return false;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    /** @type {HTMLInputElement} */ (field).value = token;
  }
  if (asked.dataset.renewed) return false;
  asked.dataset.renewed = "true";
  asked.requestSubmit();
  return true;
}

function signIn() {
  const link = document.createElement("a");
  link.href = phrase("signInUrl");
  link.target = "_blank";
  link.textContent = phrase("signIn");
  return link;
}

/** @param {Element} place */
function forget(place) {
  for (const said of place.querySelectorAll(":scope > .failed")) said.remove();
}
