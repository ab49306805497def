/**
 * Who this page is in one call, across epochs and reloads: a key pair to sign with that no script can read, and what its code
 * holds for. Kept in the browser for as long as the call may last; a browser that keeps nothing is a new page each time.
 */

import { NO_STANDING } from "./agreement.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{ pair: CryptoKeyPair, publicKey: Bytes }} Identity */
/**
 * @typedef {object} Kept
 * @property {Identity} identity
 * @property {import("./agreement.js").Standing} standing  what the code shown last holds for
 * @property {string[] | null} changed  who is new since a code was read, as long as nobody pressed that it was read again
 * @property {boolean} wasSealed  the call was sealed, and nobody here has agreed to go on without
 * @property {number} at
 */

const STORE = "calls";
const KEEP_MS = 12 * 60 * 60 * 1000;

/** What was kept of this person in this call, or a new identity. @param {string} name @returns {Promise<Kept>} */
export async function recall(name) {
  const kept = await inStore((store) => (sweep(store), store.get(name))).catch(() => null);
  if (kept) return kept;
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { identity: { pair, publicKey }, standing: NO_STANDING, changed: null, wasSealed: false, at: Date.now() };
}

/** Where nothing can be kept (private windows), nothing is. @param {string} name @param {Kept} kept */
export async function keep(name, kept) {
  await inStore((store) => store.put(kept, name)).catch(() => {});
}

/** The call is over. @param {string} name */
export async function forget(name) {
  await inStore((store) => store.delete(name)).catch(() => {});
}

/** Drop what was left of calls that were over while no page was here to hear it. @param {IDBObjectStore} store */
function sweep(store) {
  const asked = store.openCursor();
  asked.onsuccess = () => {
    if (asked.result && asked.result.value.at < Date.now() - KEEP_MS) asked.result.delete();
    asked.result?.continue();
  };
}

/** @param {(store: IDBObjectStore) => IDBRequest} ask @returns {Promise<any>} */
function inStore(ask) {
  return new Promise((answer, fail) => {
    const opening = indexedDB.open("naervaer-sealing", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction(STORE, "readwrite");
      try {
        const asked = ask(work.objectStore(STORE));
        work.oncomplete = () => answer(asked.result);
        work.onabort = () => fail(work.error);
      } catch (error) {
        fail(error);
      }
      opening.result.close();
    };
  });
}
