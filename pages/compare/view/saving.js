// What can be kept of what is shown: figure, table, vectors, and a notebook that computes it again.

import { messageOf } from "../../shared/view/api.js";
import { download } from "../../shared/view/download.js";
import { pngOf, svgOf } from "../../shared/view/figure.js";
import { html, refresh } from "../../shared/view/html.js";
import { saveCsv } from "./csv.js";
import { recipeOf } from "./link.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

/** Rows with their head, and the name of the file. @typedef {{ rows: import("./csv.js").Value[][], name: string }} Table */

const SKIPPED =
  ".chooser, .add, .drop, .panel .bar, .tabs, form, details, input, .tip, .zoom-hint, [data-do='play'], .clear";

export const savingMarkup =
  () => html`<details class="save" data-part="save"><summary title="Keep what is shown">Save</summary><div class="card">
<button type="button" data-do="save" value="png" title="The figure as pixels">Figure, PNG</button>
<button type="button" data-do="save" value="svg" title="The figure as vector graphics">Figure, SVG</button>
<button type="button" data-do="save" value="csv" title="The numbers of this tab">Numbers, CSV</button>
<button type="button" data-do="save" value="ipynb" title="Computes what is shown anew, with core.representations">Notebook</button>
<span class="muted">Vectors, CSV</span><span class="layers" data-part="vectors"></span></div></details>`;

/** @param {ComparePlayer} host */
export function showVectors(host) {
  refresh(
    host.$("vectors"),
    host.chosen.map(
      (one, i) =>
        html`<button type="button" class="number" data-do="vectors" value="${one.key}" title="Vectors of ${one.title}" aria-label="Vectors of ${one.title}">${i + 1}</button>`,
    ),
  );
}

/** @param {ComparePlayer} host @param {string} kind of file */
export async function save(host, kind) {
  const name = `${host.data.checkpoint}-${host.state.mode}`;
  try {
    if (kind === "csv") {
      const table = host.follower.table?.();
      if (!table) throw new Error("Nothing to save yet: this tab is still computing.");
      saveCsv(table.rows, `${host.data.checkpoint}-${table.name}.csv`);
    } else if (kind === "ipynb") await saveFrom(host.model.url("notebook", recipeOf(host)), `${name}.ipynb`);
    else {
      const svg = svgOf(host.root, SKIPPED, host.theme.background);
      const file = kind === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await pngOf(svg);
      download(file, `${name}.${kind}`);
    }
    host.$("save", HTMLDetailsElement).open = false;
  } catch (error) {
    host.showError(messageOf(error));
  }
}

/** The vectors of a representation. @param {ComparePlayer} host @param {string} key */
export async function saveVectors(host, key) {
  try {
    await saveFrom(host.model.url("vectors", { of: key }), `${host.data.checkpoint}-${key.replaceAll("~", "-")}.csv`);
  } catch (error) {
    host.showError(messageOf(error));
  }
}

/** @param {string} url @param {string} name */
async function saveFrom(url, name) {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.json()).error);
  download(await response.blob(), name);
}
