/**
 * A picture and a sound made here, to send when a line is tried: a picture that can't be squeezed fills whatever it is
 * given, and silence is packets as regular as speech.
 */

const WIDTH = 480;
const HEIGHT = 360;
const FRAMES_A_SECOND = 30;

/** @typedef {{ track: MediaStreamTrack, stop: () => void }} Made */

/** Snow, as on an old television. @returns {Made} */
export function noise() {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  const snow = new ImageData(WIDTH * 2, HEIGHT * 2);
  const dots = new Uint32Array(snow.data.buffer);
  for (let dot = 0; dot < dots.length; dot += 1) dots[dot] = 0xff000000 | (Math.random() * 0xffffff);
  const timer = setInterval(() => {
    pen?.putImageData(snow, -Math.random() * WIDTH, -Math.random() * HEIGHT);
  }, 1000 / FRAMES_A_SECOND);
  const [track] = canvas.captureStream(FRAMES_A_SECOND).getVideoTracks();
  return made(/** @type {MediaStreamTrack} */ (track), () => clearInterval(timer));
}

/** @returns {Made} */
export function silence() {
  const audio = new AudioContext();
  const [track] = audio.createMediaStreamDestination().stream.getAudioTracks();
  return made(/** @type {MediaStreamTrack} */ (track), () => void audio.close());
}

/** @param {MediaStreamTrack} track @param {() => void} end @returns {Made} */
function made(track, end) {
  return {
    track,
    stop: () => {
      track.stop();
      end();
    },
  };
}
