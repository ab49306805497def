/**
 * The desk's side of a call: keys that work wherever the focus is outside a field, and where the picture stands, which is
 * remembered. `<desk-keys>` lies beside the stage it serves.
 */

import "../live.js";
import { canHaveOwnWindow, intoOwnWindow } from "./own-window.js";
import { CallStage } from "./stage.js";
import { onDevice } from "../ui/storage.js";
import { toast } from "../ui/toast.js";

/** @typedef {"top" | "split" | "full"} Layout */

const LAYOUT = "naervaer-call-layout";
/** @type {readonly Layout[]} */
const LAYOUTS = ["top", "split", "full"];

export class DeskKeys extends HTMLElement {
  /** @type {(() => void) | null} brings the pictures back from their own window */
  #bringBack = null;

  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
    document.addEventListener("click", this.#clicked);
    // the stage beside it exists only now
    queueMicrotask(() => this.#begin());
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
    document.removeEventListener("click", this.#clicked);
    queueMicrotask(() => this.isConnected || this.#bringBack?.());
  }

  #begin() {
    const remembered = LAYOUTS.find((each) => each === onDevice.read(LAYOUT));
    this.#arrange(remembered ?? "top");
    const button = this.#stage()?.querySelector('[data-layout-to="window"]');
    if (button instanceof HTMLElement) button.hidden = !canHaveOwnWindow();
  }

  #stage() {
    const stage = document.querySelector('call-stage[data-side="desk"]');
    return stage instanceof CallStage ? stage : null;
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = (event.shiftKey && event.key !== "?" ? "Shift+" : "") + event.key.toUpperCase();
    const buttons = document.querySelectorAll('call-stage[data-side="desk"] button[aria-keyshortcuts], [data-call-key]');
    const button = [...buttons].find((each) => each.getAttribute("aria-keyshortcuts") === key && !each.closest("[hidden]"));
    if (button instanceof HTMLElement) {
      event.preventDefault();
      button.click();
    }
  };

  /** @param {Event} event */
  #clicked = (event) => {
    const button = event.target instanceof Element ? event.target.closest("call-stage [data-layout-to]") : null;
    if (!(button instanceof HTMLElement)) return;
    const wanted = button.dataset.layoutTo;
    if (wanted === "window") void this.#toggleWindow(button);
    else this.#arrange(/** @type {Layout} */ (wanted));
  };

  /** @param {HTMLElement} button */
  async #toggleWindow(button) {
    const stage = this.#stage();
    if (this.#bringBack || !stage) return this.#bringBack?.();
    try {
      this.#bringBack = await intoOwnWindow(stage, () => {
        this.#bringBack = null;
        stage.removeAttribute("data-away");
        button.setAttribute("aria-pressed", "false");
      });
      stage.setAttribute("data-away", "");
      button.setAttribute("aria-pressed", "true");
    } catch {
      toast(button.dataset.refused ?? "");
    }
  }

  /** @param {Layout} layout */
  #arrange(layout) {
    const stage = this.#stage();
    if (!stage) return;
    stage.dataset.layout = layout;
    onDevice.write(LAYOUT, layout);
    for (const each of stage.querySelectorAll("[data-layout-to]:not([data-layout-to=window])")) {
      if (each instanceof HTMLElement) each.setAttribute("aria-pressed", String(each.dataset.layoutTo === layout));
    }
  }
}

customElements.define("desk-keys", DeskKeys);
