/**
 * The page's one socket. It says what changed (`nudge:<kind>` events on the body), carries the frames of calls, and comes
 * back by itself; whatever is subscribed to is nudged once on every connect, so nothing can have been missed.
 *
 * `<live-topics topics="queue:… call:…">` subscribes while it is in the page. `<waiting-presence place="…">` keeps the
 * patient's place alive while the page lives.
 *
 * `data-live` on the body says what words may be shown that are true only while the line lives ([data-line], app.css):
 * connecting, open once the server has answered, lost; and `data-lost-long` when that lasts.
 */

import { inTab } from "./ui/storage.js";

/** @typedef {{ type: string, [field: string]: any }} Frame */

const FIRST_PAUSE = 1_000;
const MAX_PAUSE = 10_000;
const MAX_PAUSE_IN_A_CALL = 1_000;
const SLEPT = 20_000;
const HEARTBEAT = 15_000;
/** Then the page says that the line is lost; a crowded server may still answer, and a new line would only crowd it more. */
const ANSWERED_WITHIN = 10_000;
const GIVEN_UP_AFTER = 20_000;
/** When the browser says that it is offline, which is not always so. */
const DOUBTED_FOR = 3_000;
const LONG = 20_000;
const LOOKED_AT = ["visibilitychange", "freeze", "resume"];
const LEFT = ["pagehide", "pageshow"];
/** Codes after which coming back would change nothing: bad frame, not signed in, bad origin. */
const FINAL = new Set([4400, 4401, 4403]);

/** @type {WebSocket | null} */
let socket = null;
let wanted = false;
let pause = FIRST_PAUSE;
let hiddenAt = 0;
let hurried = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {ReturnType<typeof setTimeout> | undefined} until the line counts as dead */
let patience;
/** @type {ReturnType<typeof setTimeout> | undefined} until the line has been lost for long */
let long;
/** @type {ReturnType<typeof setInterval> | undefined} */
let heart;
/** @type {Set<() => Frame | null>} what says that the page is alive, instead of the bare word */
const signs = new Set();
/** @type {Map<string, Set<(frame: Frame) => void>>} */
const listeners = new Map();
/** @type {Set<() => void>} */
const openers = new Set();
/** @type {Map<string, ReturnType<typeof setTimeout>>} topic to its nudge that was put off */
const putOff = new Map();
/** @type {Map<string, number>} topic to how many elements show it */
const topics = new Map();

/** Open the socket, if it is not open already, whatever the browser thinks of its network. */
export function connect() {
  wanted = true;
  if (socket !== null) return;
  clearTimeout(timer);
  heart ??= setInterval(beat, HEARTBEAT);
  expectAnswer();
  const mine = opening();
  if (mine === null) return lost(0);
  socket = mine;
  mine.addEventListener("open", () => mine === socket && opened());
  mine.addEventListener("message", (event) => mine === socket && heard(JSON.parse(event.data)));
  mine.addEventListener("close", (event) => mine === socket && lost(event.code));
}

