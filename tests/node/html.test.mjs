import assert from "node:assert/strict";
import test from "node:test";

import { escapeHtml, html, put } from "../../pages/shared/view/html.js";

const nasty = `<img src=x onerror="hit()">&'`;

test("what is inserted is escaped, in text and in attributes", () => {
  const text = String(html`<b title="${nasty}">${nasty}</b>`);
  assert.equal(text.match(/</g).length, 2);
  assert.ok(!text.includes(`"hit()`) && text.includes("&amp;&#39;"));
  assert.equal(escapeHtml(nasty), String(html`${nasty}`));
});

test("what the template made is taken as it is, also in lists", () => {
  assert.equal(String(html`<ul>${["a", "<"].map(x => html`<li>${x}</li>`)}</ul>`), "<ul><li>a</li><li>&lt;</li></ul>");
});

test("nothing is left by what is not there; zero is there", () => {
  assert.equal(String(html`${null}${undefined}${false}${0}${""}`), "0");
});

test("plain text is no content", () => {
  assert.throws(() => put({}, nasty), TypeError);
  assert.throws(() => put({}, [html`<b></b>`, nasty]), TypeError);
});
