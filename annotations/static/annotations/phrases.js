// @ts-check
// What script says to people: written on the page by the server, in their language.

/** @param {string} name */
export function phrase(name) {
  const phrases = /** @type {HTMLElement | null} */ (document.querySelector("#phrases"));
  return phrases?.dataset[name] ?? "";
}

/**
 * Told to those who can't see the page change.
 * @param {string} words
 */
export function say(words) {
  const status = document.querySelector("#status");
  if (status) status.textContent = words;
}
