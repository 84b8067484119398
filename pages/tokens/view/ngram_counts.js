// An n-gram: how often the last few tokens stood in the training text, what came next there, and how much each of that weighs.

import { part } from "../../shared/view/dom.js";
import { percent, plural, whole } from "../../shared/view/format.js";
import { html, put } from "../../shared/view/html.js";
import { heat } from "./scales.js";

const FAINT = 0.001; // weight that is not tinted

/** @typedef {import("../../shared/view/types.d.ts").Message} Message */
/** @typedef {{ data: any, shape: number[] }} Plane */
/** @typedef {{ seen: Plane, weight: Plane, likeliest: Plane, probs: Plane }} Counts as `core.analysis.language_insides.Backoff` has them */

/**
 * How much of the prediction after token `at` has looked at each of the last tokens: those k back, k from 1.
 * @param {ArrayLike<number>} weight (tokens, n + 1): of a uniform distribution, of no context, of the last token ...
 * @param {number} n
 * @param {number} at
 * @returns {number[]} index k - 1
 */
export function contextWeights(weight, n, at) {
  let sum = 0;
  const out = new Array(n - 1).fill(0);
  for (let k = n - 1; k > 0; k--) {
    sum += weight[at * (n + 1) + k + 1];
    out[k - 1] = sum;
  }
  return out;
}

export class NgramCounts {
  static usual = 240; // characters of the test text
  static backward = true;
  static beginning = false;
  static lead =
    "Which context does an n-gram use? Move over the text: it sees only the last few tokens, as far as they occur together in the training text.";
  static legend = "Darker: more of the prediction depends on this token. Later tokens are pale.";
  static keyHelp = "";

  /**
   * @param {import("./inside.js").Inside} panel
   * @param {HTMLElement} root
   */
  constructor(panel, root) {
    this.panel = panel;
    this.host = panel.host;
    this.root = root;
    /** @type {Counts | null} */
    this.counts = null;
    /** @type {{ at: number, tints: string[] } | null} the last that were asked for */
    this.tinted = null;
    /** @type {{ at: number, counts: Counts } | null} what the table shows */
    this.drawn = null;
    put(
      root,
      html`<p class="token-says" data-part="token"></p><table class="counted orders" data-part="orders"></table>
<p class="note">Each context passes a discount on its counts to the next shorter one, down to the uniform distribution. <b>Weight</b>: fraction of the prediction from a row's own counts.</p>`,
    );
  }

  /** @param {Message} answer */
  onData({ planes }) {
    this.counts = /** @type {Counts} */ (/** @type {unknown} */ (planes));
    this.tinted = null;
  }

  /** A tint for the beginning and each token. @param {number} at @returns {string[]} */
  tints(at) {
    if (this.tinted?.at === at) return this.tinted.tints;
    const tints = Array(this.panel.tokens.length + 1).fill("");
    if (this.counts) {
      const n = this.counts.likeliest.shape[1];
      contextWeights(this.counts.weight.data, n, at).forEach((weight, i) => {
        const token = at - i; // the last i + 1 tokens begin there
        if (token >= -1 && weight > FAINT) tints[token + 1] = heat(12 * weight);
      });
    }
    this.tinted = { at, tints };
    return tints;
  }

  /** @param {number} at */
  draw(at) {
    const { counts, panel, host } = this;
    if (!counts || (this.drawn?.at === at && this.drawn.counts === counts)) return;
    this.drawn = { at, counts };
    const { seen, weight } = counts,
      [, n, most] = counts.likeliest.shape,
      { vocabulary } = host.model,
      orders = Array.from({ length: n }, (_, k) => n - 1 - k);
    const longest = orders.find(k => seen.data[at * n + k] > 0) ?? 0;
    put(
      part(this.root, "token"),
      html`After <b>${panel.name(at)}</b>, token ${at + 1} of ${panel.tokens.length}: the longest context found in the training text has ${plural(longest, "token")}.`,
    );
    /** @param {number} share */
    const bar = share =>
      html`<td><div class="well"><i style="width:${100 * share}%"></i></div></td><td>${percent(share)}</td>`;
    /** @param {number} k tokens that are looked at */
    const row = k => {
      if (k > at + 2) return "";
      const times = seen.data[at * n + k],
        first = at + 1 - k;
      const names = Array.from(panel.tokens.slice(Math.max(0, first), at + 1), token => vocabulary.name(token));
      const context = k ? [...(first < 0 ? ["start "] : []), ...names].join("") : "–";
      const next = Array.from({ length: most }, (_, i) => (at * n + k) * most + i).map(
        i =>
          html`<span><code>${vocabulary.name(counts.likeliest.data[i])}</code> ${percent(counts.probs.data[i])}</span> `,
      );
      return html`<tr class="${times ? "" : "never"}"><th scope="row">${k}</th><td><code>${context}</code></td><td>${whole(times)}</td>${bar(weight.data[at * (n + 1) + k + 1])}<td class="likely">${times ? next : html`<span class="muted">never seen</span>`}</td></tr>`;
    };
    put(
      part(this.root, "orders"),
      html`<thead><tr><th scope="col" colspan="2" title="Context, after its length in tokens">context</th><th scope="col">count</th><td></td><th scope="col">weight</th><th scope="col" title="Prediction with contexts up to this length">prediction</th></tr></thead>
<tbody>${orders.map(row)}<tr><th scope="row"></th><td class="muted" colspan="2">uniform</td>${bar(weight.data[at * (n + 1)])}<td></td></tr></tbody>`,
    );
  }
}
