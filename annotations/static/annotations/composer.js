// @ts-check
// Writing: the form comes from the server, for the place that was chosen.

import { keyOf } from "./places.js";

/** @typedef {import("./places.js").Place} Place */

/** The page's htmx, loaded before any module runs. */
const htmx = /** @type {any} */ (globalThis).htmx;

/** A version 4 UUID. `crypto.randomUUID` exists only where the page came by HTTPS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Place} place */
function addressOf(place) {
  return {
    start_key: keyOf(place.first),
    start: String(place.start),
    end_key: keyOf(place.last),
    end: String(place.end),
  };
}

export class Composer {
  /**
   * @param {HTMLElement} room
   * @param {import("./margin.js").Margin} margin
   * @param {AbortSignal} signal
   */
  constructor(room, margin, signal) {
    this.room = room;
    this.margin = margin;
    this.element = margin.composer;
    this.url = /** @type {string} */ (room.dataset.annotate);
    room.addEventListener("click", (event) => this.#cancel(event), { signal });
    room.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  get form() {
    return this.element.querySelector("form");
  }

  /**
   * Ask for the form; the words it is about are sent along with the note, so that a text which
   * has changed meanwhile is noticed.
   * @param {Place} place
   * @param {string} motivation
   */
  async open(place, motivation) {
    if (this.hasWords) return this.focus();
    this.margin.activate(null);
    this.margin.compose(place);
    const query = new URLSearchParams({ ...addressOf(place), motivation });
    await htmx.ajax("GET", `${this.url}?${query}`, { target: this.element, swap: "innerHTML" });
    const exact = this.form?.querySelector("input[name=exact]");
    if (!exact) return this.close();
    /** @type {HTMLInputElement} */ (exact).value = place.exact;
    this.margin.ask();
    this.focus();
  }

  focus() {
    const body = /** @type {HTMLElement | null} */ (this.element.querySelector("textarea"));
    body?.focus({ preventScroll: this.room.classList.contains("laid") });
  }

  /** @param {Place} place @param {string} category */
  async highlight(place, category) {
    await htmx.ajax("POST", this.url, {
      source: this.element,
      target: this.element,
      swap: "innerHTML",
      values: {
        ...addressOf(place),
        exact: place.exact,
        motivation: "highlighting",
        category,
        audience: this.room.dataset.audience,
        client_id: uuid(),
      },
    });
    this.margin.compose(this.form ? place : null);
  }

  /** Whether something is being written that isn't saved. */
  get hasWords() {
    const body = /** @type {HTMLTextAreaElement | null} */ (this.element.querySelector("textarea"));
    return Boolean(body?.value.trim());
  }

  close() {
    const place = this.margin.pending;
    this.element.replaceChildren();
    this.margin.compose(null);
    place?.first.focus({ preventScroll: true });
  }

  /** @param {MouseEvent} event */
  #cancel(event) {
    const cancel = /** @type {Element} */ (event.target).closest("a.cancel");
    if (!cancel) return;
    event.preventDefault();
    this.#dismiss(cancel);
  }

  /** @param {Element} inside */
  #dismiss(inside) {
    const reply = inside.closest(".compose");
    if (!reply) return this.close();
    reply.replaceChildren();
    const card = /** @type {HTMLElement} */ (reply.closest(".card"));
    card.focus();
    this.margin.ask();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const form = /** @type {HTMLFormElement | null} */ (target.closest("form.note-form"));
    if (!form) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && !form.querySelector("textarea")?.value.trim()) {
      event.stopPropagation();
      this.#dismiss(form);
    }
  }
}
