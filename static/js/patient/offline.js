// What the worker shows when there is no network: the appointments this phone has kept, with their checklists.
import { appointments, clinic, sendTicks } from "./kept.js";
import { isThere } from "../ui/server.js";
import "./measurement-form.js";
import { PreparationList, fill } from "./preparation-list.js";

const LOOK_EVERY = 5_000;

/** `<kept-appointments>`: fills its template once for each kept appointment, the one of this address alone if it has one. */
export class KeptAppointments extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    const all = appointments();
    const here = all.filter(({ id }) => location.pathname.includes(id));
    for (const appointment of here.length ? here : all) this.#show(appointment);
    const nothing = this.querySelector("[data-nothing]");
    if (nothing instanceof HTMLElement) nothing.hidden = all.length > 0;
    if (all.length === 0) this.#offerPhone();
    addEventListener("online", this.#look);
    this.#timer = setInterval(this.#look, LOOK_EVERY);
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    removeEventListener("online", this.#look);
    clearInterval(this.#timer);
    document.removeEventListener("click", this.#clicked);
  }

  #offerPhone() {
    const known = clinic();
    const link = document.querySelector("[data-clinic-phone]");
    if (!known || !(link instanceof HTMLAnchorElement)) return;
    link.href = `tel:${known.phone}`;
    link.querySelector("strong")?.replaceChildren(known.phoneWords);
    link.parentElement?.removeAttribute("hidden");
  }

  /** @param {import("./kept.js").Appointment} appointment */
  #show(appointment) {
    const template = this.querySelector("template");
    if (!template) return;
    const copy = document.importNode(template.content, true);
    for (const place of copy.querySelectorAll("[data-kept]")) {
      const name = /** @type {keyof import("./kept.js").Words} */ (place.getAttribute("data-kept"));
      place.textContent = (name === "phone" ? appointment.phoneWords : appointment[name]) ?? "";
      if (place instanceof HTMLAnchorElement) place.href = `tel:${appointment.phone}`;
    }
    const list = copy.querySelector("preparation-list");
    if (list instanceof PreparationList) {
      list.dataset.appointment = appointment.id;
      fill(list);
    }
    const form = copy.querySelector("measurement-form");
    if (form instanceof HTMLElement) form.dataset.appointment = appointment.id;
    if (form instanceof HTMLElement) form.dataset.asked = appointment.asked ?? "";
    this.append(copy);
  }

  #look = async () => {
    if (document.visibilityState !== "hidden" && (await isThere())) await this.#again();
  };

  /** The network is back: send what was ticked, then show the real page. */
  #again = async () => {
    await sendTicks();
    location.reload();
  };

  /** @param {Event} event */
  #clicked = (event) => {
    if (event.target instanceof Element && event.target.closest("[data-reload]")) void this.#again();
  };
}

customElements.define("kept-appointments", KeptAppointments);
