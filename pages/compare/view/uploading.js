// Vectors that a visitor brings: a file for the examples of the data set, kept by the server as a representation.

import { messageOf, post } from "../../shared/view/api.js";
import { find, part } from "../../shared/view/dom.js";
import { whole } from "../../shared/view/format.js";
import { html, refresh } from "../../shared/view/html.js";

/** @typedef {import("./player.js").ComparePlayer} ComparePlayer */

const MOST = 200e6; // bytes of a file (core.data.uploads)

/** @param {import("./store.js").Store} store */
export const uploadMarkup = ({ n, split, title, noUploads }) =>
  html`<details class="bring"><summary>Bring your own vectors</summary>${
    noUploads
      ? html`<p class="note">${noUploads}</p>`
      : html`
<p class="note">A row for each of the ${whole(n)} ${split === "test" ? "test" : "training"} examples of ${title}, in their order or with a column <code>id</code> (whole numbers from 0): .npy, .csv, .tsv, .parquet. Choose vectors.tsv and metadata.tsv together, as the TensorFlow Embedding Projector takes them.</p>
<div class="bar"><input type="file" multiple accept=".npy,.csv,.tsv,.txt,.parquet" data-part="files" aria-label="File of vectors"><label class="group">Name <input type="text" maxlength="80" data-part="upload-title" placeholder="as the file"></label><label class="group">Column of ids <input type="text" maxlength="80" data-part="upload-ids" placeholder="id"></label><button type="button" class="main" data-do="upload">Add</button></div>
<p data-part="upload-says" role="status"></p>`
  }</details>`;

/** Vectors, and metadata where there are two files: it is the one that says so, or else the second. @param {File[]} files */
export function sorted(files) {
  const meta = files.length > 1 ? (files.find(({ name }) => /meta|label/i.test(name)) ?? files[1]) : null;
  return { vectors: files.find(file => file !== meta) ?? null, meta };
}

/** @param {File} file */
async function plane(file) {
  const data = new Uint8Array(await file.arrayBuffer());
  return { type: /** @type {const} */ ("u8"), shape: [data.length], data };
}

/** Send what is chosen. @param {ComparePlayer} host */
export async function upload(host) {
  const root = host.$("bring");
  /** @param {string} text @param {string} kind */
  const say = (text, kind) => refresh(part(root, "upload-says"), html`<span class="${kind}">${text}</span>`);
  const { vectors, meta } = sorted([...(part(root, "files", HTMLInputElement).files ?? [])]);
  if (!vectors) return say("Choose a file first.", "problem");
  if (host.chosen.length >= host.model.most)
    return say("Six representations are compared: remove one first.", "problem");
  const large = [vectors, meta].find(file => file && file.size > MOST);
  if (large)
    return say(`${large.name} has ${whole(Math.round(large.size / 1e6))} MB: at most ${MOST / 1e6} MB.`, "problem");
  const title = part(root, "upload-title", HTMLInputElement).value || vectors.name.replace(/\.\w+$/, "");
  const button = find(root, '[data-do="upload"]', HTMLButtonElement);
  say("Reading …", "muted");
  button.disabled = true;
  try {
    const planes = { vectors: await plane(vectors), ...(meta && { metadata: await plane(meta) }) };
    const ids = part(root, "upload-ids", HTMLInputElement).value;
    const asked = { title: title.slice(0, 80), name: vectors.name, metadata: meta?.name ?? "", ids };
    const { header } = await post(`${host.model.api}/upload`, asked, planes);
    if (host.destroyed) return;
    host.model.add(header.representation);
    host.setReps([...host.chosen.map(({ key }) => key), header.representation.key]);
    say([`Added: ${header.representation.size} numbers each.`, ...header.notes].join(" "), "muted");
  } catch (error) {
    say(messageOf(error), "problem");
  } finally {
    button.disabled = false;
  }
}

/** Remove an upload from the server. @param {ComparePlayer} host @param {string} key */
export async function forget(host, key) {
  try {
    await post(`${host.model.api}/forget`, { key });
    host.model.drop(key);
    const left = host.chosen.map(one => one.key).filter(one => one !== key);
    host.setReps(left.length ? left : host.model.usual);
  } catch (error) {
    host.showError(messageOf(error));
  }
}
