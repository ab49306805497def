// <install-desk>: the browser's own offer to put the desk on the desktop, where it makes one. Shown only then.

/** @typedef {Event & { prompt: () => Promise<void> }} Offer */

export class InstallDesk extends HTMLElement {
  /** @type {Offer | null} */
  #offer = null;

  connectedCallback() {
    window.addEventListener("beforeinstallprompt", this.#offered);
    window.addEventListener("appinstalled", this.#taken);
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    window.removeEventListener("beforeinstallprompt", this.#offered);
    window.removeEventListener("appinstalled", this.#taken);
    this.removeEventListener("click", this.#clicked);
  }

  /** @param {Event} event */
  #offered = (event) => {
    event.preventDefault();
    this.#offer = /** @type {Offer} */ (event);
    this.hidden = false;
  };

  #taken = () => {
    this.hidden = true;
  };

  #clicked = () => {
    this.#offer?.prompt();
    this.hidden = true;
  };
}

customElements.define("install-desk", InstallDesk);
