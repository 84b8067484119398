// A plane in a page that scrolls: the wheel and one finger move the page, ctrl+wheel and two fingers the plane.

import { html } from "./html.js";

const SHOWN = 1500; // ms that the hint stays

/** What the wheel alone brings up over the plane. */
export const zoomHint = () =>
  html`<span class="zoom-hint" data-part="zoom-hint" hidden>Hold ${/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ or ctrl" : "ctrl"} and scroll to zoom</span>`;

/**
 * Zoom by ctrl+wheel (a pinch on a touchpad is one too); the wheel alone scrolls the page and says how to zoom.
 * @param {Element} element the plane
 * @param {HTMLElement} hint made by `zoomHint`
 * @param {(factor: number, x: number, y: number) => void} zoom about a place in pixels of the element
 */
export function zoomByWheel(element, hint, zoom) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hiding;
  element.addEventListener(
    "wheel",
    event => {
      if (!(event instanceof WheelEvent)) return;
      if (!event.ctrlKey && !event.metaKey) {
        hint.hidden = false;
        clearTimeout(hiding);
        hiding = setTimeout(() => {
          hint.hidden = true;
        }, SHOWN);
        return;
      }
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / (event.deltaMode ? 20 : 400)), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
}
