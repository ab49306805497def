// <offline-banner hidden>: shown while the browser says it has no network at all.

export class OfflineBanner extends HTMLElement {
  connectedCallback() {
    addEventListener("online", this.#look);
    addEventListener("offline", this.#look);
    this.#look();
  }

  disconnectedCallback() {
    removeEventListener("online", this.#look);
    removeEventListener("offline", this.#look);
  }

  #look = () => {
    this.hidden = navigator.onLine;
  };
}

customElements.define("offline-banner", OfflineBanner);
