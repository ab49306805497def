/** `<count-down data-seconds="12">`: counts its number down to nothing, once a second; a new number begins anew. */
export class CountDown extends HTMLElement {
  static observedAttributes = ["data-seconds"];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #until = 0;

  connectedCallback() {
    this.#timer ??= setInterval(this.#show, 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  attributeChangedCallback() {
    this.#until = performance.now() + Number(this.dataset.seconds) * 1000;
  }

  #show = () => {
    this.textContent = String(Math.max(0, Math.ceil((this.#until - performance.now()) / 1000)));
  };
}

customElements.define("count-down", CountDown);
