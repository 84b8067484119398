// Products of layers of units with a matrix, kept from call to call: only units that changed since are counted anew.
//
// In a chain most units stay as they are from one draw to the next, and beliefs that have settled stay too, so that a
// product costs what has changed and not what is on.

/** @typedef {import("../../shared/view/types.d.ts").Floats} Floats */

const AT_ONCE = 4; // rows that are added in one go: the sum is read and written once for all of them

export class RowSums {
  /** @param {Floats} matrix row by row @param {number} rows @param {number} columns */
  constructor(matrix, rows, columns) {
    this.matrix = matrix;
    this.columns = columns;
    /** @type {WeakMap<Floats, { counted: Float32Array, sum: Float64Array }>} by the array that holds the units */
    this.kept = new WeakMap();
    this.changed = new Uint32Array(rows + AT_ONCE); // first places of rows in the matrix
    this.by = new Float64Array(rows + AT_ONCE);
  }

  /**
   * u times the matrix, in double precision, so that no error adds up. It is changed by the next call with the same array.
   * @param {Floats} u one number for each row
   * @returns {Float64Array}
   */
  of(u) {
    let kept = this.kept.get(u);
    if (!kept) {
      kept = { counted: new Float32Array(u.length), sum: new Float64Array(this.columns) };
      this.kept.set(u, kept);
    }
    this.count(u, kept.counted, kept.sum);
    return kept.sum;
  }

  /** @param {Floats} u @param {Float32Array} counted becomes a copy of u @param {Float64Array} sum */
  count(u, counted, sum) {
    const { matrix, columns, changed, by } = this;
    let count = 0;
    for (let i = 0; i < counted.length; i++) {
      const change = u[i] - counted[i];
      if (change === 0) continue;
      counted[i] = u[i];
      changed[count] = i * columns;
      by[count++] = change;
    }
    for (let k = count; k % AT_ONCE; k++) by[k] = changed[k] = 0; // fill up with nothing
    for (let k = 0; k < count; k += AT_ONCE) {
      const [a, b, c, d] = [changed[k], changed[k + 1], changed[k + 2], changed[k + 3]];
      const [p, q, r, s] = [by[k], by[k + 1], by[k + 2], by[k + 3]];
      for (let j = 0; j < columns; j++)
        sum[j] += p * matrix[a + j] + q * matrix[b + j] + (r * matrix[c + j] + s * matrix[d + j]);
    }
  }
}
