/**
 * Gets microphone and camera back after something took them: an incoming call, another program, a cable pulled out. What
 * ended is opened anew at once, on another device if need be. What can't be had is tried again whenever that could help,
 * and the device that was meant is returned to once it is back. Knows no connection and no element.
 */

/** @typedef {import("./media.js").Own} Own */
/** @typedef {import("./media.js").LocalMedia} LocalMedia */

/** @type {readonly Own[]} */
const PARTS = ["microphone", "camera"];
const A_MOMENT = 700;
const TRY_EVERY = 5_000;
const TOLD_FOR = 8_000;

export class Regain {
  /** What the phone holds back right now; it may well give it back by itself. @type {Set<string>} */
  taken = new Set();
  /** The part for which another device stands in since a moment ago. @type {Own | ""} */
  switched = "";
  /** @type {LocalMedia} */
  #media;
  #wanted;
  #open;
  #changed;
  /** @type {Set<Own>} */
  #opening = new Set();
  /** What was asked for while it was being opened: the answer may be of the time before. @type {Set<Own>} */
  #askedAgain = new Set();
  #stop = new AbortController();

  /**
   * @param {object} owner
   * @param {LocalMedia} owner.media
   * @param {(part: Own) => boolean} owner.wanted  whether the person wants to send this
   * @param {(part: Own) => Promise<void>} owner.open  opens whichever device there is, and sends it
   * @param {() => void} owner.changed
   */
  constructor({ media, wanted, open, changed }) {
    this.#media = media;
    this.#wanted = wanted;
    this.#open = open;
    this.#changed = changed;
    const { signal } = this.#stop;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#devicesChanged(), { signal });
    document.addEventListener("visibilitychange", () => this.#isSeen() && this.#returned(), { signal });
    const timer = setInterval(() => void this.#tryNow(), TRY_EVERY);
    signal.addEventListener("abort", () => clearInterval(timer));
    for (const part of PARTS) void this.#followPermission(part);
  }

  close() {
    this.#stop.abort();
  }

  /** What became of a track that is sent. @param {{ role: string, state: "live" | "muted" | "ended" }} news */
  hear({ role, state }) {
    const part = PARTS.find((each) => each === role);
    if (part === undefined) return;
    if (state === "live") this.taken.delete(part);
    else this.taken.add(part);
    this.#changed();
    if (state === "ended") void this.#again(part);
    if (state === "muted" && part === "camera" && this.#isSeen()) void this.#cameraSoon();
  }

  /** The person asks for everything that is missing. */
  async takeBack() {
    for (const part of PARTS) if (this.#wanted(part) && (this.taken.has(part) || this.#lacks(part))) await this.#again(part);
  }

  /** Wanted, tried, and not to be had. @param {Own} part */
  #lacks(part) {
    const [track, verdict] = [this.#media[part], this.#media[`${part}Verdict`]];
    return this.#wanted(part) && (track ? track.readyState === "ended" : ["busy", "missing", "denied"].includes(verdict));
  }

  /** @param {Own} part */
  async #again(part) {
    if (this.#stop.signal.aborted || !this.#wanted(part)) return;
    if (this.#opening.has(part)) {
      this.#askedAgain.add(part);
      return;
    }
    this.#opening.add(part);
    do {
      this.#askedAgain.delete(part);
      await this.#open(part);
    } while (this.#askedAgain.has(part) && this.#lacks(part) && !this.#stop.signal.aborted);
    this.#opening.delete(part);
    if (this.#media.standsIn(part)) this.#tellSwitched(part);
    this.#changed();
  }

  /** @param {Own} part */
  #tellSwitched(part) {
    this.switched = part;
    setTimeout(() => {
      this.switched = "";
      if (!this.#stop.signal.aborted) this.#changed();
    }, TOLD_FOR);
  }

  async #devicesChanged() {
    for (const part of PARTS) {
      const missing = this.#lacks(part) && this.#media[`${part}Verdict`] !== "denied";
      if (missing || (this.#media.standsIn(part) && (await this.#media.isThere(part)))) await this.#again(part);
    }
  }

  #returned() {
    void this.#cameraSoon();
    for (const part of PARTS) if (this.#lacks(part) && this.#media[`${part}Verdict`] !== "denied") void this.#again(part);
  }

  /**
   * iOS may leave a black camera behind when the page was hidden: if it has not come back by itself in a moment, it is
   * opened anew. Not while a phone call holds the microphone: then one tap brings both back.
   */
  async #cameraSoon() {
    await new Promise((resolve) => setTimeout(resolve, A_MOMENT));
    if (this.taken.has("camera") && !this.taken.has("microphone")) await this.#again("camera");
  }

  /** Another program lets go without a word; where the browser would ask the person each time, a tap is waited for. */
  async #tryNow() {
    if (!this.#isSeen()) return;
    for (const part of PARTS) {
      const isBusy = this.#lacks(part) && this.#media[`${part}Verdict`] === "busy";
      if (isBusy && (await permission(part))?.state === "granted") await this.#again(part);
    }
  }

  /** The person allows it after all, in the browser's own settings. @param {Own} part */
  async #followPermission(part) {
    const status = await permission(part);
    const look = () => status?.state === "granted" && this.#lacks(part) && void this.#again(part);
    status?.addEventListener("change", look, { signal: this.#stop.signal });
  }

  #isSeen() {
    return document.visibilityState === "visible";
  }
}

/** What the browser allows the page, where it tells. @param {Own} part @returns {Promise<PermissionStatus | null>} */
async function permission(part) {
  const name = /** @type {PermissionName} */ (/** @type {string} */ (part));
  return (await navigator.permissions?.query({ name }).catch(() => null)) ?? null;
}
