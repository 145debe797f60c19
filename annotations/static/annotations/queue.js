// @ts-check
// The keyboard's way through the moderators' queue: after a decision the focus goes to what
// waits next. Every letter presses what stands on the page as a button or a link.

import { say } from "./phrases.js";

const OPEN = ".case:not(.done)";

/** @param {string} selector @returns {HTMLElement[]} */
const all = (selector) => [...document.querySelectorAll(selector)].map((each) => /** @type {HTMLElement} */ (each));
const list = document.querySelector("#cases");

/** @returns {HTMLElement | null} the case that holds the focus */
function current() {
  return /** @type {HTMLElement | null} */ (document.activeElement?.closest(".case") ?? null);
}

/** @param {number} step */
function go(step) {
  const cases = all(".case").filter((each) => !each.matches(".done") || each === current());
  const here = current();
  const at = here ? cases.indexOf(here) : step > 0 ? -1 : cases.length;
  cases[Math.min(Math.max(at + step, 0), cases.length - 1)]?.focus();
}

/** @param {string} key */
function press(key) {
  const here = current();
  if (!here || here.querySelector(".htmx-request")) return;
  /** @type {HTMLElement | null} */ (here.querySelector(`[data-key="${key}"]`))?.click();
}

function choose() {
  /** @type {HTMLElement | null} */ (current()?.querySelector("[name=chosen]") ?? null)?.click();
}

/** @param {HTMLElement} decided */
function goOn(decided) {
  const after = all(OPEN).find(
    (each) => decided.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const next = after ?? all(OPEN)[0] ?? /** @type {HTMLElement | null} */ (document.querySelector(".further a"));
  const said = decided.dataset.said ?? "";
  if (next) {
    next.focus();
    say(said);
  } else {
    decided.focus();
    say(`${said} ${/** @type {HTMLElement} */ (list).dataset.done ?? ""}`);
  }
}

/** What can be taken back for a while goes when it can't any more. @param {ParentNode} place */
function expire(place) {
  for (const form of place.querySelectorAll(".undo[data-for]")) {
    const undo = /** @type {HTMLElement} */ (form);
    setTimeout(() => {
      const held = undo.contains(document.activeElement);
      const around = /** @type {HTMLElement | null} */ (undo.closest(".case"));
      undo.hidden = true;
      if (held) around?.focus();
    }, Number(undo.dataset.for) * 1000);
    undo.removeAttribute("data-for");
  }
}

/** @type {Record<string, () => void>} */
const KEYS = { j: () => go(1), k: () => go(-1), a: () => press("a"), r: () => press("r"), x: choose };

/** @param {KeyboardEvent} event */
function typed(event) {
  const target = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape" && target.closest(".deciding")) return leave();
  if (target.closest("input:not([name=chosen]), textarea, select, dialog, .deciding, [contenteditable]")) return;
  const deed = KEYS[event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
}

/** Close the form that asks for a reason. */
function leave() {
  const here = current();
  here?.querySelector(".deciding")?.replaceChildren();
  here?.focus();
}

/** @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element} */ (event.target);
  if (!target.closest(".deciding .cancel")) return;
  event.preventDefault();
  leave();
}

/** @param {any} event */
function settled(event) {
  const place = /** @type {HTMLElement} */ (event.detail.elt);
  if (place.matches(".deciding")) {
    const wrong = place.querySelector(".wrong :is(input, textarea), input[type=radio], textarea, button");
    /** @type {HTMLElement | null} */ (wrong)?.focus();
  } else if (place.matches(".case.done")) {
    expire(place);
    goOn(place);
  } else if (place.matches(".case")) place.focus();
}

/** @param {any} event */
function failed(event) {
  const refused = [403, 404, 410].includes(event.detail.xhr?.status);
  const { dataset } = /** @type {HTMLElement} */ (list);
  const sentence = (refused ? dataset.refused : dataset.failed) ?? "";
  const said = document.createElement("p");
  said.className = "errors failed";
  said.setAttribute("role", "alert");
  said.textContent = sentence;
  const place = event.detail.elt.closest(".case") ?? list;
  for (const before of place.querySelectorAll(".failed")) before.remove();
  place.append(said);
}

document.addEventListener("keydown", typed);
expire(document);
if (list) {
  document.addEventListener("click", clicked);
  document.body.addEventListener("htmx:afterSettle", settled);
  document.body.addEventListener("htmx:responseError", failed);
  document.body.addEventListener("htmx:sendError", failed);
}