function opening() {
  try {
    return new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${door()}`);
  } catch {
    return null; // an extension or a policy that lets no page have one
  }
}

/** A phone may be a household's: a patient's page comes as the person it is about, whoever acts meanwhile. */
function door() {
  const { classList, dataset } = document.body;
  if (classList.contains("staff")) return "/desk/live";
  if (classList.contains("guest")) return "/guest/live";
  return dataset.person ? `/live?person=${dataset.person}` : "/live";
}

/**
 * Send a frame. False when the socket is not open: whoever needs it sends again on `onOpen`.
 * @param {Frame} frame
 */
export function send(frame) {
  if (socket === null || socket.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

/**
 * Hear every frame of this type. Returns how to stop.
 * @param {string} type
 * @param {(frame: Frame) => void} hear
 */
export function onFrame(type, hear) {
  const hearers = listeners.get(type) ?? new Set();
  listeners.set(type, hearers.add(hear));
  return () => void hearers.delete(hear);
}

/**
 * Hear of every connect, the first and each return. Returns how to stop.
 * @param {() => void} hear
 */
export function onOpen(hear) {
  openers.add(hear);
  return () => void openers.delete(hear);
}

/** Somebody is in the middle of a call: come back quickly until the returned function is called. */
export function hurry() {
  hurried += 1;
  return () => void (hurried -= 1);
}

function opened() {
  subscribe([...topics.keys()]);
  beat();
  for (const hear of openers) hear();
}

/** Say that the page is alive, and expect an answer. */
function beat() {
  const said = [...signs].map((sign) => sign()).filter((frame) => frame !== null);
  for (const frame of said.length > 0 ? said : [{ type: "alive" }]) if (send(frame)) expectAnswer();
}

function expectAnswer() {
  patience ??= setTimeout(() => {
    sayLost();
    patience = setTimeout(giveUp, GIVEN_UP_AFTER - ANSWERED_WITHIN);
  }, ANSWERED_WITHIN);
}

function sayLost() {
  document.body.dataset.live = "lost";
  long ??= setTimeout(() => (document.body.dataset.lostLong = ""), LONG);
}

function answered() {
  clearTimeout(patience);
  clearTimeout(long);
  patience = long = undefined;
  pause = FIRST_PAUSE;
  document.body.dataset.live = "open";
  delete document.body.dataset.lostLong;
}

/** Nobody has answered: the line is dead though it may seem open, as when its network went without a word. */
function giveUp() {
  const old = socket;
  socket = null;
  old?.close();
  lost(0);
}

/** @param {Frame} frame */
function heard(frame) {
  if (frame.type === "heard") answered();
  if (frame.type === "nudge") nudgeWithin(frame.topics, frame.within_ms ?? 0);
  for (const hear of listeners.get(frame.type) ?? []) hear(frame);
}

/** @param {number} code */
function lost(code) {
  socket = null;
  clearTimeout(patience);
  patience = undefined;
  sayLost();
  if (FINAL.has(code)) {
    wanted = false;
    if (code === 4401) signInAgain();
    return;
  }
  timer = setTimeout(connect, pause * (0.5 + Math.random()));
  pause = Math.min(hurried > 0 ? MAX_PAUSE_IN_A_CALL : MAX_PAUSE, pause * 2);
}

/** The session is over: the page asked for again leads to where one signs in, and back. At most once a minute. */
function signInAgain() {
  const last = Number(inTab.read("live-signed-out"));
  // without storage this might never end
  if (inTab.write("live-signed-out", String(Date.now())) && Date.now() - last > 60_000) location.reload();
}

/** The line may be dead though nobody said so: a slept phone, another network. Begin anew at once. */
function reopen() {
  if (!wanted) return;
  const old = socket;
  socket = null;
  old?.close();
  clearTimeout(patience);
  patience = undefined;
  pause = FIRST_PAUSE;
  connect();
}

/** The browser says that it is offline: ask at once, and don't wait long. */
function doubt() {
  clearTimeout(patience);
  patience = setTimeout(giveUp, DOUBTED_FOR);
  beat();
}

/** Nobody answers on a line that seems open: perhaps its network is gone, which no browser says at once. */
export function renew() {
  if (socket !== null && socket.readyState === WebSocket.OPEN) reopen();
}

/** Something was said elsewhere than on the line, by a push: ask for all there is to know, and begin the line anew. */
export function wake() {
  wanted = true;
  nudge([...topics.keys()]);
  reopen();
}

/** @param {string[]} list */
function subscribe(list) {
  for (let at = 0; at < list.length; at += 32) send({ type: "subscribe", topics: list.slice(at, at + 32) });
}

/**
 * Ask again at a moment of our own within the time given, so that a full waiting room never asks all at once. A more
 * urgent nudge makes the one that was put off needless.
 * @param {string[]} list
 * @param {number} within milliseconds
 */
function nudgeWithin(list, within) {
  const pending = within > 0 ? list.filter((topic) => !putOff.has(topic)) : list;
  for (const topic of pending) {
    clearTimeout(putOff.get(topic));
    putOff.delete(topic);
    if (within > 0) putOff.set(topic, setTimeout(() => nudgeWithin([topic], 0), Math.random() * within));
  }
  if (within === 0) nudge(list);
}

/** @param {string[]} list */
function nudge(list) {
  const kinds = grouped(list);
  for (const [kind, changed] of kinds) {
    document.body.dispatchEvent(new CustomEvent(`nudge:${kind}`, { detail: { topics: changed } }));
  }
}

/** @param {string} topic */
function kindOf(topic) {
  return topic.split(":", 1)[0] ?? "";
}

/** @param {string[]} list */
function grouped(list) {
  /** @type {Map<string, string[]>} */
  const kinds = new Map();
  for (const topic of list) kinds.set(kindOf(topic), [...(kinds.get(kindOf(topic)) ?? []), topic]);
  return kinds;
}

document.body.dataset.live ??= "connecting";
window.addEventListener("online", reopen);
window.addEventListener("offline", () => socket !== null && doubt());
for (const name of LOOKED_AT) {
  document.addEventListener(name, () => {
    if (document.visibilityState === "hidden" || name === "freeze") hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > SLEPT) reopen();
    else connect();
  });
}
window.addEventListener("pageshow", (event) => event.persisted && reopen());

/** Subscribes the page to `topics` (separated by spaces) while it is in the document. */
export class LiveTopics extends HTMLElement {
  static observedAttributes = ["topics"];
  /** @type {string[]} */
  #mine = [];

  connectedCallback() {
    this.#change((this.getAttribute("topics") ?? "").split(/\s+/).filter(Boolean));
    connect();
  }

  disconnectedCallback() {
    this.#change([]);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.connectedCallback();
  }

  /** @param {string[]} list */
  #change(list) {
    const fresh = list.filter((topic) => !topics.has(topic));
    for (const topic of list) topics.set(topic, (topics.get(topic) ?? 0) + 1);
    for (const topic of this.#mine) {
      const left = (topics.get(topic) ?? 1) - 1;
      if (left > 0) topics.set(topic, left);
      else topics.delete(topic);
    }
    this.#mine = list;
    subscribe(fresh);
  }
}

/**
 * Has the line say every 15 seconds that the waiting page of `place` is alive, at once when it is shown, hidden or frozen (a phone that
 * locks), and last when it closes: a closed page is hidden too, but nobody sleeps there.
 */
export class WaitingPresence extends HTMLElement {
  #closing = false;

  connectedCallback() {
    signs.add(this.#sign);
    for (const name of LOOKED_AT) document.addEventListener(name, this.#say);
    for (const name of LEFT) addEventListener(name, this.#left);
    if (socket !== null) beat();
    connect();
  }

  disconnectedCallback() {
    signs.delete(this.#sign);
    for (const name of LOOKED_AT) document.removeEventListener(name, this.#say);
    for (const name of LEFT) removeEventListener(name, this.#left);
  }

  /** @param {Event} event */
  #left = (event) => {
    if (event.type === "pagehide") send({ ...this.#here(false), closing: true });
    this.#closing = event.type === "pagehide";
  };

  /** @param {Event} event */
  #say = (event) => {
    if (!this.#closing) send(this.#here(event.type !== "freeze"));
  };

  #sign = () => (this.#closing ? null : this.#here(true));

  /** @param {boolean} awake @returns {Frame} */
  #here(awake) {
    const visible = awake && document.visibilityState === "visible";
    return { type: "here", place: this.getAttribute("place"), visible };
  }
}

customElements.define("live-topics", LiveTopics);
customElements.define("waiting-presence", WaitingPresence);
