// The sealing of calls as pure modules: frames, replay, redundant audio, and the agreement on keys among several.
import assert from "node:assert/strict";
import { test } from "node:test";

const sealing = new URL("../../static/js/call/sealing/", import.meta.url);
const { Agreement, NO_STANDING } = await import(new URL("agreement.js", sealing));
const { random, utf8 } = await import(new URL("bytes.js", sealing));
const { endOf, keyOf, open, seal } = await import(new URL("frames.js", sealing));
const { blocksOf, changed } = await import(new URL("red.js", sealing));
const { recall } = await import(new URL("identity.js", sealing));
const { ReplayWindow } = await import(new URL("replay.js", sealing));
const { Words } = await import(new URL("words.js", sealing));

const KEY_FRAME = Uint8Array.of(0x10, ...Array.from({ length: 40 }, (_, index) => index));
const DELTA_FRAME = Uint8Array.of(0x11, ...Array.from({ length: 20 }, (_, index) => index));

async function twoKeys(role = "camera") {
  const [secret, context] = [random(32), utf8("call 1 ann")];
  return [await keyOf(secret, context, role), await keyOf(secret, context, role)];
}

test("a frame comes out as it went in, with what the relay must read left clear", async () => {
  const [mine, theirs] = await twoKeys();
  for (const [frame, clear] of [[KEY_FRAME, 10], [DELTA_FRAME, 3], [Uint8Array.of(1), 1]]) {
    const sealed = await seal(frame, "camera", mine);
    assert.deepEqual(sealed.slice(0, clear), frame.slice(0, clear));
    assert.equal(endOf(sealed).name, theirs.name);
    assert.deepEqual(await open(sealed, "camera", theirs.aes), frame);
  }
});

test("whatever byte is changed, the frame does not open", async () => {
  const [mine, theirs] = await twoKeys();
  const sealed = await seal(DELTA_FRAME, "camera", mine);
  for (let at = 0; at < sealed.length; at += 1) {
    const bent = sealed.slice();
    bent[at] ^= 0x40;
    assert.equal(await open(bent, "camera", theirs.aes), null, `byte ${at}`);
  }
});

test("keys differ by secret, call, sender and role", async () => {
  const secret = random(32);
  const keys = await Promise.all([
    keyOf(secret, utf8("a"), "camera"), keyOf(secret, utf8("b"), "camera"), keyOf(secret, utf8("a"), "screen"), keyOf(random(32), utf8("a"), "camera"),
  ]);
  assert.equal(new Set(keys.map((key) => key.name)).size, 4);
  const sealed = await seal(DELTA_FRAME, "camera", keys[0]);
  for (const other of keys.slice(1)) assert.equal(await open(sealed, "camera", other.aes), null);
});

test("frames sealed at once never share a counter", async () => {
  const [mine] = await twoKeys();
  const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(DELTA_FRAME, "camera", mine)));
  assert.equal(new Set(sealed.map((frame) => endOf(frame).counter)).size, 50);
});

test("what is no sealed frame has no end", () => {
  for (const frame of [new Uint8Array(0), DELTA_FRAME, Uint8Array.of(0x4e, 0xe6)]) assert.equal(endOf(frame), null);
});

test("a counter is let through once, out of order too, and not when it is old", () => {
  const window = new ReplayWindow();
  assert.deepEqual([1, 3, 2, 3, 1].map((counter) => window.take(counter)), [true, true, true, false, false]);
  for (let counter = 4; counter < 2_000; counter += 1) assert.ok(window.take(counter));
  assert.equal(window.take(1_999), false);
  assert.equal(window.take(1_000), false);
});

test("redundant audio keeps its shape, each frame inside sealed by itself", async () => {
  const [mine, theirs] = await twoKeys("microphone");
  const payload = Uint8Array.of(0x80 | 111, 0x0f, 0x00, 3, 111, 1, 2, 3, 9, 8, 7, 6);
  const sealed = await changed(blocksOf(payload), (block) => seal(block, "microphone", mine));
  const inside = blocksOf(sealed);
  assert.equal(inside.length, 2);
  assert.deepEqual(await open(inside[1].data, "microphone", theirs.aes), Uint8Array.of(9, 8, 7, 6), "the relay may keep only this");
  const opened = await changed(inside, (block) => open(block, "microphone", theirs.aes));
  assert.deepEqual(opened, payload);
  const halfLost = await changed(inside, async (block) => (block === inside[0].data ? null : open(block, "microphone", theirs.aes)));
  assert.deepEqual(halfLost, Uint8Array.of(111, 9, 8, 7, 6));
  for (const cut of [Uint8Array.of(0xff), Uint8Array.of(0x80 | 111, 0, 0, 200, 111, 1)]) assert.equal(blocksOf(cut), null);
});

