/**
 * Sums up what the browser counts into one sample every ten seconds, for the clinic's record of how its calls' lines are
 * (E8): numbers, never content. Pure: handed reports and the time, it touches no connection.
 */

import { readSample } from "./stats.js";

const EVERY = 10_000;

/** @typedef {{ received: number, lost: number, bytesIn: number, bytesOut: number, freezes: number, frozen: number, jitter: number, rttMs: number | null }} Counted */

export class Measuring {
  #began;
  /** @type {number | null} */
  #connectMs = null;
  #connects = 0;
  /** @type {(Counted & { at: number }) | null} */
  #before = null;

  /** @param {number} now  milliseconds: when the person wanted to be in the call */
  constructor(now) {
    this.#began = now;
  }

  /** The line is through, for the first time or again. @param {number} now */
  connected(now) {
    this.#connects += 1;
    this.#connectMs ??= now - this.#began;
  }

  /** Counters start anew with a new connection. */
  forgetCounters() {
    this.#before = null;
  }

  /**
   * What became of the last ten seconds; null while they last.
   * @param {RTCStatsReport} report
   * @param {number} now
   */
  take(report, now) {
    const before = this.#before;
    if (before !== null && now - before.at < EVERY) return null;
    const counted = count(report);
    this.#before = { ...counted, at: now };
    if (before === null) return null;
    const seconds = (now - before.at) / 1000;
    const received = Math.max(0, counted.received - before.received);
    const lost = Math.max(0, counted.lost - before.lost);
    return {
      rtt_ms: counted.rttMs === null ? null : whole(counted.rttMs),
      jitter_ms: whole(counted.jitter * 1000),
      loss: received + lost === 0 ? 0 : Math.round((1000 * lost) / (received + lost)) / 10,
      kbps_in: whole(((counted.bytesIn - before.bytesIn) * 8) / 1000 / seconds),
      kbps_out: whole(((counted.bytesOut - before.bytesOut) * 8) / 1000 / seconds),
      freezes: whole(counted.freezes - before.freezes),
      frozen_ms: whole((counted.frozen - before.frozen) * 1000),
      reconnects: Math.max(0, this.#connects - 1),
      connect_ms: this.#connectMs === null ? null : whole(this.#connectMs),
    };
  }
}

/** A number the server can read, whatever the browser gave. @param {number} value */
function whole(value) {
  return Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;
}

/** @param {RTCStatsReport} report @returns {Counted} */
function count(report) {
  const sample = readSample(report);
  const counted = {
    received: sample.packetsReceived,
    lost: sample.packetsLost,
    bytesIn: 0,
    bytesOut: 0,
    freezes: 0,
    frozen: 0,
    jitter: 0,
    rttMs: sample.rttMs,
  };
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      counted.bytesIn += entry.bytesReceived ?? 0;
      counted.freezes += entry.freezeCount ?? 0;
      counted.frozen += entry.totalFreezesDuration ?? 0;
      counted.jitter = Math.max(counted.jitter, entry.jitter ?? 0);
    } else if (entry.type === "outbound-rtp") {
      counted.bytesOut += entry.bytesSent ?? 0;
    }
  });
  return counted;
}

/** What kind of device and browser this is, in the words of the record. */
export function deviceClass() {
  const shortest = Math.min(screen.width, screen.height);
  const touch = matchMedia("(pointer: coarse)").matches;
  const agent = navigator.userAgent;
  return {
    device: !touch ? "computer" : shortest < 600 ? "phone" : "tablet",
    browser: /Firefox|FxiOS/.test(agent) ? "firefox" : /Chrom|Edg/.test(agent) ? "chromium" : /Safari/.test(agent) ? "safari" : "other",
  };
}
