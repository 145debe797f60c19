// @ts-check
// Writing: the form comes from the server, for the place that was chosen.

import { announce, phrase } from "./phrases.js";
import { addressOf, wordsWith } from "./places.js";

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

/**
 * Whether something is being written in a form that isn't saved.
 * @param {Element} place
 */
function holdsWords(place) {
  const body = place.querySelector("textarea");
  return Boolean(body?.value.trim() && body.value !== body.defaultValue);
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
    this.marking = /** @type {HTMLElement} */ (room.querySelector("#marking"));
    this.url = /** @type {string} */ (room.dataset.annotate);
    const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ does) =>
      room.addEventListener(name, does, { signal });
    listen("click", (event) => this.#cancel(event));
    listen("keydown", (event) => this.#key(event));
    listen("htmx:beforeRequest", (event) => this.#guard(event));
    listen("htmx:afterRequest", (event) => this.#marked(event));
  }

  /**
   * Ask for the form; the words it is about are sent along with the note, so that a text which
   * has changed meanwhile is noticed.
   * @param {Place} place
   * @param {string} motivation
   */
  async open(place, motivation) {
    if (holdsWords(this.element)) return this.#remind(this.element);
    const { element, margin } = this;
    margin.activate(null);
    margin.compose(place);
    const query = new URLSearchParams({ ...addressOf(place), motivation });
    const where = { source: element, target: element, swap: "innerHTML" };
    await htmx.ajax("GET", `${this.url}?${query}`, where).catch(() => {});
    const exact = /** @type {HTMLInputElement | null} */ (
      element.querySelector("input[name=exact]")
    );
    if (!exact) {
      const refused = element.querySelector(".errors")?.textContent;
      if (refused) announce(refused.trim());
      return this.close();
    }
    exact.value = place.exact;
    margin.ask();
  }

  /** Without a form, so that several can follow one another while something is being written.
   * @param {Place} place @param {string} category */
  highlight(place, category) {
    const { marking } = this;
    const values = {
      ...addressOf(place),
      exact: place.exact,
      motivation: "highlighting",
      category,
      audience: this.room.dataset.audience,
      client_id: uuid(),
    };
    const where = { source: marking, target: marking, swap: "none", values };
    htmx.ajax("POST", this.url, where).catch(() => {});
  }

  /** @param {any} event */
  #marked({ detail: { elt, xhr } }) {
    if (elt !== this.marking || ![422, 429].includes(xhr?.status)) return;
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
    announce(answer.querySelector(".errors")?.textContent?.trim() || phrase("stale"));
  }

  close() {
    const place = this.margin.pending;
    this.element.replaceChildren();
    this.margin.compose(null);
    wordsWith(place?.first)?.focus({ preventScroll: true });
  }

  /** @param {Element} place */
  #focus(place) {
    const body = /** @type {HTMLElement | null} */ (place.querySelector("textarea"));
    body?.focus({ preventScroll: this.room.classList.contains("laid") });
  }

  /** Words that aren't saved stand in the way of what was asked for. @param {Element} place */
  #remind(place) {
    this.#focus(place);
    place.scrollIntoView({ block: "center" });
    announce(phrase("stillWriting"));
  }

  /** A second form in the same place would take the words of the first. @param {any} event */
  #guard(event) {
    const { target, requestConfig } = event.detail;
    if (requestConfig.verb !== "get" || !target?.matches(".compose") || !holdsWords(target)) return;
    event.preventDefault();
    this.#remind(target);
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
    } else if (event.key === "Escape" && !holdsWords(form)) {
      // Of several things that are open, Escape closes one.
      event.preventDefault();
      event.stopPropagation();
      this.#dismiss(form);
    }
  }
}
