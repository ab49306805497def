/**
 * The end-to-end encryption of one call in this page (E12): leads the agreement with the others, hands the keys to the
 * worker, and knows what may honestly be said. Knows neither elements nor SDP.
 *
 * Event `change` when anything of it changed. `state`: agreeing (nothing is agreed on yet), sealed (all who are here seal
 * what they send, and only they can open it), clear (somebody's browser can't: encrypted to the server only), asking (it was
 * sealed and can't be now: nothing passes until the person goes on without).
 */

import { Agreement } from "./agreement.js";
import { random, toText } from "./bytes.js";
import { forget, keep, recall } from "./identity.js";
import { Words } from "./words.js";

/** @typedef {import("../people.js").Party} Party */
/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"agreeing" | "sealed" | "clear" | "asking"} State */
/** @typedef {import("./agreement.js").Message} Message */

const ROLES = /** @type {const} */ (["microphone", "camera", "screen"]);
const ASK_AGAIN_EVERY = 2_000;
const GIVE_UP_AFTER = 10_000;
/** More agreements than people coming and going make. */
const MAX_EPOCHS_A_MINUTE = 20;

/** @type {any} not in every browser, nor in every list of types */
const ScriptTransform = Reflect.get(globalThis, "RTCRtpScriptTransform");

export class Sealing extends EventTarget {
  /** What this page is called in the agreement; empty once it has given up. */
  id = toText(random(12));
  /** @type {State} */
  state = "agreeing";
  #call;
  #send;
  #words;
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  /** @type {Agreement | null} */
  #agreement = null;
  #epoch = 0;
  #begunAt = 0;
  /** @type {number[]} when the last epochs began */
  #epochs = [];
  /** @type {Party[]} the others, as they are now */
  #others = [];
  /** @type {Set<string>} whose frames were opened, by the name of their pages */
  #heard = new Set();
  /** Under which name this page is kept; empty until it has a seat. */
  #name = "";
  /** @type {import("./identity.js").Kept | null} */
  #kept = null;
  /** @type {{ sender: string, message: Message }[]} of an agreement that has not begun here */
  #early = [];
  /** @type {WeakMap<RTCRtpReceiver, string>} */
  #seats = new WeakMap();
  #asked = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #answers = new Map();
  /** @type {ReturnType<typeof setInterval>} */
  #timer;

  /** Whether this browser can. */
  static get isPossible() {
    return typeof ScriptTransform === "function" && globalThis.crypto?.subtle !== undefined;
  }

