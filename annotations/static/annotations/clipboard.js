// @ts-check
// Links to a note or a passage, for pasting elsewhere.

import { announce, phrase } from "./phrases.js";

/**
 * Copy an address, and say so.
 * @param {string} address
 */
export async function copy(address) {
  try {
    await navigator.clipboard.writeText(address);
    announce(phrase("copied"));
  } catch {
    // No clipboard without HTTPS, or not allowed: the address itself can be copied from here.
    prompt(phrase("copyThis"), address);
  }
}
