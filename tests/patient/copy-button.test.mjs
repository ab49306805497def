// A button that copies, also where the clipboard is refused: static/js/ui/copy-button.js.
import assert from "node:assert/strict";
import { test } from "node:test";

let refuses = false;
const marked = [];
Object.defineProperty(globalThis, "navigator", {
  value: { clipboard: { writeText: async () => refuses && Promise.reject(new Error("refused")) } },
});
globalThis.getSelection = () => ({ selectAllChildren: (text) => marked.push(text) });
globalThis.HTMLElement = class extends EventTarget {
  dataset = { text: "https://x.dk/j/1", done: "Copied" };
  words = { textContent: "Copy the address" };
  address = {};
  told = { hidden: true, removeAttribute: () => (this.told.hidden = false) };
  querySelector = (selector) =>
    ({ "button > span": this.words, "[data-selects]": this.address, "[data-refused]": this.told })[selector];
};
globalThis.customElements = { define: () => undefined };
const { CopyButton } = await import(new URL("../../static/js/ui/copy-button.js", import.meta.url));

/** A button that was pressed, with all that followed. */
async function pressed() {
  const button = new CopyButton();
  button.connectedCallback();
  button.dispatchEvent(new Event("click"));
  await new Promise(setImmediate);
  button.disconnectedCallback();
  return button;
}

test("what was copied is said in the button's words", async () => {
  const button = await pressed();
  assert.equal(button.words.textContent, "Copied");
  assert.equal(button.told.hidden, true);
});

test("a refusal is said, and the address stands marked", async () => {
  refuses = true;
  const button = await pressed();
  assert.equal(button.words.textContent, "Copy the address");
  assert.equal(button.told.hidden, false);
  assert.deepEqual(marked, [button.address]);
});
