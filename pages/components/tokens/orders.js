// @ts-nocheck: no types yet
// An n-gram: how often the last few tokens stood in the training text, what came next there, and how much each of that weighs.

import { html, put } from "../shared/html.js";
import { heat, percent } from "./marks.js";

export class Orders {
  constructor(panel, root) {
    Object.assign(this, { panel, host: panel.host, root });
    put(
      root,
      html`<p class="token-says" data-part="token"></p><table class="counted orders" data-part="orders"></table>
<p class="note">The longest stretch that stood in the training text is believed most; what its rare followers lose goes to the next shorter one, and so on, down to all tokens alike. <b>Weight</b>: the part of what is told that comes from a row's own count.</p>`,
    );
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
  }

  came(header, planes) {
    Object.assign(this, planes);
    [, this.n, this.most] = planes.likeliest.shape;
    this.key = null;
  }

  // how much of what is told after token `at` has looked at each token
  tints(at) {
    if (this.key === at) return this.tinted;
    this.key = at;
    const { n } = this,
      tinted = Array(this.panel.tokens.length + 1).fill("");
    let sum = 0;
    for (let k = n - 1; k > 0; k--) {
      sum += this.weight.data[at * (n + 1) + k + 1];
      const i = at + 1 - k; // the last k tokens begin there
      if (i >= -1 && sum > 0.001) tinted[i + 1] = heat(12 * sum);
    }
    return (this.tinted = tinted);
  }

  draw(at) {
    const { n, panel, host } = this,
      table = this.$("orders");
    if (this.drawn === at && this.from === this.seen) return;
    Object.assign(this, { drawn: at, from: this.seen });
    const { lexicon, tokens } = { ...host.model, tokens: host.model.size };
    const name = token => lexicon.name(token);
    const longest = [...Array(n).keys()].reverse().find(k => this.seen.data[at * n + k] > 0) ?? 0;
    put(
      this.$("token"),
      html`After <b>${panel.name(at)}</b>, token ${at + 1} of ${panel.tokens.length}: the longest stretch that ends with it and stood in the training text has ${longest} token${longest === 1 ? "" : "s"}.`,
    );
    const row = k => {
      const seen = this.seen.data[at * n + k],
        begins = at + 1 - k < 0;
      if (k > at + 2) return "";
      const last = k
        ? [
            ...(begins ? ["beginning "] : []),
            ...Array.from(panel.tokens.slice(Math.max(0, at + 1 - k), at + 1), name),
          ].join("")
        : "–";
      const weight = this.weight.data[at * (n + 1) + k + 1];
      const likely = Array.from({ length: this.most }, (_, i) => (at * n + k) * this.most + i);
      const told = seen
        ? likely.map(
            i => html`<span><code>${name(this.likeliest.data[i])}</code> ${percent(this.probs.data[i])}</span> `,
          )
        : html`<span class="muted">never stood there</span>`;
      return html`<tr class="${seen ? "" : "never"}"><th scope="row">${k}</th><td><code>${last}</code></td><td>${seen.toLocaleString("en")}</td><td><div class="well"><i style="width:${100 * weight}%"></i></div></td><td>${percent(weight)}</td><td class="likely">${told}</td></tr>`;
    };
    put(
      table,
      html`<thead><tr><th scope="col" title="How many tokens are looked at">last</th><th scope="col"></th><th scope="col">stood</th><td></td><th scope="col">weight</th><th scope="col">told next, so far</th></tr></thead>
<tbody>${[...Array(n).keys()].reverse().map(row)}<tr><th scope="row"></th><td class="muted" colspan="2">all ${tokens} alike</td><td><div class="well"><i style="width:${100 * this.weight.data[at * (n + 1)]}%"></i></div></td><td>${percent(this.weight.data[at * (n + 1)])}</td><td></td></tr></tbody>`,
    );
  }
}

Object.assign(Orders, {
  usual: 240,
  backward: true,
  lead: `What does an n-gram go by? Move over the text: the last few tokens are all that it sees, as far as they stood in the training text together.`,
  legend: "Deeper: a larger part of what is told next has looked at this token. Paler ones were still to come.",
});
