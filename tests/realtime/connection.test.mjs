// What a page does when offers are put off and answers not taken: static/js/call/connection.js with a browser that tests move.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

let now = 0;
/** @type {Browser[]} */
let made = [];

class Browser extends EventTarget {
  signalingState = "stable";
  connectionState = "new";
  iceConnectionState = "new";
  localDescription = null;
  takes = true;
  #transceivers = [];
  constructor() {
    super();
    made.push(this);
    this.takes = Browser.takes;
  }
  static takes = true;
  addTransceiver(kind) {
    const parameters = { encodings: [{}] };
    const sender = { replaceTrack: async () => {}, getParameters: () => parameters, setParameters: async () => {} };
    const transceiver = { mid: null, sender, receiver: { track: { kind } } };
    this.#transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers() {
    return this.#transceivers;
  }
  async setLocalDescription() {
    this.#transceivers.forEach((each, mid) => (each.mid = String(mid)));
    this.signalingState = "have-local-offer";
    this.localDescription = { sdp: "offer" };
  }
  async setRemoteDescription() {
    if (!this.takes) throw new Error("no such answer");
    this.signalingState = "stable";
  }
  async getStats() {
    return new Map();
  }
  close() {
    this.signalingState = "closed";
  }
}

globalThis.RTCPeerConnection = Browser;
globalThis.document = new EventTarget();
globalThis.window = Object.assign(new EventTarget(), {
  setInterval: (...rest) => setInterval(...rest),
  setTimeout: (...rest) => setTimeout(...rest),
  clearInterval: (timer) => clearInterval(timer),
});
globalThis.performance.now = () => now;
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
const { CallConnection } = await import(new URL("../../static/js/call/connection.js", import.meta.url));

const settled = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function passes(milliseconds) {
  for (const until = now + milliseconds; now < until; ) {
    now += 100;
    mock.timers.tick(100);
    await settled();
  }
}

/** A page in a call; `answer` is what the server says to each of its offers. */
async function page(answer) {
  made = [];
  const offers = [];
  const heard = [];
  const connection = new CallConnection({
    call: "call",
    send: (frame) => {
      offers.push({ ...frame, at: now });
      setImmediate(() => answer(connection, frame));
    },
  });
  connection.addEventListener("unusable", () => connection.close()); // as the session does
  for (const name of ["state", "unusable"]) connection.addEventListener(name, ({ detail }) => heard.push(detail.state ?? name));
  await connection.start(null);
  await settled();
  return { connection, offers, heard };
}

test("an answer that is not taken is tried with new connections, ever slower, and then given up", async () => {
  Browser.takes = false;
  const { offers, heard } = await page((to, { connection }) => to.receive({ type: "answer", call: "call", connection, sdp: "" }));
  await passes(12_000);
  Browser.takes = true;
  assert.equal(heard.filter((each) => each === "unusable").length, 1);
  assert.equal(offers.length, 4);
  assert.equal(made.length, 4);
  assert.deepEqual(offers.map(({ at }) => at - offers[0].at), [0, 500, 1500, 3500]);
});

test("an offer that is put off is made again in a moment, and less often when that lasts", async () => {
  const { connection, offers, heard } = await page((to) => to.offerLater());
  await passes(19_000);
  assert.ok(offers.length > 30);
  const many = offers.length;
  await passes(10_000);
  connection.close();
  assert.ok(heard.includes("failed"));
  assert.ok(offers.length - many < 8, `${offers.length - many} offers in ten seconds`);
});

test("an offer that was put off is answered, and the call goes on", async () => {
  let puttingOff = 3;
  const { connection, offers, heard } = await page((to, { connection }) =>
    puttingOff-- > 0 ? to.offerLater() : to.receive({ type: "answer", call: "call", connection, sdp: "" }),
  );
  await passes(2_000);
  made[0].connectionState = "connected";
  made[0].dispatchEvent(new Event("connectionstatechange"));
  connection.close();
  assert.equal(offers.length, 4);
  assert.equal(made.length, 1);
  assert.deepEqual(heard, ["connected"]);
});
