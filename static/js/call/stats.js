/**
 * Reads what the browser counts about one connection. Chromium, Firefox and Safari name the selected path differently;
 * that is settled here and nowhere else.
 */

/**
 * @typedef {object} Sample
 * @property {number} bytesReceived  everything that came through the selected path, RTCP too
 * @property {number | null} rttMs
 * @property {number} packetsReceived  of media
 * @property {number} packetsLost  of media, as this side counts
 * @property {number | null} outgoingBitrate  what the browser thinks the line takes, bit/s; Chromium and Safari only
 */

/**
 * @param {RTCStatsReport} report
 * @returns {Sample}
 */
export function readSample(report) {
  const pair = selectedPair(report);
  /** @type {Sample} */
  const sample = {
    bytesReceived: pair?.bytesReceived ?? 0,
    rttMs: pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
    packetsReceived: 0,
    packetsLost: 0,
    outgoingBitrate: pair?.availableOutgoingBitrate ?? null,
  };
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      sample.packetsReceived += entry.packetsReceived ?? 0;
      sample.packetsLost += Math.max(0, entry.packetsLost ?? 0);
    } else if (entry.type === "remote-inbound-rtp" && sample.rttMs === null && entry.roundTripTime !== undefined) {
      sample.rttMs = entry.roundTripTime * 1000;
    }
  });
  return sample;
}

/**
 * The candidate pair in use: named by the transport in Chromium and Safari, flagged `selected` in Firefox.
 * @param {RTCStatsReport} report
 * @returns {any}
 */
function selectedPair(report) {
  /** @type {any} */
  let pair = null;
  report.forEach((entry) => {
    if (entry.type === "transport" && entry.selectedCandidatePairId) pair = report.get(entry.selectedCandidatePairId);
  });
  if (pair) return pair;
  report.forEach((entry) => {
    if (entry.type === "candidate-pair" && (entry.selected || (pair === null && entry.nominated))) pair = entry;
  });
  return pair;
}

/** @typedef {{ received: number, lost: number, jitter: number, frames: number }} Inbound */

/**
 * What was counted of the stream in the section called `mid`; jitter in seconds.
 * @param {RTCStatsReport} report
 * @param {string | null} mid
 * @returns {Inbound}
 */
export function inbound(report, mid) {
  /** @type {any} */
  let found = null;
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp" && entry.mid === mid) found = entry;
  });
  return {
    received: found?.packetsReceived ?? 0,
    lost: Math.max(0, found?.packetsLost ?? 0),
    jitter: found?.jitter ?? 0,
    frames: found?.framesDecoded ?? 0,
  };
}
