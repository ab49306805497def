/**
 * `<push-offer data-key="…">`: whether this very device may be called on when its screen is off, and the tap that lets it.
 * Of its parts ([data-when]) one is shown: ask, on, denied, failed, install (an iPhone whose page is not yet an app), none.
 * An "on" is said to the server on every visit: browsers change their push address without telling anybody.
 */

import "./register.js";
import { wake } from "../live.js";
import { token } from "../patient/kept.js";
import { fits } from "../ui/this-device.js";

const CAN = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

export class PushOffer extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    void this.#look();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
  }

  async #look() {
    if (!CAN) return this.#show(this.#canInstall() ? "install" : "none");
    if (Notification.permission === "denied") return this.#show("denied");
    const kept = await (await worker())?.pushManager.getSubscription();
    if (!kept) return this.#show((await worker()) ? "ask" : "none");
    if (!isFor(kept, this.dataset.key ?? "")) await kept.unsubscribe();
    else if (await tell("/push/subscription", kept)) return this.#show("on");
    this.#show("ask");
  }

  #canInstall() {
    const install = this.querySelector("[data-when=install]");
    return install instanceof HTMLElement && fits(install.dataset.onDevice ?? "");
  }

  /** @param {Event} event */
  #clicked = async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    button.disabled = true;
    if ("subscribes" in button.dataset) await this.#subscribe();
    else if ("unsubscribes" in button.dataset) await this.#unsubscribe();
    button.disabled = false;
    this.#keepFocus(button);
  };

  /** Where the button was hidden by its own tap, the answer has the focus. @param {HTMLButtonElement} button */
  #keepFocus(button) {
    const answer = this.querySelector("[data-when]:not([hidden])");
    if (answer?.contains(button)) button.focus();
    else if (answer instanceof HTMLElement) answer.focus();
  }

  /** The browser asks its user only in answer to a tap. */
  async #subscribe() {
    const permission = await Notification.requestPermission();
    if (permission === "default") return;
    if (permission === "denied") return this.#show(this.querySelector("[data-when=denied]") ? "denied" : "failed");
    try {
      const manager = (await worker())?.pushManager;
      const options = { userVisibleOnly: true, applicationServerKey: bytes(this.dataset.key ?? "") };
      const subscription = await manager?.subscribe(options);
      const isKnown = subscription !== undefined && (await tell("/push/subscription", subscription));
      this.#show(isKnown ? "on" : "failed");
    } catch {
      this.#show("failed"); // no push service within reach, or a private window
    }
  }

  async #unsubscribe() {
    const kept = await (await worker())?.pushManager.getSubscription();
    if (kept) await tell("/push/subscription/removal", kept);
    await kept?.unsubscribe();
    this.#show("ask");
  }

  /** @param {string} when */
  #show(when) {
    for (const part of this.querySelectorAll("[data-when]")) {
      if (part instanceof HTMLElement) part.hidden = part.dataset.when !== when;
    }
    this.dataset.state = when;
    this.hidden = !this.querySelector(`[data-when=${when}]`);
  }
}

/** Null where there is none: a private window, an old browser. */
async function worker() {
  const registration = await navigator.serviceWorker.getRegistration();
  return registration ? navigator.serviceWorker.ready : navigator.serviceWorker.register("/sw.js").catch(() => null);
}

/** @param {string} address @param {PushSubscription} subscription */
async function tell(address, subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const headers = { "Content-Type": "application/json", Accept: "application/json", "x-csrftoken": token() };
  const body = JSON.stringify({ endpoint, p256dh: keys?.p256dh, auth: keys?.auth });
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => null);
  return answer?.ok ?? false;
}

/** Whether the subscription was made for this key: after a new one, nothing would reach it. @param {PushSubscription} kept @param {string} key */
function isFor(kept, key) {
  const own = new Uint8Array(kept.options.applicationServerKey ?? new ArrayBuffer(0));
  return own.length === 0 || bytes(key).every((byte, at) => byte === own[at]);
}

/** @param {string} text URL-safe base64 */
function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

// A push came while this page was open but not heard of, or its notification was tapped: look at once.
if (CAN) {
  navigator.serviceWorker.addEventListener("message", (event) => {
    if (event.data?.pushed) wake();
  });
}

customElements.define("push-offer", PushOffer);
