/** The lists of cameras, microphones and loudspeakers in an element, filled once the browser tells their names. */

import { KINDS, choose, chosen } from "./chosen.js";

/** @typedef {import("./chosen.js").Part} Part */

export class DeviceChoice {
  /** @type {HTMLElement} */
  #inside;
  /** @type {(part: Part) => void} */
  #onChosen;

  /** @param {HTMLElement} inside @param {(part: Part) => void} onChosen  told when the person chose another device */
  constructor(inside, onChosen) {
    this.#inside = inside;
    this.#onChosen = onChosen;
  }

  open() {
    this.#inside.addEventListener("change", this.#changed);
    navigator.mediaDevices?.addEventListener("devicechange", this.#refill);
    this.#refill();
  }

  close() {
    this.#inside.removeEventListener("change", this.#changed);
    navigator.mediaDevices?.removeEventListener("devicechange", this.#refill);
  }

  #refill = () => void this.fill();

  /** Offer what there is; a list of one is nothing to choose from, and stays away. */
  async fill() {
    const lists = /** @type {NodeListOf<HTMLSelectElement>} */ (this.#inside.querySelectorAll("select[data-device]"));
    if (lists.length === 0) return;
    const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    for (const list of lists) {
      const part = partOf(list);
      const known = devices.filter(({ kind, label }) => kind === KINDS[part] && label !== "");
      list.replaceChildren(...known.map(({ deviceId, label }) => new Option(label, deviceId)));
      if (known.some(({ deviceId }) => deviceId === chosen(part))) list.value = chosen(part);
      list.closest(".field")?.toggleAttribute("hidden", known.length < 2);
    }
  }

  /** @param {Event} event */
  #changed = (event) => {
    const list = event.target;
    if (!(list instanceof HTMLSelectElement) || !list.dataset.device) return;
    choose(partOf(list), list.value);
    this.#onChosen(partOf(list));
  };
}

/** @param {HTMLSelectElement} list */
function partOf(list) {
  return /** @type {Part} */ (list.dataset.device);
}
