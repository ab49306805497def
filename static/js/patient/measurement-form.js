/**
 * `<measurement-form data-appointment="…" data-asked="weight …">`, for a phone without network: what is typed is looked at,
 * kept, and sent to the clinic when the network is back. With network the form on its own page does it.
 */

import { measure, sendTicks, unsentMeasurements } from "./kept.js";

export class MeasurementForm extends HTMLElement {
  connectedCallback() {
    const asked = (this.dataset.asked ?? "").split(" ").filter(Boolean);
    this.hidden = asked.length === 0;
    const kept = unsentMeasurements(this.#id);
    for (const field of this.#fields()) {
      field.hidden = !asked.includes(field.dataset.kind ?? "");
      const said = kept.find(({ kind }) => kind === field.dataset.kind);
      for (const part of parts(field)) part.value = (part.dataset.part === "second" ? said?.second : said?.value) ?? "";
    }
    this.addEventListener("change", this.#typed);
    this.#tell();
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#typed);
  }

  get #id() {
    return this.dataset.appointment ?? "";
  }

  /** @returns {HTMLElement[]} */
  #fields() {
    return [...this.querySelectorAll("[data-kind]")].filter((field) => field instanceof HTMLElement);
  }

  /** @param {Event} event */
  #typed = (event) => {
    const field = event.target instanceof Element ? event.target.closest("[data-kind]") : null;
    if (!(field instanceof HTMLElement)) return;
    const written = parts(field);
    if (written.some((part) => part.value.trim() === "")) return;
    const wrong = written.filter((part) => !isPlausible(part));
    for (const part of written) part.setAttribute("aria-invalid", String(wrong.includes(part)));
    field.querySelector("[data-wrong]")?.toggleAttribute("hidden", wrong.length === 0);
    if (wrong.length > 0) return;
    measure(this.#id, field.dataset.kind ?? "", written[0]?.value ?? "", written[1]?.value ?? "");
    void sendTicks().then(() => this.#tell());
  };

  #tell() {
    const waits = unsentMeasurements(this.#id).length > 0;
    this.querySelector("[data-unsent]")?.toggleAttribute("hidden", !waits);
  }
}

/** @param {HTMLElement} field */
function parts(field) {
  return [...field.querySelectorAll("input")];
}

/** @param {HTMLInputElement} part */
function isPlausible(part) {
  const number = Number(part.value.trim().replace(",", "."));
  return number >= Number(part.dataset.low) && number <= Number(part.dataset.high);
}

customElements.define("measurement-form", MeasurementForm);