/** Pages by name, as a browser keeps them between agreements. */
async function pages(...names) {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await recall(name)])));
}

/** People who agree over a server of ours: `between` may lose, hold back or change what passes. */
async function meeting(names, between = (word) => word, { kept = {}, epoch = 7 } = {}) {
  kept = { ...(await pages(...names)), ...kept };
  const people = new Map();
  const pending = [];
  for (const id of names) {
    const person = { code: "", broken: "", secrets: new Map() };
    const member = (name) => ({ id: name, role: "guest", sealing: `page of ${name}` });
    const others = names.filter((other) => other !== id).map(member);
    const { identity, standing } = kept[id];
    person.agreement = new Agreement(
      { call: "call", epoch, me: member(id), others, identity, standing },
      {
        send: (to, message) => {
          for (const other of to === "" ? names.filter((name) => name !== id) : [to]) {
            const passed = between({ from: id, to: other, message: JSON.parse(JSON.stringify(message)) });
            if (passed) pending.push(passed);
          }
        },
        ready: (agreed) => {
          person.code = agreed.code;
          kept[id] = { ...kept[id], standing: agreed };
        },
        secret: async (sender, secret, context) => person.secrets.set(sender, [...secret, ...context].join()),
        broken: (why) => (person.broken = why),
      },
    );
    people.set(id, person);
  }
  const settle = async () => {
    while (pending.length > 0) {
      const { from, to, message } = pending.shift();
      await people.get(to).agreement.hear(from, message);
    }
  };
  return { people, kept, settle, begin: async () => (await Promise.all([...people.values()].map((each) => each.agreement.begin())), settle()) };
}

for (const names of [["ann"], ["ann", "bo"], ["ann", "bo", "cy", "di"]]) {
  test(`${names.length} agree on one code and on everybody's secret`, async () => {
    const { people, begin } = await meeting(names);
    await begin();
    const all = [...people.values()];
    assert.match(all[0].code, names.length > 1 ? /^\d{6}$/ : /^$/);
    for (const person of all) {
      assert.equal(person.code, all[0].code);
      for (const name of names) assert.equal(person.secrets.get(name), people.get(name).secrets.get(name));
    }
    assert.equal(new Set(names.map((name) => all[0].secrets.get(name))).size, names.length);
  });
}

test("nobody reveals before everybody has committed, nor sends under keys before everybody has them", async () => {
  const order = [];
  const { begin } = await meeting(["ann", "bo", "cy"], (word) => (order.push(word.message.k), word));
  await begin();
  assert.ok(order.lastIndexOf("commit") < order.indexOf("reveal"));
  assert.ok(order.lastIndexOf("key") < order.lastIndexOf("have"));
});

test("what is lost on the way is said again when asked for", async () => {
  let losing = true;
  const { people, begin, settle } = await meeting(["ann", "bo"], (word) => (losing && word.from === "bo" && word.message.k === "commit" ? null : word));
  await begin();
  assert.deepEqual([people.get("ann").code, people.get("ann").broken], ["", ""]);
  losing = false;
  for (let round = 0; round < 4; round += 1) {
    for (const person of people.values()) person.agreement.askAgain();
    await settle();
  }
  assert.match(people.get("ann").code, /^\d{6}$/);
  assert.equal(people.get("ann").code, people.get("bo").code);
});

test("a server in the middle with keys of its own gives the two different codes", async () => {
  const left = await meeting(["ann", "bo"]);
  const right = await meeting(["ann", "bo"]);
  await left.begin();
  await right.begin();
  assert.notEqual(left.people.get("ann").code, right.people.get("bo").code);
});

test("a key other than the one committed to ends the agreement", async () => {
  let word = null;
  const { people, begin } = await meeting(["ann", "bo"], (each) => {
    if (each.from === "bo" && each.message.k === "reveal") each.message.n = "AAAAAAAAAAAAAAAAAAAAAA==";
    if (each.message.k === "reveal") word = each;
    return each;
  });
  await begin();
  assert.ok(word);
  assert.notEqual(people.get("ann").broken, "");
  assert.equal(people.get("ann").code, "");
});

test("words of other epochs, of strangers and nonsense decide nothing", async () => {
  const { people, begin, settle } = await meeting(["ann", "bo"]);
  const { agreement } = people.get("ann");
  await agreement.hear("stranger", { k: "commit", e: 7, c: "x" });
  await agreement.hear("bo", { k: "commit", e: 6, c: "x" });
  await begin();
  await settle();
  assert.match(people.get("ann").code, /^\d{6}$/);
  await agreement.hear("bo", { k: "key", e: 7, w: "again, but another" });
  assert.equal(people.get("ann").broken, "two words for one");
});

