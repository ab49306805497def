// <patient-search>: choosing a patient in the bar's search opens the booking with them chosen.
import { htmx } from "./dialog-place.js";

export class PatientSearch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("chosen", this.#chosen);
  }

  disconnectedCallback() {
    this.removeEventListener("chosen", this.#chosen);
  }

  /** @param {Event} event */
  #chosen = (event) => {
    const detail = event instanceof CustomEvent ? event.detail : null;
    const input = this.querySelector("input");
    if (input) input.value = "";
    if (detail?.value) htmx().ajax("GET", `/bookings/new?patient=${detail.value}`, { target: "#dialogs" });
  };
}

customElements.define("patient-search", PatientSearch);
