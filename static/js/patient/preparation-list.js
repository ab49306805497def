/**
 * `<preparation-list data-appointment="…" data-keep="{…}">` around the checklist's checkboxes: every tick is kept on the
 * phone and sent to the clinic, now or when the network is back. Without script the form inside does it.
 */

import { appointments, keep, say, sendTicks, unsent } from "./kept.js";

export class PreparationList extends HTMLElement {
  connectedCallback() {
    if (!this.#id) return;
    if (this.dataset.keep) this.#keep(JSON.parse(this.dataset.keep));
    const ticks = Object.fromEntries(unsent(this.#id).map(({ item, done }) => [item, done]));
    for (const box of this.#boxes()) box.checked = ticks[box.name] ?? box.checked;
    this.addEventListener("change", this.#ticked);
    addEventListener("online", this.#send);
    document.addEventListener("visibilitychange", this.#send);
    void this.#send();
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#ticked);
    removeEventListener("online", this.#send);
    document.removeEventListener("visibilitychange", this.#send);
  }

  get #id() {
    return this.dataset.appointment ?? "";
  }

  #boxes() {
    return [...this.querySelectorAll("input")].filter((box) => box.type === "checkbox");
  }

  /** @param {import("./kept.js").Words} words */
  #keep(words) {
    const ticks = Object.fromEntries(this.#boxes().map((box) => [box.name, box.checked]));
    for (const { item, done } of unsent(this.#id)) ticks[item] = done;
    keep({ ...words, id: this.#id, ticks });
  }

  /** @param {Event} event */
  #ticked = (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    say(this.#id, event.target.name, event.target.checked);
    void this.#send();
  };

  #send = async () => {
    await sendTicks();
    const note = this.querySelector("[data-unsent]");
    if (note instanceof HTMLElement) note.hidden = unsent(this.#id).length === 0;
  };
}

/** Show the kept lines and ticks of this appointment in a list that the server did not fill. @param {PreparationList} list */
export function fill(list) {
  const kept = appointments().find(({ id }) => id === list.dataset.appointment);
  if (kept?.lines) rewrite(list, kept.lines);
  for (const box of list.querySelectorAll("input")) box.checked = kept?.ticks[box.name] ?? false;
}

/** The clinic's own checklist instead of the usual one. @param {PreparationList} list @param {import("./kept.js").Line[]} lines */
function rewrite(list, lines) {
  const usual = [...list.querySelectorAll(".check")];
  const pattern = usual[0];
  if (!pattern) return;
  for (const { item, words, hint } of lines) {
    const row = /** @type {Element} */ (pattern.cloneNode(true));
    row.querySelector("input")?.setAttribute("name", item);
    row.querySelector(".check-title")?.replaceChildren(words);
    if (hint) row.querySelector(".check-hint")?.replaceChildren(hint);
    else row.querySelector(".check-hint")?.remove();
    pattern.before(row);
  }
  for (const row of usual) row.remove();
}

customElements.define("preparation-list", PreparationList);
