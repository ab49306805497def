/**
 * The bench's page: joins a call with the product's own CallConnection and shows what it receives. Parameters: `party`,
 * `width`, `height`. `window.bench` is what the driver reads.
 */

import { CallConnection } from "/js/call/connection.js";

const query = new URLSearchParams(location.search);
const party = query.get("party") ?? "a";
const width = Number(query.get("width") ?? 640);
const height = Number(query.get("height") ?? 480);

/** @type {unknown[]} */
const log = [];
/** @type {WebSocket} */
let socket;
const call = new CallConnection({ call: "bench", send: (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame)) });

for (const name of ["slot", "state", "quality", "media"]) {
  call.addEventListener(name, (event) => {
    const { track, ...detail } = /** @type {CustomEvent} */ (event).detail;
    if (name !== "quality") log.push([Math.round(performance.now()), name, { ...detail, track: track?.kind }]);
    if (name === "slot" && track) show(track);
  });
}

/** @param {MediaStreamTrack} track */
function show(track) {
  const id = `t${track.id.replace(/\W/g, "")}`;
  document.getElementById(id)?.remove();
  const element = document.createElement(track.kind === "audio" ? "audio" : "video");
  Object.assign(element, { id, autoplay: true, playsInline: true, srcObject: new MediaStream([track]) });
  document.getElementById("others")?.append(element);
}

/** @param {boolean} first */
async function connect(first) {
  socket = new WebSocket(`ws://${location.host}/live?party=${party}`);
  socket.onmessage = (event) => call.receive(JSON.parse(event.data));
  socket.onclose = () => setTimeout(() => connect(false), 300);
  await new Promise((resolve) => (socket.onopen = resolve));
  if (!first) call.signallingBack();
}

/** What the driver reads: totals of decoded video and of audio energy. */
async function figures() {
  const out = { frames: 0, energy: 0, lost: 0, freezes: 0, frozen: 0, sound: 0, concealed: 0, samples: 0, state: call.state, log };
  const report = await call.peerConnection?.getStats();
  report?.forEach((/** @type {any} */ entry) => {
    if (entry.type !== "inbound-rtp") return;
    out.frames += entry.framesDecoded ?? 0;
    out.energy += entry.totalAudioEnergy ?? 0;
    out.lost += entry.packetsLost ?? 0;
    out.freezes += entry.freezeCount ?? 0;
    out.frozen += entry.totalFreezesDuration ?? 0;
    if (entry.kind === "audio") out.sound += entry.packetsReceived ?? 0;
    out.concealed += entry.concealedSamples ?? 0;
    out.samples += entry.totalSamplesReceived ?? 0;
  });
  return out;
}

const video = { width, height, frameRate: 30 };
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
await connect(true);
await call.start(stream);
Object.assign(window, { bench: { call, figures, stream, dropSocket: () => socket.close() } });
