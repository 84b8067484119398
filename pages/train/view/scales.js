// What axes and lines need: round numbers, ranges, means of neighbours.

/**
 * Round numbers in a range, about as many as wanted.
 * @param {number} low
 * @param {number} high
 * @param {number} wanted
 * @returns {{step: number, ticks: number[]}}
 */
export function evenTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find(m => m * power >= rough * 0.999) ?? 10) * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9) + 0; i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  return { step, ticks };
}

/**
 * Round numbers of a logarithmic range, at most about as many as there is room for.
 * @param {number} low
 * @param {number} high
 * @param {number} room
 * @returns {number[]}
 */
export function logTicks(low, high, room) {
  const ticks = [];
  const decades = Math.log10(high / low);
  const parts = decades * 3 < room ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / room));
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const part of parts) {
      const value = part * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001 && (part > 1 || power % every === 0)) ticks.push(value);
    }
  return ticks;
}

/**
 * The range of the values at or after a place, with some air; a logarithmic one only for values that are all positive.
 * @param {{xs: number[], ys: number[]}[]} lines
 * @param {"all" | "most" | "log"} how "most" may cut extremes off
 * @param {number} from
 * @returns {{low: number, high: number, log: boolean}}
 */
export function valueRange(lines, how, from) {
  const values = lines
    .flatMap(({ xs, ys }) => ys.filter((value, i) => xs[i] >= from && Number.isFinite(value)))
    .sort((a, b) => a - b);
  const cut = how === "most" ? 0.03 : 0;
  let low = values[Math.floor(cut * (values.length - 1))] ?? 0;
  let high = values[Math.ceil((1 - cut) * (values.length - 1))] ?? 1;
  if (!(high > low)) [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  if (how === "log" && low > 0) {
    const air = (high / low) ** 0.06;
    return { low: low / air, high: high * air, log: true };
  }
  const air = 0.06 * (high - low);
  return { low: low - air, high: high + air, log: false };
}

/**
 * Where values lie between two places of the screen.
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {number} from the place of `low`
 * @param {number} to
 */
export function axis(low, high, log, from, to) {
  const scale = log ? Math.log : (/** @type {number} */ value) => value;
  const first = scale(low),
    span = scale(high) - first;
  return {
    /** @param {number} value */
    place: value => from + ((scale(log ? Math.max(value, low) : value) - first) / span) * (to - from),
    /** @param {number} place @returns {number} the value there, within the range */
    value: place => {
      const share = Math.max(0, Math.min(1, (place - from) / (to - from)));
      return log ? low * (high / low) ** share : low + share * (high - low);
    },
  };
}

/**
 * The mean of a window around each value, a twentieth of the line wide, leaving out what is no number.
 * @param {number[]} values
 */
export function smoothed(values) {
  const reach = Math.max(1, Math.round(values.length / 40));
  const sums = [0],
    counts = [0];
  values.forEach((value, i) => {
    const good = Number.isFinite(value);
    sums.push(sums[i] + (good ? value : 0));
    counts.push(counts[i] + (good ? 1 : 0));
  });
  return values.map((value, i) => {
    const near = Math.min(reach, i, values.length - 1 - i); // narrower at the ends, and never to one side
    const from = i - near,
      to = i + near + 1;
    return Number.isFinite(value) ? (sums[to] - sums[from]) / (counts[to] - counts[from]) : Number.NaN;
  });
}

/** @param {number[]} xs in rising order @param {number} x @returns {number} the index of the nearest, -1 where there is none */
export function nearest(xs, x) {
  let low = 0,
    high = xs.length - 1;
  if (high < 0) return -1;
  if (x >= xs[high]) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && Math.abs(xs[low - 1] - x) <= Math.abs(xs[low] - x) ? low - 1 : low;
}
