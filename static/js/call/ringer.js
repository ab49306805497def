/**
 * What calls somebody to the screen: a sound, vibration, and a title that blinks. Sound needs that the page was touched
 * once; vibration and title do not, so something always happens.
 */

import { sound, soundAs } from "../ui/sound.js";

const EVERY = 2_000;
const NOTES = [
  { hertz: 587, at: 0 },
  { hertz: 740, at: 0.22 },
  { hertz: 880, at: 0.44 },
];

export class Ringer {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #title = "";
  #words = "";

  /** @param {string} words  what the title says in turn with its own words */
  start(words) {
    if (this.#timer !== undefined) return;
    this.#title = document.title;
    this.#words = words;
    this.#ring();
    this.#timer = setInterval(this.#ring, EVERY);
  }

  stop() {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    document.title = this.#title;
    navigator.vibrate?.(0);
    soundAs("auto");
  }

  #ring = () => {
    document.title = document.title === this.#words ? this.#title : this.#words;
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([400, 200, 400]);
    soundAs("playback");
    void sound(chime);
  };
}

/** Three rising notes, soft at both ends. @param {AudioContext} audio */
function chime(audio) {
  for (const { hertz, at } of NOTES) {
    const begin = audio.currentTime + at;
    const note = audio.createOscillator();
    const volume = audio.createGain();
    note.type = "sine";
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.35, begin + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.6);
    note.connect(volume).connect(audio.destination);
    note.start(begin);
    note.stop(begin + 0.62);
  }
}
