/**
 * Watches the tracks a person sends. Phones take microphone and camera away (an incoming call, another tab, a locked
 * screen); whoever shows the call must be told, and told again when the track is back.
 */

/** @typedef {import("./sections.js").Role} Role */
/** @typedef {"live" | "muted" | "ended"} TrackState */

export class TrackWatch {
  /** @type {Map<Role, { track: MediaStreamTrack, stop: AbortController, state: TrackState }>} */
  #watched = new Map();
  /** @type {(role: Role, state: TrackState) => void} */
  #tell;
  #visible = () => this.#checkAll();

  /** @param {(role: Role, state: TrackState) => void} tell  called when a track's state changes */
  constructor(tell) {
    this.#tell = tell;
    // iOS does not always send the events while the page is hidden: look again on return
    document.addEventListener("visibilitychange", this.#visible);
  }

  /**
   * @param {Role} role
   * @param {MediaStreamTrack | null} track
   */
  watch(role, track) {
    this.#watched.get(role)?.stop.abort();
    this.#watched.delete(role);
    if (track === null) return;
    const stop = new AbortController();
    this.#watched.set(role, { track, stop, state: "live" });
    for (const name of ["mute", "unmute", "ended"]) {
      track.addEventListener(name, () => this.#check(role), { signal: stop.signal });
    }
    this.#check(role);
  }

  close() {
    document.removeEventListener("visibilitychange", this.#visible);
    for (const each of this.#watched.values()) each.stop.abort();
    this.#watched.clear();
  }

  #checkAll() {
    if (document.visibilityState !== "visible") return;
    for (const role of this.#watched.keys()) this.#check(role);
  }

  /** @param {Role} role */
  #check(role) {
    const watched = this.#watched.get(role);
    if (watched === undefined) return;
    const { track } = watched;
    /** @type {TrackState} */
    const state = track.readyState === "ended" ? "ended" : track.muted ? "muted" : "live";
    if (state !== watched.state) {
      watched.state = state;
      this.#tell(role, state);
    }
  }
}
