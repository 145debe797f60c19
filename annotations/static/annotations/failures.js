// @ts-check
// A request that failed leaves its form as it is, with a sentence about what to do.

import { announce, phrase } from "./phrases.js";

/** The page's htmx, loaded before any module runs. */
const htmx = /** @type {any} */ (globalThis).htmx;

/** @param {HTMLElement} room @param {AbortSignal} signal */
export function tell(room, signal) {
  const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ does) =>
    room.addEventListener(name, does, { signal });
  listen("htmx:responseError", failed);
  listen("htmx:sendError", failed);
  listen("htmx:timeout", failed);
  listen("htmx:beforeRequest", ({ detail }) => forget(detail.elt));
}

/** @param {any} event */
function failed({ detail: { elt, xhr, requestConfig } }) {
  const token = xhr?.getResponseHeader("X-CSRFToken");
  if (token && sentAgain(token, elt, requestConfig)) return;
  const form = elt.closest("form");
  const status = xhr?.status ?? 0;
  if (form) write(form, status);
  else if (status === 403 && elt.matches(".wonder")) announce(phrase("own"));
  else announce(status === 401 ? phrase("signedOutHere") : sentence(status));
}

/** @param {number} status 0 where no answer came */
function sentence(status) {
  if (status === 401) return phrase("signedOut");
  if (status === 403) return phrase("forbidden");
  if (status === 404 || status === 410) return phrase("gone");
  return phrase("unreached");
}

/** @param {Element} form @param {number} status */
function write(form, status) {
  forget(form);
  const said = document.createElement("p");
  said.className = "failed";
  said.setAttribute("role", "alert");
  said.textContent = sentence(status);
  if (status === 401) said.append(" ", signIn());
  form.prepend(said);
}

/**
 * Signing in in another tab has changed the token that requests carry: take the new one over and
 * ask again, once for each token.
 * @param {string} token
 * @param {HTMLElement} asked
 * @param {any} config htmx's, of the request that failed
 */
function sentAgain(token, asked, { verb, path, target, parameters }) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    /** @type {HTMLInputElement} */ (field).value = token;
  }
  if (asked.dataset.token === token) return false;
  asked.dataset.token = token;
  if (asked instanceof HTMLFormElement) asked.requestSubmit();
  else htmx.ajax(verb, path, { source: asked, target, swap: "none", values: parameters });
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
