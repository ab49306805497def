// Light or dark by a button. Follows the system until someone chooses; the choice is kept on this device only.

import { onDevice } from "./storage.js";

export class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#toggle);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#toggle);
  }

  #toggle = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    onDevice.write("theme", root.dataset.theme);
  };
}

customElements.define("theme-toggle", ThemeToggle);
