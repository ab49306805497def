/**
 * The messages of a call, on both sides: nothing of them is kept anywhere. `<call-chat>` lies in a stage, hidden until it is
 * asked for; on the patient's side it opens by itself when the first message comes.
 *
 * Event `write` {text, done}: somebody wrote this; `done` is to be told whether it went off.
 */

import { partsOf } from "./links.js";

export class CallChat extends HTMLElement {
  #unread = 0;

  connectedCallback() {
    this.addEventListener("submit", this.#submitted);
    this.addEventListener("keydown", this.#pressed);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.#submitted);
    this.removeEventListener("keydown", this.#pressed);
  }

  /** @param {{ name: string, text: string | null, mine: boolean }} said */
  hear({ name, text, mine }) {
    const line = document.createElement("li");
    line.className = mine ? "mine" : "";
    const who = document.createElement("strong");
    who.textContent = mine ? (this.dataset.you ?? "") : name;
    const words = document.createElement("p");
    if (text === null) words.textContent = this.dataset.unreadable ?? "";
    else words.append(...partsOf(text).map(shown));
    line.append(who, words);
    const list = this.querySelector("ol");
    list?.append(line);
    line.scrollIntoView({ block: "nearest" });
    if (mine || !this.hidden) return;
    this.#count(this.#unread + 1);
    if (this.dataset.opens === "itself" && text !== null) this.toggle();
  }

  toggle() {
    this.toggleAttribute("hidden");
    this.#button()?.setAttribute("aria-expanded", String(!this.hidden));
    if (this.hidden) return;
    this.#count(0);
    const field = this.querySelector("input[name=text]");
    if (field instanceof HTMLInputElement && matchMedia("(pointer: fine)").matches) field.focus();
  }

  #button() {
    return this.closest("call-stage")?.querySelector('[data-do="chat"]');
  }

  /** @param {number} unread */
  #count(unread) {
    this.#unread = unread;
    const badge = this.#button()?.querySelector("[data-unread]");
    if (!(badge instanceof HTMLElement)) return;
    badge.hidden = unread === 0;
    badge.textContent = String(unread);
  }

  /** @param {SubmitEvent} event */
  #submitted = (event) => {
    event.preventDefault();
    const field = this.querySelector("input[name=text]");
    const text = field instanceof HTMLInputElement ? field.value.trim() : "";
    if (!(field instanceof HTMLInputElement) || !text) return;
    const done = (/** @type {boolean} */ arrived) => {
      const failed = this.querySelector("[data-failed]");
      if (failed instanceof HTMLElement) failed.hidden = arrived;
      if (arrived) field.value = "";
    };
    this.dispatchEvent(new CustomEvent("write", { bubbles: true, detail: { text, done } }));
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    if (event.key !== "Escape" || this.hidden) return;
    event.stopPropagation();
    this.toggle();
    const button = this.#button();
    if (button instanceof HTMLElement) button.focus();
  };
}

/** @param {import("./links.js").Part} part */
function shown({ text, href }) {
  if (href === undefined) return document.createTextNode(text);
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = text;
  return link;
}

customElements.define("call-chat", CallChat);
