/**
 * An answer with Retry-After (503, 429) asks for a moment's patience. What a page asked for by itself, after a nudge, it asks
 * for again then; meanwhile `data-late` on the body shows the words for it ([data-line=late], app.css). A person who asked is
 * answered by the server's own words.
 */

const LATER = new Set([429, 503]);
const MAX_SECONDS = 60;
/** @type {Map<string, ReturnType<typeof setTimeout>>} by the address that is asked for again */
const waiting = new Map();

/** In how many milliseconds to ask again, never all pages at once; 0 when the answer is one. @param {Response} answer */
export function pauseAsked(answer) {
  const seconds = Math.min(MAX_SECONDS, Number(answer.headers.get("Retry-After") ?? 0));
  return LATER.has(answer.status) && seconds > 0 ? seconds * 1000 * (1 + Math.random() / 2) : 0;
}

/** @param {Event} event */
function look(event) {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const nudge = ctx.sourceEvent;
  if (!nudge?.type.startsWith("nudge:")) return;
  const pause = pauseAsked(ctx.response.raw);
  const address = ctx.request.action;
  clearTimeout(waiting.get(address));
  waiting.delete(address);
  if (pause > 0) {
    event.preventDefault();
    const again = () => {
      waiting.delete(address);
      document.body.dispatchEvent(new CustomEvent(nudge.type, { detail: nudge.detail }));
    };
    waiting.set(address, setTimeout(again, pause));
  }
  document.body.toggleAttribute("data-late", waiting.size > 0);
}

document.addEventListener("htmx:before:response", look);
