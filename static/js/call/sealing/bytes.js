/** Bytes and the few primitives of WebCrypto the sealing of calls is made of. Pure; used in pages, workers and tests. */

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return /** @type {Bytes} */ (new TextEncoder().encode(text));
}

/** Each part with its length before it, so that no two lists of parts give the same bytes. @param {(Bytes | string)[]} parts @returns {Bytes} */
export function framed(...parts) {
  return joined(...parts.flatMap((part) => {
    const bytes = typeof part === "string" ? utf8(part) : part;
    return [number(bytes.length), bytes];
  }));
}

/** @param {Bytes[]} parts @returns {Bytes} */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Four bytes, the highest first. @param {number} value @returns {Bytes} */
export function number(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {Bytes} bytes */
export function toText(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** Raises when it is not base64. @param {string} text @returns {Bytes} */
export function fromText(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param {number} length @returns {Bytes} */
export function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** @param {Bytes} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** HKDF-SHA-256 (RFC 5869). @param {Bytes} secret @param {Bytes} salt @param {Bytes} info @param {number} length in bytes */
export async function hkdf(secret, salt, info, length) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, length * 8);
  return new Uint8Array(bits);
}

/** @param {Bytes} raw 16 bytes @returns {Promise<CryptoKey>} */
export async function aesKey(raw) {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}
