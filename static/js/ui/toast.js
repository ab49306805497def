// Short words at the foot of the screen, with time to undo. <toast-region> is in every page; <toast-note> is one message.

export class ToastRegion extends HTMLElement {
  /** @param {string} words */
  say(words) {
    const note = document.createElement("toast-note");
    note.className = "toast";
    const text = document.createElement("p");
    text.textContent = words;
    note.append(text);
    this.append(note);
  }
}

/** Leaves by itself after data-seconds, but never while pointed at or focused: reading and undoing take the time they take. */
export class ToastNote extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("submit", this.#submitted);
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, this.#stay);
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, this.#countDown);
    this.#countDown();
  }

  disconnectedCallback() {
    this.#stay();
    this.removeEventListener("click", this.#clicked);
    this.removeEventListener("submit", this.#submitted);
    for (const name of ["pointerenter", "focusin"]) this.removeEventListener(name, this.#stay);
    for (const name of ["pointerleave", "focusout"]) this.removeEventListener(name, this.#countDown);
  }

  #stay = () => clearTimeout(this.#timer);

  #countDown = () => {
    this.#stay();
    this.#timer = setTimeout(() => this.remove(), Number(this.dataset.seconds ?? 6) * 1000);
  };

  /** @param {Event} event */
  #clicked = (event) => {
    if (event.target instanceof Element && event.target.closest("[data-dismiss]")) this.remove();
  };

  /** The form's request must leave before its element does. */
  #submitted = () => {
    this.dataset.seconds = "1";
    this.#countDown();
  };
}

/** Say something from a module. @param {string} words */
export function toast(words) {
  const region = document.querySelector("#toasts");
  const dialog = [...document.querySelectorAll("dialog:modal")].at(-1);
  const place = dialog && region ? inside(dialog, region) : region;
  if (place instanceof ToastRegion) place.say(words);
}

/** Beside an open dialog nothing is seen or read aloud: it gets a region of its own. @param {Element} dialog @param {Element} region */
function inside(dialog, region) {
  const known = dialog.querySelector("toast-region");
  if (known) return known;
  const place = /** @type {Element} */ (region.cloneNode());
  place.removeAttribute("id");
  place.setAttribute("role", "alert");
  dialog.append(place);
  return place;
}

customElements.define("toast-region", ToastRegion);
customElements.define("toast-note", ToastNote);
