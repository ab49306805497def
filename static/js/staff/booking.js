// Small helps of the booking dialog. <time-choice>: a suggested time or one typed, never both. <ready-words>: phrases that
// fill the field they belong to. A changed requirement lets the server look at the booking again.

export class TimeChoice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", this.#changed);
  }

  disconnectedCallback() {
    this.removeEventListener("input", this.#changed);
  }

  /** @param {Event} event */
  #changed = (event) => {
    const other = this.querySelector("input[name=other_time]");
    if (!(other instanceof HTMLInputElement) || !(event.target instanceof HTMLInputElement)) return;
    if (event.target !== other) other.value = "";
    else if (other.value) {
      for (const suggested of this.querySelectorAll("input[type=radio]")) {
        if (suggested instanceof HTMLInputElement) suggested.checked = false;
      }
    }
  };
}

export class ReadyWords extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
  }

  /** @param {Event} event */
  #clicked = (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const field = document.getElementById(this.dataset.for ?? "");
    if (!button || !(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    field.value = button.textContent?.trim() ?? "";
    field.focus();
  };
}

/** @param {Event} event */
function recheck(event) {
  if (!(event.target instanceof Element) || !event.target.matches("[data-rechecks]")) return;
  document.getElementById("booking-checks")?.dispatchEvent(new CustomEvent("recheck"));
}

let typed = "";
let reason = "";

/** A name typed in the search goes along to the form of a new patient, without passing through an address. */
function carry() {
  const search = document.getElementById("patient-search");
  const name = document.querySelector(".new-patient input[name=name]");
  const chosen = document.querySelector("#patient-choice input[name=patient]");
  if (search instanceof HTMLInputElement) typed = chosen instanceof HTMLInputElement && chosen.value ? "" : search.value;
  if (name instanceof HTMLInputElement && !name.value && !/\d/.test(typed)) {
    name.value = typed;
    typed = "";
  }
}

/** A reason written goes along while the patient is corrected, without passing through an address either. */
function bringReason() {
  const field = document.querySelector("#reason");
  if (!(field instanceof HTMLInputElement)) return;
  if (!field.value && reason) {
    field.value = reason;
    field.closest("details")?.setAttribute("open", "");
  }
  reason = field.value;
}

document.addEventListener("change", recheck);
document.addEventListener("htmx:before:swap", carry);
document.addEventListener("htmx:after:swap", carry);
document.addEventListener("htmx:before:swap", bringReason);
document.addEventListener("htmx:after:swap", bringReason);
document.addEventListener("close", () => (reason = ""), true);
customElements.define("time-choice", TimeChoice);
customElements.define("ready-words", ReadyWords);
