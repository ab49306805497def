// <calendar-grid>: the calendar by keyboard. One tab stop; arrows walk to the nearest time or appointment, Home and End to
// the day's ends. PageUp and PageDown press the links that bear those keys. A button with data-prints prints the page.
import "../live.js";
import "./booking.js";
import "./dialog-place.js";
import "./patient-search.js";
import "./shortcuts.js";

const STEPS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

export class CalendarGrid extends HTMLElement {
  /** A morph after a nudge takes the tab stops' marks away: they are set again. */
  #watch = new MutationObserver(() => this.#keepOneStop());
  /** @type {HTMLElement | null} */
  #last = null;

  connectedCallback() {
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("focusin", this.#focused);
    document.addEventListener("keydown", turned);
    this.#watch.observe(this, { childList: true, subtree: true, attributeFilter: ["tabindex"] });
    this.#keepOneStop();
  }

  disconnectedCallback() {
    this.removeEventListener("keydown", this.#pressed);
    this.removeEventListener("focusin", this.#focused);
    document.removeEventListener("keydown", turned);
    this.#watch.disconnect();
  }

  #stops() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("tbody a")]);
  }

  /** The stop last used, else the first appointment, else the first free time. */
  #keepOneStop() {
    const stops = this.#stops();
    const kept = stops.find((stop) => stop === this.#last) ?? stops.find((stop) => stop.matches(".plan-entry")) ?? stops[0];
    for (const stop of stops) {
      const wanted = stop === kept ? "0" : "-1";
      if (stop.getAttribute("tabindex") !== wanted) stop.setAttribute("tabindex", wanted);
    }
  }

  /** @param {FocusEvent} event */
  #focused = (event) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches("tbody a")) return;
    this.#last = event.target;
    this.#keepOneStop();
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const from = event.target;
    if (!STEPS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(from instanceof HTMLElement) || !from.matches("tbody a")) return;
    const to = nearest(this.#stops(), from, event.key);
    event.preventDefault();
    event.stopPropagation();
    to?.focus();
  };
}

/**
 * The stop one comes to from here: up and down in the same column, aside to the nearest in time of the next column.
 * @param {HTMLElement[]} stops
 * @param {HTMLElement} from
 * @param {string} key
 */
export function nearest(stops, from, key) {
  const here = from.getBoundingClientRect();
  const places = stops.map((stop) => ({ stop, box: stop.getBoundingClientRect() }));
  const column = places.filter(({ box }) => Math.abs(box.left - here.left) < 4).sort((a, b) => a.box.top - b.box.top);
  const at = column.findIndex(({ stop }) => stop === from);
  if (key === "Home") return column[0]?.stop;
  if (key === "End") return column.at(-1)?.stop;
  if (key === "ArrowDown") return column[at + 1]?.stop;
  if (key === "ArrowUp") return column[at - 1]?.stop;
  const side = key === "ArrowRight" ? 1 : -1;
  const beside = places.filter(({ box }) => (box.left - here.left) * side >= 4);
  const edge = Math.min(...beside.map(({ box }) => Math.abs(box.left - here.left)));
  return beside
    .filter(({ box }) => Math.abs(box.left - here.left) < edge + 4)
    .sort((a, b) => Math.abs(a.box.top - here.top) - Math.abs(b.box.top - here.top))[0]?.stop;
}

/** @param {KeyboardEvent} event */
function turned(event) {
  if (!["PageUp", "PageDown"].includes(event.key) || document.querySelector("dialog[open]")) return;
  const link = document.querySelector(`[data-key="${event.key}"]`);
  if (!(link instanceof HTMLElement)) return;
  event.preventDefault();
  link.click();
}

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-prints]")) print();
});
customElements.define("calendar-grid", CalendarGrid);
