// <door-page>: asks every few seconds whether a consultation is under way, and shows the answer. When nobody has answered
// for a while it says so instead of what it last heard. The screen stays awake.
import { stayAwake } from "../call/awake.js";

const EVERY = 3_000;
const LOST_AFTER = 15_000;

export class DoorPage extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #heardAt = performance.now();
  #heard = "";

  connectedCallback() {
    this.#timer = setInterval(() => this.#ask(), EVERY);
    document.addEventListener("visibilitychange", this.#looked);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#looked);
  }

  #looked = () => {
    if (!document.hidden) this.#ask();
  };

  async #ask() {
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(EVERY) });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#show(await answer.text());
    } catch {
      if (performance.now() - this.#heardAt > LOST_AFTER) this.#lose(true);
    }
  }

  /** @param {string} sign */
  #show(sign) {
    this.#heardAt = performance.now();
    this.#lose(false);
    const place = this.querySelector(".door-state");
    if (place && this.#heard !== sign) place.innerHTML = sign;
    this.#heard = sign;
  }

  /** @param {boolean} lost */
  #lose(lost) {
    this.querySelector(".door-state")?.toggleAttribute("hidden", lost);
    this.querySelector("[data-lost]")?.toggleAttribute("hidden", !lost);
  }
}

customElements.define("door-page", DoorPage);
stayAwake();
