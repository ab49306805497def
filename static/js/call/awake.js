/** Keeps the screen on while somebody waits or talks, where the browser can; taken anew when the page comes back into view. */

/** @type {WakeLockSentinel | null} */
let lock = null;
let wanted = 0;

async function take() {
  if (wanted === 0 || lock !== null || document.visibilityState !== "visible") return;
  try {
    lock = (await navigator.wakeLock?.request("screen")) ?? null;
    lock?.addEventListener("release", () => (lock = null));
  } catch {
    lock = null; // a low battery refuses it: all goes on without
  }
}

/** Stay awake until the returned function is called. */
export function stayAwake() {
  wanted += 1;
  void take();
  return () => {
    wanted -= 1;
    if (wanted === 0) void lock?.release();
  };
}

document.addEventListener("visibilitychange", () => void take());
