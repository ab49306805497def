// <ui-dialog> around a native <dialog id="x">: any [data-opens="x"] in the document opens it.
// Closes on [data-closes], on a press outside, and on the event "close-dialog" (which the server sends as HX-Trigger).

export class UiDialog extends HTMLElement {
  connectedCallback() {
    document.addEventListener("click", this.#clicked);
    this.addEventListener("pointerdown", this.#pressed);
    this.addEventListener("close-dialog", this.close);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    this.removeEventListener("pointerdown", this.#pressed);
    this.removeEventListener("close-dialog", this.close);
  }

  /** @returns {HTMLDialogElement | null} */
  get dialog() {
    return this.querySelector("dialog");
  }

  open() {
    if (this.dialog && !this.dialog.open) this.dialog.showModal();
  }

  close = () => this.dialog?.close();

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-opens]");
    if (opener && opener.getAttribute("data-opens") === this.dialog?.id) {
      event.preventDefault();
      this.open();
    } else if (this.contains(event.target) && event.target.closest("[data-closes]")) {
      this.close();
    }
  };

  /** A press on the backdrop has the dialog itself as its target. @param {PointerEvent} event */
  #pressed = (event) => {
    if (event.target !== this.dialog || !this.dialog) return;
    const box = this.dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) this.close();
  };
}

customElements.define("ui-dialog", UiDialog);
