// The address of the page: what is shown stands in it, so that it can be shared and left with the browser's buttons.

/** @typedef {import("./types.d.ts").UrlParams} UrlParams */

const DELAY = 300; // ms between two changes of the address: browsers refuse more than 100 in 30 seconds

/** Signs that an address may have as they are, for people who read it. */
const PLAIN = /** @type {[string, string][]} */ ([
  ["%2C", ","],
  ["%3A", ":"],
  ["%7E", "~"],
  ["%21", "!"],
]);

/**
 * A query with some parameters changed; empty ones are left out, others stay.
 * @param {string} search
 * @param {UrlParams} params
 * @returns {string} without its question mark
 */
export function queryWith(search, params) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(params))
    if (value === "") query.delete(name);
    else query.set(name, String(value));
  return PLAIN.reduce((text, [code, sign]) => text.replaceAll(code, sign), query.toString());
}

/**
 * The parameters of a state, those at their default being empty.
 * @template {object} State
 * @param {State} state arrays become numbers with dots between
 * @param {State} defaults
 * @returns {UrlParams}
 */
export function changedParams(state, defaults) {
  const usual = Object.fromEntries(Object.entries(defaults));
  /** @param {unknown} value */
  const text = value => (Array.isArray(value) ? value.join(".") : String(value ?? ""));
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, text(value) === text(usual[name]) ? "" : text(value)]),
  );
}

/** Keeps the address to what a player shows. While it lags behind, the root has `data-writing`. */
export class UrlWriter {
  /**
   * @param {HTMLElement} root
   * @param {() => UrlParams | null} params what is shown; null while nothing is
   */
  constructor(root, params) {
    this.root = root;
    this.params = params;
    this.path = location.pathname;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Soon. */
  sync() {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => this.write(), DELAY);
    this.root.dataset.writing = "";
  }

  /**
   * At once, into the entry of the browser's history that is there or into a new one.
   * @param {"replaceState" | "pushState"} how
   */
  write(how = "replaceState") {
    this.cancel();
    if (location.pathname !== this.path) return; // another page comes
    const params = this.params();
    if (!params) return;
    const query = queryWith(location.search, params);
    history[how](history.state, "", query ? `${location.pathname}?${query}` : location.pathname);
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
    delete this.root.dataset.writing;
  }
}
