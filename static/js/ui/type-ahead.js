// <type-ahead>: keyboard and choosing for a combobox whose options htmx fetches into the list as one types.
// Writes the option's data-label to the text input and its data-value to the hidden one, then dispatches "chosen".

export class TypeAhead extends HTMLElement {
  /** Words were typed that no options have come for yet. */
  #asking = false;
  /** Enter was pressed meanwhile. */
  #hurried = false;

  connectedCallback() {
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("input", this.#typed);
    this.addEventListener("pointerdown", this.#pointed);
    this.addEventListener("focusout", this.#left);
    this.addEventListener("htmx:after:swap", this.#answered);
  }

  disconnectedCallback() {
    this.removeEventListener("keydown", this.#pressed);
    this.removeEventListener("input", this.#typed);
    this.removeEventListener("pointerdown", this.#pointed);
    this.removeEventListener("focusout", this.#left);
    this.removeEventListener("htmx:after:swap", this.#answered);
  }

  /** @returns {HTMLInputElement | null} */
  get #input() {
    return this.querySelector("[role=combobox]");
  }

  /** @returns {HTMLElement | null} */
  get #list() {
    return this.querySelector("[role=listbox]");
  }

  /** @returns {HTMLElement[]} */
  get #options() {
    return [...this.querySelectorAll("[role=option]")].filter((option) => option instanceof HTMLElement);
  }

  /** @returns {HTMLInputElement | null} */
  get #kept() {
    return this.querySelector("input[type=hidden]");
  }

  /** Options have come. Of several nobody is chosen unseen; after a choice those that come late stay hidden. */
  #answered = () => {
    const [first, ...others] = this.#options;
    const sure = this.#hurried && first && !others.length;
    this.#asking = this.#hurried = false;
    if (sure) this.#choose(first);
    else this.#show(!this.#kept?.value);
  };

  /** @param {boolean} wanted */
  #show(wanted) {
    const list = this.#list;
    const input = this.#input;
    if (!list || !input) return;
    const shown = wanted && document.activeElement === input && list.childElementCount > 0;
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    this.#mark(shown ? 0 : -1);
  }

  /** @param {number} index */
  #mark(index) {
    this.#options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const marked = this.#options[index];
    if (!marked) return this.#input?.removeAttribute("aria-activedescendant");
    marked.id ||= `${this.#list?.id}-${index}`;
    marked.scrollIntoView({ block: "nearest" });
    return this.#input?.setAttribute("aria-activedescendant", marked.id);
  }

  /** @param {HTMLElement} option */
  #choose(option) {
    const detail = { value: option.dataset.value ?? "", label: option.dataset.label ?? "" };
    if (this.#input) this.#input.value = detail.label;
    if (this.#kept) this.#kept.value = detail.value;
    this.#show(false);
    this.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail }));
  }

  /** What was chosen no longer stands once the words change. @param {Event} event */
  #typed = (event) => {
    if (event.target !== this.#input) return;
    this.#asking = this.#input?.value.trim() !== "";
    this.#hurried = false;
    if (this.#kept) this.#kept.value = "";
  };

  /** @param {PointerEvent} event */
  #pointed = (event) => {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (!(option instanceof HTMLElement)) return;
    event.preventDefault();
    this.#choose(option);
  };

  /** @param {FocusEvent} event */
  #left = (event) => {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.#show(false);
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    if (event.target !== this.#input) return;
    const options = this.#options;
    const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const open = !this.#list?.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      if (open) this.#mark((now + step + options.length) % options.length);
      else this.#show(true);
    } else if (event.key === "Enter" && this.#asking && !this.#hurried) {
      event.preventDefault();
      this.#hurried = true;
    } else if (event.key === "Enter" && open && options[now]) {
      event.preventDefault();
      this.#choose(options[now]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault(); // closes the list, not the dialog around it
      this.#show(false);
    }
  };
}

customElements.define("type-ahead", TypeAhead);
