// @ts-check
// What a choice comes to is told, and whoever waits for a file keeps the focus.

import { tell } from "./failures.js";
import { say } from "./phrases.js";

const page = /** @type {HTMLElement} */ (document.querySelector(".page"));
let waited = false;

document.body.addEventListener("htmx:beforeSwap", () => {
  waited = page.querySelector("#progress")?.contains(document.activeElement) ?? false;
});
document.body.addEventListener("htmx:afterSwap", () => {
  const told = /** @type {HTMLElement | null} */ (page.querySelector("[data-told]"));
  if (told) say(told.innerText.replace(/\s+/g, " ").trim());
  // What was waited on goes once the file is there; a moment before, the focus is still on it.
  if (!waited || page.contains(document.activeElement)) return;
  const next = page.querySelector("#progress .go") ?? page.querySelector(".after a");
  /** @type {HTMLElement | null} */ (next)?.focus();
});
tell(page, new AbortController().signal);
