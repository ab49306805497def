/**
 * One's own microphone and camera: asked for separately, so that a refused camera never costs the conversation. Says why a
 * device could not be had, turns between a phone's two cameras, and lets another device stand in for one that is gone.
 *
 * Event `change` whenever a track came, went or was replaced.
 */

import { soundAs } from "../ui/sound.js";
import { KINDS, wish } from "./chosen.js";

/** @typedef {"ok" | "denied" | "missing" | "busy" | "off"} Verdict */
/** @typedef {"user" | "environment"} Facing */
/** @typedef {"microphone" | "camera"} Own */

export class LocalMedia extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  microphone = null;
  /** @type {MediaStreamTrack | null} */
  camera = null;
  /** @type {Verdict} why there is no microphone, or ok */
  microphoneVerdict = "off";
  /** @type {Verdict} why there is no camera, or ok */
  cameraVerdict = "off";
  /** @type {Facing} */
  facing = "user";
  /** The camera turned to on a computer. */
  #device = "";
  /** The devices the person meant, by their group; another may stand in while one of them is gone. */
  #meant = { microphone: "", camera: "" };
  /** Counts askings, so that an answer that comes after `stop` or a newer asking is put away. */
  #asked = 0;

  /** Whether there seems to be another camera to turn to. */
  async canTurn() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter((device) => device.kind === "videoinput").length > 1;
  }

  /** @param {{ instead?: boolean }} [options] instead: any will do while the one that was meant is gone */
  async openMicrophone({ instead = false } = {}) {
    const which = instead ? await this.#meantDevice("microphone") : wish("microphone");
    const { track, verdict } = await ask({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...which },
    });
    this.microphone?.stop();
    this.microphone = track;
    this.microphoneVerdict = verdict;
    if (!instead) this.#meant.microphone = groupOf(track);
    this.#changed();
  }

  /** @param {{ instead?: boolean }} [options] as of `openMicrophone` */
  async openCamera({ instead = false } = {}) {
    const turn = ++this.#asked;
    this.camera?.stop();
    const which = instead ? { facingMode: this.facing, ...(await this.#meantDevice("camera")) } : looking(this.facing, this.#device);
    const { track, verdict } = await ask({ video: { ...which, ...PICTURE } });
    if (turn !== this.#asked) {
      track?.stop();
      return;
    }
    this.camera = track;
    this.cameraVerdict = verdict;
    if (!instead) this.#meant.camera = groupOf(track);
    this.#changed();
  }

  /** Whether another device stands in for the one that was meant. @param {Own} part */
  standsIn(part) {
    const [meant, used] = [this.#meant[part], groupOf(this[part])];
    return meant !== "" && used !== "" && used !== meant;
  }

  /** Whether the device that was meant can be had. @param {Own} part */
  async isThere(part) {
    return "deviceId" in (await this.#meantDevice(part));
  }

  /** What to ask for to get the device that was meant; nothing when it is gone. @param {Own} part */
  async #meantDevice(part) {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const meant = devices.find(({ kind, groupId }) => kind === KINDS[part] && groupId !== "" && groupId === this.#meant[part]);
    return meant ? { deviceId: { ideal: meant.deviceId } } : {};
  }

  closeCamera() {
    this.#asked += 1;
    this.camera?.stop();
    this.camera = null;
    this.cameraVerdict = "off";
    this.#changed();
  }

  /**
   * A phone's other side, or a computer's next camera. Most phones can only open one camera at a time, so the first is
   * closed before.
   */
  async turnCamera() {
    const now = this.camera?.getSettings().facingMode;
    this.#device = now === undefined ? await this.#nextDevice() : "";
    if (now !== undefined) this.facing = now === "environment" ? "user" : "environment";
    await this.openCamera();
  }

  async #nextDevice() {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const now = devices.findIndex((device) => device.deviceId === this.camera?.getSettings().deviceId);
    return devices[(now + 1) % devices.length]?.deviceId ?? "";
  }

  stop() {
    this.#asked += 1;
    this.microphone?.stop();
    this.camera?.stop();
    this.microphone = this.camera = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } };

/** @param {Facing} facing @param {string} device  empty: whichever looks that way @returns {MediaTrackConstraints} */
function looking(facing, device) {
  if (device) return { deviceId: { exact: device } };
  return { facingMode: facing, ...(facing === "user" ? wish("camera") : {}) };
}

/** @param {MediaStreamTrack | null} track */
function groupOf(track) {
  return track?.getSettings().groupId ?? "";
}

/**
 * @param {MediaStreamConstraints} constraints
 * @returns {Promise<{ track: MediaStreamTrack | null, verdict: Verdict }>}
 */
async function ask(constraints) {
  if (!navigator.mediaDevices?.getUserMedia) return { track: null, verdict: "missing" };
  soundAs("auto");
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return { track: stream.getTracks()[0] ?? null, verdict: "ok" };
  } catch (problem) {
    const name = problem instanceof Error ? problem.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") return { track: null, verdict: "denied" };
    if (name === "NotFoundError" || name === "OverconstrainedError") return { track: null, verdict: "missing" };
    return { track: null, verdict: "busy" };
  }
}
