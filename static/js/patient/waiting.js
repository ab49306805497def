/**
 * `<waiting-room>`: what the waiting patient may try (sound, own camera), and a screen that stays awake. The state itself
 * is the server's and comes as a fragment; live.js says that the page is here, and on the body whether the line is lost.
 */

import "../live.js";
import "./read-receipt.js";
import "../pwa/push-offer.js";
import "../call/able.js";
import { stayAwake } from "../call/awake.js";
import { LocalMedia } from "../call/media.js";
import "../call/patient-call.js";
import "../ui/again-later.js";
import { playNotes } from "../ui/notes.js";

export class WaitingRoom extends HTMLElement {
  #media = new LocalMedia();
  /** @type {(() => void) | undefined} */
  #sleep;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    document.addEventListener("visibilitychange", this.#unseen);
    addEventListener("pagehide", this.#close);
    document.addEventListener("click", this.#makeWay, { capture: true });
    this.#sleep = stayAwake();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    document.removeEventListener("visibilitychange", this.#unseen);
    removeEventListener("pagehide", this.#close);
    document.removeEventListener("click", this.#makeWay, { capture: true });
    this.#sleep?.();
    this.#close();
  }

  #close = () => this.#hide();

  /** Most phones open a camera only once: the tap that answers the call gives it free first. @param {Event} event */
  #makeWay = (event) => {
    if (event.target instanceof Element && event.target.closest("patient-call")) this.#hide();
  };

  /** Nobody looks at the preview of a page that is hidden. */
  #unseen = () => {
    if (document.visibilityState !== "visible") this.#hide();
  };

  /** @param {Event} event */
  #clicked = async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if ("sound" in button.dataset) await this.#sound(button);
    if ("camera" in button.dataset) await (this.#media.camera ? this.#hide() : this.#show());
  };

  /** @param {HTMLButtonElement} button */
  async #sound(button) {
    button.disabled = true;
    await playNotes().catch(() => undefined);
    button.disabled = false;
    this.#part("heard").hidden = false;
  }

  async #show() {
    await this.#media.openCamera();
    this.#part("refused").hidden = this.#media.camera !== null;
    const video = this.querySelector("video");
    if (video && this.#media.camera) video.srcObject = new MediaStream([this.#media.camera]);
    this.#shown(this.#media.camera !== null);
  }

  #hide() {
    this.#media.stop();
    this.#shown(false);
  }

  /** @param {boolean} shown */
  #shown(shown) {
    this.#part("preview").hidden = !shown;
    this.#part("shown").hidden = shown;
    this.#part("hides").hidden = !shown;
    this.#part("camera").setAttribute("aria-pressed", String(shown));
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-${name}]`));
  }
}

customElements.define("waiting-room", WaitingRoom);
