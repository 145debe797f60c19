// @ts-check
// What can be done with selected words. It never takes the focus or the selection.

import { placeOf, rangesOf } from "./places.js";

const GAP = 8;
const SCROLLED_AWAY = 300;
const coarse = matchMedia("(pointer: coarse)");

export class Toolbar {
  /** @type {import("./places.js").Place | null} */
  place = null;
  /** the category chosen last */
  last = "yellow";
  /** what is selected while an earlier answer paints its paragraph anew
   * @type {import("./places.js").Place | null} */
  #kept = null;
  #scroll = 0;
  #timer = 0;

  /**
   * @param {HTMLElement} room
   * @param {(act: string, place: import("./places.js").Place, category: string) => void} act
   * @param {AbortSignal} signal
   */
  constructor(room, act, signal) {
    this.room = room;
    this.text = /** @type {HTMLElement} */ (room.querySelector("#text"));
    this.bar = /** @type {HTMLElement} */ (room.querySelector("#toolbar"));
    this.act = act;
    const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ does) =>
      document.addEventListener(name, does, { signal });
    listen("pointerdown", (event) => this.#press(event));
    listen("pointerup", (event) => this.#release(event));
    listen("keyup", (event) => event.key === "Shift" && this.offer());
    listen("keydown", (event) => event.key === "Escape" && this.hide());
    listen("selectionchange", () => this.#changed());
    listen("htmx:oobBeforeSwap", () => (this.#kept = this.#selected()));
    listen("htmx:oobAfterSwap", () => this.#select());
    listen("scroll", () => {
      if (!coarse.matches && Math.abs(scrollY - this.#scroll) > SCROLLED_AWAY) this.hide();
    });
    this.bar.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
    this.bar.addEventListener("click", (event) => this.#click(event), { signal });
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const target = /** @type {Element} */ (event.target);
    if (this.bar.contains(target)) return;
    if (!coarse.matches) this.hide();
    // While words are drawn over, notes and numbers beside them stay out of the selection.
    this.room.classList.toggle("selecting", target.closest(".words") !== null);
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (this.bar.contains(/** @type {Node} */ (event.target))) return;
    if (!coarse.matches) setTimeout(() => this.offer());
  }

  #changed() {
    if (getSelection()?.isCollapsed) this.hide();
    if (!coarse.matches) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.offer(), 250);
  }

  /** Show the toolbar where words of the article are selected. */
  offer() {
    this.place = this.#selected();
    if (!this.place) return;
    this.#scroll = scrollY;
    this.bar.hidden = false;
    this.bar.classList.toggle("docked", coarse.matches);
    if (!coarse.matches) this.#stand(this.place);
  }

  /** What is selected of the article's words, or null. */
  #selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
    const range = selection.getRangeAt(0);
    return range.intersectsNode(this.text) ? placeOf(range, this.text) : null;
  }

  /** Select anew what was selected before its words were replaced by themselves. */
  #select() {
    if (!this.#kept) return;
    const ranges = rangesOf(this.#kept, this.text);
    const [first, last] = [ranges[0], ranges[ranges.length - 1]];
    getSelection()?.setBaseAndExtent(
      first.startContainer,
      first.startOffset,
      last.endContainer,
      last.endOffset,
    );
    this.#kept = null;
  }

  hide() {
    this.bar.hidden = true;
    this.place = null;
  }

  /** @param {import("./places.js").Place} place */
  #stand(place) {
    const rects = rangesOf(place, this.text).flatMap((range) => [...range.getClientRects()]);
    const [begin, end] = [rects[0], rects[rects.length - 1]];
    const room = this.room.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.bar;
    const left = Math.min(Math.max(GAP, end.right - width / 2), innerWidth - width - GAP);
    const below = end.bottom + GAP;
    const top = below + height + GAP <= innerHeight ? below : begin.top - GAP - height;
    this.bar.style.left = `${left - room.left}px`;
    this.bar.style.top = `${top - room.top}px`;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const chosen = /** @type {Element} */ (event.target).closest("button");
    if (!chosen || !this.place) return;
    const { act = "", category = this.last } = chosen.dataset;
    this.do(act, category);
  }

  /** @param {string} act @param {string} [category] */
  do(act, category = this.last) {
    const place = this.place;
    if (!place) return;
    if (act === "highlight") this.#showLast(category);
    // Where a note is placed the words stay selected until they are taken; those that are copied
    // stay so too.
    if (act === "cite") this.hide();
    else if (act !== "place") {
      this.hide();
      getSelection()?.removeAllRanges();
    }
    this.act(act, place, category);
  }

  /** The category used last comes first, by name. @param {string} category */
  #showLast(category) {
    this.last = category;
    const named = /** @type {HTMLElement} */ (this.bar.querySelector(".named .swatch"));
    named.className = `swatch ${category}`;
    for (const button of this.bar.querySelectorAll(".colour")) {
      const one = /** @type {HTMLElement} */ (button);
      one.hidden = one.dataset.category === category;
    }
  }
}
