/**
 * Puts what is known of a call on its stage: which veil, which note, one's own picture and the state of the buttons. Every
 * word is in the template already; nothing here decides anything.
 */

import { levelOf, lookOf, sealOf } from "./judging.js";

/** @typedef {import("./session.js").CallSession} CallSession */

/** @param {HTMLElement} stage @param {import("./judging.js").Veil} veil */
export function showVeil(stage, veil) {
  stage.dataset.state = lookOf(veil);
  for (const each of stage.querySelectorAll("[data-veil]")) pick(each, "veil", veil);
  for (const each of stage.querySelectorAll("[data-phase-only]")) pick(each, "phaseOnly", stage.dataset.phase ?? "");
}

/** @param {HTMLElement} stage @param {import("./judging.js").Note | ""} note */
export function showNote(stage, note) {
  const place = stage.querySelector(".call-quality");
  if (!(place instanceof HTMLElement)) return;
  place.hidden = note === "";
  place.dataset.level = levelOf(note);
  for (const each of place.querySelectorAll("[data-note]")) pick(each, "note", note);
}

/**
 * The line in numbers, where there is room for them.
 * @param {HTMLElement} stage
 * @param {{ rttMs: number | null, lossPercent: number }} quality
 */
export function tellNumbers(stage, { rttMs, lossPercent }) {
  for (const place of stage.querySelectorAll("[data-numbers]")) {
    const words = /** @type {HTMLElement} */ (place).dataset.numbers ?? "";
    const rtt = rttMs === null ? "–" : String(Math.round(rttMs));
    place.textContent = words.replace("{rtt}", rtt).replace("{loss}", `${Math.round(lossPercent)} %`);
  }
}

/**
 * What may honestly be said of the encryption.
 * @param {HTMLElement} stage
 * @param {CallSession | null} session
 * @param {import("./people.js").Party[]} parties
 */
export function showSeal(stage, session, parties) {
  const sealing = session?.sealing;
  const state = session === null ? "" : sealOf(sealing?.shown ?? "clear", parties);
  const changed = state === "sealed" ? (sealing?.changed ?? null) : null;
  const code = state === "sealed" ? sealing?.code.replace(/(..)(?=.)/g, "$1 ") : "";
  const chip = stage.querySelector(".call-seal");
  if (chip instanceof HTMLElement) chip.hidden = state === "";
  if (state === "") return;
  if (chip instanceof HTMLElement) chip.dataset.sealed = state;
  for (const each of stage.querySelectorAll("[data-seal]")) pick(each, "seal", state);
  if (changed !== null) {
    for (const each of stage.querySelectorAll("[data-seal=changed]")) each.removeAttribute("hidden");
    chip?.querySelector("[data-seal=sealed]")?.setAttribute("hidden", "");
  }
  for (const each of stage.querySelectorAll("[data-seal-code]")) fill(each, code ?? "");
  for (const each of stage.querySelectorAll("[data-seal-new]")) {
    each.toggleAttribute("hidden", !changed?.length);
    const names = each.querySelector("span");
    if (names) fill(names, (changed ?? []).join(", "));
  }
}

/**
 * The line under the name, when there are more than two.
 * @param {HTMLElement} stage
 * @param {(about: string, words: Record<string, string>) => string} tell
 */
export function showAlsoHere(stage, tell) {
  const place = stage.querySelector(".call-also");
  if (!(place instanceof HTMLElement)) return;
  const { about = "", ...words } = /** @type {Record<string, string>} */ ({ ...place.dataset });
  const names = tell(about, words);
  place.hidden = names === "";
  const span = place.querySelector("span");
  if (span && span.textContent !== names) span.textContent = names;
}

/**
 * One's own picture, and the buttons pressed when something is off; without a session everything is.
 * @param {HTMLElement} stage
 * @param {CallSession | null} session
 */
export function showOwn(stage, session) {
  const view = stage.querySelector(".call-self");
  const video = view?.querySelector("video");
  if (!view || !video) return;
  const shown = session?.wants.camera ? session.media.camera : null;
  const before = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : null;
  if (before !== shown) video.srcObject = shown ? new MediaStream([shown]) : null;
  view.classList.toggle("front", session?.media.facing !== "environment");
  const off = view.querySelector(".call-self-off");
  if (off instanceof HTMLElement) off.hidden = shown !== null;
  press(stage, "microphone", !session?.sending.microphone);
  press(stage, "camera", shown === null);
  const share = stage.querySelector('.call-controls [data-do="screen"]');
  share?.setAttribute("aria-pressed", String(session?.screen != null));
  if (share instanceof HTMLElement && !navigator.mediaDevices?.getDisplayMedia) share.hidden = true;
}

/** @param {HTMLElement} stage @param {boolean} possible */
export function offerTurning(stage, possible) {
  const button = stage.querySelector('[data-do="turn"]');
  if (button instanceof HTMLElement) button.hidden = !possible;
}

/** @param {HTMLElement} stage @param {string} what @param {boolean} off */
function press(stage, what, off) {
  const button = stage.querySelector(`[data-do="${what}"]`);
  const use = button?.querySelector("use");
  button?.setAttribute("aria-pressed", String(off));
  const href = use?.getAttribute("href")?.replace(/-off$/, "");
  if (use && href) use.setAttribute("href", off ? `${href}-off` : href);
}

/** @param {Element} element @param {string} text */
function fill(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show the element when its word is the one. @param {Element} element @param {string} key @param {string} word */
function pick(element, key, word) {
  if (element instanceof HTMLElement) element.hidden = element.dataset[key] !== word;
}
