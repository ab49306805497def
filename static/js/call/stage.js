/**
 * `<call-stage class="call" data-call="…">`: the pictures, the buttons and the honest state of a call, for both sides. All
 * words stand in the template; this element only decides which of them are shown. `auto` joins as soon as it is in the
 * page; else `start()` does, from the tap that answers.
 *
 * Event `stage-over` {why} when this page is out of the call.
 */

import "../ui/dialog.js";
import "../ui/movable-view.js";
import "../ui/this-device.js";
import { canCall } from "./able.js";
import { stayAwake } from "./awake.js";
import { CallChat } from "./chat.js";
import { alsoHere, clockOf, noteOf, resting, veilOf } from "./judging.js";
import { People } from "./people.js";
import { CallSession } from "./session.js";
import { offerTurning, showAlsoHere, showNote, showOwn, showSeal, showVeil, tellNumbers } from "./showing.js";

export class CallStage extends HTMLElement {
  /** @type {CallSession | null} */
  #session = null;
  /** @type {People | null} */
  #people = null;
  /** @type {import("./people.js").Party[]} */
  #parties = [];
  #over = "";
  #quality = "";
  #goods = 0;
  #beganAt = 0;
  /** @type {(() => void) | undefined} */
  #sleep;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("write", this.#written);
    document.addEventListener("call-phase", this.#phaseChanged);
    if (this.hasAttribute("auto") && this.#session === null && !this.#over) void this.start();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    this.removeEventListener("write", this.#written);
    document.removeEventListener("call-phase", this.#phaseChanged);
    // a morph may move the element; only one that stays away has left the call
    queueMicrotask(() => this.isConnected || this.#close());
  }

  /** The session in progress, for measurements. */
  get session() {
    return this.#session;
  }

  /** @param {import("./kept-wants.js").Wants} [wants]  without it what the person last sent in this call */
  async start(wants) {
    const call = this.dataset.call;
    const place = this.querySelector(".call-people");
    if (this.#session !== null || !call || !(place instanceof HTMLElement)) return;
    this.#over = canCall() ? "" : "unable";
    if (this.#over) return this.#show();
    this.#people = new People(place, () => this.#show());
    const session = new CallSession(call);
    this.#session = session;
    this.#sleep = stayAwake();
    this.#follow(session);
    this.#show();
    await session.start(wants);
  }

  /** Out of the call at once, whatever becomes of what is said to the server. */
  leave() {
    this.#ended("ended");
    this.#show();
  }

  /** The person sits in the call from another of their pages: say so instead of pulling them out of it. */
  standAside() {
    this.#over = "replaced";
    this.#show();
  }

  /** @param {CallSession} session */
  #follow(session) {
    /** @type {Record<string, (detail: any) => void>} */
    const hear = {
      slot: (detail) => this.#people?.seat(detail),
      state: () => {},
      sealing: () => {},
      // browsers name the cameras only once one of them was allowed
      own: () => void session.media.canTurn().then((possible) => offerTurning(this, possible && session.wants.camera)),
      quality: (detail) => {
        this.#judge(detail.level);
        tellNumbers(this, detail);
      },
      said: (detail) => this.#chat?.hear(detail),
      parties: (detail) => this.#people?.meet((this.#parties = detail.parties)),
      over: (detail) => this.#ended(detail.why),
    };
    for (const [name, take] of Object.entries(hear)) {
      session.addEventListener(name, (event) => {
        take(/** @type {CustomEvent} */ (event).detail);
        this.#show();
      });
    }
  }

  get #chat() {
    const chat = this.querySelector("call-chat");
    return chat instanceof CallChat ? chat : null;
  }

  /** A patient is told of a good line for a few seconds; from then on only of trouble. @param {string} level */
  #judge(level) {
    this.#goods = level === "good" ? this.#goods + 1 : 0;
    this.#quality = this.dataset.side === "patient" && this.#goods > 3 ? "" : level;
  }

  /** @param {string} why */
  #ended(why) {
    this.#over = why;
    if (why === "ended") this.#session?.sealing?.forget();
    this.#close();
    this.dispatchEvent(new CustomEvent("stage-over", { bubbles: true, detail: { why } }));
  }

  #close() {
    clearInterval(this.#clock);
    this.#sleep?.();
    this.#clock = this.#sleep = undefined;
    this.#session?.close();
    this.#people?.close();
    this.#session = this.#people = null;
    this.#parties = [];
  }

  #show() {
    const session = this.#session;
    const veil = veilOf({
      over: this.#over,
      ringing: this.dataset.phase === "ringing",
      line: session?.connection.state ?? "connecting",
      parties: this.#parties,
      unsealed: session?.sealing?.state === "asking",
      soundBlocked: this.#people?.soundBlocked ?? false,
    });
    showVeil(this, veil);
    this.#people?.veil(veil !== "none");
    showAlsoHere(this, (about, words) => alsoHere(this.#parties, about, words));
    if (veil === "none") this.#startClock();
    showOwn(this, session);
    showSeal(this, session, this.#parties);
    if (session === null) return showNote(this, "");
    const { media, regain, wants } = session;
    const { mine, theirs } = resting(this.#parties);
    const rests = theirs ? "audio-only" : mine && wants.camera ? "own-rests" : "";
    const quality = veil === "none" ? rests || this.#quality : "";
    const [microphone, camera] = [media.microphoneVerdict, media.cameraVerdict];
    const others = this.#parties.filter((party) => !party.you && !party.on_hold && party.state !== "left");
    const silent = veil === "none" && others.length === 1 && others.every((party) => !party.microphone);
    const interrupted = veil === "none" && others.length === 1 && others.every((party) => party.interrupted);
    const silenced = this.#parties.some((party) => party.you && party.muted);
    const sharing = session.screen !== null;
    const seal = session.sealing?.note ?? "";
    const own = { silenced, sharing, seal, taken: regain.taken.has("microphone"), microphone, camera, wantsCamera: wants.camera };
    showNote(this, noteOf({ ...own, switched: regain.switched, quality, silent, interrupted }));
  }

  #startClock() {
    const place = this.querySelector(".call-time");
    if (this.#clock !== undefined || place === null) return;
    this.#beganAt ||= Date.now() - Number(this.dataset.seconds ?? 0) * 1000;
    const tick = () => (place.textContent = clockOf((Date.now() - this.#beganAt) / 1000));
    this.#clock = setInterval(tick, 1000);
    tick();
  }

  /** @param {Event} event */
  #phaseChanged = (event) => {
    const { call, phase } = /** @type {CustomEvent} */ (event).detail;
    if (call !== this.dataset.call || phase === this.dataset.phase) return;
    this.dataset.phase = phase;
    this.#show();
  };

  /** @param {Event} event */
  #clicked = (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) void this.do(button.dataset.do ?? "");
  };

  /** @param {Event} event */
  #written = async (event) => {
    const { text, done } = /** @type {CustomEvent} */ (event).detail;
    done((await this.#session?.say(text)) ?? false);
  };

  /** What a button or a key asks for. @param {string} what */
  async do(what) {
    const session = this.#session;
    if (what === "rejoin") await this.start();
    if (what === "sound") await this.#people?.unblock();
    if (what === "chat") this.#chat?.toggle();
    if (session === null) return;
    if (what === "microphone") await session.setMicrophone(!session.sending.microphone);
    if (what === "camera") await session.setCamera(session.media.camera === null);
    if (what === "turn") await session.turnCamera();
    if (what === "screen") await session.toggleScreen();
    if (what === "take-back") await session.regain.takeBack();
    if (what === "code-read") session.sealing?.confirm();
    if (what === "go-on-clear") session.sealing?.goOnInTheClear();
  }
}

/** `<call-phase data-call data-phase>`: the server's word on the call, outside what a morph leaves alone. */
export class CallPhase extends HTMLElement {
  static observedAttributes = ["data-call", "data-phase"];

  connectedCallback() {
    // after the stage beside it exists
    queueMicrotask(() => this.attributeChangedCallback());
  }

  attributeChangedCallback() {
    const { call, phase } = this.dataset;
    if (this.isConnected) document.dispatchEvent(new CustomEvent("call-phase", { detail: { call, phase } }));
  }
}

customElements.define("call-stage", CallStage);
customElements.define("call-phase", CallPhase);
