/**
 * Which camera, microphone and loudspeaker were chosen on this computer, kept in the browser; a device that is gone is no
 * hindrance, the browser then takes another.
 */

import { onDevice } from "../ui/storage.js";

/** @typedef {"camera" | "microphone" | "loudspeaker"} Part */

/** @type {Record<Part, MediaDeviceKind>} */
export const KINDS = { camera: "videoinput", microphone: "audioinput", loudspeaker: "audiooutput" };

/** The chosen device's id, empty when it is the browser's choice. @param {Part} part */
export function chosen(part) {
  return onDevice.read(`chosen-${part}`) ?? "";
}

/** @param {Part} part @param {string} id */
export function choose(part, id) {
  onDevice.write(`chosen-${part}`, id);
}

/** What `getUserMedia` is asked for so that the choice is followed where it can be. @param {Part} part */
export function wish(part) {
  const id = chosen(part);
  return id ? { deviceId: { ideal: id } } : {};
}

/** Play through the chosen loudspeaker, where the browser lets pages choose; the usual one when it is gone. @param {HTMLMediaElement} element */
export async function playThere(element) {
  const id = chosen("loudspeaker");
  if (id && "setSinkId" in element) await element.setSinkId(id).catch(() => element.setSinkId("").catch(() => undefined));
}
