/**
 * What a page keeps in the browser: `onDevice` for good, `inTab` until the tab is closed. Where the browser refuses (a
 * private window, blocked cookies) it lasts as long as the page, and nothing fails for it.
 */

class Storing {
  /** @type {() => Storage} */
  #storage;
  /** @type {Map<string, string>} */
  #refused = new Map();

  /** @param {() => Storage} storage  even to name it may be refused */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} name */
  read(name) {
    try {
      return this.#storage().getItem(name) ?? this.#refused.get(name) ?? null;
    } catch {
      return this.#refused.get(name) ?? null;
    }
  }

  /** Answers whether it outlives the page. @param {string} name @param {string} text */
  write(name, text) {
    try {
      this.#storage().setItem(name, text);
      this.#refused.delete(name);
      return true;
    } catch {
      this.#refused.set(name, text);
      return false;
    }
  }

  /** @param {string} name */
  remove(name) {
    this.#refused.delete(name);
    try {
      this.#storage().removeItem(name);
    } catch {
      // Nothing was kept.
    }
  }

  /** What was written as JSON; `otherwise` where there is none. @template T @param {string} name @param {T} otherwise @returns {T} */
  readJson(name, otherwise) {
    try {
      return JSON.parse(this.read(name) ?? "null") ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  /** @param {string} name @param {unknown} value */
  writeJson(name, value) {
    return this.write(name, JSON.stringify(value));
  }
}

export const onDevice = new Storing(() => localStorage);
export const inTab = new Storing(() => sessionStorage);
