// What stands on the page as a figure to keep: text, boxes, charts and canvases as SVG, and that as PNG.

import { context2d } from "./dom.js";
import { escapeHtml } from "./html.js";

/** Canvases that are drawn better than by their pixels: SVG within a box of their own. @type {WeakMap<HTMLCanvasElement, () => string>} */
export const vectors = new WeakMap();

const SCALE = 2; // pixels of a PNG to one of the page
const MARGIN = 12;
const CHARTS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family"]; // styles of theirs that are kept

/** @param {number} x */
const short = x => String(Math.round(100 * x) / 100);

/** A colour as every program reads it, and none where nothing is seen. @param {string} text as a computed style has it */
export function plainColour(text) {
  const mixed = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(text);
  if (!mixed) return /^(transparent|rgba\(.*, 0\))$/.test(text) ? "none" : text;
  const [r, g, b] = mixed.slice(1, 4).map(share => Math.round(255 * Number(share)));
  const alpha = mixed[4] === undefined ? 1 : Number(mixed[4]);
  return alpha ? `rgba(${r}, ${g}, ${b}, ${short(alpha)})` : "none";
}

/** Words of a line of text, as wide as they stand. @typedef {{ text: string, left: number, right: number, top: number }} Line */

/** The lines that a text is broken into. @param {Text} node @returns {Line[]} */
function linesOf(node) {
  const range = document.createRange();
  /** @type {Line[]} */
  const lines = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const { left, right, top, width } = range.getBoundingClientRect();
    if (!width) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.top - top) < 3) Object.assign(last, { text: `${last.text} ${word}`, right });
    else lines.push({ text: word, left, right, top });
  }
  return lines;
}

class Figure {
  /** @param {string} skipped selector of what is left out @param {DOMRect} box */
  constructor(skipped, { left, top }) {
    this.skipped = skipped;
    this.left = left - MARGIN;
    this.top = top - MARGIN;
    this.clips = 0;
    /** @type {string[]} */
    this.parts = [];
    this.pen = context2d(document.createElement("canvas"));
  }

  /** @param {Element} element */
  add(element) {
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility === "hidden" || element.matches(this.skipped)) return;
    const box = element.getBoundingClientRect();
    const x = box.left - this.left;
    const y = box.top - this.top;
    if (element instanceof HTMLCanvasElement) return this.addCanvas(element, x, y, box);
    if (element instanceof SVGSVGElement) return this.addChart(element, x, y, box);
    if (box.width && box.height) this.addBox(style, x, y, box);
    const clipped = style.overflowX !== "visible" && box.height > 0;
    if (clipped) {
      this.clips += 1;
      this.parts.push(
        `<clipPath id="c${this.clips}"><rect x="${short(x)}" y="${short(y)}" width="${short(box.width)}" height="${short(box.height)}"/></clipPath><g clip-path="url(#c${this.clips})">`,
      );
    }
    if (element instanceof HTMLSelectElement) this.addLine(style, this.chosenOf(element, style, box));
    else
      for (const node of element.childNodes)
        if (node instanceof Element) this.add(node);
        else if (node instanceof Text) for (const line of linesOf(node)) this.addLine(style, line);
    if (clipped) this.parts.push("</g>");
  }

  /** @param {HTMLSelectElement} select @param {CSSStyleDeclaration} style @param {DOMRect} box @returns {Line} */
  chosenOf(select, style, { left, top, height }) {
    const size = Number.parseFloat(style.fontSize);
    return {
      text: select.selectedOptions[0]?.text ?? "",
      left: left + 8,
      right: left + 8,
      top: top + height / 2 - 0.65 * size,
    };
  }

  /** @param {CSSStyleDeclaration} style @param {number} x @param {number} y @param {DOMRect} box */
  addBox(style, x, y, { width, height }) {
    const ground = plainColour(style.backgroundColor);
    const edge = Number.parseFloat(style.borderBottomWidth) ? plainColour(style.borderBottomColor) : "none";
    if (ground !== "none" || edge !== "none") {
      const round = Math.min(Number.parseFloat(style.borderTopRightRadius) || 0, height / 2);
      this.parts.push(
        `<rect x="${short(x + 0.5)}" y="${short(y + 0.5)}" width="${short(Math.max(0, width - 1))}" height="${short(Math.max(0, height - 1))}" rx="${short(round)}" fill="${ground}" stroke="${edge}"/>`,
      );
    } else if (Number.parseFloat(style.borderTopWidth)) {
      const colour = plainColour(style.borderTopColor);
      this.parts.push(`<path d="M${short(x)} ${short(y + 0.5)}h${short(width)}" stroke="${colour}"/>`);
    }
  }

  /** @param {CSSStyleDeclaration} style @param {Line} line */
  addLine(style, { text, left, right, top }) {
    if (!text) return;
    this.pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const y = top - this.top + this.pen.measureText(text).fontBoundingBoxAscent;
    const fitted = right - left > 2 * Number.parseFloat(style.fontSize) ? ` textLength="${short(right - left)}"` : "";
    const wide = fitted && `${fitted} lengthAdjust="spacingAndGlyphs"`;
    this.parts.push(
      `<text x="${short(left - this.left)}" y="${short(y)}" font-size="${style.fontSize}" font-weight="${style.fontWeight}" font-family="${escapeHtml(style.fontFamily)}" fill="${plainColour(style.color)}"${wide}>${escapeHtml(text)}</text>`,
    );
  }

  /** @param {HTMLCanvasElement} canvas @param {number} x @param {number} y @param {DOMRect} box */
  addCanvas(canvas, x, y, { width, height }) {
    if (!canvas.width || !width || !height) return;
    const drawn = vectors.get(canvas)?.();
    const at = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.parts.push(
      drawn === undefined
        ? `<image ${at} href="${canvas.toDataURL()}" image-rendering="pixelated"/>`
        : `<svg ${at}>${drawn}</svg>`,
    );
  }

  /** @param {SVGSVGElement} chart @param {number} x @param {number} y @param {DOMRect} box */
  addChart(chart, x, y, { width, height }) {
    const copy = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
    const parts = copy.querySelectorAll("*");
    chart.querySelectorAll("*").forEach((part, i) => {
      const style = getComputedStyle(part);
      for (const name of CHARTS) parts[i].setAttribute(name, plainColour(style.getPropertyValue(name)));
    });
    for (const [name, value] of Object.entries({ x, y, width, height })) copy.setAttribute(name, short(value));
    const { fill, color } = getComputedStyle(chart);
    copy.setAttribute("fill", plainColour(fill));
    copy.setAttribute("color", plainColour(color));
    this.parts.push(new XMLSerializer().serializeToString(copy));
  }
}

/**
 * What an element shows, as SVG.
 * @param {HTMLElement} root
 * @param {string} skipped selector of what is left out
 * @param {string} ground colour
 */
export function svgOf(root, skipped, ground) {
  const box = root.getBoundingClientRect();
  const figure = new Figure(skipped, box);
  figure.add(root);
  const [width, height] = [box.width + 2 * MARGIN, box.height + 2 * MARGIN].map(Math.ceil);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${plainColour(ground)}"/>${figure.parts.join("")}</svg>`;
}

/** @param {string} svg @returns {Promise<Blob>} */
export async function pngOf(svg) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = SCALE * image.width;
    canvas.height = SCALE * image.height;
    context2d(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) =>
      canvas.toBlob(
        blob => (blob ? done(blob) : failed(new Error("The figure is too large for a PNG: save it as SVG."))),
        "image/png",
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
