/**
 * One encoded frame, sealed and opened: AES-128-GCM with a key of its sender's for each of microphone, camera and screen.
 *
 *     clear part | ciphertext and tag (16) | counter (4) | key's name (4) | mark (2)
 *
 * The clear part is what the relay must read of VP8 to find key frames (10 bytes of a key frame, 3 of another); it and the
 * end are authenticated. The counter is the nonce and never repeats under a key. Pure functions on bytes.
 */

import { joined, number, hkdf, utf8, aesKey } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"microphone" | "camera" | "screen"} Role */
/** @typedef {{ aes: CryptoKey, name: string, nameBytes: Bytes, counter: number }} SealingKey */
/** @typedef {{ counter: number, name: string }} End */

const MARK = new Uint8Array([0x4e, 0xe6]);
const END = 10;
const TAG = 16;
const LAST_COUNTER = 0xffffffff;
const CLEAR_OF_KEY_FRAME = 10;
const CLEAR_OF_DELTA_FRAME = 3;

/**
 * The key under which a sender's frames of one role are sealed, from the secret the sender gave the others.
 * @param {Bytes} secret
 * @param {Bytes} context  call, epoch and sender, so that the same secret elsewhere gives other keys
 * @param {Role} role
 * @returns {Promise<SealingKey>}
 */
export async function keyOf(secret, context, role) {
  const raw = await hkdf(secret, context, utf8(`frame ${role}`), 20);
  const nameBytes = raw.slice(16);
  return { aes: await aesKey(raw.slice(0, 16)), name: nameOf(nameBytes), nameBytes, counter: 0 };
}

/** How much of a frame stays readable; `length` is the whole of it, unsealed. @param {Bytes} data @param {Role} role @param {number} length */
function clearPart(data, role, length) {
  if (role === "microphone" || length <= 0) return 0;
  // VP8's first bit tells a key frame by 0 (RFC 6386 section 9.1)
  const wanted = (/** @type {number} */ (data[0]) & 1) === 0 ? CLEAR_OF_KEY_FRAME : CLEAR_OF_DELTA_FRAME;
  return Math.min(wanted, length);
}

/**
 * The frame sealed. The counter is taken before anything is waited for, so two frames at once never share one.
 * @param {Bytes} data
 * @param {Role} role
 * @param {SealingKey} key
 * @returns {Promise<Bytes>}
 */
export async function seal(data, role, key) {
  if (key.counter >= LAST_COUNTER) throw new Error("this key is used up");
  const counter = number((key.counter += 1));
  const clear = clearPart(data, role, data.length);
  const head = data.slice(0, clear);
  const end = joined(counter, key.nameBytes, MARK);
  const options = { name: "AES-GCM", iv: nonce(counter), additionalData: joined(head, end), tagLength: TAG * 8 };
  const body = new Uint8Array(await crypto.subtle.encrypt(options, key.aes, data.slice(clear)));
  return joined(head, body, end);
}

/** What stands at the end of a sealed frame, or null when this is none. @param {Bytes} data @returns {End | null} */
export function endOf(data) {
  const at = data.length - END;
  if (at < TAG || data[data.length - 2] !== MARK[0] || data[data.length - 1] !== MARK[1]) return null;
  const counter = new DataView(data.buffer, data.byteOffset + at, 4).getUint32(0);
  return { counter, name: nameOf(data.slice(at + 4, at + 8)) };
}

/**
 * The frame as it was before it was sealed, or null when it does not authenticate under this key.
 * @param {Bytes} data
 * @param {Role} role
 * @param {CryptoKey} aes
 * @returns {Promise<Bytes | null>}
 */
export async function open(data, role, aes) {
  const clear = clearPart(data, role, data.length - END - TAG);
  const head = data.slice(0, clear);
  const end = data.slice(data.length - END);
  const body = data.slice(clear, data.length - END);
  if (body.length < TAG) return null;
  const options = { name: "AES-GCM", iv: nonce(end.slice(0, 4)), additionalData: joined(head, end), tagLength: TAG * 8 };
  try {
    return joined(head, new Uint8Array(await crypto.subtle.decrypt(options, aes, body)));
  } catch {
    return null;
  }
}

/** @param {Bytes} counter */
function nonce(counter) {
  return joined(new Uint8Array(8), counter);
}

/** @param {Bytes} bytes */
function nameOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
