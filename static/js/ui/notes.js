import { soundAs } from "./sound.js";

/**
 * Three notes to try the loudspeaker with. To be called in answer to a tap: phones keep quiet otherwise.
 * @param {string} [sink]  the loudspeaker's id, where another than the usual one was chosen
 * @param {"auto" | "playback"} type  "auto" while a microphone is open
 */
export async function playNotes(sink = "", type = "playback") {
  soundAs(type);
  /** @type {AudioContext & { setSinkId?: (id: string) => Promise<void> }} */
  const audio = new AudioContext();
  if (sink) await audio.setSinkId?.(sink).catch(() => undefined);
  await audio.resume();
  const begin = audio.currentTime + 0.05;
  for (const [nth, hertz] of [523, 659, 784].entries()) note(audio, hertz, begin + nth * 0.45);
  await new Promise((resolve) => setTimeout(resolve, 1900));
  await audio.close();
  soundAs("auto");
}

/** @param {AudioContext} audio @param {number} hertz @param {number} at */
function note(audio, hertz, at) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.4, at + 0.04);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.8);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.82);
}
