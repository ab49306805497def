/**
 * The words of a call's chat, sealed and opened: AES-128-GCM under a key of the writer's for each epoch. Call, epoch, writer,
 * the writer's role and a counter are authenticated with each word, so that none can be shown twice, as somebody else's or
 * in another epoch. Knows no socket and no page.
 */

import { aesKey, framed, fromText, hkdf, joined, number, toText, utf8 } from "./bytes.js";
import { ReplayWindow } from "./replay.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{ id: string, role: string }} Writer */
/** @typedef {{ aes: CryptoKey, writer: Writer, counter: number, window: ReplayWindow }} WordKey */
/** @typedef {{ e: number, c: number, x: string }} SealedWord */

const LAST_COUNTER = 0xffffffff;

export class Words {
  #call;
  /** @type {Map<number, Map<string, WordKey>>} by epoch and writer */
  #keys = new Map();
  /** The epoch under whose keys one writes: all others hold them. */
  #epoch = 0;
  #me = "";

  /** @param {string} call */
  constructor(call) {
    this.#call = call;
  }

  /** @param {number} epoch @param {Writer} writer @param {Bytes} secret @param {Bytes} context */
  async learn(epoch, { id, role }, secret, context) {
    const aes = await aesKey(await hkdf(secret, context, utf8("words"), 16));
    const ofEpoch = this.#keys.get(epoch) ?? new Map();
    this.#keys.set(epoch, ofEpoch.set(id, { aes, writer: { id, role }, counter: 0, window: new ReplayWindow() }));
  }

  /** Write under this epoch's keys from now on. Words under way may still be of the epoch before. @param {number} epoch @param {string} me */
  use(epoch, me) {
    for (const each of this.#keys.keys()) if (each < epoch && each !== this.#epoch) this.#keys.delete(each);
    this.#epoch = epoch;
    this.#me = me;
  }

  /** The word as it may go over the server; null as long as nothing is agreed on. @param {string} text @returns {Promise<SealedWord | null>} */
  async seal(text) {
    const [epoch, key] = [this.#epoch, this.#keys.get(this.#epoch)?.get(this.#me)];
    if (key === undefined || key.counter >= LAST_COUNTER) return null;
    const counter = (key.counter += 1);
    const sealed = await crypto.subtle.encrypt(this.#options(epoch, key.writer, counter), key.aes, utf8(text));
    return { e: epoch, c: counter, x: toText(new Uint8Array(sealed)) };
  }

  /** What another has written: null when it can't be opened, undefined when it was shown before. @param {string} sender @param {Record<string, unknown>} word */
  async open(sender, { e, c, x }) {
    const key = this.#keys.get(Number(e))?.get(sender);
    const counter = Number(c);
    if (key === undefined || sender === this.#me || !Number.isInteger(counter) || counter < 1 || counter > LAST_COUNTER) return null;
    try {
      const options = this.#options(Number(e), key.writer, counter);
      const plain = await crypto.subtle.decrypt(options, key.aes, fromText(String(x)));
      return key.window.take(counter) ? new TextDecoder().decode(plain) : undefined;
    } catch {
      return null;
    }
  }

  /** @param {number} epoch @param {Writer} writer @param {number} counter */
  #options(epoch, { id, role }, counter) {
    const additionalData = framed("word", this.#call, String(epoch), id, role, number(counter));
    return { name: "AES-GCM", iv: joined(new Uint8Array(8), number(counter)), additionalData };
  }
}
