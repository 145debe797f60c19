// @ts-check
// The notes beside the text: where each card stands, and which one is being read.

import { paintPending } from "./paint.js";
import { marksOfNote, rangeIn, rangesOf, stretchOf, tableOf, wordsWith } from "./places.js";
import { stack } from "./stack.js";
import { covering } from "./text.js";

/** @typedef {import("./places.js").Place} Place */

const GAP = 12;
const wide = matchMedia("(min-width: 900px)");
const smooth = matchMedia("(prefers-reduced-motion: no-preference)");

/** Whether notes stand beside the text; elsewhere they come in a sheet from below. */
export function isWide() {
  return wide.matches;
}

/** @param {Element} card */
export function wordsOf(card) {
  return wordsWith(card.closest(".notes")?.id.slice("notes-".length));
}

/**
 * By what cards on one paragraph are ordered: talk about all of it first, then as words follow.
 * @param {HTMLElement} card
 */
function rank(card) {
  const { start, isWhole } = standing(card);
  return [isWhole ? 0 : 1, start, Number(card.dataset.written)];
}

/** Where in its paragraph a card's thread stands. @param {HTMLElement} card */
function standing(card) {
  const thread = /** @type {HTMLElement | null} */ (card.querySelector(":scope > .thread"));
  return {
    start: Number(thread?.dataset.start),
    isWhole: Boolean(thread?.classList.contains("whole")),
  };
}

/** @param {number[]} one @param {number[]} other */
function isBefore(one, other) {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && one[at] < other[at];
}

export class Margin {
  /** @type {HTMLElement | null} */
  active = null;
  /** @type {Place | null} the words that a note is being written about */
  pending = null;
  /** @type {HTMLElement | null} */
  #hovered = null;
  #asked = false;

  /** @param {HTMLElement} room @param {AbortSignal} signal */
  constructor(room, signal) {
    this.room = room;
    this.text = /** @type {HTMLElement} */ (room.querySelector("#text"));
    this.composer = /** @type {HTMLElement} */ (room.querySelector("#composer"));
    const resized = new ResizeObserver(() => this.ask());
    resized.observe(this.text);
    signal.addEventListener("abort", () => resized.disconnect());
    wide.addEventListener("change", () => this.ask(), { signal });
    room.addEventListener("toggle", () => this.ask(), { capture: true, signal });
    room.addEventListener("input", () => this.ask(), { signal });
    room.addEventListener("pointerover", (event) => this.#hover(event), { signal });
    document.fonts.ready.then(() => this.ask());
  }

  /** Lay the cards out before the next frame; asking twice lays once. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.lay();
    });
  }

  lay() {
    this.room.classList.toggle("laid", wide.matches);
    if (!wide.matches) {
      this.text.style.minHeight = "";
      for (const element of this.#movable()) element.style.transform = "";
      return;
    }
    const items = this.#measured();
    const current = this.pending ? this.composer : this.active;
    const tops = stack(items, GAP, items.findIndex(({ element }) => element === current));
    items.forEach(({ element, origin }, at) => {
      element.style.transform = `translateY(${Math.round(tops[at] - origin)}px)`;
    });
    const last = items.length - 1;
    const end = last < 0 ? 0 : tops[last] + items[last].height;
    this.text.style.minHeight = `${Math.max(0, end - this.text.getBoundingClientRect().top)}px`;
  }

  /** @returns {HTMLElement[]} */
  #movable() {
    const notes = this.text.querySelectorAll(".notes > *");
    return /** @type {HTMLElement[]} */ ([...notes, this.composer]);
  }

