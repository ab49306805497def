/**
 * The page's own sounds. A browser keeps a page silent until it was touched, and phones allow few contexts: there is one
 * for the page, woken by whichever touch the browser counts and asked again at every sound.
 */

/** A finger that comes down counts for no browser, only one that is lifted. */
const TOUCHES = ["pointerup", "touchend", "click", "keydown"];
const A_MOMENT = 500;

/** @type {AudioContext | null} */
let context = null;

async function wake() {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume().catch(() => undefined);
}

/** From the first touch anywhere in the page on, it may sound. Call once when a page that may sound is loaded. */
export function prepareSound() {
  for (const name of TOUCHES) document.addEventListener(name, () => void wake(), { capture: true });
}

/** Play if the page may sound, and else never: a sound that comes late means nothing. @param {(audio: AudioContext) => void} play */
export async function sound(play) {
  await Promise.race([wake(), new Promise((resolve) => setTimeout(resolve, A_MOMENT))]);
  if (context?.state === "running") play(context);
}

/**
 * What the page's sound is, where a phone asks: as playback it is heard though the phone is set to silent, but then no
 * microphone can be had.
 * @param {"auto" | "playback"} type
 */
export function soundAs(type) {
  const session = /** @type {{ type: string } | undefined} */ (Reflect.get(navigator, "audioSession"));
  if (session) session.type = type;
}
