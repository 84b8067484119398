// Rows of bits, packed.

/**
 * @param {Uint8Array} packed rows of bits, each filled up to whole bytes
 * @param {number} row
 * @param {number} units in a row
 * @param {number} i
 * @returns {number} 0 or 1
 */
export function bit(packed, row, units, i) {
  return (packed[row * Math.ceil(units / 8) + (i >> 3)] >> (7 - (i & 7))) & 1;
}
