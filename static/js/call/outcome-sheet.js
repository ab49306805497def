/**
 * `<outcome-sheet>` around the form that asks what came of a call: shows and requires only the questions that belong to
 * the chosen outcome, and lets digits answer the first question still open, so the whole sheet is two keys and Enter. What is half
 * filled in survives a reload.
 */

import { keepDraft, restoreDraft } from "./outcome-draft.js";

export class OutcomeSheet extends HTMLElement {
  connectedCallback() {
    const form = this.#form();
    if (form && this.dataset.noted === undefined) restoreDraft(form, this.#key());
    this.addEventListener("change", this.#changed);
    this.addEventListener("input", this.#changed);
    document.addEventListener("keydown", this.#pressed);
    this.#arrange();
    if (document.activeElement === document.body) this.#goOn();
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#changed);
    this.removeEventListener("input", this.#changed);
    document.removeEventListener("keydown", this.#pressed);
  }

  #form() {
    return this.querySelector("form");
  }

  #key() {
    return `naervaer-outcome-${this.dataset.call}`;
  }

  #changed = () => {
    const form = this.#form();
    if (form) keepDraft(form, this.#key());
    this.#arrange();
  };

  #arrange = () => {
    const chosen = this.querySelector('[name="outcome"]:checked');
    const outcome = chosen instanceof HTMLInputElement ? chosen.value : "";
    for (const part of this.querySelectorAll("fieldset[data-for]")) {
      if (!(part instanceof HTMLFieldSetElement)) continue;
      part.hidden = part.disabled = !(part.dataset.for ?? "").split(" ").includes(outcome);
      for (const choice of part.querySelectorAll("input")) choice.required = !part.hidden;
    }
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const typing = event.target instanceof Element && event.target.closest("textarea, input:not([type=radio]), select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    const questions = [...this.querySelectorAll("fieldset[data-question]:not([hidden])")];
    const here = document.activeElement?.closest("fieldset[data-question]");
    const open = questions.find((each) => !each.querySelector(":checked"));
    const question = here && !here.querySelector(":checked") ? here : (open ?? here ?? null);
    const choice = question?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!(choice instanceof HTMLInputElement)) return;
    event.preventDefault();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    this.#goOn();
  };

  /** To the next question, or to the button that saves. */
  #goOn() {
    const next = [...this.querySelectorAll("fieldset[data-question]:not([hidden])")].find(
      (each) => !each.querySelector(":checked"),
    );
    const target = next?.querySelector("input") ?? this.querySelector('button[type="submit"]');
    if (target instanceof HTMLElement) target.focus();
  }
}

customElements.define("outcome-sheet", OutcomeSheet);
