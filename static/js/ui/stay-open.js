// What somebody has opened stays open when a nudge brings the same part of the page anew: the server never knows of it.
// htmx asks about attributes through its extensions only; it is a plain script of the page.

/** @typedef {{ registerExtension: (name: string, extension: object) => void }} Htmx */

/** @type {Htmx | undefined} */
const htmx = /** @type {any} */ (window).htmx;

htmx?.registerExtension("stay-open", {
  /**
   * @param {Element} element
   * @param {{ attrName: string, newValue: string | null }} change
   */
  htmx_before_morph_attr: (element, { attrName, newValue }) => attrName !== "open" || newValue !== null,
});
