// From a drawing to what the models are given, and to links that carry it.

import { centred } from "../../shared/view/centred.js";
import { packImage, unpackImage } from "../../shared/view/packed_image.js";
import { queryWith } from "../../shared/view/url.js";

/** @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes */
/** @typedef {import("../../shared/view/types.d.ts").SentPlane} SentPlane */
/** @typedef {import("./types.d.ts").Given} Given */
/** @typedef {import("./types.d.ts").ImageSize} ImageSize */

export const BITS = 4; // a pixel of a link

/**
 * The drawing with its ink in the middle, in the greys that a link carries: so each page shows what its tile does. Null
 * where nothing is drawn.
 * @param {Bytes} drawing
 * @param {ImageSize} size
 * @returns {Given | null}
 */
export function givenOf(drawing, size) {
  if (!drawing.some(x => x >= 9)) return null; // fainter is none of those greys
  const grey = new Uint8Array(drawing.length);
  const packed = packImage(centred(drawing, size), BITS);
  unpackImage(packed, grey);
  return { grey, packed };
}

/** Where there is ink: 255, else 0. @param {Bytes} grey @returns {Bytes} */
export const inkOf = grey => grey.map(x => (x > 127 ? 255 : 0));

/** An image as routes take it. @param {Bytes} data @param {number[]} shape @returns {SentPlane} */
export const plane = (data, shape) => ({ type: "u8", shape, data });

/**
 * The address of a page.
 * @param {string} page
 * @param {Record<string, string | number>} query
 */
export function addressOf(page, query) {
  const text = queryWith("", query);
  return text ? `./${page}?${text}` : `./${page}`;
}
