// <arrival-bell>: a soft sound, and a notification without any name, when somebody comes into the waiting room. Off until
// it is turned on; the choice is remembered in this browser.

import { prepareSound, sound } from "../ui/sound.js";
import { onDevice } from "../ui/storage.js";

const KEY = "naervaer-arrival-bell";

/** @returns {Set<string>} */
function present() {
  return new Set([...document.querySelectorAll('.queue-row[data-group="present"]')].map((row) => row.id));
}

/** Two notes, as a door bell far away. @param {AudioContext} audio */
function chime(audio) {
  [659, 523].forEach((pitch, index) => {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const loudness = new GainNode(audio, { gain: 0 });
    const start = audio.currentTime + index * 0.22;
    loudness.gain.setValueAtTime(0.0001, start);
    loudness.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.65);
  });
}

/** Android's browsers have the name, but let only a worker notify. @param {string} words */
function notify(words) {
  try {
    if (Notification.permission === "granted") new Notification(words);
  } catch {
    // the sound has to do
  }
}

/** Kept outside the element: a morph of the queue may make it anew. @type {Set<string>} */
let known = present();

export class ArrivalBell extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#toggled);
    document.body.addEventListener("htmx:after:swap", this.#changed);
    this.#show();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#toggled);
    document.body.removeEventListener("htmx:after:swap", this.#changed);
  }

  get #isOn() {
    return onDevice.read(KEY) === "on";
  }

  #toggled = () => {
    onDevice.write(KEY, this.#isOn ? "off" : "on");
    this.#show();
    if (!this.#isOn) return;
    void sound(chime);
    if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
  };

  #show() {
    const button = this.querySelector("button");
    const use = this.querySelector("use");
    button?.setAttribute("aria-pressed", String(this.#isOn));
    use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, this.#isOn ? "#volume" : "#volume-off"));
  }

  #changed = () => {
    this.#show();
    const now = present();
    const arrived = [...now].some((id) => !known.has(id));
    known = now;
    if (!arrived || !this.#isOn) return;
    void sound(chime);
    const words = this.querySelector("button")?.dataset.words ?? "";
    if (document.hidden) notify(words);
  };
}

prepareSound();
customElements.define("arrival-bell", ArrivalBell);
