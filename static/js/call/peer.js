/**
 * One RTCPeerConnection to the relay and its offers. The browser always offers; only ICE is ever renegotiated. A peer is
 * never repaired beyond an ICE restart: when that does not help, CallConnection makes another.
 */

import { Sections } from "./sections.js";

const ANSWER_TIMEOUT = 3_000;

/** @typedef {{ type: "offer", call: string, connection: string, restart: boolean, sdp: string }} OfferFrame */

export class Peer {
  /** Random, tells the server which RTCPeerConnection an offer or answer belongs to. */
  id = crypto.randomUUID();
  /** @type {RTCPeerConnection} */
  pc;
  /** @type {Sections} */
  sections;
  /** @type {string} */
  #call;
  /** @type {(frame: OfferFrame) => void} */
  #send;
  #answered = false;
  /** @type {number | null} when the offer now waiting for its answer was sent */
  #offeredAt = null;
  /** @type {Promise<void>} offers and answers one after the other */
  #turn = Promise.resolve();

  /**
   * @param {string} call
   * @param {(frame: OfferFrame) => void} send
   * @param {RTCIceServer[]} iceServers
   * @param {number} pairs
   */
  constructor(call, send, iceServers, pairs) {
    this.#call = call;
    this.#send = send;
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require", iceServers });
    this.sections = new Sections(this.pc, pairs);
  }

  /** Send the first offer, or an ICE restart once the first was answered; does nothing while an answer is due. */
  async offer() {
    await this.#inTurn(async () => {
      if (this.#offeredAt !== null && performance.now() - this.#offeredAt < ANSWER_TIMEOUT) return;
      const restart = this.#answered;
      if (restart) this.pc.restartIce();
      await this.pc.setLocalDescription();
      this.#offeredAt = performance.now();
      const sdp = this.pc.localDescription?.sdp ?? "";
      this.#send({ type: "offer", call: this.#call, connection: this.id, restart, sdp });
    });
  }

  /** Whether the offer under way has been without an answer for so long. @param {number} milliseconds */
  waits(milliseconds) {
    return this.#offeredAt !== null && performance.now() - this.#offeredAt > milliseconds;
  }

  /** Forget the offer under way: the socket it went through is gone. */
  forgetOffer() {
    this.#offeredAt = null;
  }

  /** @param {string} sdp */
  async answer(sdp) {
    await this.#inTurn(async () => {
      if (this.pc.signalingState !== "have-local-offer") return;
      await this.pc.setRemoteDescription({ type: "answer", sdp });
      this.#answered = true;
      this.#offeredAt = null;
    });
    // more people came while this answer was under way
    if (this.sections.grew) await this.offer();
  }

  close() {
    this.pc.close();
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    const isClosed = () => this.pc.signalingState === "closed";
    const run = async () => {
      if (isClosed()) return;
      await work().catch((error) => {
        // closing a connection fails whatever was under way on it
        if (!isClosed()) throw error;
      });
    };
    this.#turn = this.#turn.then(run, run);
    return this.#turn;
  }
}
