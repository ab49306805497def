/**
 * The others' pictures and voices on the stage. Every voice has an element of its own, so a hidden picture never costs the
 * sound. Pictures are always muted and may therefore always play; a voice the browser will not start waits for one tap.
 */

/** @typedef {{ id: string, name: string, role: string, you: boolean, state: string, microphone: boolean, camera: boolean }} Party */

/** @param {HTMLMediaElement} element */
function isFlowing(element) {
  const track = element.srcObject instanceof MediaStream ? element.srcObject.getVideoTracks()[0] : undefined;
  return element instanceof HTMLVideoElement && element.videoWidth > 0 && track?.muted === false;
}

export class People {
  /** @type {HTMLElement} */
  #place;
  /** @type {HTMLVideoElement} the first picture, also the pattern of every further one */
  #pattern;
  /** @type {Map<string, HTMLMediaElement>} by party and kind */
  #elements = new Map();
  /** @type {Set<string>} parties whose camera is on */
  #pictures = new Set();
  /** @type {() => void} */
  #changed;
  soundBlocked = false;
  /** Under a veil nobody is said to send no picture. */
  veiled = true;

  /**
   * @param {HTMLElement} place
   * @param {() => void} changed  called when a voice was refused
   */
  constructor(place, changed) {
    this.#place = place;
    this.#changed = changed;
    this.#pattern = /** @type {HTMLVideoElement} */ (place.querySelector("video"));
  }

  /** @param {{ party: string, kind: "audio" | "video" | "screen", track: MediaStreamTrack | null }} slot */
  seat({ party, kind, track }) {
    const key = `${party} ${kind}`;
    const before = this.#elements.get(key);
    if (track === null) {
      if (before) this.#putAway(key, before);
      return;
    }
    const element = before ?? (kind === "audio" ? new Audio() : this.#picture());
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    this.#elements.set(key, element);
    if (kind === "audio") this.#sound(element);
    else void element.play().catch(() => {});
    // a shared screen has no flag of its own: it is there when its first picture is, and gone when it falls silent
    if (kind === "screen") for (const name of ["mute", "unmute"]) track.addEventListener(name, () => this.#show());
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
    this.#pictures = new Set(parties.filter((party) => party.camera && !party.you).map((party) => party.id));
    this.#show();
  }

  /** From a tap: start the voices that were refused. */
  async unblock() {
    this.soundBlocked = false;
    for (const [key, element] of this.#elements) if (key.endsWith(" audio")) await this.#sound(element);
    this.#changed();
  }

  close() {
    this.veiled = true;
    for (const [key, element] of this.#elements) this.#putAway(key, element);
  }

  #picture() {
    const free = [...this.#elements.values()].includes(this.#pattern) ? null : this.#pattern;
    const video = free ?? /** @type {HTMLVideoElement} */ (this.#pattern.cloneNode());
    video.muted = true;
    if (free === null) this.#pattern.after(video);
    return video;
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
    if (element !== this.#pattern) element.remove();
    this.#show();
  }

  /** A picture is shown only while its sender sends one: the last frame of a camera put out is a frozen face. */
  #show() {
    let anybody = this.veiled;
    for (const [key, element] of this.#elements) {
      const [party = "", kind] = key.split(" ");
      if (kind === "audio") continue;
      element.hidden = kind === "video" ? !this.#pictures.has(party) : !isFlowing(element);
      anybody ||= !element.hidden;
    }
    if (![...this.#elements.values()].includes(this.#pattern)) this.#pattern.hidden = true;
    const nobody = this.#place.querySelector(".call-nobody");
    if (nobody instanceof HTMLElement) nobody.hidden = anybody;
  }
}
