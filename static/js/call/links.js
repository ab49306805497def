/** Finds the links in what somebody wrote, so that they can be pressed. Pure; nothing of the text is ever read as markup. */

/** @typedef {{ text: string, href?: string }} Part */

const LINK = /\bhttps?:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+\.[^\s<>"]+/gi;
const SECURE = "https:" + "//";
const AFTER = /[.,;:!?)\]'”’]+$/;

/** The text in parts, those with `href` being links; together they are the text again. @param {string} text @returns {Part[]} */
export function partsOf(text) {
  /** @type {Part[]} */
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const link = found[0].replace(AFTER, "");
    const href = addressOf(link);
    if (href === null) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push({ text: link, href });
    at = found.index + link.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

/** @param {string} link */
function addressOf(link) {
  try {
    const address = new URL(link.toLowerCase().startsWith("www.") ? `${SECURE}${link}` : link);
    return address.hostname.includes(".") || address.hostname === "localhost" ? address.href : null;
  } catch {
    return null;
  }
}
