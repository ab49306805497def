// <time-choices> around a list of links or buttons laid out in rows: one tab stop, and arrow keys, Home and End between
// them. Where this never runs each is a stop of its own, so only now is the page's word on keys (#time-keys) shown.

const KEYS = "time-keys";

export class TimeChoices extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("focusin", this.#focused);
    document.getElementById(KEYS)?.removeAttribute("hidden");
    this.#stopAt(this.#stops()[0]);
  }

  disconnectedCallback() {
    this.removeEventListener("keydown", this.#pressed);
    this.removeEventListener("focusin", this.#focused);
    for (const stop of this.#stops()) {
      stop.removeAttribute("tabindex");
      stop.removeAttribute("aria-describedby");
    }
  }

  #stops() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("a, button")]);
  }

  /** @param {HTMLElement | undefined} kept */
  #stopAt(kept) {
    for (const stop of this.#stops()) {
      stop.setAttribute("tabindex", stop === kept ? "0" : "-1");
      if (stop === kept) stop.setAttribute("aria-describedby", KEYS);
      else stop.removeAttribute("aria-describedby");
    }
  }

  /** @param {FocusEvent} event */
  #focused = (event) => {
    const stop = this.#stops().find((each) => each === event.target);
    if (stop) this.#stopAt(stop);
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const stops = this.#stops();
    const at = stops.findIndex((stop) => stop === event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = reached(event.key, at, stops, getComputedStyle(this).direction === "rtl");
    if (to === undefined) return;
    event.preventDefault();
    stops[to]?.focus();
  };
}

/**
 * The number of the choice a key leads to, which may lie outside the list; undefined for other keys.
 * @param {string} key
 * @param {number} at
 * @param {HTMLElement[]} stops
 * @param {boolean} leftwards
 */
export function reached(key, at, stops, leftwards) {
  const top = stops[0].getBoundingClientRect().top;
  const inRow = stops.filter((stop) => stop.getBoundingClientRect().top === top).length;
  const ahead = leftwards ? -1 : 1;
  const steps = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: inRow, ArrowUp: -inRow };
  if (key === "Home") return 0;
  if (key === "End") return stops.length - 1;
  return key in steps ? at + steps[/** @type {keyof typeof steps} */ (key)] : undefined;
}

customElements.define("time-choices", TimeChoices);
