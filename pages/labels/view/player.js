// The page of labels: what a few of them make of what was learned without any.

import { TabsShell } from "../../shared/view/tabs.js";
import { queryWith } from "../../shared/view/url.js";
import { Backprop } from "./backprop.js";
import { FewLabels } from "./few_labels.js";
import { Memorise } from "./memorise.js";
import { LabelsModel } from "./model.js";
import { OneExample } from "./one_example.js";
import { StyleAndClass } from "./style.js";

/** @typedef {import("./types.d.ts").LabelsData} LabelsData */

/** @param {Element} parent @param {import("../../shared/view/types.d.ts").Component<LabelsData>} component */
export const mount = (parent, component) => LabelsView.mount(parent, component);

/** @extends {TabsShell<LabelsModel, LabelsData>} */
export class LabelsView extends TabsShell {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    /** @type {Map<number, number>} what the visitor said of one-shot trials, by run * ways + trial */
    this.said = new Map();
  }

  /** @override */
  get panels() {
    return [FewLabels, OneExample, StyleAndClass, Memorise, Backprop];
  }

  /** @override */
  get resetState() {
    return { labels: [], of: "", example: 0, cell: "", nudge: 0, rows: [], row: 1, sketch: "", style: [], axes: [] };
  }

  /** @override */
  get keptState() {
    return ["method", "query", "runs"];
  }

  /** @override @param {import("../../shared/view/types.d.ts").Message} answer */
  readModel(answer) {
    const { version } = this.data;
    return new LabelsModel(answer, (path, of) => {
      const [name, query = ""] = path.split("?");
      return `${this.modelUrl}/${name}?${queryWith(query, { of, v: version })}`;
    });
  }

  /** @override @param {string} name */
  showPanel(name) {
    super.showPanel(name);
    this.reportShown();
  }

  /** The data set stands in the place of a checkpoint. @override */
  urlParams() {
    const { checkpoint, ...params } = super.urlParams() ?? {};
    return this.panel ? { dataset: checkpoint, ...params } : null;
  }
}
