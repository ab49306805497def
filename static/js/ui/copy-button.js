/**
 * `<copy-button data-text="…" data-done="Copied">` around a button: copies and says so in the button's own words. Where the
 * text stands inside too, in [data-selects], a refusal marks it, and [data-refused] says how it is copied by hand.
 */

export class CopyButton extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  connectedCallback() {
    this.addEventListener("click", this.#copy);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#copy);
    clearTimeout(this.#timer);
  }

  #copy = async () => {
    try {
      await navigator.clipboard.writeText(this.dataset.text ?? "");
    } catch {
      return this.#refused(); // A window inside another app, most often.
    }
    const words = this.querySelector("button > span");
    if (!words) return;
    this.dataset.words ??= words.textContent ?? "";
    words.textContent = this.dataset.done ?? this.dataset.words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (words.textContent = this.dataset.words ?? ""), 2500);
  };

  #refused() {
    const text = this.querySelector("[data-selects]");
    if (text) getSelection()?.selectAllChildren(text);
    this.querySelector("[data-refused]")?.removeAttribute("hidden");
  }
}

customElements.define("copy-button", CopyButton);
