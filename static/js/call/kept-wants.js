/**
 * What a person sends of microphone and camera, kept in this tab: a page that is loaded again in the middle of a call, as
 * phones do by themselves, turns nothing on that was off. Only of the latest call, and gone with the tab.
 */

import { inTab } from "../ui/storage.js";

const KEY = "call-wants";

/** @typedef {{ microphone: boolean, camera: boolean }} Wants */

/** @param {string} call @param {Wants} wants */
export function keepWants(call, wants) {
  inTab.writeJson(KEY, { call, ...wants });
}

/** Both, where nothing is known of this call. @param {string} call @returns {Wants} */
export function keptWants(call) {
  /** @type {Wants & { call: string }} */
  const kept = inTab.readJson(KEY, { call, microphone: true, camera: true });
  return kept.call === call ? { microphone: kept.microphone, camera: kept.camera } : { microphone: true, camera: true };
}
