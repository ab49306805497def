// What only a script can tell of a device: static/js/ui/this-device.js.
import assert from "node:assert/strict";
import { test } from "node:test";

const device = { standalone: undefined, maxTouchPoints: 0 };
let standalone = false;
Object.defineProperty(globalThis, "navigator", { value: device });
globalThis.matchMedia = () => ({ matches: standalone });
globalThis.HTMLElement = class {
  getAttribute = () => this.only;
};
globalThis.customElements = { define: () => undefined };
const { ThisDevice } = await import(new URL("../../static/js/ui/this-device.js", import.meta.url));

/** Which of these words are shown on a device like this. */
function shown(maxTouchPoints, app) {
  Object.assign(device, { maxTouchPoints, standalone: app === "navigator" });
  standalone = app === "display-mode";
  return ["app", "tab", "touch tab", "touch app", "mouse"].filter((only) => {
    const words = Object.assign(new ThisDevice(), { only, hidden: undefined });
    words.connectedCallback();
    return !words.hidden;
  });
}

test("a computer is told apart from an iPad that says it is one", () => {
  assert.deepEqual(shown(0, ""), ["tab", "mouse"]);
  assert.deepEqual(shown(5, ""), ["tab", "touch tab"]);
});

test("an app on the home screen says so in one of two ways", () => {
  assert.deepEqual(shown(5, "navigator"), ["app", "touch app"]);
  assert.deepEqual(shown(5, "display-mode"), ["app", "touch app"]);
});
