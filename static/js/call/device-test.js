/**
 * `<device-test>`: camera, microphone, loudspeaker and line one after the other. What the browser can see it sees (do
 * pictures come, does the level move, what does the line carry), the rest the person says; the verdicts and figures go to
 * the clinic with the form inside. Where the page has `<select data-device>`, another device can be chosen.
 */

import "../ui/copy-button.js";
import { playNotes } from "../ui/notes.js";
import "../ui/this-device.js";
import { canCall } from "./able.js";
import { chosen } from "./chosen.js";
import { DeviceChoice } from "./device-choice.js";
import { LevelMeter } from "./level.js";
import { tryLine } from "./line-test.js";
import { LocalMedia } from "./media.js";
import { PictureCheck } from "./picture-check.js";

const STEPS = ["camera", "microphone", "loudspeaker"];
const LOUD = 0.35;
const LOUD_ENOUGH = 4;
const TOLD_FOR = 2500;

export class DeviceTest extends HTMLElement {
  #media = new LocalMedia();
  #choice = new DeviceChoice(this, (part) => void this.#chosen(part));
  /** @type {PictureCheck | null} */
  #picture = null;
  /** @type {LevelMeter | null} */
  #meter = null;
  #loud = 0;
  #loudest = 0;

  connectedCallback() {
    if (!canCall()) return void this.#unable();
    this.addEventListener("click", this.#clicked);
    // until somebody listens, a press would be lost
    this.querySelector("[data-do=start]")?.removeAttribute("disabled");
    this.#choice.open();
    addEventListener("pagehide", this.#close);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    this.#choice.close();
    removeEventListener("pagehide", this.#close);
    this.#close();
  }

  #close = () => {
    this.#picture?.close();
    this.#meter?.close();
    this.#meter = null;
    this.#media.stop();
  };

  /** No call can be made with this browser: the page says so already, and the clinic hears it before the day. */
  async #unable() {
    this.hidden = true;
    const form = this.querySelector("form");
    if (!form) return;
    this.#field("line").value = JSON.stringify({ reached: false });
    this.#field("detail").value = "no RTCPeerConnection";
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
  }

  /** @param {Event} event */
  #clicked = async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const step = button?.closest("[data-step]")?.getAttribute("data-step");
    if (!button || !step) return;
    if (button.dataset.do === "start") await this.#camera();
    if (button.dataset.do === "play") await this.#play(button);
    if (button.dataset.verdict) await this.#judged(step, button.dataset.verdict);
  };

  /** Another device was chosen: the step that uses it begins anew. @param {import("./chosen.js").Part} part */
  async #chosen(part) {
    if (part === "camera") await this.#camera();
    if (part === "microphone") await this.#microphone();
  }

  /** @param {string} step @param {string} verdict */
  async #judged(step, verdict) {
    this.#set(step, verdict);
    if (step === "camera") await this.#microphone();
    else if (step === "microphone") this.#show("loudspeaker");
    else await this.#line();
  }

  async #camera() {
    document.querySelector("[data-remedies]")?.toggleAttribute("hidden", true);
    this.#show("camera");
    this.#picture?.close();
    await this.#media.openCamera();
    if (!this.#media.camera) return this.#refused("camera", this.#media.cameraVerdict);
    await this.#choice.fill();
    const video = this.querySelector("video");
    if (!video) return;
    video.srcObject = new MediaStream([this.#media.camera]);
    await video.play().catch(() => undefined);
    this.#picture = new PictureCheck(video, this.#seen);
  }

  /** @param {{ dark: boolean }} check */
  #seen = ({ dark }) => {
    this.querySelector("[data-missing]")?.remove();
    this.querySelector("[data-dark]")?.toggleAttribute("hidden", !dark);
    this.#button("camera").disabled = false;
  };

  async #microphone() {
    this.#show("microphone");
    this.#meter?.close();
    await this.#media.openMicrophone();
    if (!this.#media.microphone) return this.#refused("microphone", this.#media.microphoneVerdict);
    await this.#choice.fill();
    this.#meter = new LevelMeter(this.#media.microphone, this.#heard);
  }

  /** @param {number} level 0 to 1 */
  #heard = (level) => {
    const meter = this.querySelector("meter");
    if (meter) meter.value = level * 100;
    this.#loudest = Math.max(this.#loudest, level);
    if (level > LOUD) this.#loud += 1;
    if (this.#loud !== LOUD_ENOUGH) return;
    this.#loud += 1;
    this.querySelector("[data-quiet]")?.toggleAttribute("hidden", true);
    this.querySelector("[data-loud]")?.toggleAttribute("hidden", false);
    this.#button("microphone").disabled = false;
  };

  /** @param {HTMLButtonElement} button */
  async #play(button) {
    button.disabled = true;
    await playNotes(chosen("loudspeaker"), this.#media.microphone ? "auto" : "playback").catch(() => undefined);
    button.disabled = false;
    button.classList.remove("primary");
    this.querySelector("[data-after]")?.toggleAttribute("hidden", false);
  }

  async #line() {
    this.#show("line");
    const { microphone, camera } = this.#media;
    const frames = this.#picture?.frames ?? 0;
    const line = await tryLine({ microphone, camera, show: this.#phase }).catch(() => null);
    this.#field("line").value = line ? JSON.stringify({ ...line, seen: frames, level: Math.round(this.#loudest * 100) }) : "";
    this.#close();
    this.#show("sending");
    this.querySelector("form")?.requestSubmit();
  }

  /** @param {string} phase */
  #phase = (phase) => {
    const step = this.querySelector('[data-step="line"]');
    if (!(step instanceof HTMLElement)) return;
    step.dataset.phase = phase;
    const progress = step.querySelector("progress");
    if (progress) progress.value = ["waiting", "calm", "up", "down", "done"].indexOf(phase);
    for (const words of step.querySelectorAll("[data-words]")) {
      words.toggleAttribute("hidden", words.getAttribute("data-words") !== phase);
    }
  };

  /** The device could not be had: say so for a moment, and try the next. @param {string} step @param {string} why */
  async #refused(step, why) {
    const detail = this.#field("detail");
    detail.value = `${detail.value} ${step}: ${why}`.trim();
    this.#show(why === "denied" ? "denied" : step);
    if (why === "denied") await new Promise((resolve) => setTimeout(resolve, TOLD_FOR));
    await this.#judged(step, why === "denied" ? "denied" : "failed");
  }

  /** @param {string} step */
  #show(step) {
    for (const section of this.querySelectorAll("[data-step]")) {
      section.toggleAttribute("hidden", section.getAttribute("data-step") !== step);
    }
    const title = this.querySelector(`[data-step="${step}"] [tabindex]`);
    if (title instanceof HTMLElement) title.focus();
  }

  /** @param {string} step @param {string} verdict */
  #set(step, verdict) {
    if (STEPS.includes(step)) this.#field(step).value = verdict;
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.querySelector(`input[name="${name}"]`));
  }

  /** @param {string} step */
  #button(step) {
    return /** @type {HTMLButtonElement} */ (this.querySelector(`[data-step="${step}"] [data-verdict="ok"]`));
  }
}

customElements.define("device-test", DeviceTest);
