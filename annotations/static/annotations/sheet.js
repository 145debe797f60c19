// @ts-check
// On a narrow screen a paragraph's notes come up from below, the text still in view.

/** A `<dialog>` that borrows the notes of one paragraph and gives them back. */
export class Sheet {
  /** @type {HTMLElement | null} */
  #notes = null;

  /** @param {HTMLElement} room @param {AbortSignal} signal */
  constructor(room, signal) {
    this.dialog = /** @type {HTMLDialogElement} */ (room.querySelector("#sheet"));
    this.title = /** @type {HTMLElement} */ (this.dialog.querySelector("h2"));
    this.inside = /** @type {HTMLElement} */ (this.dialog.querySelector(".borrowed"));
    this.write = /** @type {HTMLAnchorElement | null} */ (this.dialog.querySelector(".write"));
    this.dialog.addEventListener("close", () => this.#giveBack(), { signal });
    const close = /** @type {HTMLElement} */ (this.dialog.querySelector(".close"));
    close.addEventListener("click", () => this.close(), { signal });
    this.dialog.addEventListener(
      "click",
      (event) => event.target === this.dialog && this.close(),
      { signal },
    );
  }

  /** @param {HTMLElement} unit */
  open(unit) {
    const notes = /** @type {HTMLElement} */ (unit.querySelector(".notes"));
    if (this.#notes === notes) return;
    this.#giveBack();
    this.#notes = notes;
    this.home = /** @type {HTMLElement} */ (notes.parentElement);
    this.title.textContent = unit.querySelector(".about-notes")?.textContent ?? "";
    if (this.write) this.write.dataset.key = unit.dataset.key;
    this.inside.append(notes);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  #giveBack() {
    if (this.#notes) this.home?.append(this.#notes);
    this.#notes = null;
  }
}
