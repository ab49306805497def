// <drop-menu> around <details class="menu">: closes on a click elsewhere, on choosing, and on Escape, which returns the focus.

export class DropMenu extends HTMLElement {
  connectedCallback() {
    document.addEventListener("click", this.#clicked);
    this.addEventListener("keydown", this.#pressed);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    this.removeEventListener("keydown", this.#pressed);
  }

  get #details() {
    return this.querySelector("details");
  }

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const details = this.#details;
    if (!details?.open || !(event.target instanceof Element)) return;
    const chosen = details.contains(event.target) && event.target.closest("a, button") && !event.target.closest("theme-toggle");
    if (!chosen && details.contains(event.target)) return;
    // what was chosen is hidden now: whatever it opens gives the focus back to where it came from
    if (details.querySelector(".menu-items")?.contains(document.activeElement)) details.querySelector("summary")?.focus();
    details.open = false;
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const details = this.#details;
    if (!details) return;
    const items = [...details.querySelectorAll("a, button")].filter((item) => item instanceof HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && details.open) {
      event.stopPropagation();
      details.open = false;
      details.querySelector("summary")?.focus();
    } else if (step && (details.open || event.key === "ArrowDown")) {
      event.preventDefault();
      details.open = true;
      const now = items.findIndex((item) => item === document.activeElement);
      items.at((now + step + items.length) % items.length)?.focus();
    }
  };
}

customElements.define("drop-menu", DropMenu);
