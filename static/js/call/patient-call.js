/**
 * `<patient-call>`: being called in. Rings until the patient comes in with one tap; that tap also starts microphone, camera
 * and sound. A page loaded again in the middle of a call goes straight back to it.
 */

import { onOpen, send } from "../live.js";
import { quieten } from "../pwa/notifications.js";
import { canCall } from "./able.js";
import { Ringer } from "./ringer.js";
import { CallStage } from "./stage.js";
import { prepareSound } from "../ui/sound.js";
import { toast } from "../ui/toast.js";

const AGAIN_AFTER = 2_000;
/** What the server itself could not do counts as not sent. */
const NOT_SENT = 500;

export class PatientCall extends HTMLElement {
  #ringer = new Ringer();
  #answering = false;
  /** @type {(() => void) | undefined} */
  #stop;

  connectedCallback() {
    this.addEventListener("submit", this.#submitted);
    this.addEventListener("htmx:finally:request", this.#asked);
    document.addEventListener("call-phase", this.#phaseChanged);
    document.addEventListener("visibilitychange", this.#seen);
    this.#stop = onOpen(this.#seen);
    // the stage inside is upgraded after this element
    queueMicrotask(() => this.#begin());
  }

  #begin() {
    const running = this.dataset.phase === "running";
    if (!this.isConnected || this.#answering) return;
    this.#show(running ? "call" : "ring");
    if (running) void this.#stage()?.start();
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.#submitted);
    this.removeEventListener("htmx:finally:request", this.#asked);
    document.removeEventListener("call-phase", this.#phaseChanged);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#stop?.();
    queueMicrotask(() => this.isConnected || this.#fallSilent());
  }

  #fallSilent() {
    this.#ringer.stop();
    void quieten();
  }

  /** The doctor likes to know that somebody looks at the ring. */
  #seen = () => {
    const ring = this.querySelector(".incoming");
    const isShown = ring instanceof HTMLElement && !ring.hidden && document.visibilityState === "visible";
    if (isShown && this.dataset.call) send({ type: "seen", call: this.dataset.call });
  };

  #stage() {
    const stage = this.querySelector("call-stage");
    return stage instanceof CallStage ? stage : null;
  }

  /** @param {"ring" | "call"} what */
  #show(what) {
    const ring = this.querySelector(".incoming");
    const stage = this.#stage();
    if (!(ring instanceof HTMLElement) || !stage) return;
    ring.hidden = what !== "ring";
    stage.hidden = what !== "call";
    if (what === "call") return this.#ringer.stop();
    this.#ringer.start(this.dataset.title ?? "");
    this.#seen();
    ring.querySelector("button")?.focus();
  }

  /** @param {SubmitEvent} event */
  #submitted = (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.matches("#hang-up")) this.#stage()?.leave();
    if (!form.matches("[data-answer]")) return;
    event.preventDefault();
    if (!this.#answering) void this.#comeIn(form, event.submitter?.getAttribute("value") !== "off");
  };

  /** Whoever has hung up is out, also when the network did not carry it: it is sent again until it arrives. @param {Event} event */
  #asked = (event) => {
    const form = event.target;
    const status = /** @type {CustomEvent} */ (event).detail.ctx.response?.status ?? NOT_SENT;
    if (!(form instanceof HTMLFormElement) || !form.matches("#hang-up") || status < NOT_SENT) return;
    setTimeout(() => form.isConnected && form.requestSubmit(), AGAIN_AFTER);
  };

  /** The stage is shown at once, so the tap is answered; it joins when the clinic's side knows. @param {HTMLFormElement} form @param {boolean} camera */
  async #comeIn(form, camera) {
    this.#show("call");
    if (!canCall()) return this.#stage()?.start();
    this.#answering = true;
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(
      () => null,
    );
    this.#answering = false;
    if (answer?.ok) {
      void quieten();
      this.dataset.phase = "running";
      await this.#stage()?.start({ microphone: true, camera });
      return;
    }
    this.#show("ring");
    const problem = answer && (await answer.json().catch(() => null));
    toast(problem?.detail ?? this.dataset.noLine ?? "");
    document.body.dispatchEvent(new CustomEvent("nudge:place", { detail: { topics: [] } }));
  }

  /** Answered on another of the patient's devices: stop ringing here; one tap brings the call over. @param {Event} event */
  #phaseChanged = (event) => {
    const { call, phase } = /** @type {CustomEvent} */ (event).detail;
    if (call !== this.dataset.call || this.#answering || phase === this.dataset.phase) return;
    this.dataset.phase = phase;
    if (phase === "running") {
      this.#show("call");
      this.#stage()?.standAside();
    }
  };
}

prepareSound();
customElements.define("patient-call", PatientCall);
