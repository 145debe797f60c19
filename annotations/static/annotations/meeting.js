// @ts-check
// The meeting sheet: once something is ticked off, the next line to write on has the focus.

import { tell } from "./failures.js";
import { say } from "./phrases.js";

const sheet = /** @type {HTMLElement} */ (document.querySelector("#meeting"));
const print = /** @type {HTMLButtonElement | null} */ (sheet.querySelector("#print"));

/** @param {ParentNode} place @returns {HTMLElement[]} */
const lines = (place) => [...place.querySelectorAll("input.line")].map((each) => /** @type {HTMLElement} */ (each));

/** @param {Event} event */
function goOn(event) {
  const { item, done } = /** @type {CustomEvent} */ (event).detail;
  const changed = document.getElementById(item);
  if (!changed) return;
  const open = lines(sheet);
  const after = open.find(
    (each) => changed.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const next = done ? (after ?? open[0]) : lines(changed)[0];
  (next ?? changed).focus();
  say(sheet.querySelector("#progress")?.textContent ?? "");
}

document.body.addEventListener("catena:ticked", goOn);
tell(sheet, new AbortController().signal);
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
