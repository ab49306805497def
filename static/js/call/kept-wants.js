/**
 * What a person sends of microphone and camera, kept in this tab: a page that is loaded again in the middle of a call, as
 * phones do by themselves, turns nothing on that was off. Only of the latest call, and gone with the tab.
 */

const KEY = "call-wants";

/** @typedef {{ microphone: boolean, camera: boolean }} Wants */

/** @param {string} call @param {Wants} wants */
export function keepWants(call, wants) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ call, ...wants }));
  } catch {
    // Storage is refused: the next page begins with both.
  }
}

/** Both, where nothing is known of this call. @param {string} call @returns {Wants} */
export function keptWants(call) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    if (kept.call === call) return { microphone: kept.microphone, camera: kept.camera };
  } catch {
    // as above
  }
  return { microphone: true, camera: true };
}
