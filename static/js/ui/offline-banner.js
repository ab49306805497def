// <offline-banner hidden>: shown when the page's line to the server has been lost for a moment; on a page without one, when
// the browser says that it is offline and the server does not answer either. What a person asked for and the network did not carry is said in its data-again.

import { isThere } from "./server.js";
import { toast } from "./toast.js";

const A_MOMENT = 3_000;
const ASKINGS = ["click", "submit", "change"];

export class OfflineBanner extends HTMLElement {
  #line = new MutationObserver(() => this.#look());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  connectedCallback() {
    addEventListener("online", this.#look);
    addEventListener("offline", this.#look);
    document.addEventListener("htmx:error", this.#failed);
    this.#line.observe(document.body, { attributes: true, attributeFilter: ["data-live"] });
    this.#look();
  }

  disconnectedCallback() {
    removeEventListener("online", this.#look);
    removeEventListener("offline", this.#look);
    document.removeEventListener("htmx:error", this.#failed);
    this.#line.disconnect();
    clearTimeout(this.#timer);
  }

  #look = () => {
    if (!["open", "lost"].includes(document.body.dataset.live ?? "")) return void this.#ask();
    if (document.body.dataset.live !== "lost") return this.#show(false);
    // each try to come back that fails says anew that the line is lost
    this.#timer ??= setTimeout(() => this.#show(true), A_MOMENT);
  };

  /** Some browsers believe to be offline while they are not. */
  async #ask() {
    if (navigator.onLine) return this.#show(false);
    this.#show(!(await isThere()));
  }

  /** @param {boolean} shown */
  #show(shown) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.hidden = !shown;
  }

  /** @param {Event} event */
  #failed = (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx && !ctx.response && ASKINGS.includes(ctx.sourceEvent?.type)) toast(this.dataset.again ?? "");
  };
}

customElements.define("offline-banner", OfflineBanner);
