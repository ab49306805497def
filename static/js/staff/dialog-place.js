// <dialog-place>: htmx puts a task's dialog in here; it opens at once, takes the focus, and is gone when it closes.

/** @typedef {{ trigger: (element: Element, event: string) => void, ajax: (method: string, path: string, options: object) => Promise<void> }} Htmx */

/** htmx is a plain script of the page. @returns {Htmx} */
export function htmx() {
  return /** @type {any} */ (window).htmx;
}

export class DialogPlace extends HTMLElement {
  #watch = new MutationObserver(() => this.#open());
  /** @type {Element | null} */
  #before = null;

  connectedCallback() {
    this.#watch.observe(this, { childList: true });
    this.addEventListener("close", this.#closed, true);
    this.addEventListener("htmx:after:swap", this.#swapped);
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    this.removeEventListener("close", this.#closed, true);
    this.removeEventListener("htmx:after:swap", this.#swapped);
  }

  #open() {
    const dialog = this.querySelector("dialog");
    if (!dialog || dialog.open) return;
    this.#before = document.activeElement;
    dialog.showModal();
    this.#focus();
  }

  #closed = () => {
    this.replaceChildren();
    if (this.#before instanceof HTMLElement && this.#before.isConnected) this.#before.focus();
  };

  /** Another panel has come into the open dialog: the focus goes to what is wrong, and is never left on nothing. */
  #swapped = () => {
    const isLost = !this.querySelector("dialog")?.contains(document.activeElement);
    if (isLost || this.querySelector("[aria-invalid=true]")) this.#focus();
  };

  #focus() {
    const wanted = ["[aria-invalid=true]", "[autofocus]", "input[type=radio]:checked", ".button.primary"];
    const first = wanted.map((each) => this.querySelector(each)).find((element) => element !== null);
    if (first instanceof HTMLElement) first.focus();
  }
}

customElements.define("dialog-place", DialogPlace);
