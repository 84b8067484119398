// Elements found by what they are called, of the kind that is expected.

/**
 * The first element that a selector finds. Throws where there is none, or one of another kind.
 * @template {Element} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {{new (): E}} [kind] its class, HTMLElement unless given
 * @returns {E}
 */
export function find(root, selector, kind) {
  const element = root.querySelector(selector);
  const Kind = kind ?? HTMLElement;
  if (!(element instanceof Kind)) throw new TypeError(`no ${Kind.name} at ${selector}`);
  return /** @type {E} */ (element);
}

/**
 * All elements that a selector finds, of one kind.
 * @template {Element} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {{new (): E}} [kind]
 * @returns {E[]}
 */
export function findAll(root, selector, kind) {
  const Kind = kind ?? HTMLElement;
  return /** @type {E[]} */ ([...root.querySelectorAll(selector)].filter(element => element instanceof Kind));
}

/**
 * The element with `data-part`.
 * @template {Element} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} name
 * @param {{new (): E}} [kind]
 * @returns {E}
 */
export const part = (root, name, kind) => find(root, `[data-part="${name}"]`, kind);

/** @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
export function context2d(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("no canvas to draw on");
  return context;
}
