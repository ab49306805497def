/**
 * A call's media, from one person's side: sends microphone, camera and screen, receives the others', and recovers by
 * itself from lost lines, network changes and server restarts. Knows the frames of the socket protocol that concern
 * media, and no page.
 *
 * Events (CustomEvent, see `detail`):
 * - `slot` {party, kind: "audio"|"video"|"screen", track}: `track` now carries this party; null when no longer.
 * - `state` {state: "connecting"|"connected"|"reconnecting"|"failed"}: after "failed" it still goes on trying.
 * - `quality` {level: "good"|"weak", rttMs, lossPercent}: every two seconds while connected.
 * - `unheard` {}: the line is lost, and nobody answers what is said to get it back.
 * - `unusable` {}: the browser takes none of the answers; trying on is of no use.
 * - `measured` {…}: every ten seconds while connected, what measuring.js made of it.
 * - `media` {role: "microphone"|"camera"|"screen", state: "live"|"muted"|"ended"}: an own track was taken away or is back.
 */

import { Measuring } from "./measuring.js";
import { Peer } from "./peer.js";
import { LineJudge } from "./quality.js";
import { FEW_PAIRS, ROLES, Sections } from "./sections.js";
import { readSample } from "./stats.js";
import { TrackWatch } from "./tracks.js";

/** @typedef {import("./sections.js").Role} Role */
/** @typedef {"connecting" | "connected" | "reconnecting" | "failed"} State */
/** @typedef {{ type: string, call?: string, connection?: string, sdp?: string, slots?: Record<string, string | null>, unseated?: number }} Frame */

const LOOK_EVERY = 500;
const SILENCE = 1_500;
const RETRY_EVERY = 3_000;
const RESTARTS_BEFORE_NEW = 3;
const FAILED_AFTER = 20_000;
const ANSWERED_WITHIN = 1_000;
const JUDGE_EVERY = 2_000;
const LATER = 500;
const MAX_BAD_ANSWERS = 4;

export class CallConnection extends EventTarget {
  /** @type {string} */
  #call;
  /** @type {(frame: import("./peer.js").OfferFrame) => void} */
  #send;
  /** @type {() => Promise<RTCIceServer[]>} */
  #iceServers;
  /** @type {import("./sealing/sealing.js").Sealing | null} */
  #sealing;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {Record<Role, MediaStreamTrack | null>} */
  #tracks = { microphone: null, camera: null, screen: null };
  /** @type {Map<string, string>} party by mid */
  #slots = new Map();
  #pairs = FEW_PAIRS;
  /** @type {State} */
  #state = "connecting";
  #judge = new LineJudge();
  #cameraRests = false;
  #measuring = new Measuring(performance.now());
  #watch = new TrackWatch((role, state) => this.#tell("media", { role, state }));
  #stop = new AbortController();
  /** @type {number | undefined} */
  #timer;
  #bytes = 0;
  #heardAt = 0;
  #troubleSince = 0;
  #triedAt = -Infinity;
  #restarts = 0;
  /** Answers the browser did not take, one after the other. */
  #badAnswers = 0;
  /** How long an answer is waited for; longer each time, or a slow server would never get to it. */
  #patience = ANSWERED_WITHIN;
  #judgedAt = 0;
  #lookedAt = 0;
  #looking = false;
  /** Counts attempts to connect anew: only the latest goes on. */
  #turn = 0;

