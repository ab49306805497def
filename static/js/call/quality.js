/**
 * Judges a line from what is counted every two seconds. Pure: handed samples, it touches no connection. When pictures must
 * give way to the sound is the relay's to decide: it hears from both ends.
 */

/** @typedef {import("./stats.js").Sample} Sample */
/** @typedef {"good" | "weak"} Level */
/** @typedef {{ level: Level, rttMs: number | null, lossPercent: number }} Quality */

const WEAK_LOSS = 5;
const WEAK_RTT = 400;
const WEAK_BITRATE = 250_000;

export class LineJudge {
  /** @type {Sample | null} */
  #before = null;

  /**
   * @param {Sample} sample
   * @param {boolean} cameraOn  whether a picture is sent, so that what the line is said to take means something
   * @returns {Quality}
   */
  judge(sample, cameraOn) {
    const lossPercent = this.#loss(sample);
    const bitrate = (cameraOn ? sample.outgoingBitrate : null) ?? Infinity;
    const isWeak = lossPercent >= WEAK_LOSS || (sample.rttMs ?? 0) >= WEAK_RTT || bitrate < WEAK_BITRATE;
    return { level: isWeak ? "weak" : "good", rttMs: sample.rttMs, lossPercent };
  }

  /** Counters start anew with a new connection. */
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
}