  /** @param {{ call: string, send: (to: string, data: string) => void }} options */
  constructor({ call, send }) {
    super();
    this.#call = call;
    this.#send = send;
    this.#words = new Words(call);
    this.#worker.onmessage = ({ data }) => {
      if (data.heard) return this.#hearFrames(data.heard);
      this.#answers.get(data.learned ?? data.asked)?.(data);
      this.#answers.delete(data.learned ?? data.asked);
    };
    this.#timer = setInterval(() => this.#look(), ASK_AGAIN_EVERY);
  }

  /** The code to be read aloud, as long as it may be said that everything is sealed. */
  get code() {
    return this.state === "sealed" ? (this.#kept?.standing.code ?? "") : "";
  }

  /** What may be said: sealed not before somebody is here, and what they send was opened. @returns {State} */
  get shown() {
    const isHeard = (/** @type {Party} */ party) => this.#heard.has(party.sealing) || !(party.microphone || party.camera || party.screen);
    if (this.state === "sealed" && !(this.#others.length > 0 && this.#others.every(isHeard))) return "agreeing";
    return this.state;
  }

  /** Who is new since the code that was read; null when it is the same, or was read again. */
  get changed() {
    return this.state === "sealed" ? (this.#kept?.changed ?? null) : null;
  }

  /** What everybody should know: keys are agreed on more often than people come and go, or the code is another one. @returns {"restless" | "code-changed" | ""} */
  get note() {
    const isRestless = this.#epochs.filter((at) => at > performance.now() - 60_000).length > MAX_EPOCHS_A_MINUTE;
    return isRestless ? "restless" : this.changed === null ? "" : "code-changed";
  }

  /** Let every frame of this connection pass through the worker; again when it got more sections. @param {RTCPeerConnection} pc */
  cover(pc) {
    pc.getTransceivers().forEach(({ sender, receiver }, index) => {
      if (this.#seats.has(receiver)) return;
      const seat = crypto.randomUUID();
      const role = ROLES[index] ?? (receiver.track.kind === "audio" ? "microphone" : "camera");
      this.#seats.set(receiver, seat);
      Reflect.set(receiver, "transform", new ScriptTransform(this.#worker, { side: "receive", role, seat }));
      if (index < ROLES.length) Reflect.set(sender, "transform", new ScriptTransform(this.#worker, { side: "send", role, seat }));
    });
  }

  /** Whose frames may come in this section. @param {RTCPeerConnection} pc @param {string} mid @param {string | null} party */
  seat(pc, mid, party) {
    const section = pc.getTransceivers().find((each) => each.mid === mid);
    const seat = section && this.#seats.get(section.receiver);
    if (seat) this.#worker.postMessage({ type: "seat", seat, party });
    const codecs = pc.getTransceivers()[0]?.receiver.getParameters?.().codecs ?? [];
    const red = codecs.find((codec) => codec.mimeType.toLowerCase() === "audio/red");
    this.#worker.postMessage({ type: "red", payloadType: red?.payloadType });
  }

  /** Who is here now. A new epoch begins a new agreement, or ends sealing for as long as somebody can't. @param {Party[]} parties @param {number} epoch */
  meet(parties, epoch) {
    const members = parties.filter((party) => party.state !== "left" && !party.on_hold);
    this.#others = members.filter((party) => !party.you);
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#agreement?.close();
    this.#agreement = null;
    this.#begunAt = performance.now();
    this.#epochs = [...this.#epochs.slice(-MAX_EPOCHS_A_MINUTE), this.#begunAt];
    const me = members.find((party) => party.you);
    if (me !== undefined) void this.#agree(me, this.#others, epoch);
  }

  /** @param {Party} me @param {Party[]} others @param {number} epoch */
  async #agree(me, others, epoch) {
    this.#name = `${this.#call} ${me.id}`;
    const kept = (this.#kept ??= await recall(this.#name));
    if (epoch !== this.#epoch) return;
    if ([me, ...others].some((party) => party.sealing === "")) return this.#endSealing();
    this.#agreement = this.#newAgreement(me, others, epoch, kept);
    if (this.state !== "clear") this.#change("agreeing");
    void this.#agreement.begin();
    const early = this.#early.filter(({ message }) => message.e === epoch);
    this.#early = this.#early.filter(({ message }) => message.e > epoch);
    for (const { sender, message } of early) void this.#agreement.hear(sender, message);
  }

  /** @param {Party} me @param {Party[]} others @param {number} epoch @param {import("./identity.js").Kept} kept */
  #newAgreement(me, others, epoch, { identity, standing }) {
    const members = [me, ...others].map(({ id, role, sealing }) => ({ id, role, sealing }));
    const [own, ...rest] = /** @type {[import("./agreement.js").Member]} */ (members);
    return new Agreement(
      { call: this.#call, epoch, me: own, others: rest, identity, standing },
      {
        send: (to, message) => this.#send(to, JSON.stringify(message)),
        secret: async (sender, secret, context) => {
          const { role = "", sealing: page = "" } = members.find(({ id }) => id === sender) ?? {};
          await this.#words.learn(epoch, { id: sender, role }, secret, context);
          await this.#ask({ type: "secret", sender, page, mine: sender === me.id, epoch, secret, context });
        },
        ready: (agreed) => {
          if (epoch !== this.#epoch) return;
          this.#words.use(epoch, me.id);
          this.#keepCode(agreed, others);
          this.#change("sealed", { sending: epoch, acceptsClear: false });
        },
        broken: () => this.#fail(),
      },
    );
  }

  /** @param {import("./agreement.js").Standing} agreed @param {Party[]} others */
  #keepCode(agreed, others) {
    const kept = this.#kept;
    if (kept === null) return;
    const { code, hash, members } = kept.standing;
    if (code !== "" && hash !== agreed.hash) {
      const fresh = others.filter(({ id }) => members[id] !== agreed.members[id]).map(({ name }) => name);
      kept.changed = [...new Set([...(kept.changed ?? []), ...fresh])];
    }
    kept.standing = agreed;
    kept.wasSealed ||= others.length > 0;
    void keep(this.#name, kept);
  }

  /** The person has read the changed code to the others, and all have the same. */
  confirm() {
    if (this.#kept === null) return;
    this.#kept.changed = null;
    void keep(this.#name, this.#kept);
    this.#change(this.state);
  }

  /** The person goes on although it can't be sealed any more. */
  goOnInTheClear() {
    if (this.state !== "asking" || this.#kept === null) return;
    this.#kept.wasSealed = false;
    void keep(this.#name, this.#kept);
    if (this.id !== "" && this.#others.every((party) => party.sealing !== "")) this.#giveUp();
    else this.#endSealing();
  }

  /** A word of the agreement from another page. @param {string} sender @param {Message} message */
  hear(sender, message) {
    const hasBegun = message.e < this.#epoch || (message.e === this.#epoch && this.#agreement !== null);
    if (hasBegun) void this.#agreement?.hear(sender, message);
    else if (this.#early.length < 200) this.#early.push({ sender, message });
  }

  /** The socket was away: something may have been lost. */
  resume() {
    this.#agreement?.askAgain();
  }

  /** A word to the others, as it may go over the server; null when it may not. @param {string} text @returns {Promise<{ t: string } | import("./words.js").SealedWord | null>} */
  async wrap(text) {
    if (this.state === "clear") return { t: text };
    return this.state === "asking" ? null : this.#words.seal(text);
  }

  /** A word from another: null when it can't be opened, undefined when it was shown before. @param {string} sender @param {Record<string, unknown>} word */
  async unwrap(sender, word) {
    if (typeof word.x === "string") return this.#words.open(sender, word);
    return this.state === "clear" ? String(word.t ?? "") : null;
  }

  /** How many frames were opened and refused so far. @returns {Promise<{ opened: number, refused: number }>} */
  count() {
    return this.#ask({ type: "count" });
  }

  /** For tests: the worker and the epoch, so that it can be given a key that is wrong. */
  get worker() {
    return this.#worker;
  }

  get epoch() {
    return this.#epoch;
  }

  close() {
    clearInterval(this.#timer);
    this.#agreement?.close();
    this.#worker.terminate();
  }

  /** The call is over: nothing is kept of it. */
  forget() {
    if (this.#name !== "") void forget(this.#name);
  }

  /** @param {string} page */
  #hearFrames(page) {
    this.#heard.add(page);
    this.#change(this.state);
  }

  #look() {
    if (this.#agreement === null || this.#agreement.isReady || this.id === "") return;
    if (performance.now() - this.#begunAt > GIVE_UP_AFTER) this.#fail();
    this.#agreement?.askAgain();
  }

  /** Nothing was agreed on. A call that was never sealed is worth more than its seal, if everybody is told. */
  #fail() {
    if (this.#kept?.wasSealed) this.#askPerson();
    else this.#giveUp();
  }

  /** The others hear that this page can't. */
  #giveUp() {
    this.#agreement?.close();
    this.#agreement = null;
    this.id = "";
    this.dispatchEvent(new Event("gave-up"));
  }

  #endSealing() {
    if (this.#kept?.wasSealed) this.#askPerson();
    else this.#change("clear", { sending: "clear", acceptsClear: true });
  }

  #askPerson() {
    if (this.state !== "asking") this.#change("asking", { sending: "nothing", acceptsClear: false });
  }

  /** @param {State} state @param {{ sending: "clear" | "nothing" | number, acceptsClear: boolean } | null} change */
  #change(state, change = null) {
    if (change !== null) this.#worker.postMessage({ type: "change", ...change });
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Record<string, unknown>} question */
  #ask(question) {
    const asked = (this.#asked += 1);
    return new Promise((answer) => {
      this.#answers.set(asked, answer);
      this.#worker.postMessage({ ...question, asked });
    });
  }
}
