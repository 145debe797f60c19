// @ts-check
// What script says to people: written on the page by the server, in their language.

const SHOWN_MS = 4000;
let timer = 0;

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

/**
 * Told to everybody, where nothing on the page shows it.
 * @param {string} words
 */
export function announce(words) {
  say(words);
  const toast = document.querySelector("#toast");
  if (!toast) return;
  toast.textContent = words;
  toast.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("shown"), SHOWN_MS);
}
