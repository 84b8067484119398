// The ways on from Home: a gallery of all pages, a line of time, three doors.

import { button } from "../../shared/view/controls.js";
import { html } from "../../shared/view/html.js";

/** @typedef {import("../../shared/view/html.js").Html} Html */
/** @typedef {import("./types.d.ts").Doors} Doors */
/** @typedef {import("./types.d.ts").GalleryEntry} GalleryEntry */
/** @typedef {import("./types.d.ts").HistoryStop} HistoryStop */

/** A moving picture: frames below one another, of which the style sheet shows one at a time. @param {GalleryEntry} entry */
const screen = ({ recording, icon }) =>
  recording
    ? html`<span class="film ${recording.smooth && "smooth"}" style="--src:url('${recording.src}');--frames:${recording.frames};--seconds:${recording.seconds}s"></span>`
    : html`<span class="film none"><span class="symbol" aria-hidden="true">${icon}</span></span>`;

/** @param {GalleryEntry[]} entries @returns {Html} */
export const galleryMarkup = entries => html`
<h2>Questions to play with</h2>
<div class="gallery">${entries.map(
  entry =>
    html`<a class="tile" data-gallery="${entry.name}" href="${entry.href}" title="${entry.about}">${screen(entry)}<span class="says"><b>${entry.question || entry.title}</b></span><span class="note">${entry.question && entry.title}</span></a>`,
)}</div>`;

/** @param {HistoryStop[]} stops @returns {Html} */
export const historyMarkup = stops => html`
<h2>A line of time</h2>
<ol class="history">${stops.map(({ year, title, text, paper, href }) => {
  const inside = html`<time>${year}</time><b>${title}</b><span>${text}</span><cite>${paper}</cite>`;
  return href
    ? html`<li><a href="${href}" title="See it here: ${title}">${inside}</a></li>`
    : html`<li><div>${inside}</div></li>`;
})}</ol>`;

/** @param {Doors} doors @returns {Html} */
export const doorsMarkup = ({ explore, teach, upload, no_uploads: refused }) => html`
<h2>Where to go from here</h2>
<div class="doors">
  <section><h3>Explore, in five minutes</h3><ol>${explore.map(
    ({ title, text, href }) => html`<li><a href="${href}">${title}</a> ${text}</li>`,
  )}</ol></section>
  <section><h3>Teach</h3><p>Let the class guess, then reveal.</p>${teach.map(
    ({ question, answer, href }) =>
      html`<details><summary>${question}</summary><p>${answer} <a href="${href}">Show it</a></p></details>`,
  )}</section>
  ${
    upload &&
    html`<section><h3>Bring your data</h3>${
      refused
        ? html`<p>${refused}</p>`
        : html`<p>Images, a table, vectors, word counts or a text: see PCA, UMAP and a freshly trained small autoencoder of them within a minute, here.</p>${button("bring", "Upload a file", "Open a field for a file below", html`class="main"`)} <a class="upload" href="${upload}">With all settings</a>`
    }</section>`
  }
</div>`;
