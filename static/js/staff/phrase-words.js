// <phrase-words>: buttons that write a placeholder into the text where the caret is.

export class PhraseWords extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
  }

  /** @param {Event} event */
  #clicked = (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-words]") : null;
    const field = document.getElementById(this.dataset.for ?? "");
    if (!(button instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement)) return;
    field.setRangeText(button.dataset.words ?? "", field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
}

customElements.define("phrase-words", PhraseWords);
