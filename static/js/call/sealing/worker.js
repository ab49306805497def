/**
 * The worker that every frame of a call passes through: what is sent is sealed, what comes is opened. It holds the keys; the
 * page tells it whose they are. As long as nothing is agreed on nothing passes, and once frames are sealed nothing else is
 * let through.
 */

import { endOf, keyOf, open, seal } from "./frames.js";
import { blocksOf, changed } from "./red.js";
import { ReplayWindow } from "./replay.js";

/** @typedef {import("./frames.js").Role} Role */
/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{ sender: string, page: string, epoch: number, role: Role, aes: CryptoKey, window: ReplayWindow }} Known */
/** @typedef {{ side: "send" | "receive", role: Role, seat: string }} Place */

const ROLES = /** @type {const} */ (["microphone", "camera", "screen"]);
/** @type {Map<string, Known>} the others' keys by name */
const known = new Map();
/** @type {Map<number, Record<Role, import("./frames.js").SealingKey>>} one's own, by epoch */
const own = new Map();
/** @type {Map<string, string | null>} who is to be heard in which of the receiving sections */
const seats = new Map();
/** @type {Set<any>} */
const transformers = new Set();
/** @type {"nothing" | "clear" | number} how frames are sent: not at all, open, or sealed under an epoch's keys */
let sending = "nothing";
let acceptsClear = false;
/** @type {number | undefined} payload type of redundant audio */
let red;
const counts = { opened: 0, refused: 0 };

/** @type {Set<string>} the others' pages of which a frame was opened */
const heard = new Set();

/** @param {{ sender: string, page: string, mine: boolean, epoch: number, secret: Bytes, context: Bytes }} told */
async function learn({ sender, page, mine, epoch, secret, context }) {
  const keys = await Promise.all(ROLES.map((role) => keyOf(secret, context, role)));
  if (mine) {
    own.set(epoch, /** @type {any} */ (Object.fromEntries(ROLES.map((role, index) => [role, keys[index]]))));
    return;
  }
  keys.forEach((key, index) => {
    const role = /** @type {Role} */ (ROLES[index]);
    known.set(key.name, { sender, page, epoch, role, aes: key.aes, window: new ReplayWindow() });
  });
}

/** @param {"nothing" | "clear" | number} how @param {boolean} clear */
function change(how, clear) {
  if (typeof how === "number") {
    // frames under way may still be of the epoch before
    const kept = new Set([how, sending]);
    for (const epoch of own.keys()) if (!kept.has(epoch)) own.delete(epoch);
    for (const [name, key] of known) if (!kept.has(key.epoch)) known.delete(name);
  }
  sending = how;
  acceptsClear = clear;
  for (const { transformer, place } of transformers) {
    if (place.role === "microphone") continue;
    const asked = place.side === "send" ? transformer.generateKeyFrame?.() : transformer.sendKeyFrameRequest?.();
    asked?.catch(() => {});
  }
}

/** @param {Bytes} data @param {Role} role @param {boolean} isRed @returns {Promise<Bytes | null>} */
async function outgoing(data, role, isRed) {
  if (sending === "nothing") return null;
  if (sending === "clear") return data;
  const key = own.get(sending)?.[role];
  if (key === undefined) return null;
  const blocks = isRed ? blocksOf(data) : null;
  if (blocks !== null) return changed(blocks, (block) => seal(block, role, key));
  return seal(data, role, key);
}

/** @param {Bytes} data @param {Place} place @param {boolean} isRed @returns {Promise<Bytes | null>} */
async function incoming(data, place, isRed) {
  const blocks = isRed ? blocksOf(data) : null;
  if (blocks !== null) return changed(blocks, (block) => opened(block, place));
  return opened(data, place);
}

/** @param {Bytes} data @param {Place} place @returns {Promise<Bytes | null>} */
async function opened(data, place) {
  const end = endOf(data);
  if (end === null && acceptsClear) return data;
  const key = end === null ? undefined : known.get(end.name);
  const fits = key !== undefined && key.role === place.role && key.sender === seats.get(place.seat);
  const plain = fits ? await open(data, place.role, key.aes) : null;
  if (end === null || key === undefined || plain === null || !key.window.take(end.counter)) {
    counts.refused += 1;
    return null;
  }
  counts.opened += 1;
  if (!heard.has(key.page)) scope.postMessage({ heard: key.page });
  heard.add(key.page);
  return plain;
}

/** @param {any} transformer */
function serve(transformer) {
  /** @type {Place} */
  const place = transformer.options;
  const entry = { transformer, place };
  transformers.add(entry);
  const work = new TransformStream({
    async transform(frame, next) {
      const metadata = frame.getMetadata?.() ?? {};
      const isRed = metadata.mimeType === "audio/red" || (red !== undefined && metadata.payloadType === red);
      const data = new Uint8Array(frame.data);
      const done = place.side === "send" ? await outgoing(data, place.role, isRed) : await incoming(data, place, isRed);
      if (done === null) return;
      frame.data = done.buffer;
      next.enqueue(frame);
    },
  });
  transformer.readable
    .pipeThrough(work)
    .pipeTo(transformer.writable)
    .catch(() => {})
    .finally(() => transformers.delete(entry));
}

/** @type {any} */
const scope = globalThis;
scope.onrtctransform = (/** @type {any} */ event) => serve(event.transformer);
scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  if (data.type === "secret") await learn(data);
  if (data.type === "change") change(data.sending, data.acceptsClear);
  if (data.type === "seat") seats.set(data.seat, data.party);
  if (data.type === "red") red = data.payloadType;
  if (data.type === "count") scope.postMessage({ ...counts, asked: data.asked });
  if (data.type === "secret") scope.postMessage({ learned: data.asked });
};