  /** Everything is read before anything is moved, so that the browser lays out once. */
  #measured() {
    /** @type {Map<Element | null, number>} */
    const origins = new Map();
    const top = (/** @type {Element | null} */ box) => {
      if (!origins.has(box)) origins.set(box, box?.getBoundingClientRect().top ?? 0);
      return /** @type {number} */ (origins.get(box));
    };
    const isOpen = this.pending !== null;
    let anchor = 0;
    const items = this.#movable()
      .filter((element) => element !== this.composer || isOpen)
      .map((element) => {
        const isComposer = element === this.composer;
        if (isComposer) anchor = this.#pendingTop();
        else if (element.matches(".card")) anchor = this.#anchorOf(element);
        const origin = top(isComposer ? this.room : element.parentElement);
        return { element, anchor, height: element.offsetHeight, origin };
      });
    return items.sort((one, other) => one.anchor - other.anchor);
  }

  /** @param {HTMLElement} card */
  #anchorOf(card) {
    const words = wordsOf(card);
    if (!words) return 0;
    const { start, isWhole } = standing(card);
    const begins = isWhole ? words : rangeIn(words, start, start + 1);
    return begins.getBoundingClientRect().top - 8;
  }

  #pendingTop() {
    const { first, start } = /** @type {Place} */ (this.pending);
    const words = wordsWith(first);
    return words ? rangeIn(words, start, start + 1).getBoundingClientRect().top - 8 : 0;
  }

  /** @param {string} note its short name */
  cardOf(note) {
    const card = this.room.querySelector(`.card[data-note="${CSS.escape(note)}"]`);
    return /** @type {HTMLElement | null} */ (card);
  }

  /** The cards as they follow one another on the page. */
  cards() {
    const cards = this.#measured().filter(({ element }) => element.matches(".card"));
    return cards.map(({ element }) => element);
  }

  /** @param {HTMLElement | null} card @param {{ unfold?: boolean }} [how] */
  activate(card, { unfold = true } = {}) {
    if (card === this.active) return;
    const before = this.active;
    this.active = card;
    this.room.classList.toggle("moves", smooth.matches);
    if (before) {
      before.classList.remove("active");
      if (!before.querySelector(".compose form")) fold(before, false);
    }
    if (card) {
      card.classList.add("active");
      if (unfold) fold(card, true);
    }
    this.paintActive();
    this.ask();
  }

  /** Stronger edges for the words of the note that is read and of the one pointed at. */
  paintActive() {
    for (const mark of this.text.querySelectorAll("mark.active")) mark.classList.remove("active");
    for (const card of [this.active, this.#hovered]) {
      const marks = card?.isConnected ? marksOfNote(card.dataset.note ?? "", this.text) : [];
      for (const mark of marks) mark.classList.add("active");
    }
  }

  /** @param {Place | null} place */
  compose(place) {
    this.pending = place;
    this.room.classList.toggle("moves", smooth.matches);
    paintPending(place ? rangesOf(place, this.text) : []);
    this.ask();
  }

  /**
   * A card that has come, put where it belongs among those of its paragraph. One that was here
   * already, with nothing being written in it, makes way.
   * @param {HTMLElement} card
   */
  sort(card) {
    for (const twin of this.room.querySelectorAll(`[id="${card.id}"]`)) {
      if (twin !== card && !twin.querySelector("form")) twin.remove();
    }
    this.#order(card);
  }

  /**
   * A card whose note has another place, put among the notes of its paragraph.
   * @param {HTMLElement} card
   * @param {string} key of the paragraph
   */
  move(card, key) {
    const notes = document.getElementById(`notes-${key}`);
    if (notes && card.parentElement !== notes) notes.append(card);
    this.#order(card);
  }

  /** @param {HTMLElement} card */
  #order(card) {
    const mine = rank(card);
    const cards = /** @type {HTMLElement[]} */ ([...(card.parentElement?.children ?? [])]);
    const others = cards.filter((other) => other !== card && other.matches(".card"));
    const next = others.find((other) => isBefore(mine, rank(other)));
    if (next) next.before(card);
  }

  /**
   * The note to show when a mark is chosen: of several, the next one each time.
   * @param {Element} mark
   */
  noteAt(mark) {
    const words = /** @type {HTMLElement} */ (mark.closest(".words"));
    const { start, end } = stretchOf(mark, words);
    const notes = covering(tableOf(words), start, end);
    const at = notes.indexOf(this.active?.dataset.note ?? "");
    const next = (at + 1) % notes.length;
    return { note: notes[next], at: next + 1, of: notes.length };
  }

  /** @param {Event} event */
  #hover(event) {
    const card = /** @type {Element} */ (event.target).closest(".card");
    if (card === this.#hovered) return;
    this.#hovered = /** @type {HTMLElement | null} */ (card);
    this.paintActive();
  }
}

/** @param {Element} card @param {boolean} open */
function fold(card, open) {
  const replies = card.querySelector("details.replies");
  if (replies) /** @type {HTMLDetailsElement} */ (replies).open = open;
}
