// <kept-form data-key="…">: keeps what is written in its form in this tab until it is saved, so that a reload, a sign-in
// that ran out or a line that broke loses no word. The key names the version begun from: a saved one starts afresh.

import { inTab } from "../ui/storage.js";

class KeptForm extends HTMLElement {
  /** @type {AbortController | undefined} */
  #listening;

  connectedCallback() {
    this.#listening = new AbortController();
    this.#restore();
    this.addEventListener("input", () => this.#keep(), { signal: this.#listening.signal });
  }

  disconnectedCallback() {
    this.#listening?.abort();
  }

  get #key() {
    return `kept ${this.dataset.key}`;
  }

  #fields() {
    return [...this.querySelectorAll("textarea")];
  }

  #keep() {
    const written = Object.fromEntries(this.#fields().map((field) => [field.name, field.value]));
    inTab.writeJson(this.#key, written);
  }

  #restore() {
    /** @type {Record<string, string>} */
    const written = inTab.readJson(this.#key, {});
    let changed = false;
    for (const field of this.#fields()) {
      const text = written[field.name];
      if (text === undefined || text === field.value) continue;
      field.value = text;
      changed = true;
    }
    const note = this.querySelector("[data-kept]");
    if (changed && note instanceof HTMLElement) note.hidden = false;
  }
}

customElements.define("kept-form", KeptForm);
