/**
 * `<next-step data-address="…">`: the one thing to do next. Asked for again when the clinic changes something, when the
 * waiting room opens, and when the phone is looked at again; what has not changed is left alone, with its focus.
 */

import { pauseAsked } from "../ui/again-later.js";
import { drop } from "./kept.js";

const MAX_TIMER = 2 ** 31 - 1;

export class NextStep extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #shown = "";

  connectedCallback() {
    this.#shown = words(this.innerHTML);
    this.#dropWhatIsOver();
    document.body.addEventListener("nudge:appointment", this.#ask);
    document.addEventListener("visibilitychange", this.#ask);
    addEventListener("pageshow", this.#returned);
    this.#await();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.body.removeEventListener("nudge:appointment", this.#ask);
    document.removeEventListener("visibilitychange", this.#ask);
    removeEventListener("pageshow", this.#returned);
  }

  #await() {
    const seconds = this.querySelector("[data-opens-in]")?.getAttribute("data-opens-in");
    if (seconds) this.#askIn(Number(seconds) * 1000 + 500);
  }

  /** @param {number} milliseconds */
  #askIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, Math.min(MAX_TIMER, milliseconds));
  }

  /** Back from the browser's own store, where time stood still. @param {PageTransitionEvent} event */
  #returned = (event) => {
    if (event.persisted) void this.#ask();
  };

  #ask = async () => {
    if (document.visibilityState === "hidden") return;
    try {
      const answer = await fetch(this.dataset.address ?? "", { headers: { "HX-Request": "true" } });
      const pause = pauseAsked(answer);
      if (pause > 0) return this.#askIn(pause);
      if (answer.ok && !answer.redirected) this.#show(await answer.text());
    } catch {
      // No network: what stands here stays true enough, and the next look asks again.
    }
    this.#await();
  };

  /** @param {string} html */
  #show(html) {
    if (words(html) === this.#shown) {
      const seconds = html.match(/data-opens-in="(\d+)"/)?.[1] ?? "";
      this.querySelector("[data-opens-in]")?.setAttribute("data-opens-in", seconds);
      return;
    }
    this.#shown = words(html);
    this.innerHTML = html;
    this.#dropWhatIsOver();
  }

  #dropWhatIsOver() {
    if (this.querySelector("[data-over]")) drop(this.dataset.address?.split("/").at(-1) ?? "");
  }
}

/** What of the markup matters: not the countdown, the form's token or the white space. @param {string} html */
function words(html) {
  return html.replace(/data-opens-in="\d*"|value="[^"]*"|<!--.*?-->/g, "").replace(/\s+/g, "");
}

customElements.define("next-step", NextStep);
