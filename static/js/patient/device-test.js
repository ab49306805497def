/**
 * `<device-test>`: camera, microphone and loudspeaker one after the other. What can be seen by the browser it sees (does
 * a picture come, does the level move), the rest the patient says; the verdicts go to the clinic with the form inside.
 */

import { LevelMeter } from "../call/level.js";
import { LocalMedia } from "../call/media.js";
import "../ui/copy-button.js";
import { playNotes } from "./notes.js";

const STEPS = ["camera", "microphone", "loudspeaker"];
const LOUD = 0.35;
const LOUD_ENOUGH = 4;
const TOLD_FOR = 2500;

export class DeviceTest extends HTMLElement {
  #media = new LocalMedia();
  /** @type {LevelMeter | null} */
  #meter = null;
  #loud = 0;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    addEventListener("pagehide", this.#close);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    removeEventListener("pagehide", this.#close);
    this.#close();
  }

  #close = () => {
    this.#meter?.close();
    this.#meter = null;
    this.#media.stop();
  };

  /** @param {Event} event */
  #clicked = async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const step = button?.closest("[data-step]")?.getAttribute("data-step");
    if (!button || !step) return;
    if (button.dataset.do === "start") await this.#camera();
    if (button.dataset.do === "play") await this.#play(button);
    if (button.dataset.verdict) await this.#judged(step, button.dataset.verdict);
  };

  /** @param {string} step @param {string} verdict */
  async #judged(step, verdict) {
    this.#set(step, verdict);
    if (step === "camera") await this.#microphone();
    else if (step === "microphone") this.#loudspeaker();
    else this.#send();
  }

  async #camera() {
    document.querySelector("[data-remedies]")?.toggleAttribute("hidden", true);
    this.#show("camera");
    await this.#media.openCamera();
    if (!this.#media.camera) return this.#refused("camera", this.#media.cameraVerdict);
    const video = this.querySelector("video");
    if (!video) return;
    video.srcObject = new MediaStream([this.#media.camera]);
    video.addEventListener("playing", this.#seen, { once: true });
    await video.play().catch(() => undefined);
  }

  #seen = () => {
    this.querySelector("[data-missing]")?.remove();
    this.#button("camera").disabled = false;
  };

  async #microphone() {
    this.#media.closeCamera();
    this.#show("microphone");
    await this.#media.openMicrophone();
    if (!this.#media.microphone) return this.#refused("microphone", this.#media.microphoneVerdict);
    this.#meter = new LevelMeter(this.#media.microphone, this.#heard);
  }

  /** @param {number} level 0 to 1 */
  #heard = (level) => {
    const meter = this.querySelector("meter");
    if (meter) meter.value = level * 100;
    if (level > LOUD) this.#loud += 1;
    if (this.#loud !== LOUD_ENOUGH) return;
    this.#loud += 1;
    this.querySelector("[data-quiet]")?.toggleAttribute("hidden", true);
    this.querySelector("[data-loud]")?.toggleAttribute("hidden", false);
    this.#button("microphone").disabled = false;
  };

  #loudspeaker() {
    this.#close();
    this.#show("loudspeaker");
  }

  /** @param {HTMLButtonElement} button */
  async #play(button) {
    button.disabled = true;
    await playNotes().catch(() => undefined);
    button.disabled = false;
    button.classList.remove("primary");
    this.querySelector("[data-after]")?.toggleAttribute("hidden", false);
  }

  /** The device could not be had: say so for a moment, and try the next. @param {string} step @param {string} why */
  async #refused(step, why) {
    const detail = this.#field("detail");
    detail.value = `${detail.value} ${step}: ${why}`.trim();
    this.#show(why === "denied" ? "denied" : step);
    if (why === "denied") await new Promise((resolve) => setTimeout(resolve, TOLD_FOR));
    await this.#judged(step, why === "denied" ? "denied" : "failed");
  }

  #send() {
    this.#show("sending");
    this.querySelector("form")?.requestSubmit();
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
