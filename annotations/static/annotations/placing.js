// @ts-check
// A note placed anew: its words are chosen as those of a new one are.

import { phrase } from "./phrases.js";
import { addressOf, rangeIn, wholeOf, wordsWith } from "./places.js";
import { wordBeside } from "./text.js";

/** @typedef {import("./places.js").Place} Place */

/** The page's htmx, loaded before any module runs. */
const htmx = /** @type {any} */ (globalThis).htmx;

const coarse = matchMedia("(pointer: coarse)");

export class Placing {
  /** the address that takes the place of the note; "" while none is placed */
  #url = "";
  /** its name on the page */
  #note = "";

  /**
   * @param {HTMLElement} room
   * @param {import("./toolbar.js").Toolbar} toolbar
   * @param {AbortSignal} signal
   */
  constructor(room, toolbar, signal) {
    this.room = room;
    this.toolbar = toolbar;
    this.text = toolbar.text;
    this.bar = /** @type {HTMLElement} */ (room.querySelector("#placing"));
    this.marking = /** @type {HTMLElement} */ (room.querySelector("#marking"));
    const cancel = /** @type {HTMLElement} */ (this.bar.querySelector("button"));
    cancel.addEventListener("click", () => this.leave(), { signal });
    // Before the page's own keys, which mean something else.
    const how = { capture: true, signal };
    document.addEventListener("keydown", (event) => this.#key(event), how);
  }

  get isOn() {
    return this.#url !== "";
  }

  /**
   * Ask for the words of a note.
   * @param {HTMLAnchorElement} link to the form that asks for them without script
   * @param {Element | null} place where it stands
   */
  begin(link, place) {
    this.#url = link.href;
    this.#note = `n-${link.dataset.root}`;
    const list = /** @type {HTMLAnchorElement} */ (this.bar.querySelector("a"));
    list.href = link.href;
    this.#show(true);
    /** @type {HTMLElement | null} */ (place)?.focus({ preventScroll: true });
    // A status is told when its words come, not when it is shown with them.
    const status = /** @type {HTMLElement} */ (this.bar.querySelector("[role=status]"));
    const words = coarse.matches ? phrase("placing") : `${phrase("placing")} ${phrase("byKey")}`;
    requestAnimationFrame(() => (status.textContent = words));
  }

  /** @param {Place} place */
  place({ exact, ...place }) {
    const { marking } = this;
    const values = { ...addressOf(place), exact };
    htmx.ajax("POST", this.#url, { source: marking, target: marking, swap: "none", values }).catch(
      () => {},
    );
  }

  /** The focus goes back to the note. */
  leave() {
    if (!this.isOn) return;
    this.stop();
    const card = document.getElementById(this.#note);
    const words = wordsWith(card?.closest(".notes")?.id.slice("notes-".length));
    card?.focus({ preventScroll: true });
    if (document.activeElement !== card) words?.focus({ preventScroll: true });
  }

  stop() {
    if (!this.isOn) return;
    this.#url = "";
    this.#show(false);
    getSelection()?.removeAllRanges();
    this.toolbar.hide();
  }

  /** @param {boolean} isOn */
  #show(isOn) {
    this.room.classList.toggle("places", isOn);
    this.bar.hidden = !isOn;
    const status = /** @type {HTMLElement} */ (this.bar.querySelector("[role=status]"));
    status.textContent = "";
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.isOn || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest("dialog, input, textarea, select")) return;
    const inText = target.matches(".words, body");
    const step = inText ? stepOf(event.key, this.text) : 0;
    if (event.key === "Escape") this.leave();
    else if (event.key === "Enter" && inText) this.#choose(target);
    else if (!step || !target.matches(".words")) return;
    else if (!this.#walk(target, step, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Select the word beside what is selected, or that too. Beyond the paragraph the browser makes a
   * selection longer.
   * @param {Element} words
   * @param {number} step
   * @param {boolean} more
   * @returns {boolean} whether the key has had its effect
   */
  #walk(words, step, more) {
    this.toolbar.offer();
    const { place } = this.toolbar;
    const here = place && wordsWith(place.first) === words ? place : null;
    const word = wordBeside(words.textContent ?? "", here, step);
    if (more && place && (!word || !here || place.first !== place.last)) return false;
    if (!word) return true;
    const [start, end] = word;
    const range =
      more && here
        ? rangeIn(words, Math.min(here.start, start), Math.max(here.end, end))
        : rangeIn(words, start, end);
    getSelection()?.setBaseAndExtent(
      range.startContainer,
      range.startOffset,
      range.endContainer,
      range.endOffset,
    );
    this.toolbar.offer();
    return true;
  }

  /** The selected words, or the paragraph that has the focus. @param {Element} target */
  #choose(target) {
    this.toolbar.offer();
    const words = /** @type {HTMLElement} */ (target);
    const whole = target.matches(".words") ? wholeOf(words) : null;
    const place = this.toolbar.place ?? whole;
    if (place) this.place(place);
  }
}

/**
 * Which way an arrow goes through a text: 1 on, -1 back.
 * @param {string} key
 * @param {Element} text
 */
function stepOf(key, text) {
  const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  return getComputedStyle(text).direction === "rtl" ? -step : step;
}
