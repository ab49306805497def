/**
 * `<this-device when="touch app">`: words for what no User-Agent tells, shown where all of `when` is true. app or tab: the
 * page runs from the home screen, or in a browser; touch or mouse: an iPad's Safari says that it is a Mac's.
 */

/** Whether all of these are true of this device. @param {string} when separated by spaces */
export function fits(when) {
  const app = matchMedia("(display-mode: standalone)").matches || ("standalone" in navigator && navigator.standalone === true);
  const touch = navigator.maxTouchPoints > 1;
  /** @type {Record<string, boolean>} */
  const is = { app, tab: !app, touch, mouse: !touch };
  return when.split(" ").every((each) => is[each]);
}

export class ThisDevice extends HTMLElement {
  connectedCallback() {
    this.hidden = !fits(this.getAttribute("when") ?? "");
  }
}

customElements.define("this-device", ThisDevice);
