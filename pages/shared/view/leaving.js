// A link to another page that was just clicked. Streamlit asks the server for that page, and whatever a player tells the
// old one before the new one comes would call it back: so it waits.

const LEAVING = 5_000; // ms after which a page that is still here stays

let clickedAt = Number.NEGATIVE_INFINITY;

if (typeof window !== "undefined")
  window.addEventListener(
    "click",
    event => {
      if (event.target instanceof Element && event.target.closest("a[href]")) clickedAt = performance.now();
    },
    true,
  );

/**
 * Milliseconds until it is known that the page stays; 0 where no link was clicked lately.
 * @param {number} now
 * @param {number} [clicked] when the last link was
 */
export const untilStaying = (now, clicked = clickedAt) => Math.max(0, clicked + LEAVING - now);
