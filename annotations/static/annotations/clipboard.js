// @ts-check
// Links to a note or a passage, for pasting elsewhere.

import { phrase, say } from "./phrases.js";

/**
 * Copy an address, and say so to everybody.
 * @param {string} address
 * @param {HTMLElement} toast shows for a moment that it happened
 */
export async function copy(address, toast) {
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    // No clipboard without HTTPS, or not allowed: the address itself can be copied from here.
    prompt(phrase("copyThis"), address);
    return;
  }
  say(phrase("copied"));
  toast.textContent = phrase("copied");
  toast.classList.remove("shown");
  requestAnimationFrame(() => toast.classList.add("shown"));
}