test("a code stays across epochs, reloads and people who go", async () => {
  const first = await meeting(["ann", "bo", "cy"]);
  await first.begin();
  const { code } = first.people.get("ann");
  for (const [epoch, names] of [[8, ["ann", "bo", "cy"]], [9, ["ann", "bo"]], [10, ["bo", "ann"]], [11, ["ann"]], [12, ["ann", "cy"]]]) {
    const again = await meeting(names, undefined, { kept: first.kept, epoch });
    await again.begin();
    for (const person of again.people.values()) assert.equal(person.code, code, `epoch ${epoch}`);
  }
});

test("a code changes for all when somebody new comes, and when one does not remember it", async () => {
  const first = await meeting(["ann", "bo"]);
  await first.begin();
  const { code } = first.people.get("ann");
  const withCy = await meeting(["ann", "bo", "cy"], undefined, { kept: first.kept, epoch: 8 });
  const reloaded = await meeting(["ann", "bo"], undefined, { kept: { ...first.kept, ...(await pages("bo")) }, epoch: 8 });
  const forgetful = await meeting(["ann", "bo"], undefined, { kept: { ...first.kept, bo: { ...first.kept.bo, standing: NO_STANDING } }, epoch: 8 });
  for (const { people, begin } of [withCy, reloaded, forgetful]) {
    await begin();
    const codes = new Set([...people.values()].map((person) => person.code));
    assert.equal(codes.size, 1);
    assert.ok(!codes.has(code) && !codes.has(""));
  }
});

test("whoever has not the key of before can't sign for it", async () => {
  const first = await meeting(["ann", "bo"]);
  await first.begin();
  const thief = (await pages("bo")).bo;
  const bo = { ...first.kept.bo, identity: { ...first.kept.bo.identity, pair: thief.identity.pair } };
  const { people, begin } = await meeting(["ann", "bo"], undefined, { kept: { ...first.kept, bo }, epoch: 8 });
  await begin();
  assert.equal(people.get("ann").code, "");
  assert.equal(people.get("ann").broken, "a signature that does not fit");
});

/** Ann and Bo, who hold each other's keys for words in these epochs. */
async function writers(...epochs) {
  const [ann, bo] = [new Words("call"), new Words("call")];
  for (const epoch of epochs) {
    for (const id of ["ann", "bo"]) {
      const secret = random(32);
      for (const words of [ann, bo]) await words.learn(epoch, { id, role: "guest" }, secret, utf8("context"));
    }
  }
  const use = (epoch) => (ann.use(epoch, "ann"), bo.use(epoch, "bo"));
  use(epochs[0]);
  return { ann, bo, use };
}

test("a word is shown once, in any order", async () => {
  const { ann, bo } = await writers(7);
  const [one, two] = [await ann.seal("one"), await ann.seal("two")];
  assert.equal(await bo.open("ann", two), "two");
  assert.equal(await bo.open("ann", one), "one");
  for (const word of [one, two]) assert.equal(await bo.open("ann", word), undefined);
});

test("a word is opened as its writer's own, with its number, its role and in its epoch only", async () => {
  const { ann, bo } = await writers(7, 8);
  const word = await ann.seal("one");
  for (const bent of [{ c: word.c + 1 }, { c: 0 }, { c: "x" }, { e: 8 }, { e: null }, { x: word.x.slice(4) }, { x: "?" }]) {
    assert.equal(await bo.open("ann", { ...word, ...bent }), null, JSON.stringify(bent));
  }
  assert.equal(await bo.open("bo", word), null);
  assert.equal(await ann.open("ann", word), null, "one's own is none of another's");
  const [secret, doctor, patient] = [random(32), new Words("call"), new Words("call")];
  await doctor.learn(7, { id: "cy", role: "staff" }, secret, utf8("context"));
  await patient.learn(7, { id: "cy", role: "guest" }, secret, utf8("context"));
  doctor.use(7, "cy");
  assert.equal(await patient.open("cy", await doctor.seal("one")), null);
});

test("no word goes before keys are agreed on, and keys of two epochs ago are forgotten", async () => {
  assert.equal(await new Words("call").seal("one"), null);
  const { ann, bo, use } = await writers(7, 8, 9);
  const [underWay, late] = [await ann.seal("under way"), await ann.seal("late")];
  use(8);
  assert.equal(await bo.open("ann", underWay), "under way");
  use(9);
  assert.equal(await bo.open("ann", late), null);
});
