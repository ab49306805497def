// <copy-button data-text="…" data-done="Copied"> around a button: copies and says so in the button's own words.

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
      return; // Refused: the text stands beside the button and can be marked by hand.
    }
    const words = this.querySelector("button > span");
    if (!words) return;
    this.dataset.words ??= words.textContent ?? "";
    words.textContent = this.dataset.done ?? this.dataset.words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (words.textContent = this.dataset.words ?? ""), 2500);
  };
}

customElements.define("copy-button", CopyButton);
