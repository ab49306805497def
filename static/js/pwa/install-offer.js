/**
 * `<install-offer>`: shown where the app is not installed yet. Where the browser can install it, [data-installs] does so
 * in one tap and [data-guide] steps back; elsewhere the guide leads.
 */

import "./register.js";
import { fits } from "../ui/this-device.js";

/** @typedef {Event & { prompt: () => Promise<{ outcome: string }> }} InstallEvent */

/** @type {InstallEvent | null} the browser offers it once, perhaps before the element is there */
let offered = null;
const changed = new EventTarget();

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = /** @type {InstallEvent} */ (event);
  changed.dispatchEvent(new Event("change"));
});

export class InstallOffer extends HTMLElement {
  connectedCallback() {
    changed.addEventListener("change", this.#look);
    addEventListener("appinstalled", this.#done);
    this.addEventListener("click", this.#clicked);
    this.#look();
  }

  disconnectedCallback() {
    changed.removeEventListener("change", this.#look);
    removeEventListener("appinstalled", this.#done);
    this.removeEventListener("click", this.#clicked);
  }

  #look = () => {
    const installs = this.querySelector("[data-installs]");
    const guide = this.querySelector("[data-guide]");
    this.hidden = fits("app") || (!guide && !offered);
    installs?.toggleAttribute("hidden", !offered);
    guide?.toggleAttribute("hidden", offered !== null);
  };

  #done = () => {
    offered = null;
    this.hidden = true;
  };

  /** @param {Event} event */
  #clicked = async (event) => {
    if (!offered || !(event.target instanceof Element) || !event.target.closest("[data-installs]")) return;
    const { outcome } = await offered.prompt();
    offered = null;
    if (outcome === "accepted") this.#done();
    else this.#look();
  };
}

customElements.define("install-offer", InstallOffer);
