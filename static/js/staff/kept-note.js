/**
 * `<kept-note>` around a form with one text: saves it while it is written, and says so. What could not be sent stays in
 * this browser and is sent again, also after a reload. What a colleague wrote meanwhile comes back with the answer.
 */

import { onDevice } from "../ui/storage.js";

const REST_MS = 800;
const AGAIN_MS = 5000;

/** @typedef {{ words: string, version: number, said: string }} Saved */

export class KeptNote extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #sending = false;

  connectedCallback() {
    this.addEventListener("input", this.#written);
    this.addEventListener("submit", this.#submitted);
    window.addEventListener("online", this.#save);
    window.addEventListener("pagehide", this.#leave);
    this.#restore();
  }

  disconnectedCallback() {
    this.removeEventListener("input", this.#written);
    this.removeEventListener("submit", this.#submitted);
    window.removeEventListener("online", this.#save);
    window.removeEventListener("pagehide", this.#leave);
    clearTimeout(this.#timer);
  }

  get #key() {
    return `naervaer-minutes-${this.dataset.key}`;
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  get #text() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  get #version() {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem("version"));
  }

  /** What was not sent before a reload goes with the version it was written over, so that the server keeps both. */
  #restore() {
    const draft = onDevice.readJson(this.#key, /** @type {{ words: string, version: string } | null} */ (null));
    if (draft === null) return;
    if (draft.words.trim() === this.#text.value.trim()) return onDevice.remove(this.#key);
    this.#text.value = draft.words;
    this.#version.value = draft.version;
    void this.#save();
  }

  #written = () => {
    onDevice.writeJson(this.#key, { words: this.#text.value, version: this.#version.value });
    this.#soon(REST_MS);
  };

  /** @param {Event} event */
  #submitted = (event) => {
    event.preventDefault();
    void this.#save();
  };

  /** @param {number} rest */
  #soon(rest) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#save, rest);
  }

  #save = async () => {
    if (onDevice.read(this.#key) === null) return;
    if (this.#sending) return this.#soon(REST_MS);
    this.#sending = true;
    this.#say("keeping", this.dataset.keeping ?? "");
    const sent = this.#text.value;
    try {
      const answer = await fetch(this.#form.action, this.#request());
      if (!answer.ok) throw new Error(String(answer.status));
      this.#saved(sent, /** @type {Saved} */ (await answer.json()));
    } catch {
      this.#say("failed", this.dataset.failed ?? "");
      this.#soon(AGAIN_MS);
    }
    this.#sending = false;
  };

  /** The last words of somebody who closes the page; what does not arrive is still in this browser. */
  #leave = () => {
    if (onDevice.read(this.#key) !== null) void fetch(this.#form.action, { ...this.#request(), keepalive: true });
  };

  /** @returns {RequestInit} */
  #request() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) if (typeof value === "string") body.append(name, value);
    return { method: "POST", body, headers: { Accept: "application/json" } };
  }

  /** @param {string} sent @param {Saved} saved */
  #saved(sent, { words, version, said }) {
    const untouched = this.#text.value === sent;
    if (untouched || words === sent.trim()) this.#version.value = String(version);
    if (!untouched) return this.#written();
    if (words !== sent.trim()) this.#text.value = words;
    onDevice.remove(this.#key);
    this.#say("saved", said);
  }

  /** @param {string} now @param {string} words */
  #say(now, words) {
    this.dataset.now = now;
    const state = this.querySelector("[data-state]");
    if (state) state.textContent = words;
  }
}

customElements.define("kept-note", KeptNote);
