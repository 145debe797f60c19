// @ts-check
// The reading room: the text with its notes, and everything that can be done with them by mouse,
// touch and keyboard. Without script the same addresses work as links and forms.

import { closeMenus } from "../reader/menus.js";
import { copyCited } from "./citing.js";
import { copy } from "./clipboard.js";
import { Composer } from "./composer.js";
import { follow } from "./contents.js";
import { tell } from "./failures.js";
import { listen } from "./keys.js";
import { isWide, Margin, wordsOf } from "./margin.js";
import { announce, phrase, say } from "./phrases.js";
import { wholeOf, wordsWith } from "./places.js";
import { Placing } from "./placing.js";
import { Sheet } from "./sheet.js";
import { localise } from "./times.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("./places.js").Place} Place */

/** What leaves a thread the one that is read. */
const STAYS = ["saved", "placed", "resolved", "reopened"];
const MOTIVATIONS = { comment: "commenting", question: "questioning" };

class Room {
  /** a note whose card is on its way here */
  wanted = "";
  /** @type {HTMLElement | null} the link that was asked for it */
  asked = null;

  /** @param {HTMLElement} element @param {AbortSignal} signal */
  constructor(element, signal) {
    this.element = element;
    this.text = /** @type {HTMLElement} */ (element.querySelector("#text"));
    this.margin = new Margin(element, signal);
    this.sheet = new Sheet(element, signal);
    const mayWrite = element.hasAttribute("data-may-write");
    this.composer = mayWrite ? new Composer(element, this.margin, signal) : null;
    const act = this.#act.bind(this);
    this.toolbar = new Toolbar(element, act, signal);
    this.placing = mayWrite ? new Placing(element, this.toolbar, signal) : null;
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
    document.body.addEventListener("catena:answer", (event) => this.#answered(event), { signal });
  }

  /** The address may name a note: show it. A page kept from before may lack one's own last one. */
  #arrive() {
    const [visit] = /** @type {PerformanceNavigationTiming[]} */ (
      performance.getEntriesByType("navigation")
    );
    if (visit?.type === "back_forward" && visit.transferSize === 0) return location.reload();
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
    if (card) this.margin.activate(card, { unfold: !target.closest(".replies > summary") });
    else if (link) return;
    else if (mark && getSelection()?.isCollapsed) this.#choose(mark);
    else if (!target.closest(".composer, dialog")) this.margin.activate(null);
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
      const words = wordsWith(key);
      if (words) this.composer.open(wholeOf(words), "commenting");
    } else if (link.matches(".to-note")) {
      const named = document.getElementById(link.dataset.note ?? "");
      if (named) event.preventDefault();
      if (named) this.#show(named);
    } else if (link.matches(".place-anew") && this.placing) {
      event.preventDefault();
      this.#place(/** @type {HTMLAnchorElement} */ (link), this.placing);
    } else if (link.closest(".menu-list")) {
      closeMenus(null);
    }
    if (link.matches(".copy-link")) {
      event.preventDefault();
      copy(/** @type {HTMLAnchorElement} */ (link).href);
    } else if (link.matches(".copy-cited")) {
      event.preventDefault();
      copyCited(/** @type {HTMLAnchorElement} */ (link).href);
    }
  }

  /** Choose the words of a note anew. @param {HTMLAnchorElement} link @param {Placing} placing */
  #place(link, placing) {
    const card = /** @type {HTMLElement} */ (link.closest(".card"));
    closeMenus(null);
    this.sheet.close();
    placing.begin(link, wordsOf(card));
  }

  /** @param {Element} mark */
  #choose(mark) {
    const { margin } = this;
    const { note, at, of } = margin.noteAt(mark);
    const card = note && margin.cardOf(note);
    if (card) {
      this.#look(card);
      const which = phrase("oneOf").replace("{at}", `${at}`).replace("{all}", `${of}`);
      if (of > 1) say(which);
    } else if (note) {
      // Its thread is one of those that a long margin holds back.
      this.wanted = note;
      this.#find();
    }
  }

  /** Make a card the one that is read, without moving the text. @param {HTMLElement} card */
  #look(card) {
    const unit = wordsOf(card)?.closest(".unit");
    this.margin.activate(card);
    if (isWide() || !unit) return;
    this.sheet.open(/** @type {HTMLElement} */ (unit));
    card.scrollIntoView({ block: "nearest" });
  }

  /** @param {FocusEvent} event */
  #focus(event) {
    const target = /** @type {Element} */ (event.target);
    const card = /** @type {HTMLElement | null} */ (target.closest(".card"));
    // Not on the way to a click: what is pressed would move away underneath.
    if (!card || !target.matches(":focus-visible")) return;
    this.margin.activate(card, { unfold: !target.matches(".replies > summary") });
  }

  /** @param {string} act @param {Place} place @param {string} category */
  #act(act, place, category) {
    if (act === "place") this.placing?.place(place);
    else if (act === "highlight") this.composer?.highlight(place, category);
    else if (act === "link") copy(this.#linkTo(place));
    else if (act === "cite") copyCited(this.#citeOf(place));
    else this.composer?.open(place, MOTIVATIONS[/** @type {"comment" | "question"} */ (act)]);
  }

  /** Where a passage stands with its reference. @param {Place} place */
  #citeOf({ first, start, last, end }) {
    const { cite = "", revision = "" } = this.element.dataset;
    return `${cite}?${new URLSearchParams({ from: `${first}:${start}`, to: `${last}:${end}`, revision })}`;
  }

  /** @param {Place} place */
  #linkTo(place) {
    const number = wordsWith(place.first)?.closest(".unit")?.querySelector("a.number");
    const here = new URL(`#p-${place.first}`, location.href).href;
    return number ? /** @type {HTMLAnchorElement} */ (number).href : here;
  }

  /**
   * What was written has come back: put it in its place and the focus where the work is.
   * @param {Event} event
   */
  #answered(event) {
    const { happened, waits, corrected, note, root, paragraph } = /** @type {CustomEvent} */ (
      event
    ).detail;
    const { margin } = this;
    const cards = this.element.querySelectorAll(`[id="n-${root}"]`);
    const card = /** @type {HTMLElement | undefined} */ ([...cards].at(-1));
    for (const spent of this.element.querySelectorAll(".composer, .compose")) {
      if (!spent.querySelector("form")) spent.replaceChildren();
    }
    margin.compose(margin.composer.querySelector("form") ? margin.pending : null);
    if (happened === "placed") this.placing?.stop();
    if (card && happened === "placed") margin.move(card, paragraph);
    else if (card) margin.sort(card);
    localise(card ?? this.element);
    this.#goOn(happened, card, document.getElementById(`n-${note}`), paragraph);
    if (waits) announce(phrase("waits"));
    if (corrected) announce(phrase("corrected"));
    margin.paintActive();
    margin.ask();
  }

  /**
   * Say what happened, and put the focus where the work is.
   * @param {string} happened
   * @param {HTMLElement | undefined} card of its thread, if that is still there
   * @param {HTMLElement | null} written
   * @param {string} key of its paragraph
   */
  #goOn(happened, card, written, key) {
    const isSeen = isWide() || card?.closest("dialog");
    if (isSeen) say(phrase(happened));
    else announce(phrase(happened));
    const words = wordsWith(key);
    if (happened === "highlighted") return;
    if (happened.endsWith("endorsed") && isSeen && written) {
      const wonder = written.querySelector(":scope > .acts .wonder, :scope > .thread > .acts .wonder");
      return /** @type {HTMLElement} */ (wonder ?? written).focus({ preventScroll: true });
    }
    if (STAYS.includes(happened) && isSeen && written) {
      this.margin.activate(card ?? null);
      return written.focus({ preventScroll: true });
    }
    this.margin.activate(null);
    const beside = document.querySelector(`#notes-${key} > .card`);
    const next = /** @type {HTMLElement | null} */ (isSeen ? (card ?? beside ?? words) : words);
    next?.focus({ preventScroll: true });
  }

  /** @param {Event} event */
  #settled(event) {
    const changed = /** @type {HTMLElement} */ (event.target);
    localise(changed);
    if (changed.matches(".card")) this.margin.sort(changed);
    if (changed.matches(".items")) changed.scrollIntoView({ block: "nearest" });
    this.#find();
    if (changed.matches(".compose, .composer")) {
      const wrong = changed.querySelector("[aria-invalid=true]:not([type=hidden])");
      const field = wrong ?? changed.querySelector("[data-first], textarea, button, .said");
      /** @type {HTMLElement | null} */ (field)?.focus({ preventScroll: true });
      if (changed.matches(".compose")) field?.scrollIntoView({ block: "nearest" });
    } else if (document.activeElement === document.body) {
      // The link that asked for more has gone: go on with what it brought.
      const first = changed.matches(".thread") ? changed.querySelector(".reply + .reply") : changed;
      if (first?.matches(".reply, .card")) /** @type {HTMLElement} */ (first).focus();
    }
    this.margin.ask();
  }

  /** The note that is wanted, once its card is here; else more of its paragraph are asked for. */
  #find() {
    if (!this.wanted) return;
    const card = this.margin.cardOf(this.wanted);
    const begins = this.text.querySelector(`.words[data-notes*="${CSS.escape(this.wanted)}:"]`);
    const key = begins?.id.slice("p-".length);
    const more = /** @type {HTMLElement | null} */ (
      document.querySelector(`#notes-${key} > .more a`)
    );
    if (card || !more) this.wanted = "";
    if (card) this.#look(card);
    else if (more && more !== this.asked) {
      this.asked = more;
      more.click();
    }
  }

  /** @returns {import("./keys.js").Deeds} */
  #deeds() {
    return {
      paragraph: (step) => this.#step(step),
      note: (step) => this.#stepNote(step),
      write: (act) => this.#write(act),
      help: () => /** @type {HTMLDialogElement} */ (this.element.querySelector("#keys")).showModal(),
      leave: () => this.#leave(),
    };
  }

  /** Close one thing: a menu that hangs open, else the note that is read. */
  #leave() {
    if (closeMenus(null)) return;
    const { active } = this.margin;
    if (active?.contains(document.activeElement)) wordsOf(active)?.focus({ preventScroll: true });
    this.margin.activate(null);
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
    if (this.placing?.isOn || (act !== "cite" && !this.composer)) return;
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
