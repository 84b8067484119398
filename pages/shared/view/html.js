// The only door for markup: text that came from outside passes through `html`, which escapes it.
// (tests/test_browser_code.py forbids innerHTML and its kin everywhere else.)

/** @type {Record<string, string>} */
const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @param {unknown} value @returns {string} text that is safe between tags and inside quoted attributes */
export function escapeHtml(value) {
  return String(value ?? "").replace(/[&<>"']/g, sign => SIGNS[sign]);
}

/** Markup that `html` made. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @param {unknown} value @returns {string} */
function inserted(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(inserted).join("");
  return value === false ? "" : escapeHtml(value); // null and undefined are empty too
}

/**
 * A template tag: html`<b title="${name}">${name}</b>`. Values are escaped, except what `html` itself made; of arrays
 * each entry is taken; null, undefined and false leave nothing. Attributes must be quoted.
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 * @returns {Html}
 */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, part, i) => text + inserted(values[i - 1]) + part));
}

/** @param {unknown} content @returns {string} */
function markup(content) {
  if (content instanceof Html) return content.text;
  if (Array.isArray(content) && content.every(entry => entry instanceof Html)) return content.join("");
  throw new TypeError("put takes what html`...` made; plain text goes into textContent");
}

/**
 * Replace what an element holds. A control that had the focus has it again, where there is one of its kind.
 * @param {Element} element
 * @param {Html | Html[]} content
 */
export function put(element, content) {
  replace(element, markup(content));
}

/** @param {Element} element @param {string} text of markup */
function replace(element, text) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  const held = activeElement !== element && element.contains(activeElement) ? activeElement : null;
  element.innerHTML = text;
  if (!held || !DOES.some(name => held.hasAttribute(name))) return;
  const like = [...element.querySelectorAll(held.tagName)].find(one =>
    [...DOES, "value"].every(name => one.getAttribute(name) === held.getAttribute(name)),
  );
  if (like instanceof HTMLElement) like.focus({ preventScroll: true });
}

const DOES = ["data-do", "data-choice", "data-pick", "data-slide", "data-layer"]; // what a control is known by

/** @type {WeakMap<Element, string>} */
const latest = new WeakMap();

/**
 * Like `put`, but leaves the element alone (its focus, its scroll position) where the content is what it was.
 * @param {Element} element
 * @param {Html | Html[]} content
 */
export function refresh(element, content) {
  const text = markup(content);
  if (latest.get(element) === text) return;
  latest.set(element, text);
  replace(element, text);
}
