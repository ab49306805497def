/**
 * The others' pictures and voices on the stage. Every voice has an element of its own, so a hidden picture never costs the
 * sound. Pictures are always muted and may therefore always play; a voice the browser will not start waits for one tap.
 * Some browsers start each element only from a tap, so voices are made beforehand and used again: whoever joins or comes
 * back later is heard without another tap.
 */

import { playThere } from "./chosen.js";
import { resting } from "./judging.js";

const VOICES = 7;

/** @typedef {{ id: string, name: string, role: string, kind: string, you: boolean, state: string, microphone: boolean, camera: boolean, screen: boolean, interrupted: boolean, muted: boolean, on_hold: boolean, sealing: string, pictures: boolean }} Party */

/** @param {HTMLMediaElement} element */
function hasPicture(element) {
  return element instanceof HTMLVideoElement && element.videoWidth > 0;
}

export class People {
  /** @type {HTMLElement} */
  #place;
  /** @type {HTMLElement} the first picture in its frame, also the pattern of every further one */
  #pattern;
  /** @type {Map<string, HTMLMediaElement>} by party and kind */
  #elements = new Map();
  /** @type {Map<string, Party>} the others, by id */
  #others = new Map();
  /** @type {() => void} */
  #changed;
  /** @type {HTMLAudioElement[]} */
  #voices = Array.from({ length: VOICES }, () => new Audio());
  soundBlocked = false;
  #stop = new AbortController();
  /** One's own line takes no pictures. */
  #rest = false;
  /** Under a veil nobody is said to send no picture. */
  veiled = true;

  /**
   * @param {HTMLElement} place
   * @param {() => void} changed  called when a voice was refused
   */
  constructor(place, changed) {
    this.#place = place;
    this.#changed = changed;
    this.#pattern = /** @type {HTMLElement} */ (place.querySelector(".call-person"));
    this.#wake();
    const { signal } = this.#stop;
    const again = () => void this.#soundAgain();
    navigator.mediaDevices?.addEventListener?.("devicechange", again, { signal });
    document.addEventListener("visibilitychange", again, { signal });
  }

  /** The tap that began the call, or gave the sound back, is good for the voices to come. */
  #wake() {
    for (const voice of this.#voices) voice.play().catch(() => {});
  }

  /** @param {{ party: string, kind: "audio" | "video" | "screen", track: MediaStreamTrack | null }} slot */
  seat({ party, kind, track }) {
    const key = `${party} ${kind}`;
    const before = this.#elements.get(key);
    if (track === null) {
      if (before) this.#putAway(key, before);
      return;
    }
    const element = before ?? (kind === "audio" ? (this.#voices.pop() ?? new Audio()) : this.#picture(party, kind));
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    this.#elements.set(key, element);
    if (kind === "audio") void playThere(element).then(() => this.#sound(element));
    else void element.play().catch(() => {});
    // not before there is something to see
    if (kind === "screen") element.addEventListener("resize", () => this.#show());
    this.#show();
  }

  /** @param {boolean} veiled */
  veil(veiled) {
    if (veiled === this.veiled) return;
    this.veiled = veiled;
    this.#show();
  }

  /** @param {Party[]} parties */
  meet(parties) {
    this.#rest = resting(parties).theirs;
    this.#others = new Map(parties.filter((party) => !party.you).map((party) => [party.id, party]));
    this.#show();
  }

  /** From a tap: start the voices that were refused. */
  async unblock() {
    this.soundBlocked = false;
    this.#wake();
    for (const [key, element] of this.#elements) if (key.endsWith(" audio")) await this.#sound(element);
    this.#changed();
  }

  close() {
    this.#stop.abort();
    this.veiled = true;
    for (const [key, element] of this.#elements) this.#putAway(key, element);
  }

  /** @param {string} party @param {string} kind */
  #picture(party, kind) {
    const taken = [...this.#elements.values()].some((element) => this.#pattern.contains(element));
    const frame = taken ? /** @type {HTMLElement} */ (this.#pattern.cloneNode(true)) : this.#pattern;
    frame.dataset.of = kind === "screen" ? "screen" : (this.#others.get(party)?.kind ?? "");
    frame.hidden = true;
    if (taken) this.#pattern.parentElement?.append(frame);
    const video = /** @type {HTMLVideoElement} */ (frame.querySelector("video"));
    video.muted = true;
    return video;
  }

  /** A loudspeaker came or went, or a phone call has paused what was playing: be heard again, wherever that is. */
  async #soundAgain() {
    if (document.visibilityState !== "visible") return;
    for (const [key, element] of this.#elements) {
      if (!key.endsWith(" audio")) continue;
      await playThere(element);
      if (element.paused) await this.#sound(element);
    }
  }

  /** @param {HTMLMediaElement} voice */
  async #sound(voice) {
    try {
      await voice.play();
    } catch (problem) {
      if (!(problem instanceof Error) || problem.name !== "NotAllowedError" || this.soundBlocked) return;
      this.soundBlocked = true;
      this.#changed();
    }
  }

  /** @param {string} key @param {HTMLMediaElement} element */
  #putAway(key, element) {
    element.srcObject = null;
    this.#elements.delete(key);
    const frame = frameOf(element);
    if (element instanceof HTMLAudioElement) this.#voices.push(element);
    if (frame === this.#pattern) frame.hidden = true;
    else frame?.remove();
    this.#show();
  }

  /** A picture is shown only while its sender sends one: the last frame of a camera put out is a frozen face. */
  #show() {
    let shown = 0;
    for (const [key, element] of this.#elements) {
      const frame = frameOf(element);
      if (!frame) continue;
      const [id = "", kind] = key.split(" ");
      const party = this.#others.get(id);
      frame.hidden = this.#rest || (kind === "video" ? !party?.camera : !party?.screen || !hasPicture(element));
      if (kind === "video") frame.dataset.of = party?.kind ?? "";
      const caption = frame.querySelector("figcaption");
      if (caption) caption.textContent = party?.name ?? "";
      shown += frame.hidden ? 0 : 1;
    }
    this.#place.dataset.shown = String(shown);
    const nobody = this.#place.querySelector(".call-nobody");
    if (nobody instanceof HTMLElement) nobody.hidden = this.veiled || shown > 0;
    for (const words of nobody?.querySelectorAll("p") ?? []) words.hidden = ("rest" in words.dataset) !== this.#rest;
  }
}

/** @param {HTMLMediaElement} element @returns {HTMLElement | null} */
function frameOf(element) {
  return element.closest(".call-person");
}
