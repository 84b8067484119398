// A visitor's own recording, from a file or the microphone: read by the browser, at the model's rate, one channel.

const MOST_BYTES = 50e6;

/** amplitudes from -1 to 1, and how many samples there were of it. @typedef {{ amplitudes: Float32Array, whole: number }} OwnSound */

/**
 * The samples of a sound file, as many as a sound may have. Throws what is wrong with it.
 * @param {Blob} file
 * @param {string} name
 * @param {number} rate samples a second
 * @param {number} most samples
 * @returns {Promise<OwnSound>}
 */
export async function readSound(file, name, rate, most) {
  if (file.size > MOST_BYTES)
    throw new Error(`${name}: ${(file.size / 1e6).toFixed(0)} MB; a file may have at most ${MOST_BYTES / 1e6} MB.`);
  if (typeof OfflineAudioContext === "undefined")
    throw new Error("This browser cannot read sound files (no Web Audio).");
  /** @type {AudioBuffer} */
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await file.arrayBuffer()); // resamples too
  } catch {
    throw new Error(`${name}: this browser cannot read it as a sound (WAV, MP3, OGG and FLAC usually work).`);
  }
  if (!sound.length) throw new Error(`${name}: it has no samples.`);
  const mixed = new Float32Array(Math.min(most, sound.length));
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const samples = sound.getChannelData(channel);
    for (let t = 0; t < mixed.length; t++) mixed[t] += samples[t] / sound.numberOfChannels;
  }
  return { amplitudes: mixed, whole: sound.length };
}

const PIECE = 100; // ms between two pieces of a recording

/**
 * Record with the microphone until `stop` is called. Throws where there is none, or it is not allowed.
 * @returns {Promise<{ stop: () => Promise<Blob> }>}
 */
export async function record() {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new Error("No microphone: browsers allow it only on https pages and on this machine itself.");
  /** @type {MediaStream} */
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    throw new Error(refused ? "The microphone was not allowed for this page." : "No microphone was found.");
  }
  const recorder = new MediaRecorder(stream),
    /** @type {Blob[]} */
    pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise(done => {
    recorder.onstop = done;
  });
  recorder.start(PIECE);
  return {
    stop: async () => {
      recorder.stop();
      await ended;
      for (const track of stream.getTracks()) track.stop();
      return new Blob(pieces, { type: recorder.mimeType });
    },
  };
}
