/** Counts the pictures a camera really gives, and looks whether they show anything. Nothing leaves the page. */

const ENOUGH = 10;
const LOOK_EVERY = 100;
const DARK = 10;

export class PictureCheck {
  frames = 0;
  /** @type {number} */
  #timer;

  /**
   * @param {HTMLVideoElement} video  playing the camera
   * @param {(check: { dark: boolean }) => void} enough  called once, when pictures keep coming
   */
  constructor(video, enough) {
    const before = video.getVideoPlaybackQuality().totalVideoFrames;
    let told = false;
    this.#timer = window.setInterval(() => {
      this.frames = video.getVideoPlaybackQuality().totalVideoFrames - before;
      if (told || this.frames < ENOUGH) return;
      told = true;
      enough({ dark: brightness(video) < DARK });
    }, LOOK_EVERY);
  }

  close() {
    window.clearInterval(this.#timer);
  }
}

/** The picture's mean, 0 (black) to 255. @param {HTMLVideoElement} video */
function brightness(video) {
  const canvas = document.createElement("canvas");
  canvas.width = 32;
  canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return 255;
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += (data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0);
  return sum / ((data.length / 4) * 3);
}