  /** @param {{ call: string, send: (frame: import("./peer.js").OfferFrame) => void, iceServers?: () => Promise<RTCIceServer[]>, sealing?: import("./sealing/sealing.js").Sealing | null }} options */
  constructor({ call, send, iceServers = async () => [], sealing = null }) {
    super();
    this.#call = call;
    this.#send = send;
    this.#iceServers = iceServers;
    this.#sealing = sealing;
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /** For tests and measurements: the connection now in use. */
  get peerConnection() {
    return this.#peer?.pc ?? null;
  }

  /**
   * Begin the call with the tracks there are; without any, one can still see and hear.
   * @param {MediaStream | null} localStream
   */
  async start(localStream) {
    this.#setTrack("microphone", localStream?.getAudioTracks()[0] ?? null);
    this.#setTrack("camera", localStream?.getVideoTracks()[0] ?? null);
    this.#measuring = new Measuring(performance.now());
    const { signal } = this.#stop;
    window.addEventListener("online", () => this.#lineChanged(), { signal });
    const network = /** @type {EventTarget | undefined} */ (Reflect.get(navigator, "connection"));
    network?.addEventListener("change", () => this.#lineChanged(), { signal });
    this.#timer = window.setInterval(() => void this.#look(), LOOK_EVERY);
    await this.#connectAnew();
  }

  /**
   * Take a frame from the server; frames of other calls or for older connections are ignored.
   * @param {Frame} frame
   */
  receive(frame) {
    const peer = this.#peer;
    if (frame.call !== this.#call || peer === null) return;
    if (frame.type === "slots") {
      this.#seat(frame.slots ?? {});
      if (frame.unseated) this.#makeRoom(Sections.pairsOf(Object.keys(frame.slots ?? {}).length) + frame.unseated);
    }
    if (frame.connection !== peer.id) return;
    if (frame.type === "answer") peer.answer(frame.sdp ?? "").catch((error) => this.#badAnswer(peer, error));
    if (frame.type === "gone") void this.#connectAnew();
  }

  /** The relay restarts: offer again in a moment. When that lasts, the state says so, and it is tried less often. */
  offerLater() {
    const peer = this.#peer;
    peer?.forgetOffer();
    const isOverdue = this.#troubleSince !== 0 && performance.now() - this.#troubleSince > FAILED_AFTER;
    if (!isOverdue) window.setTimeout(() => peer === this.#peer && void peer?.offer(), LATER);
  }

  /** A new connection may fare better, but not at once and not for ever. @param {Peer} peer @param {unknown} error */
  #badAnswer(peer, error) {
    if (peer !== this.#peer) return;
    console.warn("the answer was not taken", error);
    peer.forgetOffer();
    this.#triedAt = performance.now();
    this.#badAnswers += 1;
    if (this.#badAnswers >= MAX_BAD_ANSWERS) return this.#tell("unusable", {});
    const pause = LATER * 2 ** (this.#badAnswers - 1);
    window.setTimeout(() => peer === this.#peer && void this.#connectAnew(), pause);
  }

  /** The socket is back: tell the server which connection is ours, and find the line anew. */
  signallingBack() {
    if (this.#peer === null) return;
    this.#peer.forgetOffer();
    void this.#restart();
  }

  /** @param {MediaStreamTrack | null} track */
  async setMicrophone(track) {
    await this.#replace("microphone", track);
  }

  /** @param {MediaStreamTrack | null} track */
  async setCamera(track) {
    await this.#replace("camera", track);
  }

  /** Send no picture for a while, or again: no line of those who would see it takes one. @param {boolean} rests */
  async restCamera(rests) {
    this.#cameraRests = rests;
    await this.#peer?.sections.setCameraActive(!rests);
  }

  /** @param {MediaStreamTrack | null} track */
  async setScreen(track) {
    await this.#replace("screen", track);
  }

  close() {
    window.clearInterval(this.#timer);
    this.#stop.abort();
    this.#watch.close();
    this.#peer?.close();
    this.#peer = null;
  }

  /**
   * @param {Role} role
   * @param {MediaStreamTrack | null} track
   */
  async #replace(role, track) {
    this.#setTrack(role, track);
    await this.#peer?.sections.put(role, track);
  }

  /**
   * @param {Role} role
   * @param {MediaStreamTrack | null} track
   */
  #setTrack(role, track) {
    this.#tracks[role] = track;
    this.#watch.watch(role, track);
  }

  /** A new RTCPeerConnection with the same tracks, in place of the one there may be. */
  async #connectAnew() {
    const turn = (this.#turn += 1);
    const servers = await this.#iceServers();
    if (this.#stop.signal.aborted || turn !== this.#turn) return;
    this.#peer?.close();
    const peer = new Peer(this.#call, this.#send, servers, this.#pairs);
    this.#sealing?.cover(peer.pc);
    this.#peer = peer;
    this.#slots.clear();
    this.#bytes = 0;
    this.#restarts = 0;
    this.#triedAt = this.#heardAt = performance.now();
    if (this.#troubleSince === 0) this.#troubleSince = this.#heardAt;
    this.#judge.forgetCounters();
    this.#measuring.forgetCounters();
    peer.pc.addEventListener("connectionstatechange", () => this.#followState(peer));
    this.#setState(this.#state === "connecting" ? "connecting" : "reconnecting");
    for (const role of ROLES) await peer.sections.put(role, this.#tracks[role]);
    await peer.sections.setCameraActive(!this.#cameraRests);
    await peer.offer();
  }

  /** @param {Peer} peer */
  #followState(peer) {
    if (peer !== this.#peer) return;
    const { connectionState, iceConnectionState } = peer.pc;
    if (connectionState === "connected") this.#isBack();
    // ICE that works under a failed connection means DTLS ended: no ICE restart brings it back
    else if (connectionState === "failed" && iceConnectionState !== "failed") void this.#connectAnew();
    else if (connectionState === "disconnected" || connectionState === "failed") this.#isLost();
  }

  #isBack() {
    if (this.#state !== "connected") this.#measuring.connected(performance.now());
    this.#heardAt = performance.now();
    this.#troubleSince = 0;
    this.#restarts = this.#badAnswers = 0;
    this.#patience = ANSWERED_WITHIN;
    this.#setState("connected");
  }

  #isLost() {
    if (this.#state === "connected") {
      this.#troubleSince = performance.now();
      this.#restarts = 0;
      this.#setState("reconnecting");
    }
    void this.#recover();
  }

  #lineChanged() {
    // a changed network shows as silence within a second or two, but need not be waited for
    if (this.#state === "connected" || this.#state === "reconnecting") void this.#restart();
  }

  /** Try again at most every three seconds: an ICE restart, and when that did not help a new connection. */
  async #recover() {
    const now = performance.now();
    if (now - this.#triedAt < RETRY_EVERY) return;
    if (this.#restarts >= RESTARTS_BEFORE_NEW) await this.#connectAnew();
    else await this.#restart();
  }

  async #restart() {
    this.#triedAt = performance.now();
    this.#restarts += 1;
    const peer = this.#peer;
    const iceServers = await this.#iceServers();
    if (peer === null || peer !== this.#peer) return;
    // what the first credentials opened is lost, and they may be too old by now
    if (iceServers.length > 0) peer.pc.setConfiguration({ ...peer.pc.getConfiguration(), iceServers });
    await peer.offer();
  }

  /** Every half second: did anything come? The relay sends something at least that often. */
  async #look() {
    const peer = this.#peer;
    const now = performance.now();
    const slept = now - this.#lookedAt > SILENCE;
    this.#lookedAt = now;
    if (peer === null || this.#looking) return;
    this.#looking = true;
    const report = await peer.pc.getStats().catch(() => null);
    this.#looking = false;
    if (peer !== this.#peer || report === null) return;
    const sample = readSample(report);
    if (sample.bytesReceived !== this.#bytes || slept) {
      const heard = sample.bytesReceived > this.#bytes;
      this.#bytes = sample.bytesReceived;
      this.#heardAt = now;
      if (heard && this.#state !== "connected" && peer.pc.connectionState === "connected") this.#isBack();
    }
    if (now - this.#heardAt > SILENCE) this.#isLost();
    const isLost = this.#state === "reconnecting" || this.#state === "failed";
    if (isLost && peer.waits(this.#patience)) {
      this.#patience *= 2;
      this.#tell("unheard", {});
    }
    if (this.#state !== "connected" && now - this.#troubleSince > FAILED_AFTER) this.#setState("failed");
    if (this.#state === "connected" && now - this.#judgedAt >= JUDGE_EVERY) this.#judgeLine(sample, now);
    if (this.#state === "connected") this.#measure(report, now);
  }

  /**
   * @param {import("./stats.js").Sample} sample
   * @param {number} now
   */
  #judgeLine(sample, now) {
    this.#judgedAt = now;
    this.#tell("quality", this.#judge.judge(sample, this.#tracks.camera !== null && !this.#cameraRests));
  }

  /**
   * The record of the line is the clinic's; a browser that counts otherwise must not cost a call.
   * @param {RTCStatsReport} report
   * @param {number} now
   */
  #measure(report, now) {
    try {
      const sample = this.#measuring.take(report, now);
      if (sample !== null) this.#tell("measured", sample);
    } catch (error) {
      console.warn("the line could not be measured", error);
    }
  }

  /** @param {Record<string, string | null>} slots */
  #seat(slots) {
    for (const [mid, party] of Object.entries(slots)) {
      const before = this.#slots.get(mid) ?? null;
      const section = this.#peer?.sections.receiving(mid) ?? null;
      if (before === party || section === null) continue;
      if (this.#peer) this.#sealing?.seat(this.#peer.pc, mid, party);
      if (before !== null) this.#tell("slot", { party: before, kind: section.kind, track: null });
      if (party === null) this.#slots.delete(mid);
      else this.#slots.set(mid, party);
      if (party !== null) this.#tell("slot", { party, kind: section.kind, track: section.track });
    }
  }

  /**
   * Others came for whom there is no section: an ICE restart that also offers more of them does not disturb the rest.
   * @param {number} pairs
   */
  #makeRoom(pairs) {
    this.#pairs = pairs;
    this.#peer?.sections.growTo(pairs);
    if (this.#peer) this.#sealing?.cover(this.#peer.pc);
    if (this.#peer?.sections.grew) void this.#peer.offer();
  }

  /** @param {State} state */
  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#tell("state", { state });
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
