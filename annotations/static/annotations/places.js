// @ts-check
// Between the DOM and places in the text. A paragraph's element is `.words`: its textContent is
// the paragraph's text, so an offset in one is an offset in the other.

import { codePoints, codeUnits, covering, stretches, trimmed } from "./text.js";

/**
 * An ordered range over one or more paragraphs, by their keys and in code points. Elements would
 * not do: they are replaced whenever their paragraph is painted anew.
 * @typedef {{ first: string, last: string, start: number, end: number, exact: string }} Place
 */

/**
 * A place as a form sends it, with the revision of the text that the page shows.
 * @param {Omit<Place, "exact">} place
 */
export function addressOf({ first, start, last, end }) {
  const room = /** @type {HTMLElement | null} */ (document.querySelector("reading-room"));
  const revision = room?.dataset.revision ?? "";
  return { start_key: first, start: String(start), end_key: last, end: String(end), revision };
}

/** @param {Element} words */
function keyOf(words) {
  return words.id.slice("p-".length);
}

/** @param {string | undefined} key */
export function wordsWith(key) {
  return document.getElementById(`p-${key}`);
}

/** @param {Element} words */
function textOf(words) {
  return words.textContent ?? "";
}

/**
 * How far into a paragraph a point of the DOM lies.
 * @param {Element} words
 * @param {Node} node
 * @param {number} offset
 */
function offsetOf(words, node, offset) {
  const before = document.createRange();
  before.selectNodeContents(words);
  before.setEnd(node, offset);
  return codePoints(before.toString());
}

/**
 * The part of a paragraph that a range of the DOM covers, or null.
 * @param {HTMLElement} words
 * @param {Range} range
 */
function partOf(words, range) {
  const { startContainer, startOffset, endContainer, endOffset } = range;
  const start = words.contains(startContainer) ? offsetOf(words, startContainer, startOffset) : 0;
  const end = words.contains(endContainer)
    ? offsetOf(words, endContainer, endOffset)
    : codePoints(textOf(words));
  const inside = trimmed(textOf(words), start, end);
  return inside && { words, start: inside[0], end: inside[1] };
}

/**
 * What a range of the DOM covers of the article, or null where it covers none of its words.
 * @param {Range} range
 * @param {Element} article
 * @returns {Place | null}
 */
export function placeOf(range, article) {
  const parts = [...article.querySelectorAll(".words")]
    .filter((words) => range.intersectsNode(words))
    .map((words) => partOf(/** @type {HTMLElement} */ (words), range))
    .filter((part) => part !== null);
  if (parts.length === 0) return null;
  const [head, tail] = [parts[0], parts[parts.length - 1]];
  const exact = parts
    .map(({ words, start, end }) => textBetween(words, start, end))
    .join("\n");
  const [first, last] = [keyOf(head.words), keyOf(tail.words)];
  return { first, last, start: head.start, end: tail.end, exact };
}

/**
 * A whole paragraph as a place.
 * @param {HTMLElement} words
 * @returns {Place}
 */
export function wholeOf(words) {
  const [key, text] = [keyOf(words), textOf(words)];
  return { first: key, last: key, start: 0, end: codePoints(text), exact: text };
}

/** @param {Element} words @param {number} start @param {number} end */
function textBetween(words, start, end) {
  const text = textOf(words);
  return text.slice(codeUnits(text, start), codeUnits(text, end));
}

/**
 * The range of the DOM for a stretch of a paragraph.
 * @param {Element} words
 * @param {number} start
 * @param {number} end
 */
export function rangeIn(words, start, end) {
  const text = textOf(words);
  const range = document.createRange();
  range.selectNodeContents(words);
  const [from, to] = [codeUnits(text, start), codeUnits(text, end)];
  const nodes = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    const length = /** @type {Text} */ (node).length;
    if (seen <= from && from < seen + length) range.setStart(node, from - seen);
    if (seen < to && to <= seen + length) {
      range.setEnd(node, to - seen);
      break;
    }
    seen += length;
  }
  return range;
}

/**
 * The ranges of the DOM for a place, one a paragraph.
 * @param {Place} place
 * @param {Element} article
 */
export function rangesOf({ first, last, start, end }, article) {
  const all = [...article.querySelectorAll(".words")];
  const at = (/** @type {string} */ key) => all.findIndex((words) => keyOf(words) === key);
  return all.slice(at(first), at(last) + 1).map((words) => {
    const from = keyOf(words) === first ? start : 0;
    const to = keyOf(words) === last ? end : codePoints(textOf(words));
    return rangeIn(words, from, to);
  });
}

/**
 * The marks over the words of a note, wherever it stands in the text. Marks are flat, so each lies
 * wholly inside a note or wholly outside.
 * @param {string} note
 * @param {Element} article
 */
export function marksOfNote(note, article) {
  return [...article.querySelectorAll(`.words[data-notes*="${CSS.escape(note)}:"]`)].flatMap(
    (words) =>
      [...words.querySelectorAll("mark")].filter((mark) => {
        const { start, end } = stretchOf(mark, words);
        return covering(tableOf(words), start, end).includes(note);
      }),
  );
}

/** @param {Element} words */
export function tableOf(words) {
  return stretches(/** @type {HTMLElement} */ (words).dataset.notes ?? "");
}

/**
 * The stretch that a mark covers in its paragraph.
 * @param {Element} mark
 * @param {Element} words
 */
export function stretchOf(mark, words) {
  const start = offsetOf(words, mark, 0);
  return { start, end: start + codePoints(mark.textContent ?? "") };
}
