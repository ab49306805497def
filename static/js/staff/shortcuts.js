// <desk-shortcuts>: the desk by keyboard. Keys named by data-key press what bears them; arrows walk the queue's rows and
// Enter on a row calls in. Nothing happens while somebody types, or has a dialog open; in a call its own letters count.

export class DeskShortcuts extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isElsewhere(event.target)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#walk(event, step);
    else if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.matches(".queue-row")) {
      press(event, event.target.querySelector("[data-calls-in]"));
    } else if (event.key === "/" || (/^[a-z]$/.test(event.key) && !isInCall())) {
      press(event, document.querySelector(`[data-key="${event.key}"]`));
    }
  };

  /**
   * @param {KeyboardEvent} event
   * @param {number} step
   */
  #walk(event, step) {
    const rows = [...document.querySelectorAll(".queue-row")].filter((row) => row instanceof HTMLElement);
    if (!rows.length || (event.target instanceof Element && event.target.closest(".menu, [role=radiogroup], .desk-work"))) return;
    event.preventDefault();
    const now = rows.findIndex((row) => row.contains(document.activeElement));
    const next = now === -1 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + step));
    rows[next]?.focus();
  }
}

/** A call has letters of its own. */
function isInCall() {
  return document.querySelector('call-stage[data-side="desk"]') !== null;
}

/** @param {EventTarget | null} target */
function isElsewhere(target) {
  if (document.querySelector("dialog[open]")) return true;
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/**
 * @param {KeyboardEvent} event
 * @param {Element | null} element
 */
function press(event, element) {
  if (!(element instanceof HTMLElement)) return;
  event.preventDefault();
  if (element instanceof HTMLInputElement) element.focus();
  else element.click();
}

customElements.define("desk-shortcuts", DeskShortcuts);
