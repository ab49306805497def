/**
 * The media sections of one RTCPeerConnection to the relay, in the order the relay expects them: microphone, camera and
 * screen both ways, then pairs for further people. Knows nothing of signalling or recovery.
 */

/** @typedef {"microphone" | "camera" | "screen"} Role */
/** @typedef {"audio" | "video" | "screen"} SlotKind */

/** Sections in which nobody else than the first other person arrives: a call of two with room for one guest. */
export const FEW_PAIRS = 1;
const MAX_PAIRS = 6;
const CAMERA_BITRATE = 1_500_000;
const SCREEN_BITRATE = 2_000_000;

const OWN = 3;

/** @type {readonly Role[]} */
export const ROLES = ["microphone", "camera", "screen"];

export class Sections {
  /** @type {RTCPeerConnection} */
  #pc;
  /** @type {Record<Role, RTCRtpTransceiver>} */
  #own;

  #pairs = 0;

  /**
   * @param {RTCPeerConnection} pc
   * @param {number} pairs how many others, beyond the first, can be received
   */
  constructor(pc, pairs) {
    this.#pc = pc;
    this.#own = {
      microphone: pc.addTransceiver("audio", {
        direction: "sendrecv",
        sendEncodings: [{ priority: "high", networkPriority: "high" }],
      }),
      camera: pc.addTransceiver("video", { direction: "sendrecv", sendEncodings: [{ maxBitrate: CAMERA_BITRATE }] }),
      screen: pc.addTransceiver("video", { direction: "sendrecv", sendEncodings: [{ maxBitrate: SCREEN_BITRATE }] }),
    };
    this.growTo(pairs);
  }

  /** Have at least so many pairs, to be offered next time; a call has eight people at most. @param {number} pairs */
  growTo(pairs) {
    for (; this.#pairs < Math.min(pairs, MAX_PAIRS); this.#pairs += 1) {
      this.#pc.addTransceiver("audio", { direction: "recvonly" });
      this.#pc.addTransceiver("video", { direction: "recvonly" });
    }
  }

  /** Whether some pair was never offered. */
  get grew() {
    return this.#pc.getTransceivers().some((each) => each.mid === null);
  }

  /**
   * How many pairs the relay knows of that names `mids` sections.
   * @param {number} mids
   */
  static pairsOf(mids) {
    return Math.floor((mids - OWN) / 2);
  }

  /**
   * Send another track in a section, or nothing; needs no negotiation.
   * @param {Role} role
   * @param {MediaStreamTrack | null} track
   */
  async put(role, track) {
    await this.#own[role].sender.replaceTrack(track);
  }

  /**
   * Stop or resume the camera's encoder without touching its track.
   * @param {boolean} active
   */
  async setCameraActive(active) {
    const sender = this.#own.camera.sender;
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings ?? [];
    if (encoding !== undefined && encoding.active !== active) {
      encoding.active = active;
      await sender.setParameters(parameters);
    }
  }

  /**
   * What the relay may send in the section called `mid`.
   * @param {string} mid
   * @returns {{ kind: SlotKind, track: MediaStreamTrack } | null}
   */
  receiving(mid) {
    const section = this.#pc.getTransceivers().find((each) => each.mid === mid);
    if (section === undefined) return null;
    const track = section.receiver.track;
    if (section === this.#own.screen) return { kind: "screen", track };
    return { kind: track.kind === "audio" ? "audio" : "video", track };
  }
}
