// A machine as the server sends it, and the held-out images that it is shown.

import { get } from "../../shared/view/api.js";
import { rowsOf } from "../../shared/view/rows.js";
import { LayeredMachine } from "./machine.js";

/**
 * @typedef {import("../../shared/view/types.d.ts").Bytes} Bytes
 * @typedef {import("../../shared/view/types.d.ts").Message} Message
 * @typedef {import("./types.d.ts").ConnectionData} ConnectionData
 */

export class DeepModel {
  /** @param {Message} answer of the route `about` */
  constructor({ header, planes }) {
    /** @type {import("./types.d.ts").About} */
    this.about = header;
    this.height = header.height;
    this.width = header.width;
    /** @param {string} name @param {boolean} undirected @returns {ConnectionData} */
    const connection = (name, undirected) => ({
      weight: planes[`weight_${name}`].data,
      below: planes[`weight_${name}`].shape[0],
      above: planes[`weight_${name}`].shape[1],
      up: planes[`up_${name}`].data,
      down: planes[`down_${name}`].data,
      undirected,
    });
    this.machine = new LayeredMachine(
      this.about.undirected.map((undirected, layer) => connection(String(layer), undirected)),
      planes.weight_classes ? connection("classes", true) : null,
    );
    /** @type {Bytes[]} held-out images, in grey */
    this.images = planes.images ? rowsOf(planes.images.data, this.height * this.width) : [];
    /** @type {number[]} the class of each, where it is known */
    this.labels = planes.labels ? Array.from(planes.labels.data) : [];
  }

  /** Another machine, without examples. @param {string} api @param {{ name: string, version: string }} model */
  static async open(api, { name, version }) {
    return new DeepModel(await get(`${api}/${name}/about?v=${version}&examples=0`));
  }

  /** What a layer is called. @param {number} layer */
  layerName(layer) {
    if (layer === 0) return "Image";
    return this.machine.isClasses(layer) ? "Class" : `Layer ${layer}`;
  }

  /** @param {number} c */
  className(c) {
    return this.about.classes[c] ?? String(c);
  }
}

/**
 * For each hidden layer and each of its units the examples that excite it most.
 * @param {Message} answer of the route `preferred`
 * @returns {Uint16Array[][]}
 */
export const readPreferred = ({ planes }) => Object.values(planes).map(({ data, shape }) => rowsOf(data, shape[1]));
