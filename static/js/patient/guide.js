// The guide leads back to wherever it was opened from.
import "../pwa/register.js";

export class GoBack extends HTMLElement {
  connectedCallback() {
    this.hidden = history.length < 2;
    this.addEventListener("click", this.#back);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#back);
  }

  #back = () => history.back();
}

customElements.define("go-back", GoBack);
