/**
 * The pictures of a call in a small window that stays on top, so that the journal can fill the screen: Document
 * Picture-in-Picture with the call's own buttons where the browser has it, else the ordinary one with the largest picture.
 */

/** @typedef {{ requestWindow: (size: { width: number, height: number }) => Promise<Window> }} DocumentPictureInPicture */

const SIZE = { width: 420, height: 340 };

/** @returns {DocumentPictureInPicture | undefined} */
function documentPictureInPicture() {
  return Reflect.get(window, "documentPictureInPicture");
}

/** Whether there is any such window to be had. */
export function canHaveOwnWindow() {
  return documentPictureInPicture() !== undefined || document.pictureInPictureEnabled === true;
}

/**
 * Show the stage's pictures in a window of their own. Answers how to bring them back; `closed` is called whichever way the
 * window goes. Raises when the browser says no.
 * @param {HTMLElement} stage
 * @param {() => void} closed
 * @returns {Promise<() => void>}
 */
export async function intoOwnWindow(stage, closed) {
  const pictures = documentPictureInPicture();
  if (pictures === undefined) return ordinary(stage, closed);
  const own = await pictures.requestWindow(SIZE);
  const people = stage.querySelector(".call-people");
  if (people === null) return () => own.close();
  dress(own.document);
  const frame = own.document.createElement("section");
  frame.className = "call";
  Object.assign(frame.dataset, { side: "desk", layout: "mini" });
  frame.append(people, words(stage, own.document), buttons(stage, own.document));
  own.document.body.append(frame);
  const watch = new MutationObserver(() => mirror(stage, frame));
  watch.observe(stage, { attributes: true, childList: true, subtree: true });
  mirror(stage, frame);
  own.addEventListener("pagehide", () => {
    watch.disconnect();
    stage.prepend(people);
    closed();
  });
  return () => own.close();
}

/** @param {HTMLElement} stage @param {() => void} closed */
async function ordinary(stage, closed) {
  const videos = [...stage.querySelectorAll("video.call-remote")].filter((each) => each instanceof HTMLVideoElement);
  const video = videos.find((each) => each.videoWidth > 0);
  if (video === undefined) throw new Error("there is no picture yet");
  await video.requestPictureInPicture();
  video.addEventListener("leavepictureinpicture", closed, { once: true });
  return () => void document.exitPictureInPicture().catch(() => {});
}

/** The new window looks as the page does. @param {Document} own */
function dress(own) {
  own.documentElement.lang = document.documentElement.lang;
  own.documentElement.dataset.theme = document.documentElement.dataset.theme ?? "";
  own.title = document.title;
  own.body.className = "own-window";
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) own.head.append(sheet.cloneNode());
}

/** What the stage says over its pictures, in one line. @param {HTMLElement} stage @param {Document} own */
function words(stage, own) {
  const place = own.createElement("p");
  place.className = "call-quality";
  place.setAttribute("role", "status");
  return place;
}

/** The stage's own buttons once more: pressing one presses the other. @param {HTMLElement} stage @param {Document} own */
function buttons(stage, own) {
  const row = own.createElement("div");
  row.className = "call-controls";
  for (const each of stage.querySelectorAll(".call-controls [data-in-own-window]")) {
    const twin = /** @type {HTMLElement} */ (own.importNode(each, true));
    twin.removeAttribute("form");
    twin.setAttribute("type", "button");
    twin.addEventListener("click", () => /** @type {HTMLElement} */ (each).click());
    row.append(twin);
  }
  return row;
}

/** Keep the small window as the stage is. @param {HTMLElement} stage @param {HTMLElement} frame */
function mirror(stage, frame) {
  frame.dataset.state = stage.dataset.state ?? "";
  const veil = stage.querySelector("[data-veil]:not([hidden]) h2");
  const note = stage.querySelector(".call-quality:not([hidden]) [data-note]:not([hidden]) span");
  const place = frame.querySelector(".call-quality");
  if (place instanceof HTMLElement) {
    place.textContent = (veil ?? note)?.textContent ?? "";
    place.dataset.level = veil ? "weak" : "good";
    place.hidden = place.textContent === "";
  }
  const originals = stage.querySelectorAll(".call-controls [data-in-own-window]");
  frame.querySelectorAll(".call-controls [data-in-own-window]").forEach((twin, index) => {
    const each = originals[index];
    if (!(each instanceof HTMLElement) || !(twin instanceof HTMLElement)) return;
    twin.hidden = each.hidden;
    twin.setAttribute("aria-pressed", each.getAttribute("aria-pressed") ?? "false");
    const href = each.querySelector("use")?.getAttribute("href");
    if (href) twin.querySelector("use")?.setAttribute("href", href);
  });
}
