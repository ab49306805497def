/**
 * What this phone keeps for when there is no network (C8): each coming appointment's time and phone, its ticks, and the
 * ticks the clinic has not heard of yet. Forgotten a day after the appointment, or with the whole device.
 */

import { onDevice } from "../ui/storage.js";

/** @typedef {{ title: string, when: string, opens: string, startsAt: string, phone: string, phoneWords: string, asked?: string }} Words */
/** @typedef {{ item: string, words: string, hint: string }} Line */
/** @typedef {Words & { id: string, ticks: Record<string, boolean>, lines?: Line[] }} Appointment */
/** @typedef {{ appointment: string, item: string, done: boolean, said_at: string }} Tick */
/** @typedef {{ appointment: string, kind: string, value: string, second: string, said_at: string }} Measurement */

const APPOINTMENTS = "kept-appointments";
const TICKS = "kept-ticks";
const MEASUREMENTS = "kept-measurements";
const CLINIC = "kept-clinic";
const DAY = 86_400_000;
/** Answers after which sending the same once more would change nothing. */
const SETTLED = new Set([204, 400, 404, 410, 422]);

/** Every kept appointment that is not long over, the earliest first. @returns {Appointment[]} */
export function appointments() {
  /** @type {Appointment[]} */
  const all = read(APPOINTMENTS);
  return all
    .filter((each) => Date.parse(each.startsAt) > Date.now() - DAY)
    .sort((one, other) => one.startsAt.localeCompare(other.startsAt));
}

/** @param {Appointment} appointment */
export function keep(appointment) {
  write(CLINIC, [{ phone: appointment.phone, phoneWords: appointment.phoneWords }]);
  write(APPOINTMENTS, [...appointments().filter(({ id }) => id !== appointment.id), appointment]);
}

/** The phone of the clinic last kept. @returns {{ phone: string, phoneWords: string } | undefined} */
export function clinic() {
  return read(CLINIC)[0];
}

/** The appointment is off or over: nothing about it is true without network any more. @param {string} id */
export function drop(id) {
  write(APPOINTMENTS, appointments().filter((each) => each.id !== id));
}

/** What was ticked here and not sent yet, for one appointment. @param {string} id */
export function unsent(id) {
  return waiting().filter(({ appointment }) => appointment === id);
}

/** Keep a tick, to be sent when it can be. @param {string} id @param {string} item @param {boolean} done */
export function say(id, item, done) {
  const others = waiting().filter((each) => each.appointment !== id || each.item !== item);
  write(TICKS, [...others, { appointment: id, item, done, said_at: new Date().toISOString() }]);
  for (const each of appointments()) if (each.id === id) keep({ ...each, ticks: { ...each.ticks, [item]: done } });
}

/** What was measured and not sent yet, for one appointment. @param {string} id */
export function unsentMeasurements(id) {
  return measured().filter(({ appointment }) => appointment === id);
}

/** Keep a measurement, to be sent when it can be. @param {string} id @param {string} kind @param {string} value @param {string} second */
export function measure(id, kind, value, second) {
  const others = measured().filter((each) => each.appointment !== id || each.kind !== kind);
  write(MEASUREMENTS, [...others, { appointment: id, kind, value, second, said_at: new Date().toISOString() }]);
}

/** @type {Promise<void> | null} */
let sending = null;

/** Send what waits, one after the other, until all is sent or the network says no. */
export function sendTicks() {
  sending ??= sendEach().finally(() => (sending = null));
  return sending;
}

async function sendEach() {
  await sendQueue(TICKS, "preparation");
  await sendQueue(MEASUREMENTS, "measurements");
}

/** @param {string} name @param {string} path  where under the appointment */
async function sendQueue(name, path) {
  for (let word = read(name)[0]; word; word = read(name)[0]) {
    const { appointment, ...said } = word;
    try {
      const answer = await fetch(`/appointments/${appointment}/${path}`, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json", Accept: "application/json", "x-csrftoken": token() },
        body: JSON.stringify(said),
      });
      if (!SETTLED.has(answer.status)) return;
    } catch {
      return;
    }
    const sent = JSON.stringify(word);
    write(name, read(name).filter((/** @type {unknown} */ each) => JSON.stringify(each) !== sent));
  }
}

/** Forget everything: the phone is somebody else's. */
export function forget() {
  for (const name of [APPOINTMENTS, TICKS, MEASUREMENTS, CLINIC]) onDevice.remove(name);
}

/** The page's CSRF token, for what a script sends. */
export function token() {
  return document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]*)/)?.[1] ?? "";
}

/** @returns {Tick[]} */
function waiting() {
  return read(TICKS);
}

/** @returns {Measurement[]} */
function measured() {
  return read(MEASUREMENTS);
}

/** @param {string} name @returns {any[]} */
function read(name) {
  return onDevice.readJson(name, []);
}

/** @param {string} name @param {unknown[]} values */
function write(name, values) {
  onDevice.writeJson(name, values);
}

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && new URL(event.target.action).pathname === "/forgetting") forget();
});
