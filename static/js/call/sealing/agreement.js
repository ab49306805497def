/**
 * How the people in a call agree on keys over a server they need not trust, once for each change of who is there (an epoch).
 *
 * 1. `commit`: everybody makes a fresh key pair (ECDH, P-256) and sends a hash of it.
 * 2. `reveal`: once all hashes are in, everybody shows the key pair's public half, signed by the key the page keeps for the
 *    call. Who tampers had to choose before seeing the others', so that a false key changes the code with all but one chance
 *    in a million.
 * 3. `key`: everybody makes a fresh secret for what they send, and gives it to each of the others under the key the two
 *    have in common. Who has left holds no key of the new epoch, and who comes gets none of the old.
 * 4. `have`: everybody says that all secrets arrived. Then all begin to send under them.
 *
 * The code is made of everything revealed, in one order: who reads the same one aloud has the same keys. It stands for as
 * long as only those are here who were when it was made, by their signatures, and all remember the same one. `again` asks
 * for what was lost on the way; saying something twice changes nothing. Knows no socket, no page and no media.
 */

import { aesKey, framed, fromText, hkdf, joined, random, sha256, toText, utf8 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{ id: string, role: string, sealing: string }} Member */
/** @typedef {{ k: "commit" | "reveal" | "key" | "have" | "again", e: number, [field: string]: unknown }} Message */
/** @typedef {{ hash: string, code: string, members: Record<string, string> }} Standing  a code, and whose signing keys it holds for, by member */
/** @typedef {{ publicKey: Bytes, signer: Bytes, standing: string, nonce: Bytes }} Revealed */
/** @typedef {{ call: string, epoch: number, me: Member, others: Member[], identity: import("./identity.js").Identity, standing: Standing }} Who */
/**
 * @typedef {object} Told
 * @property {(to: string, message: Message) => void} send  to one member, or to all others when empty
 * @property {(standing: Standing) => void} ready  everybody has everybody's secret; the same `standing` as before, or a new one
 * @property {(sender: string, secret: Bytes, context: Bytes) => Promise<void>} secret  a member's secret, one's own too
 * @property {(why: string) => void} broken  somebody's word does not fit another: nothing is agreed on
 */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** @type {Standing} */
export const NO_STANDING = { hash: "", code: "", members: {} };

export class Agreement {
  #call;
  #epoch;
  #me;
  /** @type {Map<string, Member>} the others, by id */
  #others;
  #told;
  #identity;
  #standing;
  /** Of everything revealed. */
  #hash = "";
  /** @type {CryptoKeyPair | null} */
  #pair = null;
  /** @type {Revealed | null} */
  #own = null;
  #secret = random(32);
  /** @type {Map<string, string>} */
  #commits = new Map();
  /** @type {Map<string, Revealed>} */
  #reveals = new Map();
  /** @type {Map<string, string>} wrapped secrets that wait for what opens them */
  #wrapped = new Map();
  /** @type {Set<string>} */
  #opened = new Set();
  /** @type {Set<string>} */
  #have = new Set();
  /** @type {Map<string, Message[]>} what was said, to whom: it may be asked for again */
  #said = new Map();
  #over = false;
  isReady = false;
  /** @type {Promise<unknown>} one message after the other */
  #turn = Promise.resolve();

  /** @param {Who} who @param {Told} told */
  constructor({ call, epoch, me, others, identity, standing }, told) {
    this.#call = call;
    this.#epoch = epoch;
    this.#me = me;
    this.#others = new Map(others.map((member) => [member.id, member]));
    this.#told = told;
    this.#identity = identity;
    this.#standing = standing;
  }

