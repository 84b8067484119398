// Colours: classes (the house's ten, then as many as are needed), scales for numbers, a plane.

/** @typedef {import("./types.d.ts").Rgb} Rgb */

/**
 * OKLCH (Ottosson 2020) to sRGB.
 * @param {number} L lightness, 0 to 1
 * @param {number} C chroma
 * @param {number} hue in degrees
 * @returns {Rgb}
 */
export function oklch(L, C, hue) {
  const a = C * Math.cos((hue * Math.PI) / 180),
    b = C * Math.sin((hue * Math.PI) / 180);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map(x =>
    Math.round(255 * Math.min(1, Math.max(0, x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055))),
  );
}

/** @param {string} text #rrggbb @returns {Rgb} */
export const fromHex = text => [1, 3, 5].map(i => Number.parseInt(text.slice(i, i + 2), 16));

/** @param {Rgb} rgb @returns {string} */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** @param {Rgb} rgb @returns {number} as the bytes of an image lie, without alpha */
export const packed = ([r, g, b]) => (b << 16) | (g << 8) | r;

/**
 * Colours of n classes: those of the house first; beyond, hues by the golden angle in three lightnesses.
 * @param {number} n
 * @param {string[]} house #rrggbb
 * @returns {Rgb[]}
 */
export function classColours(n, house) {
  if (n <= house.length) return house.slice(0, Math.max(n, 1)).map(fromHex);
  return Array.from({ length: n }, (_, i) =>
    oklch([0.7, 0.6, 0.8][i % 3], [0.13, 0.15, 0.11][i % 3], (i * 137.508) % 360),
  );
}

/** 256 colours of evenly rising lightness, all visible on white and on black: blue, violet, red, orange. */
export const SCALE = Array.from({ length: 256 }, (_, i) => oklch(0.5 + (0.32 * i) / 255, 0.15, 262 + (168 * i) / 255));

/** Nothing to much: from black over red to a pale yellow, evenly lighter. */
export const HEAT = Array.from({ length: 256 }, (_, i) =>
  oklch(0.14 + (0.82 * i) / 255, 0.19 * Math.sin((Math.PI * (i + 30)) / 300), 350 + (110 * i) / 255),
);

/**
 * A place in the unit square as a colour: its angle about the middle is the hue.
 * @param {number} u
 * @param {number} v
 * @returns {Rgb}
 */
export function planeColour(u, v) {
  const x = 2 * u - 1,
    y = 2 * v - 1;
  const far = Math.min(1, Math.hypot(x, y));
  return oklch(0.68 + 0.1 * y * far, 0.17 * far ** 0.8, (Math.atan2(y, x) * 180) / Math.PI + 20);
}

/**
 * Write the colour of a signed value: blue below zero, orange above, a neutral grey at zero.
 * @param {number} value -1 to 1
 * @param {Uint8ClampedArray} rgba
 * @param {number} at index of its first byte
 */
export function diverging(value, rgba, at) {
  const t = Math.max(-1, Math.min(1, value));
  const [r, g, b] = t < 0 ? [0, 114, 178] : [230, 140, 0];
  const s = Math.abs(t) ** 0.8;
  rgba[at] = 246 + (r - 246) * s;
  rgba[at + 1] = 246 + (g - 246) * s;
  rgba[at + 2] = 246 + (b - 246) * s;
  rgba[at + 3] = 255;
}

/** What is picked, on every canvas. */
export const PICKED = "#ff9f1a";
/** What is under the pointer. */
export const HOVERED = "#8b95a3";
