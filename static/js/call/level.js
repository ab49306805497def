/**
 * How loud a track is, for a meter: 0 (silence) to 1 (as loud as it gets), a few times a second. Never sends the sound
 * anywhere.
 */

const EVERY = 100;
const FLOOR_DB = -60;

export class LevelMeter {
  /** @type {AudioContext} */
  #context;
  /** @type {MediaStreamAudioSourceNode} */
  #source;
  /** @type {number} */
  #timer;

  /**
   * To be made in answer to a tap or click: browsers keep sound contexts suspended until then.
   * @param {MediaStreamTrack} track
   * @param {(level: number) => void} show
   */
  constructor(track, show) {
    this.#context = new AudioContext();
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      show(loudness(samples));
    }, EVERY);
    void this.#context.resume();
  }

  close() {
    window.clearInterval(this.#timer);
    this.#source.disconnect();
    void this.#context.close();
  }
}

/**
 * Root mean square on a decibel scale from -60 dB to 0.
 * @param {Float32Array} samples
 */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibel = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibel / FLOOR_DB));
}
