// @ts-check
// Where cards stand in the margin. Nothing here knows the DOM.

/** @typedef {{ anchor: number, height: number }} Card */

/**
 * The top of every card, in pixels, in one pass.
 *
 * None overlaps, their order is kept, and the active one stands exactly at its anchor: it pushes
 * the others up and down. With none active a card stands at its anchor or below the one before.
 * @param {Card[]} cards sorted by anchor
 * @param {number} gap pixels between two of them
 * @param {number} [active] index of the active one, -1 for none
 * @returns {number[]}
 */
export function stack(cards, gap, active = -1) {
  const first = Math.max(0, active);
  /** @type {number[]} */
  const tops = [];
  for (let at = first; at < cards.length; at += 1) {
    const free = at === first ? -Infinity : tops[at - 1] + cards[at - 1].height + gap;
    tops[at] = Math.max(cards[at].anchor, free);
  }
  for (let at = first - 1; at >= 0; at -= 1) {
    tops[at] = Math.min(cards[at].anchor, tops[at + 1] - cards[at].height - gap);
  }
  return tops;
}
