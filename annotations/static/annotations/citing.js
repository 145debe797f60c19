// @ts-check
// Words with their reference, for pasting elsewhere. Without script they stand in a field, to be
// copied by hand.

import { announce, phrase, say } from "./phrases.js";

/**
 * Copy what an address gives as plain text; where that can't be, go to its page.
 * @param {string} address
 */
export async function copyCited(address) {
  try {
    // Asked for within the copying itself: some browsers allow it only in the moment of the click.
    const plain = new ClipboardItem({ "text/plain": cited(address) });
    await navigator.clipboard.write([plain]);
    announce(phrase("cited"));
  } catch {
    location.assign(address);
  }
}

/** @param {string} address */
async function cited(address) {
  const asked = new URL(address, location.href);
  asked.searchParams.set("as", "text");
  // As htmx asks: who has been signed out is told so instead of being led to a form.
  const answer = await fetch(asked, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return new Blob([await answer.text()], { type: "text/plain" });
}

/** @param {HTMLElement} field */
async function copyField(field) {
  const words = /** @type {HTMLTextAreaElement} */ (field.querySelector("textarea"));
  let told = field.dataset.copied ?? "";
  try {
    await navigator.clipboard.writeText(words.value);
  } catch {
    words.focus();
    words.select();
    told = field.dataset.byHand ?? "";
  }
  const shown = field.querySelector(".said");
  if (shown) shown.textContent = told;
  say(told);
}

customElements.define(
  "copy-field",
  class extends HTMLElement {
    connectedCallback() {
      const button = /** @type {HTMLButtonElement} */ (this.querySelector("button"));
      button.hidden = false;
      button.onclick = () => copyField(this);
    }
  },
);
