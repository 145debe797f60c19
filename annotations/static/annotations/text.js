// @ts-check
// Offsets in text. The server and the table of notes count Unicode code points, the DOM counts
// UTF-16 code units. Nothing here knows the DOM.

/** @typedef {{ note: string, start: number, end: number }} Stretch */

/** @param {string} text @param {number} at */
function width(text, at) {
  return /** @type {number} */ (text.codePointAt(at)) > 0xffff ? 2 : 1;
}

/**
 * How many code points the first `units` code units of a text hold; half a pair is none.
 * @param {string} text
 * @param {number} [units]
 */
export function codePoints(text, units = text.length) {
  let points = 0;
  for (let at = 0; at < units; points += 1) {
    at += width(text, at);
    if (at > units) return points;
  }
  return points;
}

/**
 * The code unit at which a code point of a text begins.
 * @param {string} text
 * @param {number} points
 */
export function codeUnits(text, points) {
  let at = 0;
  for (let left = points; left > 0 && at < text.length; left -= 1) at += width(text, at);
  return at;
}

/**
 * The words between two offsets without the white space around them; null where none are left.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {[number, number] | null}
 */
export function trimmed(text, start, end) {
  const inside = text.slice(codeUnits(text, start), codeUnits(text, end));
  const before = codePoints(inside) - codePoints(inside.trimStart());
  const after = codePoints(inside) - codePoints(inside.trimEnd());
  return start + before < end - after ? [start + before, end - after] : null;
}

/**
 * A paragraph's table of notes: "note:start:end …".
 * @param {string} table
 * @returns {Stretch[]}
 */
export function stretches(table) {
  return table
    .split(" ")
    .filter(Boolean)
    .map((row) => {
      const [note, start, end] = row.split(":");
      return { note, start: Number(start), end: Number(end) };
    });
}

/**
 * The notes that cover a stretch, the shortest first.
 * @param {Stretch[]} all
 * @param {number} start
 * @param {number} end
 */
export function covering(all, start, end) {
  return all
    .filter((one) => one.start <= start && end <= one.end)
    .sort((one, other) => one.end - one.start - (other.end - other.start))
    .map((one) => one.note);
}

/**
 * The word after a stretch of a text, or before it; with no stretch the first one.
 * @param {string} text
 * @param {{ start: number, end: number } | null} here
 * @param {number} step 1 or -1
 * @returns {[number, number] | null} null where there is none
 */
export function wordBeside(text, here, step) {
  const words = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment, index }) => {
      const start = codePoints(text, index);
      return /** @type {[number, number]} */ ([start, start + codePoints(segment)]);
    });
  const found = !here
    ? words[0]
    : step > 0
      ? words.find(([start]) => start >= here.end)
      : words.findLast(([, end]) => end <= here.start);
  return found ?? null;
}
