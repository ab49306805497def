// <challenge-note> around the form in a call: what the call's state and quality are at that moment goes along.

export class ChallengeNote extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#pressed, true);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#pressed, true);
  }

  #pressed = () => {
    const stage = document.querySelector("call-stage");
    const quality = stage?.querySelector(".call-quality");
    this.#fill("state", stage instanceof HTMLElement ? (stage.dataset.state ?? "") : "");
    this.#fill("quality", quality instanceof HTMLElement ? (quality.dataset.level ?? "") : "");
  };

  /** @param {string} name @param {string} value */
  #fill(name, value) {
    const field = this.querySelector(`[name=${name}]`);
    if (field instanceof HTMLInputElement) field.value = value;
  }
}

customElements.define("challenge-note", ChallengeNote);
