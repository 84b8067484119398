// Sound as a WAV file: one channel, 16 bits a sample.

import { download } from "../../shared/view/download.js";

const HEADER = 44; // bytes

/**
 * @param {ArrayLike<number>} amplitudes -1 to 1
 * @param {number} rate samples a second
 * @returns {ArrayBuffer} the file
 */
export function wavOf(amplitudes, rate) {
  const size = 2 * amplitudes.length,
    view = new DataView(new ArrayBuffer(HEADER + size));
  /** @param {number} at @param {string} text */
  const write = (at, text) => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  write(0, "RIFF");
  view.setUint32(4, HEADER - 8 + size, true);
  write(8, "WAVE");
  write(12, "fmt ");
  view.setUint32(16, 16, true); // bytes of this part
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes of a sample of all channels
  view.setUint16(34, 16, true); // bits
  write(36, "data");
  view.setUint32(40, size, true);
  for (let i = 0; i < amplitudes.length; i++)
    view.setInt16(HEADER + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, amplitudes[i]))), true);
  return view.buffer;
}

/**
 * Let the visitor keep a sound.
 * @param {ArrayLike<number>} amplitudes -1 to 1
 * @param {number} rate samples a second
 * @param {string} name of the file, without its ending
 */
export const saveWav = (amplitudes, rate, name) =>
  download(new Blob([wavOf(amplitudes, rate)], { type: "audio/wav" }), `${name}.wav`);
