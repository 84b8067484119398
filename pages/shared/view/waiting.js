// What a visitor sees while the server is busy with others: one line at the foot of the window, and nothing is lost.

/** @type {Set<Waiting>} */
const open = new Set();
/** @type {HTMLElement | null} */
let line = null;

const STYLE =
  "position:fixed;left:50%;bottom:1rem;transform:translateX(-50%);z-index:1000;max-width:90vw;padding:.5rem .9rem;border-radius:.5rem;background:#1b222c;color:#fff;font:14px system-ui,sans-serif;box-shadow:0 2px 12px rgb(0 0 0 / 30%)";

function show() {
  const last = [...open].findLast(waiting => waiting.text);
  if (!last) {
    line?.remove();
    line = null;
    return;
  }
  if (!line) {
    line = document.createElement("div");
    line.setAttribute("role", "status");
    line.style.cssText = STYLE;
    document.body.append(line);
  }
  line.textContent = last.text;
}

/** One request that may have to wait. */
export class Waiting {
  constructor() {
    this.text = "";
  }

  /** @param {string} text what the server said */
  say(text) {
    this.text = text;
    open.add(this);
    show();
  }

  over() {
    if (open.delete(this)) show();
  }
}

/**
 * Wait so many milliseconds; ends early with an AbortError where the request is given up.
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 */
export function pause(milliseconds, signal) {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        failed(new DOMException("given up", "AbortError"));
      },
      { once: true },
    );
  });
}
