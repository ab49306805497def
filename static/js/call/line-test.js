/**
 * Tries the line through the relay that calls use, in about eight seconds: calm, then as much up as it carries, then as
 * much down. The relay counts what goes up and tells it; what comes down is counted here. Needs the page's socket.
 */

import { connect, onFrame, onOpen, send } from "../live.js";
import { freshServers } from "./ice-servers.js";
import { noise, silence } from "./noise.js";
import { inbound, readSample } from "./stats.js";

/**
 * @typedef {object} Line
 * @property {boolean} reached  whether a connection came about at all
 * @property {number} [rtt]  milliseconds, as the other figures of time
 * @property {number} [jitter]  the worse of both ways
 * @property {number} [lossUp]  percent
 * @property {number} [lossDown]
 * @property {number} [up]  kbit/s
 * @property {number} [down]
 * @property {number} [frames]  of one's own picture that came back and could be read
 */
/** @typedef {{ at: number, bytes: number, train: import("./stats.js").Inbound, frames: number }} Look */

const LOOK_EVERY = 100;
const REACHED_WITHIN = 10_000;
const ASK_AGAIN_AFTER = 4_000;
const ASK_AGAIN = 6;
const SETTLED_AFTER = 1_000;
const BEST_OF = 1_000;
const HEADERS = 28;
const MAX_BITRATE = 12_000_000;

/**
 * @param {object} wishes
 * @param {MediaStreamTrack | null} wishes.microphone
 * @param {MediaStreamTrack | null} wishes.camera  what is missing is made up, so that the line is tried all the same
 * @param {(phase: string) => void} [wishes.show]  "waiting" while the relay is busy, then calm, up, down and done
 * @returns {Promise<Line>}
 */
export async function tryLine({ microphone, camera, show = () => undefined }) {
  connect();
  for (let attempt = 0; attempt < ASK_AGAIN; attempt += 1) {
    // a call may go round a network without UDP, so its test may too
    const iceServers = await freshServers();
    const test = new Test({ microphone, camera, iceServers, show });
    const line = await test.result.finally(() => test.close());
    if (line !== "again") return line;
    show("waiting");
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER));
  }
  throw new Error("the relay is full");
}

class Test {
  #id = crypto.randomUUID();
  /** @type {RTCPeerConnection} */
  #pc;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {Look[]} */
  #looks = [];
  /** @type {{ phase: string, at: number }[]} */
  #phases = [];
  /** @type {(line: Line | "again") => void} */
  #end = () => undefined;
  /** @type {RTCRtpSender} */
  #sender;
  #noise = noise();
  #said = false;
  /** @type {Promise<Line | "again">} */
  result = new Promise((resolve) => (this.#end = resolve));

  /** @param {{ microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null, iceServers: RTCIceServer[], show: (phase: string) => void }} wishes */
  constructor({ microphone, camera, iceServers, show }) {
    this.#pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require", iceServers });
    const quiet = silence();
    this.#pc.addTransceiver(microphone ?? quiet.track, { direction: "sendrecv" });
    const encodings = [{ maxBitrate: MAX_BITRATE }];
    this.#sender = this.#pc.addTransceiver(camera ?? this.#noise.track, { direction: "sendrecv", sendEncodings: encodings }).sender;
    this.#pc.addTransceiver("video", { direction: "recvonly" });
    const looking = setInterval(() => void this.#look(), LOOK_EVERY);
    const patience = setTimeout(() => this.#phases.length || this.#end({ reached: false }), REACHED_WITHIN);
    this.#stops.push(
      quiet.stop,
      this.#noise.stop,
      () => clearInterval(looking),
      () => clearTimeout(patience),
      onOpen(() => this.#reopened()),
      onFrame("line_answer", (frame) => this.#mine(frame) && void this.#pc.setRemoteDescription({ type: "answer", sdp: frame.sdp })),
      onFrame("line_phase", (frame) => this.#mine(frame) && this.#enter(frame.phase, show)),
      onFrame("line_figures", (frame) => this.#mine(frame) && void this.#finish(frame)),
      onFrame("refused", (frame) => frame.what === this.#id && this.#end(frame.why === "full" ? "again" : { reached: false })),
    );
    void this.#pc.setLocalDescription().then(() => this.#say());
  }

  close() {
    for (const stop of this.#stops.splice(0)) stop();
    this.#pc.close();
  }

  #say() {
    const sdp = this.#pc.localDescription?.sdp;
    if (sdp) this.#said = send({ type: "line_offer", connection: this.#id, sdp });
  }

  /** The server forgets a test whose socket is gone: what was said before must be begun anew. */
  #reopened() {
    if (this.#said) this.#end("again");
    else this.#say();
  }

  /** @param {import("../live.js").Frame} frame */
  #mine(frame) {
    return frame.connection === this.#id;
  }

  /** @param {string} phase @param {(phase: string) => void} show */
  #enter(phase, show) {
    this.#phases.push({ phase, at: performance.now() });
    if (phase === "up") void this.#sender.replaceTrack(this.#noise.track);
    if (phase === "down") void this.#sender.replaceTrack(null);
    show(phase);
  }

  async #look() {
    const report = await this.#pc.getStats().catch(() => null);
    if (report === null) return;
    const [, camera, train] = this.#pc.getTransceivers().map(({ mid }) => inbound(report, mid));
    if (!camera || !train) return;
    this.#looks.push({ at: performance.now(), bytes: readSample(report).bytesReceived, train, frames: camera.frames });
  }

  /** @param {import("../live.js").Frame} counted */
  async #finish(counted) {
    await this.#look();
    const calm = this.#between("calm", "up");
    const quiet = this.#between("up", "down").at(-1) ?? calm.at(-1);
    const settled = calm.filter(({ at }) => at - (calm[0]?.at ?? 0) > SETTLED_AFTER);
    const jitterDown = settled.reduce((sum, { train }) => sum + train.jitter, 0) / Math.max(1, settled.length);
    const due = (quiet?.train.received ?? 0) + (quiet?.train.lost ?? 0);
    this.#end({
      reached: true,
      rtt: counted.rtt_ms,
      jitter: Math.max(counted.jitter_ms, jitterDown * 1000),
      lossUp: counted.loss,
      lossDown: due ? (100 * (quiet?.train.lost ?? 0)) / due : 0,
      up: counted.kbps,
      down: bestRate(this.#between("down", "")),
      frames: calm.at(-1)?.frames ?? 0,
    });
  }

  /** What was seen from the beginning of one part to the beginning of another. @param {string} first @param {string} next */
  #between(first, next) {
    const begin = this.#phases.find(({ phase }) => phase === first)?.at ?? Infinity;
    const end = this.#phases.find(({ phase }) => phase === next)?.at ?? Infinity;
    return this.#looks.filter(({ at }) => at >= begin && at < end);
  }
}

/** The most that came within about a second, in kbit/s as the line saw it. @param {Look[]} looks */
function bestRate(looks) {
  let best = 0;
  let begin = 0;
  for (const [nth, look] of looks.entries()) {
    while (look.at - (looks[begin + 1]?.at ?? Infinity) >= BEST_OF) begin += 1;
    const from = looks[begin];
    if (!from || nth === begin || look.at - from.at < BEST_OF) continue;
    const weight = look.bytes - from.bytes + HEADERS * (look.train.received - from.train.received);
    best = Math.max(best, (weight * 8) / (look.at - from.at));
  }
  return Math.round(best);
}
