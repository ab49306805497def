/**
 * Redundant audio (RFC 2198): several Opus frames in one payload. The relay takes it apart for browsers without it, so each
 * frame inside is sealed by itself and the headers stay readable. Pure functions on bytes.
 */

import { joined } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{ head: Bytes, data: Bytes }} Block */

const MORE = 0x80;
const MAX_BLOCK_LENGTH = 1023;

/** The blocks of a payload, or null when it is none. @param {Bytes} payload @returns {Block[] | null} */
export function blocksOf(payload) {
  /** @type {Bytes[]} */
  const heads = [];
  let at = 0;
  while (at < payload.length && (/** @type {number} */ (payload[at]) & MORE) !== 0) {
    heads.push(payload.slice(at, at + 4));
    at += 4;
  }
  if (at >= payload.length) return null;
  heads.push(payload.slice(at, at + 1));
  at += 1;
  const blocks = [];
  for (const head of heads) {
    const length = head.length === 1 ? payload.length - at : lengthIn(head);
    if (at + length > payload.length) return null;
    blocks.push({ head, data: payload.slice(at, at + length) });
    at += length;
  }
  return blocks;
}

/**
 * The payload of these blocks, each by what `change` makes of it; a redundant one that came to nothing or grew too long is
 * left out, and without the last there is none.
 * @param {Block[]} blocks
 * @param {(data: Bytes) => Promise<Bytes | null>} change
 * @returns {Promise<Bytes | null>}
 */
export async function changed(blocks, change) {
  const heads = [];
  const bodies = [];
  for (const { head, data } of blocks) {
    const isLast = head.length === 1;
    const body = data.length === 0 && !isLast ? data : await change(data);
    if (body === null && isLast) return null;
    if (body === null || (!isLast && body.length > MAX_BLOCK_LENGTH)) continue;
    heads.push(isLast ? head : withLength(head, body.length));
    bodies.push(body);
  }
  return joined(...heads, ...bodies);
}

/** @param {Bytes} head */
function lengthIn(head) {
  return ((/** @type {number} */ (head[2]) & 0x03) << 8) | /** @type {number} */ (head[3]);
}

/** @param {Bytes} head @param {number} length @returns {Bytes} */
function withLength(head, length) {
  const fresh = head.slice();
  fresh[2] = (/** @type {number} */ (head[2]) & 0xfc) | (length >> 8);
  fresh[3] = length & 0xff;
  return fresh;
}
