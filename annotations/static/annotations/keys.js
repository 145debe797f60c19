// @ts-check
// The keyboard's way through the text. Letters act only while the focus is in the article.

/**
 * @typedef {object} Deeds
 * @property {(step: number) => void} paragraph
 * @property {(step: number) => void} note
 * @property {(act: string) => void} write
 * @property {() => void} help
 * @property {() => void} leave
 */

const WRITES = new Map([
  ["h", "highlight"],
  ["c", "comment"],
  ["q", "question"],
  ["y", "cite"],
]);

/** @param {Element} target */
function takesText(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog") !== null;
}

/**
 * @param {HTMLElement} text
 * @param {Deeds} deeds
 * @param {AbortSignal} signal
 */
export function listen(text, deeds, signal) {
  /** @type {Record<string, () => void>} */
  const keys = {
    j: () => deeds.paragraph(1),
    k: () => deeds.paragraph(-1),
    n: () => deeds.note(1),
    N: () => deeds.note(-1),
    "?": () => deeds.help(),
    Escape: () => deeds.leave(),
  };
  for (const [key, act] of WRITES) keys[key] = () => deeds.write(act);
  text.addEventListener(
    "keydown",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      if (event.ctrlKey || event.metaKey || event.altKey || takesText(target)) return;
      const deed = keys[event.key];
      if (!deed) return;
      event.preventDefault();
      deed();
    },
    { signal },
  );
}
