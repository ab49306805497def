/**
 * One person in one call: ties the page's socket, the media connection and one's own microphone and camera together, and
 * keeps them so through lost lines, slept phones and taken microphones. Knows no element.
 *
 * Events (CustomEvent): those of CallConnection (`slot`, `state`, `quality`), and
 * - `parties` {parties}: who is in the call and how their lines are.
 * - `own` {}: one's own microphone or camera changed, or was taken away or given back (read `sending` and `regain`).
 * - `sealing` {}: what may be said of the end-to-end encryption changed (read `sealing`).
 * - `said` {name, text, mine}: a message; `text` is null when it could not be opened.
 * - `over` {why: "ended" | "replaced" | "full" | "unknown" | "not_yet" | "bad_offer" | "bad_answer"}: this page is out of
 *   the call.
 */

import { hurry, onFrame, onOpen, renew, send } from "../live.js";
import { CallConnection } from "./connection.js";
import { freshServers } from "./ice-servers.js";
import { resting } from "./judging.js";
import { deviceClass } from "./measuring.js";
import { keepWants, keptWants } from "./kept-wants.js";
import { LocalMedia } from "./media.js";
import { Regain } from "./regain.js";
import { Sealing } from "./sealing/sealing.js";

export class CallSession extends EventTarget {
  media = new LocalMedia();
  /** What the person wants to send; a track that is missing or taken away is not sent all the same. */
  wants = { microphone: true, camera: true };
  /** @type {MediaStreamTrack | null} one's own screen, while it is shown */
  screen = null;
  /** @type {Map<string, string>} */
  #names = new Map();
  /** @type {string} */
  #call;
  /** @type {CallConnection} */
  #connection;
  /** Brings back what something took. @type {Regain} */
  regain = new Regain({
    media: this.media,
    wanted: (part) => this.wants[part],
    open: (part) => this.#openInstead(part),
    changed: () => this.#own(),
  });
  /** The end-to-end encryption; null where the browser can't. @type {Sealing | null} */
  sealing;
  /** @type {(() => void)[]} */
  #stops;
  #resting = false;
  #over = false;

