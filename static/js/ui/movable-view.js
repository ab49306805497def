// <movable-view>: one's own picture, dragged or moved by arrow keys, always at rest in one of four corners (data-corner).
// The stylesheet decides where a corner is; this element only decides which.

export class MovableView extends HTMLElement {
  /** @type {{x: number, y: number} | null} */
  #from = null;

  connectedCallback() {
    this.tabIndex = 0;
    this.addEventListener("pointerdown", this.#grab);
    this.addEventListener("pointermove", this.#drag);
    this.addEventListener("pointerup", this.#drop);
    this.addEventListener("pointercancel", this.#drop);
    this.addEventListener("keydown", this.#pressed);
  }

  disconnectedCallback() {
    this.removeEventListener("pointerdown", this.#grab);
    this.removeEventListener("pointermove", this.#drag);
    this.removeEventListener("pointerup", this.#drop);
    this.removeEventListener("pointercancel", this.#drop);
    this.removeEventListener("keydown", this.#pressed);
  }

  /** @param {PointerEvent} event */
  #grab = (event) => {
    this.setPointerCapture(event.pointerId);
    this.#from = { x: event.clientX, y: event.clientY };
    this.dataset.dragging = "";
  };

  /** @param {PointerEvent} event */
  #drag = (event) => {
    if (this.#from) this.style.translate = `${event.clientX - this.#from.x}px ${event.clientY - this.#from.y}px`;
  };

  #drop = () => {
    const stage = this.parentElement?.getBoundingClientRect();
    if (!this.#from || !stage) return;
    this.#from = null;
    const box = this.getBoundingClientRect();
    const down = box.top + box.height / 2 > stage.top + stage.height / 2;
    const right = box.left + box.width / 2 > stage.left + stage.width / 2;
    this.style.translate = "";
    delete this.dataset.dragging;
    this.#rest(down, right);
  };

  /** @param {boolean} down @param {boolean} right */
  #rest(down, right) {
    const end = right === (getComputedStyle(this).direction === "ltr");
    this.dataset.corner = `${down ? "bottom" : "top"}-${end ? "end" : "start"}`;
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const [vertical, side] = (this.dataset.corner ?? "bottom-end").split("-");
    let down = vertical === "bottom";
    let right = (side === "end") === (getComputedStyle(this).direction === "ltr");
    if (event.key === "ArrowUp" || event.key === "ArrowDown") down = event.key === "ArrowDown";
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") right = event.key === "ArrowRight";
    else return;
    event.preventDefault();
    this.#rest(down, right);
  };
}

customElements.define("movable-view", MovableView);
