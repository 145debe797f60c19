// @ts-check
// The reading room: the text with its notes, and everything that can be done with them by mouse,
// touch and keyboard. Without script the same addresses work as links and forms.

import { copy } from "./clipboard.js";
import { Composer } from "./composer.js";
import { follow } from "./contents.js";
import { tell } from "./failures.js";
import { listen } from "./keys.js";
import { isWide, Margin, wordsOf } from "./margin.js";
import { phrase, say } from "./phrases.js";
import { wholeOf } from "./places.js";
import { Sheet } from "./sheet.js";
import { localise } from "./times.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("./places.js").Place} Place */

const MOTIVATIONS = { comment: "commenting", question: "questioning" };

class Room {
  /** a note whose card is on its way here */
  wanted = "";

  /** @param {HTMLElement} element @param {AbortSignal} signal */
  constructor(element, signal) {
    this.element = element;
    this.text = /** @type {HTMLElement} */ (element.querySelector("#text"));
    this.margin = new Margin(element, signal);
    this.sheet = new Sheet(element, signal);
    const mayWrite = element.hasAttribute("data-may-write");
    this.composer = mayWrite ? new Composer(element, this.margin, signal) : null;
    this.toolbar = mayWrite ? new Toolbar(element, (...chosen) => this.#act(...chosen), signal) : null;
    this.#listen(signal);
    listen(this.text, this.#deeds(), signal);
    follow(element, signal);
    tell(element, signal);
    localise(element);
    this.margin.lay();
    this.#arrive();
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { element } = this;
    element.addEventListener("click", (event) => this.#click(event), { signal });
    element.addEventListener("focusin", (event) => this.#focus(event), { signal });
    element.addEventListener("htmx:afterSettle", (event) => this.#settled(event), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.body.addEventListener("catena:answer", (event) => this.#answered(event), { signal });
  }

  /** The address may name a note: show it. */
  #arrive() {
    const named = this.element.dataset.focus && document.getElementById(this.element.dataset.focus);
    if (named) this.#show(named);
  }

  /**
   * Bring a note before the reader: beside its words or, on a narrow screen, in the sheet.
   * @param {HTMLElement} note a card or one of its replies
   */
  #show(note) {
    const card = /** @type {HTMLElement} */ (note.closest(".card"));
    const words = wordsOf(card);
    this.margin.activate(card);
    if (isWide()) this.margin.lay();
    else if (words) this.sheet.open(/** @type {HTMLElement} */ (words.closest(".unit")));
    (isWide() ? words : note)?.scrollIntoView({ block: "center" });
    note.classList.add("is-target");
    note.focus({ preventScroll: true });
    if (isWide() && note !== card) note.scrollIntoView({ block: "nearest" });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const link = target.closest("a, button, summary, label, input, textarea, select");
    const card = /** @type {HTMLElement | null} */ (target.closest(".card"));
    const mark = target.closest("mark");
    if (target.closest("#toolbar")) return;
    if (link) this.#follow(/** @type {HTMLElement} */ (link), event);
    else if (card) this.margin.activate(card);
    else if (mark && getSelection()?.isCollapsed) this.#choose(mark);
    else if (!target.closest(".composer, dialog")) this.margin.activate(null);
    this.#closeMenus(target);
  }

  /** @param {HTMLElement} link @param {MouseEvent} event */
  #follow(link, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches(".count") && !isWide()) {
      event.preventDefault();
      this.sheet.open(/** @type {HTMLElement} */ (link.closest(".unit")));
    } else if (link.matches(".annotate, .write") && this.composer) {
      event.preventDefault();
      const unit = /** @type {HTMLElement | null} */ (link.closest(".unit"));
      const key = link.dataset.key ?? unit?.dataset.key;
      this.sheet.close();
      const words = /** @type {HTMLElement} */ (document.getElementById(`p-${key}`));
      this.composer.open(wholeOf(words), "commenting");
    } else if (link.closest(".menu-list")) {
      this.#closeMenus(null);
    }
    if (link.matches(".copy-link")) {
      event.preventDefault();
      this.#copy(/** @type {HTMLAnchorElement} */ (link).href);
    }
  }

  /** @param {Element} mark */
  #choose(mark) {
    const { margin } = this;
    const { note, at, notes, words } = margin.noteAt(mark);
    const card = note && margin.cardOf(note);
    if (card) {
      margin.activate(card);
      if (!isWide()) this.sheet.open(/** @type {HTMLElement} */ (words.closest(".unit")));
      if (!isWide()) card.scrollIntoView({ block: "nearest" });
      const which = phrase("oneOf").replace("{at}", `${at}`).replace("{all}", `${notes.length}`);
      if (notes.length > 1) say(which);
    } else if (note) {
      // Its thread is one of those that a long margin holds back.
      this.wanted = note;
      /** @type {HTMLElement | null} */ (words.closest(".unit")?.querySelector(".more a"))?.click();
    }
  }

