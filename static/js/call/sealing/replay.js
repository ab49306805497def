/** Which counters of a sender were seen: each is let through once, and none that is older than the window. Pure. */

const WIDTH = 256;

export class ReplayWindow {
  #highest = 0;
  /** @type {Set<number>} */
  #seen = new Set();

  /** Whether this counter is new; to be asked only for frames that authenticated. @param {number} counter */
  take(counter) {
    if (counter <= this.#highest - WIDTH || this.#seen.has(counter)) return false;
    this.#seen.add(counter);
    if (counter > this.#highest) this.#highest = counter;
    if (this.#seen.size > 2 * WIDTH) {
      for (const each of this.#seen) if (each <= this.#highest - WIDTH) this.#seen.delete(each);
    }
    return true;
  }
}
