/**
 * The end-to-end encryption of one call in this page (E12): leads the agreement with the others, hands the keys to the
 * worker, and knows what may honestly be said. Knows neither elements nor SDP.
 *
 * Event `change` when `state` or `code` changed. `state`: agreeing (nothing is agreed on yet), sealed (all who are here seal
 * what they send, and only they can open it), clear (somebody's browser can't: encrypted to the server only).
 */

import { Agreement } from "./agreement.js";
import { aesKey, fromText, hkdf, joined, random, toText, utf8 } from "./bytes.js";

/** @typedef {import("../people.js").Party} Party */
/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"agreeing" | "sealed" | "clear"} State */
/** @typedef {import("./agreement.js").Message} Message */

const ROLES = /** @type {const} */ (["microphone", "camera", "screen"]);
const ASK_AGAIN_EVERY = 2_000;
const GIVE_UP_AFTER = 10_000;

/** @type {any} not in every browser, nor in every list of types */
const ScriptTransform = Reflect.get(globalThis, "RTCRtpScriptTransform");

export class Sealing extends EventTarget {
  /** What this page is called in the agreement; empty once it has given up. */
  id = toText(random(12));
  /** @type {State} */
  state = "agreeing";
  code = "";
  #call;
  #send;
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  /** @type {Agreement | null} */
  #agreement = null;
  #epoch = 0;
  #begunAt = 0;
  /** @type {{ sender: string, message: Message }[]} of an epoch we have not heard of yet */
  #early = [];
  /** @type {WeakMap<RTCRtpReceiver, string>} */
  #seats = new WeakMap();
  /** @type {Map<string, CryptoKey>} for words, by sender; one's own under "" */
  #wordKeys = new Map();
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
    this.#worker.onmessage = ({ data }) => {
      this.#answers.get(data.learned ?? data.asked)?.(data);
      this.#answers.delete(data.learned ?? data.asked);
    };
    this.#timer = setInterval(() => this.#look(), ASK_AGAIN_EVERY);
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
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#agreement?.close();
    this.#agreement = null;
    const members = parties.filter((party) => party.state !== "left" && !party.on_hold);
    const me = members.find((party) => party.you);
    if (me === undefined) return;
    if (members.some((party) => party.sealing === "")) {
      this.#change("clear", "", { sending: "clear", acceptsClear: true });
      return;
    }
    this.#begunAt = performance.now();
    const others = members.filter((party) => !party.you);
    this.#agreement = this.#newAgreement(me, others, epoch);
    if (this.state === "sealed") this.#change("agreeing", "", null);
    void this.#agreement.begin();
    const early = this.#early.filter(({ message }) => message.e === epoch);
    this.#early = this.#early.filter(({ message }) => message.e > epoch);
    for (const { sender, message } of early) void this.#agreement.hear(sender, message);
  }

  /** @param {Party} me @param {Party[]} others @param {number} epoch */
  #newAgreement(me, others, epoch) {
    return new Agreement(
      { call: this.#call, epoch, me: { id: me.id, sealing: me.sealing }, others },
      {
        send: (to, message) => this.#send(to, JSON.stringify(message)),
        secret: async (sender, secret, context) => {
          this.#wordKeys.set(sender === me.id ? "" : sender, await aesKey(await hkdf(secret, context, utf8("words"), 16)));
          await this.#ask({ type: "secret", sender, mine: sender === me.id, epoch, secret, context });
        },
        ready: (code) => {
          if (epoch === this.#epoch) this.#change("sealed", others.length > 0 ? code : "", { sending: epoch, acceptsClear: false });
        },
        broken: () => this.#giveUp(),
      },
    );
  }

  /** A word of the agreement from another page. @param {string} sender @param {Message} message */
  hear(sender, message) {
    if (message.e > this.#epoch && this.#early.length < 200) this.#early.push({ sender, message });
    else void this.#agreement?.hear(sender, message);
  }

  /** The socket was away: something may have been lost. */
  resume() {
    this.#agreement?.askAgain();
  }

  /** A word to the others, as it may go over the server. @param {string} text @returns {Promise<{ t: string } | { x: string }>} */
  async wrap(text) {
    const key = this.#wordKeys.get("");
    if (this.state === "clear" || key === undefined) return { t: text };
    const iv = random(12);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(text));
    return { x: toText(joined(iv, new Uint8Array(sealed))) };
  }

  /** A word from another, or null when it can't be opened. @param {string} sender @param {{ t?: unknown, x?: unknown }} word */
  async unwrap(sender, { t, x }) {
    if (typeof x !== "string") return this.state === "sealed" ? null : String(t ?? "");
    const key = this.#wordKeys.get(sender);
    if (key === undefined) return null;
    try {
      const bytes = fromText(x);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12));
      return new TextDecoder().decode(plain);
    } catch {
      return null;
    }
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

  #look() {
    if (this.#agreement === null || this.#agreement.isReady || this.id === "") return;
    if (performance.now() - this.#begunAt > GIVE_UP_AFTER) this.#giveUp();
    else this.#agreement.askAgain();
  }

  /** A call is worth more than its seal, if everybody is told: the others hear that this page can't. */
  #giveUp() {
    this.#agreement?.close();
    this.#agreement = null;
    this.id = "";
    this.dispatchEvent(new Event("gave-up"));
  }

  /** @param {State} state @param {string} code @param {{ sending: "clear" | number, acceptsClear: boolean } | null} change */
  #change(state, code, change) {
    if (change !== null) this.#worker.postMessage({ type: "change", ...change });
    this.state = state;
    this.code = code;
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