  begin() {
    return this.#inTurn(async () => {
      const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
      const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      this.#pair = pair;
      this.#own = { publicKey, signer: this.#identity.publicKey, standing: this.#standing.hash, nonce: random(16) };
      await this.#told.secret(this.#me.id, this.#secret, this.#context(this.#me.id));
      this.#say("", { k: "commit", e: this.#epoch, c: toText(await this.#commitment(this.#me, this.#own)) });
      await this.#goOn();
    });
  }

  /** Take in what another member says; what is not of this epoch or not of a member is passed over. @param {string} sender @param {Message} message */
  hear(sender, message) {
    return this.#inTurn(async () => {
      if (message.e !== this.#epoch || !this.#others.has(sender)) return;
      if (message.k === "commit") this.#keep(this.#commits, sender, String(message.c));
      if (message.k === "reveal") await this.#hearReveal(sender, message);
      if (message.k === "key") this.#keep(this.#wrapped, sender, String(message.w));
      if (message.k === "have") this.#have.add(sender);
      if (message.k === "again") this.#repeat(sender);
      await this.#goOn();
    });
  }

  /** Something may have been lost on the way: ask everybody to say it again. */
  askAgain() {
    this.#told.send("", { k: "again", e: this.#epoch });
  }

  /** Hear and say nothing more. */
  close() {
    this.#over = true;
  }

  /** @param {Map<string, string>} words @param {string} sender @param {string} word */
  #keep(words, sender, word) {
    const before = words.get(sender);
    if (before === undefined) words.set(sender, word);
    else if (before !== word) this.#break("two words for one");
  }

  /** @param {string} sender @param {Message} message */
  async #hearReveal(sender, message) {
    const { p, i, n, g, s } = message;
    const revealed = { publicKey: read(p), signer: read(i), standing: String(g), nonce: read(n) };
    const member = this.#others.get(sender);
    const commit = this.#commits.get(sender);
    // what came before its commitment is asked for again
    if (!member || commit === undefined || this.#reveals.has(sender)) return;
    const hash = await this.#commitment(member, revealed);
    if (commit !== toText(hash)) return this.#break("revealed something else than was committed to");
    const signer = await crypto.subtle.importKey("raw", revealed.signer, SIGNING, false, ["verify"]);
    if (await crypto.subtle.verify(SIGNING, signer, read(s), hash)) this.#reveals.set(sender, revealed);
    else this.#break("a signature that does not fit");
  }

  async #goOn() {
    const own = this.#own;
    if (this.#over || own === null) return;
    const others = [...this.#others.keys()];
    if (others.every((id) => this.#commits.has(id)) && !this.#hasSaid("reveal")) {
      await this.#reveal(own);
    }
    if (!others.every((id) => this.#reveals.has(id))) return;
    if (this.#hash === "") await this.#shareSecret(own);
    for (const [sender, wrapped] of this.#wrapped) if (!this.#opened.has(sender)) await this.#openSecret(sender, wrapped);
    if (!others.every((id) => this.#opened.has(id))) return;
    if (!this.#hasSaid("have")) this.#say("", { k: "have", e: this.#epoch });
    if (others.every((id) => this.#have.has(id)) && !this.isReady && !this.#over) {
      this.isReady = true;
      this.#told.ready(this.#standing);
    }
  }

  /** @param {Revealed} own */
  async #reveal(own) {
    const { publicKey, signer, standing, nonce } = own;
    const signed = await crypto.subtle.sign(SIGNING, this.#identity.pair.privateKey, await this.#commitment(this.#me, own));
    const shown = { p: toText(publicKey), i: toText(signer), n: toText(nonce), g: standing };
    this.#say("", { k: "reveal", e: this.#epoch, ...shown, s: toText(new Uint8Array(signed)) });
  }

  /** The code of before, when it holds for everybody who is here and everybody remembers it; else one of what was revealed. @param {(Member & Revealed)[]} all @param {Bytes} hash */
  #settle(all, hash) {
    const { members, hash: before } = this.#standing;
    const stands = before !== "" && all.every(({ id, signer, standing }) => standing === before && members[id] === toText(signer));
    if (stands || all.length < 2) return;
    const code = String(new DataView(hash.buffer).getUint32(0) % 1_000_000).padStart(6, "0");
    this.#standing = { hash: toText(hash), code, members: Object.fromEntries(all.map(({ id, signer }) => [id, toText(signer)])) };
  }

  /** @param {Revealed} own */
  async #shareSecret(own) {
    const all = [{ ...this.#me, ...own }];
    for (const member of this.#others.values()) all.push({ ...member, .../** @type {Revealed} */ (this.#reveals.get(member.id)) });
    all.sort((one, other) => (one.id < other.id ? -1 : 1));
    const parts = all.flatMap(({ id, role, sealing, publicKey, signer, standing, nonce }) => [id, role, sealing, publicKey, signer, standing, nonce]);
    const hash = await sha256(framed("code", this.#call, String(this.#epoch), ...parts));
    this.#hash = toText(hash);
    this.#settle(all, hash);
    for (const id of this.#others.keys()) {
      const iv = random(12);
      const key = await this.#between(id);
      const options = { name: "AES-GCM", iv, additionalData: framed(this.#me.id, id) };
      const sealed = new Uint8Array(await crypto.subtle.encrypt(options, key, this.#secret));
      this.#say(id, { k: "key", e: this.#epoch, w: toText(joined(iv, sealed)) });
    }
  }

  /** @param {string} sender @param {string} wrapped */
  async #openSecret(sender, wrapped) {
    const bytes = fromText(wrapped);
    const key = await this.#between(sender);
    const options = { name: "AES-GCM", iv: bytes.slice(0, 12), additionalData: framed(sender, this.#me.id) };
    const secret = await crypto.subtle.decrypt(options, key, bytes.slice(12)).catch(() => null);
    if (secret === null) return this.#break("a secret that does not open");
    this.#opened.add(sender);
    await this.#told.secret(sender, new Uint8Array(secret), this.#context(sender));
  }

  /** The key this member and we have in common, bound to the call, the epoch and everything revealed. @param {string} id */
  async #between(id) {
    const raw = /** @type {Revealed} */ (this.#reveals.get(id)).publicKey;
    const theirs = await crypto.subtle.importKey("raw", raw, CURVE, false, []);
    const pair = /** @type {CryptoKeyPair} */ (this.#pair);
    const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, pair.privateKey, 256));
    const salt = framed("pair", this.#call, String(this.#epoch), this.#hash);
    return aesKey(await hkdf(shared, salt, utf8("wrap"), 16));
  }

  /** @param {Member} member @param {Revealed} revealed */
  #commitment({ id, role, sealing }, { publicKey, signer, standing, nonce }) {
    return sha256(framed("commit", this.#call, String(this.#epoch), id, role, sealing, publicKey, signer, standing, nonce));
  }

  /** @param {string} sender */
  #context(sender) {
    return framed("sender", this.#call, String(this.#epoch), sender);
  }

  /** @param {string} kind */
  #hasSaid(kind) {
    return [...this.#said.values()].flat().some((message) => message.k === kind);
  }

  /** @param {string} to @param {Message} message */
  #say(to, message) {
    this.#said.set(to, [...(this.#said.get(to) ?? []), message]);
    this.#told.send(to, message);
  }

  /** @param {string} to */
  #repeat(to) {
    for (const message of [...(this.#said.get("") ?? []), ...(this.#said.get(to) ?? [])]) this.#told.send(to, message);
  }

  /** @param {string} why */
  #break(why) {
    if (this.#over) return;
    this.#over = true;
    this.#told.broken(why);
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    const run = async () => {
      if (this.#over) return;
      await work().catch(() => this.#break("not a word of ours"));
    };
    this.#turn = this.#turn.then(run, run);
    return this.#turn;
  }
}

/** @param {unknown} text */
function read(text) {
  return fromText(String(text));
}
