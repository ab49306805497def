// Getting microphone and camera back after something took them: static/js/call/regain.js with devices that tests move.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

const devices = new EventTarget();
const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
const permissions = { camera: permission("granted"), microphone: permission("granted") };
globalThis.document = page;
Object.defineProperty(globalThis, "navigator", {
  value: { mediaDevices: devices, permissions: { query: async ({ name }) => permissions[name] } },
});
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
const { Regain } = await import(new URL("../../static/js/call/regain.js", import.meta.url));

function permission(state) {
  return Object.assign(new EventTarget(), { state });
}

/** A person in a call with both devices; `have` is what opening one finds. */
function person() {
  const live = () => ({ readyState: "live" });
  const media = { microphone: live(), camera: live(), microphoneVerdict: "ok", cameraVerdict: "ok", substitute: "", isBack: false };
  media.standsIn = (part) => part === media.substitute;
  media.isThere = async () => media.isBack;
  const found = { have: "ok", opened: [], wants: { microphone: true, camera: true } };
  const regain = new Regain({
    media,
    wanted: (part) => found.wants[part],
    open: async (part) => {
      found.opened.push(part);
      media[part] = found.have === "ok" ? live() : null;
      media[`${part}Verdict`] = found.have;
      regain.taken.delete(part);
    },
    changed: () => {},
  });
  return Object.assign(found, { media, regain });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function loses(somebody, part, have) {
  somebody.have = have;
  somebody.media[part].readyState = "ended";
  somebody.regain.hear({ role: part, state: "ended" });
  await settled();
}

test("a track that ended is opened anew at once", async () => {
  const jens = person();
  await loses(jens, "microphone", "ok");
  assert.deepEqual(jens.opened, ["microphone"]);
  assert.deepEqual([...jens.regain.taken], []);
  jens.regain.close();
});

test("what an incoming call mutes is waited for, and is not opened over it", async () => {
  const jens = person();
  for (const role of ["microphone", "camera"]) jens.regain.hear({ role, state: "muted" });
  mock.timers.tick(5_000);
  await settled();
  assert.deepEqual([jens.opened, [...jens.regain.taken]], [[], ["microphone", "camera"]]);
  for (const role of ["microphone", "camera"]) jens.regain.hear({ role, state: "live" });
  assert.deepEqual([...jens.regain.taken], []);
  jens.regain.close();
});

test("a camera alone that stays black is opened anew in a moment", async () => {
  const jens = person();
  jens.regain.hear({ role: "camera", state: "muted" });
  mock.timers.tick(700);
  await settled();
  assert.deepEqual(jens.opened, ["camera"]);
  jens.regain.close();
});

test("a busy camera is tried again, but not where the browser would ask each time", async () => {
  const jens = person();
  await loses(jens, "camera", "busy");
  for (const [state, times] of [["prompt", 1], ["granted", 2]]) {
    permissions.camera.state = state;
    mock.timers.tick(5_000);
    await settled();
    assert.equal(jens.opened.length, times, state);
  }
  jens.have = "ok";
  mock.timers.tick(5_000);
  await settled();
  assert.equal(jens.media.cameraVerdict, "ok");
  mock.timers.tick(5_000);
  await settled();
  assert.equal(jens.opened.length, 3, "nothing more to try");
  jens.regain.close();
});

test("another device stands in, and the one that was meant is returned to", async () => {
  const jens = person();
  jens.media.substitute = "microphone";
  await loses(jens, "microphone", "ok");
  assert.equal(jens.regain.switched, "microphone");
  mock.timers.tick(8_000);
  assert.equal(jens.regain.switched, "");
  devices.dispatchEvent(new Event("devicechange"));
  await settled();
  assert.equal(jens.opened.length, 1, "it is still gone");
  jens.media.isBack = true;
  devices.dispatchEvent(new Event("devicechange"));
  await settled();
  assert.deepEqual(jens.opened, ["microphone", "microphone"]);
  jens.regain.close();
});

test("a device plugged in, or a permission given, ends the lack by itself", async () => {
  for (const [verdict, helps] of [
    ["missing", () => devices.dispatchEvent(new Event("devicechange"))],
    ["missing", () => page.dispatchEvent(new Event("visibilitychange"))],
    ["denied", () => permissions.microphone.dispatchEvent(new Event("change"))],
  ]) {
    const jens = person();
    await loses(jens, "microphone", verdict);
    jens.have = "ok";
    helps();
    await settled();
    assert.equal(jens.media.microphoneVerdict, "ok", verdict);
    jens.regain.close();
  }
});

test("a tap brings everything back, and what was put off by hand stays off", async () => {
  const jens = person();
  for (const role of ["microphone", "camera"]) jens.regain.hear({ role, state: "muted" });
  await jens.regain.takeBack();
  assert.deepEqual(jens.opened, ["microphone", "camera"]);
  jens.wants.camera = false;
  await loses(jens, "camera", "ok");
  assert.equal(jens.opened.length, 2);
  jens.regain.close();
  await loses(jens, "microphone", "ok");
  assert.equal(jens.opened.length, 2, "the call is over");
});
