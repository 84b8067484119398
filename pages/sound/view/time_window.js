// Which samples are seen: from the whole sound down to a few.

const LEAST = 16; // samples that are seen at once

export class TimeWindow {
  /** @param {number} total samples of the sound */
  constructor(total) {
    this.total = total;
    this.first = 0; // what is seen begins here
    this.span = total; // samples that are seen
  }

  /** @param {number} first @param {number} span 0 for all */
  show(first, span) {
    this.span = this.allowed(span || this.total);
    this.first = Math.max(0, Math.min(this.total - this.span, first));
  }

  /** So many samples as can be seen at once. @param {number} span @returns {number} a whole number, as a link has it */
  allowed(span) {
    return Math.max(Math.min(LEAST, this.total), Math.min(this.total, Math.round(span)));
  }

  /** Another sound: what was seen whole is seen whole. @param {number} total */
  resize(total) {
    const whole = this.whole;
    this.total = total;
    this.show(this.first, whole ? 0 : this.span);
  }

  get whole() {
    return this.span >= this.total;
  }

  /** @param {number} factor above 1: nearer @param {number} about sample that stays in its place */
  zoom(factor, about) {
    const share = (about - this.first) / this.span,
      span = this.allowed(this.span / factor);
    this.show(about - share * span, span);
  }

  /** Move so that a sample is seen, with some around it. @param {number} t */
  reveal(t) {
    if (t < this.first) this.show(t - 0.1 * this.span, this.span);
    else if (t + 1 > this.first + this.span) this.show(t - 0.1 * this.span, this.span);
  }

  /** Where a sample begins, in pixels. @param {number} t @param {number} width */
  x(t, width) {
    return ((t - this.first) / this.span) * width;
  }

  /** The sample at a place. @param {number} x @param {number} width */
  sampleAt(x, width) {
    return Math.max(0, Math.min(this.total - 1, Math.floor(this.first + (x / width) * this.span)));
  }
}

/**
 * Steps of a ruler: milliseconds between two marks that are at least so far apart.
 * @param {number} perPixel milliseconds
 * @param {number} apart pixels
 */
export function rulerStep(perPixel, apart) {
  const least = perPixel * apart,
    power = 10 ** Math.floor(Math.log10(least));
  return power * /** @type {number} */ ([1, 2, 5, 10].find(k => k * power >= least));
}