  /** @param {FocusEvent} event */
  #focus(event) {
    const card = /** @type {Element} */ (event.target).closest(".card");
    if (card) this.margin.activate(/** @type {HTMLElement} */ (card));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.#closeMenus(null);
  }

  /** @param {Element | null} target */
  #closeMenus(target) {
    for (const menu of document.querySelectorAll("details.menu[open], details.dropdown[open]")) {
      if (!target || !menu.contains(target)) /** @type {HTMLDetailsElement} */ (menu).open = false;
    }
  }

  /** @param {string} act @param {Place} place @param {string} category */
  #act(act, place, category) {
    if (act === "highlight") this.composer?.highlight(place, category);
    else if (act === "link") this.#copy(this.#linkTo(place));
    else this.composer?.open(place, MOTIVATIONS[/** @type {"comment" | "question"} */ (act)]);
  }

  /** @param {Place} place */
  #linkTo(place) {
    const number = place.first.closest(".unit")?.querySelector("a.number");
    const here = new URL(`#${place.first.id}`, location.href).href;
    return number ? /** @type {HTMLAnchorElement} */ (number).href : here;
  }

  /** @param {string} address */
  #copy(address) {
    copy(address, /** @type {HTMLElement} */ (this.element.querySelector("#toast")));
  }

  /**
   * What was written has come back: put it in its place and the focus where the work is.
   * @param {Event} event
   */
  #answered(event) {
    const { happened, note, root, highlight } = /** @type {CustomEvent} */ (event).detail;
    const { margin } = this;
    const card = document.getElementById(`n-${root}`);
    const written = document.getElementById(`n-${note}`);
    const place = margin.pending;
    for (const spent of this.element.querySelectorAll(".composer, .compose")) {
      if (!spent.querySelector("form")) spent.replaceChildren();
    }
    margin.compose(null);
    if (card) margin.sort(card);
    localise(card ?? this.element);
    say(phrase(happened === "gone" ? "deleted" : highlight ? "highlighted" : "saved"));
    if (happened === "gone") {
      margin.activate(null);
      (card ?? place?.first ?? this.text)?.focus({ preventScroll: true });
    } else if (!highlight && written) {
      margin.activate(card);
      written.focus({ preventScroll: true });
    } else {
      place?.first.focus({ preventScroll: true });
    }
    margin.paintActive();
    margin.ask();
  }

  /** @param {Event} event */
  #settled(event) {
    const changed = /** @type {HTMLElement} */ (event.target);
    localise(changed);
    const wanted = this.wanted && this.margin.cardOf(this.wanted);
    if (wanted) {
      this.wanted = "";
      this.margin.activate(wanted);
    }
    if (changed.matches(".compose")) {
      const field = /** @type {HTMLElement | null} */ (changed.querySelector("textarea, button"));
      field?.focus({ preventScroll: true });
      field?.scrollIntoView({ block: "nearest" });
    }
    this.margin.ask();
  }

  /** @returns {import("./keys.js").Deeds} */
  #deeds() {
    return {
      paragraph: (step) => this.#step(step),
      note: (step) => this.#stepNote(step),
      write: (act) => this.#write(act),
      help: () => /** @type {HTMLDialogElement} */ (this.element.querySelector("#keys")).showModal(),
      leave: () => this.margin.activate(null),
    };
  }

  /** The paragraph that has the focus, or whose note has it. */
  #here() {
    const focused = /** @type {Element} */ (document.activeElement);
    return focused.closest(".unit")?.querySelector(".words") ?? null;
  }

  /** @param {number} step */
  #step(step) {
    const all = /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll(".words")]);
    const here = all.indexOf(/** @type {HTMLElement} */ (this.#here()));
    const next = all[here < 0 ? 0 : here + step];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} step */
  #stepNote(step) {
    const { margin } = this;
    const cards = isWide() ? margin.cards() : [...this.element.querySelectorAll(".card")];
    const focused = /** @type {Element} */ (document.activeElement);
    const at = cards.findIndex((card) => card.contains(focused));
    const next = at < 0 ? nearest(cards, this.#here() ?? this.text, step) : cards[at + step];
    if (next) this.#show(/** @type {HTMLElement} */ (next));
  }

  /** With words selected a letter is about them, else about the paragraph. @param {string} act */
  #write(act) {
    const { toolbar } = this;
    if (!toolbar) return;
    toolbar.offer();
    const here = /** @type {HTMLElement | null} */ (this.#here());
    if (!toolbar.place && here) toolbar.place = wholeOf(here);
    toolbar.do(act);
  }
}

/**
 * The first card after an element or the last one before it.
 * @param {Element[]} cards
 * @param {Element} here
 * @param {number} step
 */
function nearest(cards, here, step) {
  const follows = (/** @type {Element} */ card) =>
    here.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING;
  return step > 0 ? cards.find(follows) : cards.findLast((card) => !follows(card));
}

customElements.define(
  "reading-room",
  class extends HTMLElement {
    #leaving = new AbortController();

    connectedCallback() {
      this.#leaving = new AbortController();
      new Room(this, this.#leaving.signal);
    }

    disconnectedCallback() {
      this.#leaving.abort();
    }
  },
);