  /** @param {string} call */
  constructor(call) {
    super();
    this.#call = call;
    const pass = (/** @type {string} */ to, /** @type {string} */ data) => void send({ type: "pass", call, to, data });
    this.sealing = Sealing.isPossible ? new Sealing({ call, send: pass }) : null;
    const offer = (/** @type {import("./peer.js").OfferFrame} */ frame) => void send({ ...frame, sealing: this.#sealingId });
    this.#connection = new CallConnection({ call, send: offer, iceServers: freshServers, sealing: this.sealing });
    this.sealing?.addEventListener("change", () => this.#tell("sealing", {}));
    this.sealing?.addEventListener("gave-up", () => this.#sayMedia());
    for (const name of ["slot", "state", "quality"]) {
      this.#connection.addEventListener(name, (event) => this.#tell(name, /** @type {CustomEvent} */ (event).detail));
    }
    this.#connection.addEventListener("unheard", renew);
    this.#connection.addEventListener("unusable", () => this.#end("bad_answer"));
    this.#connection.addEventListener("measured", (event) => this.#sayMeasured(/** @type {CustomEvent} */ (event).detail));
    this.#connection.addEventListener("media", (event) => this.regain.hear(/** @type {CustomEvent} */ (event).detail));
    this.#stops = [
      hurry(),
      ...["answer", "slots", "gone"].map((type) => onFrame(type, (frame) => this.#connection.receive(frame))),
      onFrame("answer", (frame) => frame.call === call && this.#sayMedia()),
      onFrame("parties", (frame) => frame.call === call && this.#meet(frame)),
      onFrame("passed", (frame) => frame.call === call && this.#hear(frame.sender, frame.data)),
      onFrame("ended", (frame) => frame.call === call && this.#end("ended")),
      onFrame("replaced", (frame) => frame.call === call && this.#end("replaced")),
      onFrame("refused", (frame) => frame.what === call && this.#refused(frame.why)),
      onOpen(() => this.#connection.signallingBack()),
      onOpen(() => this.sealing?.resume()),
      () => this.regain.close(),
    ];
  }

  /** What is sent now. */
  get sending() {
    const { microphone, camera } = this.media;
    const { taken } = this.regain;
    return {
      microphone: this.wants.microphone && microphone !== null && !taken.has("microphone"),
      camera: this.wants.camera && camera !== null && !taken.has("camera") && !this.#resting,
    };
  }

  /** Whether the person means to be heard and is not: the microphone was taken, refused or is missing. */
  get interrupted() {
    return this.wants.microphone && !this.sending.microphone && this.media.microphoneVerdict !== "off";
  }

  /** The media connection, for measurements. */
  get connection() {
    return this.#connection;
  }

  /**
   * Go in. The microphone is waited for, the camera follows when the person has allowed it.
   * @param {import("./kept-wants.js").Wants} wants  without it what the person last sent in this call
   */
  async start(wants = keptWants(this.#call)) {
    this.#want(wants);
    if (this.wants.microphone) await this.media.openMicrophone();
    if (this.#over) return this.media.stop();
    const microphone = this.wants.microphone ? this.media.microphone : null;
    await this.#connection.start(microphone ? new MediaStream([microphone]) : null);
    this.#own();
    if (this.wants.camera) await this.setCamera(true);
  }

  /** @param {boolean} on */
  async setMicrophone(on) {
    this.#want({ microphone: on });
    if (on && this.media.microphone?.readyState !== "live") await this.media.openMicrophone();
    await this.#connection.setMicrophone(on ? this.media.microphone : null);
    this.#own();
  }

  /** @param {boolean} on */
  async setCamera(on) {
    this.#want({ camera: on });
    if (on) await this.media.openCamera();
    await this.#sendCamera();
  }

  async turnCamera() {
    if (!this.wants.camera) return;
    await this.media.turnCamera();
    await this.#sendCamera();
  }

  /** Show one's screen, or stop; the browser asks which. */
  async toggleScreen() {
    const before = this.screen;
    this.screen = null;
    before?.stop();
    if (!before) {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } }).catch(() => null);
      this.screen = stream?.getVideoTracks()[0] ?? null;
    }
    if (this.#over) return this.screen?.stop();
    if (this.screen) this.screen.contentHint = "detail";
    // the browser has a button of its own to stop with
    this.screen?.addEventListener("ended", () => this.screen && void this.toggleScreen(), { once: true });
    await this.#connection.setScreen(this.screen);
    this.#own();
  }

  /** Write to the others; answers whether it went off. Nothing of it is kept. @param {string} text */
  async say(text) {
    const wrapped = this.sealing ? await this.sealing.wrap(text) : { t: text };
    const word = JSON.stringify({ k: "say", ...wrapped });
    const gone = wrapped !== null && send({ type: "pass", call: this.#call, to: "", data: word });
    if (gone) this.#tell("said", { name: "", text, mine: true });
    return gone;
  }

  close() {
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#connection.close();
    this.sealing?.close();
    this.media.stop();
    this.screen?.stop();
    this.screen = null;
  }

  /** @param {string} sender @param {Record<string, unknown>} word */
  async #hearSaid(sender, word) {
    const plain = typeof word.t === "string" ? word.t : null;
    const text = this.sealing ? await this.sealing.unwrap(sender, word) : plain;
    if (text !== undefined) this.#tell("said", { name: this.#names.get(sender) ?? "", text, mine: false });
  }

  get #sealingId() {
    return this.sealing?.id ?? "";
  }

  /** @param {import("../live.js").Frame} frame */
  #meet({ parties, epoch }) {
    this.sealing?.meet(parties, epoch);
    for (const party of parties) this.#names.set(party.id, party.name);
    this.#rest(resting(parties).mine);
    this.#tell("parties", { parties });
  }

  /** What another page of the call says. @param {string} sender @param {string} data */
  #hear(sender, data) {
    /** @type {any} */
    let word = null;
    try {
      word = JSON.parse(data);
    } catch {
      return;
    }
    if (word?.k === "say") void this.#hearSaid(sender, word);
    else if (typeof word?.e === "number") this.sealing?.hear(sender, word);
  }

  /** @param {Partial<import("./kept-wants.js").Wants>} wants */
  #want(wants) {
    Object.assign(this.wants, wants);
    keepWants(this.#call, this.wants);
  }

  /** A camera that is off is closed, so its lamp goes out, also when it was put off while it opened. */
  async #sendCamera() {
    if (this.#over) return this.media.stop();
    if (!this.wants.camera) this.media.closeCamera();
    this.regain.taken.delete("camera");
    await this.#connection.setCamera(this.media.camera);
    this.#own();
  }

  /** @param {import("./media.js").Own} part */
  async #openInstead(part) {
    if (part === "camera") {
      await this.media.openCamera({ instead: true });
      return this.#sendCamera();
    }
    await this.media.openMicrophone({ instead: true });
    if (this.#over) return this.media.stop();
    this.regain.taken.delete("microphone");
    await this.#connection.setMicrophone(this.wants.microphone ? this.media.microphone : null);
  }

  #own() {
    this.#tell("own", {});
    this.#sayMedia();
  }

  #sayMedia() {
    const { sending, interrupted } = this;
    send({ type: "media", call: this.#call, ...sending, interrupted, screen: this.screen !== null, sealing: this.#sealingId });
  }

  /** @param {boolean} rests */
  #rest(rests) {
    if (rests === this.#resting) return;
    this.#resting = rests;
    void this.#connection.restCamera(rests);
    this.#sayMedia();
  }

  /** @param {object} sample */
  #sayMeasured(sample) {
    send({ type: "measured", call: this.#call, ...sample, ...deviceClass() });
  }

  /** @param {string} why */
  #refused(why) {
    if (why === "later") this.#connection.offerLater();
    else this.#end(why);
  }

  /** @param {string} why */
  #end(why) {
    if (this.#over) return;
    this.close();
    this.#tell("over", { why });
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
