/**
 * Judges a line from what is counted every two seconds, and decides when the camera must give way to the sound. Pure:
 * handed samples and the time, it touches no connection.
 */

/** @typedef {import("./stats.js").Sample} Sample */
/** @typedef {"good" | "weak" | "audio-only"} Level */
/** @typedef {{ level: Level, rttMs: number | null, lossPercent: number }} Quality */

const WEAK_LOSS = 5;
const WEAK_RTT = 400;
const WEAK_BITRATE = 250_000;
// a tenth lost on each of two legs is a fifth of the sound's packets, and still carries a picture
const BAD_LOSS = 25;
const BAD_BITRATE = 120_000;
const BAD_IN_A_ROW = 3;
const FIRST_REST = 10_000;
const LONGEST_REST = 60_000;

export class LineJudge {
  /** @type {Sample | null} */
  #before = null;
  #bad = 0;
  #good = 0;
  #rest = FIRST_REST;
  /** @type {number | null} until when the camera rests */
  #restsUntil = null;

  /** Whether the camera may be sent now. */
  get cameraAllowed() {
    return this.#restsUntil === null;
  }

  /**
   * @param {Sample} sample
   * @param {number} now  milliseconds
   * @param {boolean} cameraOn  whether there is a camera to give up
   * @returns {Quality}
   */
  judge(sample, now, cameraOn) {
    const lossPercent = this.#loss(sample);
    const bitrate = cameraOn && this.cameraAllowed ? sample.outgoingBitrate : null;
    const bad = lossPercent >= BAD_LOSS || (bitrate !== null && bitrate < BAD_BITRATE);
    const rttMs = sample.rttMs;
    const weak = bad || lossPercent >= WEAK_LOSS || (rttMs ?? 0) >= WEAK_RTT || (bitrate ?? Infinity) < WEAK_BITRATE;
    this.#count(bad, now, cameraOn);
    /** @type {Level} */
    const level = !this.cameraAllowed ? "audio-only" : weak ? "weak" : "good";
    return { level, rttMs, lossPercent };
  }

  /** Counters start anew with a new connection; what was learned about the line stays. */
  forgetCounters() {
    this.#before = null;
  }

  /** @param {Sample} sample */
  #loss(sample) {
    const before = this.#before;
    this.#before = sample;
    if (before === null) return 0;
    const lost = Math.max(0, sample.packetsLost - before.packetsLost);
    const received = Math.max(0, sample.packetsReceived - before.packetsReceived);
    return lost + received === 0 ? 0 : (100 * lost) / (lost + received);
  }

  /**
   * Three bad samples in a row rest the camera; each further time it rests twice as long, up to a minute.
   * @param {boolean} bad
   * @param {number} now
   * @param {boolean} cameraOn
   */
  #count(bad, now, cameraOn) {
    this.#bad = bad ? this.#bad + 1 : 0;
    this.#good = bad ? 0 : this.#good + 1;
    if (this.#restsUntil !== null) {
      if (now >= this.#restsUntil && !bad) this.#restsUntil = null;
    } else if (cameraOn && this.#bad >= BAD_IN_A_ROW) {
      this.#restsUntil = now + this.#rest;
      this.#rest = Math.min(LONGEST_REST, this.#rest * 2);
      this.#bad = 0;
    } else if (this.#good * 2_000 >= LONGEST_REST) {
      this.#rest = FIRST_REST;
    }
  }
}
