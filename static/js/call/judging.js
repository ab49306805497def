/**
 * What the stage should say, decided from what is known: pure functions without elements, so that the order of
 * importance can be read and tested in one place.
 */

/** @typedef {import("./people.js").Party} Party */
/** @typedef {"connecting" | "connected" | "reconnecting" | "failed"} Line */
/** @typedef {"none" | "ended" | "replaced" | "unable" | "refused" | "sound" | "held" | "ringing" | "connecting" | "failed" | "reconnecting" | "left" | "theirs" | "alone" | "unsealed"} Veil */
/**
 * @typedef {object} Known
 * @property {string} over  why this page is out of the call; empty while it is in it
 * @property {boolean} ringing  the patient has not answered yet
 * @property {Line} line  one's own line
 * @property {Party[]} parties
 * @property {boolean} unsealed  the call was sealed and can't be now
 * @property {boolean} soundBlocked
 */

/** Which veil lies over the pictures, the most important first. @param {Known} known @returns {Veil} */
export function veilOf({ over, ringing, line, parties, unsealed, soundBlocked }) {
  if (over === "ended" || over === "replaced" || over === "unable") return over;
  if (over) return "refused";
  if (line === "failed") return "failed";
  if (line === "reconnecting") return "reconnecting";
  if (ringing) return "ringing";
  if (line === "connecting") return "connecting";
  if (parties.some((party) => party.you && party.on_hold)) return "held";
  const others = parties.filter((party) => !party.you && !party.on_hold);
  if (others.length === 0) return "alone";
  if (others.every((party) => party.state === "left")) return "left";
  if (others.every((party) => party.state === "reconnecting" || party.state === "left")) return "theirs";
  if (unsealed) return "unsealed";
  if (soundBlocked) return "sound";
  if (others.some((party) => party.state === "connecting") && others.length === 1) return "connecting";
  return "none";
}

/**
 * What may be said of the encryption: nothing before somebody is there to share it with, as while it still rings, nor when
 * this page is out of the call or on hold.
 * @param {import("./sealing/sealing.js").State} sealing
 * @param {Party[]} parties
 */
export function sealOf(sealing, parties) {
  const isThere = (/** @type {Party} */ party) => party.state !== "left" && !party.on_hold;
  const others = parties.some((party) => !party.you && isThere(party));
  return others && parties.every((party) => !party.you || isThere(party)) ? sealing : "";
}

/**
 * Whether pictures rest because a line takes no more than the sound: those one would see (`theirs`), and one's own, when
 * nobody's line takes it (`mine`).
 * @param {Party[]} parties
 */
export function resting(parties) {
  const others = parties.filter((party) => !party.you && !party.on_hold && party.state !== "left");
  return {
    theirs: parties.some((party) => party.you && !party.pictures),
    mine: others.length > 0 && others.every((party) => !party.pictures),
  };
}

/** How the stage looks under a veil. @param {Veil} veil @returns {Line} */
export function lookOf(veil) {
  if (veil === "none") return "connected";
  if (["failed", "ended", "replaced", "unable", "refused", "left"].includes(veil)) return "failed";
  return veil === "reconnecting" || veil === "theirs" ? "reconnecting" : "connecting";
}

/**
 * Who else is in the call, for the line under the name: everybody but the one the stage is about, when there is anybody.
 * @param {Party[]} parties
 * @param {string} about  the name the stage bears
 * @param {Record<string, string>} words  by kind, and for "held" and "muted"
 */
export function alsoHere(parties, about, words) {
  const others = parties.filter((party) => !party.you && party.state !== "left");
  if (others.length < 2) return "";
  const main = others.find((party) => party.name === about);
  return others
    .filter((party) => party !== main)
    .map((party) => {
      const notes = [words[party.kind], party.on_hold ? words.held : "", party.muted ? words.muted : ""].filter(Boolean);
      return notes.length > 0 ? `${party.name} (${notes.join(", ")})` : party.name;
    })
    .join(", ");
}

/** @typedef {"taken" | "silenced" | "sharing" | "microphone-denied" | "microphone-missing" | "microphone-busy" | "microphone-switched" | "camera-denied" | "camera-missing" | "camera-busy" | "camera-switched" | "audio-only" | "own-rests" | "weak" | "their-interruption" | "their-microphone" | "restless" | "code-changed" | "good"} Note */
/**
 * @typedef {object} Own
 * @property {boolean} silenced  the clinic lets nobody hear this person right now
 * @property {boolean} sharing  one's own screen is shown to the others
 * @property {"restless" | "code-changed" | ""} seal  what is to be known of the encryption
 * @property {boolean} taken  another app or a phone call holds the microphone
 * @property {string} microphone  verdict: ok, off, denied, missing, busy
 * @property {string} camera  verdict
 * @property {boolean} wantsCamera
 * @property {string} quality  good, weak, audio-only, own-rests, or empty when not known yet
 * @property {"microphone" | "camera" | ""} switched  another device has just stood in for one that is gone
 * @property {boolean} silent  the other one has turned the microphone off
 * @property {boolean} interrupted  the other one means to be heard and can't be
 */

/** The one note at the foot of the stage, the most important first. @param {Own} own @returns {Note | ""} */
export function noteOf({ silenced, sharing, seal, taken, microphone, camera, wantsCamera, switched, quality, silent, interrupted }) {
  if (silenced) return "silenced";
  if (taken) return "taken";
  if (["denied", "missing", "busy"].includes(microphone)) return /** @type {Note} */ (`microphone-${microphone}`);
  if (wantsCamera && ["denied", "missing", "busy"].includes(camera)) return /** @type {Note} */ (`camera-${camera}`);
  if (interrupted) return "their-interruption";
  if (switched) return `${switched}-switched`;
  if (seal) return seal;
  if (sharing && quality !== "audio-only") return "sharing";
  if (silent && (quality === "good" || quality === "")) return "their-microphone";
  return /** @type {Note | ""} */ (quality);
}

/** @type {readonly string[]} notes that ask nobody to do anything */
const CALM = ["good", "their-microphone", "microphone-switched", "camera-switched", "silenced", "sharing", "code-changed", ""];

/** @param {Note | ""} note @returns {"good" | "weak" | "audio-only"} */
export function levelOf(note) {
  if (note === "audio-only") return note;
  return CALM.includes(note) ? "good" : "weak";
}

/** Minutes and seconds, hours when there are any. @param {number} seconds */
export function clockOf(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60].map((part) => String(part).padStart(2, "0"));
  return (seconds >= 3600 ? `${Math.floor(seconds / 3600)}:` : "") + parts.join(":");
}
