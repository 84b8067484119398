// Streamlit's theme: it sets CSS variables on what is around a player, at any time and without a message.

/** @typedef {import("./types.d.ts").Theme} Theme */

/** @param {Element} root @returns {Theme} */
export function readTheme(root) {
  const style = getComputedStyle(root);
  /** @param {string} name @param {string} fallback */
  const read = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  return {
    text: read("text-color", "#1b222c"),
    background: read("background-color", "#ffffff"),
    accent: read("primary-color", "#0b6bcb"),
    panel: read("secondary-background-color", "#f3f5f8"),
    font: style.fontFamily,
  };
}

/**
 * Be called when the theme changes. The style sheet gives the root a transition of a moment on properties that have
 * the theme's colours (tokens.css), so the browser itself says so.
 * @param {Element} root
 * @param {() => void} onChange
 * @returns {() => void} ends it
 */
export function watchTheme(root, onChange) {
  /** @param {Event} event */
  const changed = event => event.target === root && onChange();
  root.addEventListener("transitionrun", changed);
  return () => root.removeEventListener("transitionrun", changed);
}

/**
 * A colour let through in part.
 * @param {string} colour
 * @param {number} share 0 to 1
 */
export const faded = (colour, share) => `color-mix(in srgb, ${colour} ${Math.round(100 * share)}%, transparent)`;
