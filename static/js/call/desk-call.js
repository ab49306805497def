/**
 * The desk's side of a call: keys that work wherever the focus is outside a field, and the size of the picture, which is
 * remembered. `<desk-keys>` lies beside the stage it serves.
 */

import "../live.js";
import { CallStage } from "./stage.js";

const LAYOUT = "naervaer-call-layout";

export class DeskKeys extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
    document.addEventListener("click", this.#clicked);
    this.#arrange(localStorage.getItem(LAYOUT) === "full" ? "full" : "top");
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
    document.removeEventListener("click", this.#clicked);
  }

  #stage() {
    const stage = document.querySelector('call-stage[data-side="desk"]');
    return stage instanceof CallStage ? stage : null;
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = (event.shiftKey ? "Shift+" : "") + event.key.toUpperCase();
    const buttons = document.querySelectorAll('call-stage[data-side="desk"] button[aria-keyshortcuts], [data-call-key]');
    const button = [...buttons].find((each) => each.getAttribute("aria-keyshortcuts") === key && !each.closest("[hidden]"));
    if (button instanceof HTMLElement) {
      event.preventDefault();
      button.click();
    }
  };

  /** @param {Event} event */
  #clicked = (event) => {
    if (event.target instanceof Element && event.target.closest("call-stage [data-layout-to]")) this.#turn();
  };

  #turn() {
    this.#arrange(this.#stage()?.dataset.layout === "full" ? "top" : "full");
  }

  /** @param {"top" | "full"} layout */
  #arrange(layout) {
    const stage = this.#stage();
    if (!stage) return;
    stage.dataset.layout = layout;
    localStorage.setItem(LAYOUT, layout);
    for (const each of stage.querySelectorAll("[data-layout-to]")) {
      if (each instanceof HTMLElement) each.hidden = each.dataset.layoutTo === layout;
    }
  }
}

customElements.define("desk-keys", DeskKeys);
