"""The Latent space page in a real browser: first picture, latency of the drag, pictures decoded a second.

    python -m benchmarks.latent_page
    python -m benchmarks.latent_page --checkpoint mnist-vae-2

Starts the app on a free port and opens it in headless Chromium (Playwright; software rendering, so a desktop with a GPU
draws faster). Times are taken inside the page: a drag is answered when the large picture on its canvas is another.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import quantile
from benchmarks.in_browser import figure, measured
from pages.latent import EXHIBIT

# A pointer held on the map moves as soon as its last movement was answered. Latency: from the event to the first
# animation frame that finds the large picture painted anew
DRAG = """(milliseconds) => new Promise((done) => {
  const over = window.deep('[data-part="over"]'), box = over.getBoundingClientRect();
  const large = window.deep('[data-part="large"]'), context = large.getContext("2d", { willReadFrequently: true });
  Element.prototype.setPointerCapture = () => {};
  const fire = (type, x, y) => over.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, pointerId: 1,
    pointerType: "mouse", button: 0, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
  fire("pointerdown", 0.5, 0.5);
  const waits = [], began = performance.now();
  let changed = 0, paints = 0;
  const draw = context.drawImage.bind(context);
  context.drawImage = (...a) => { paints += 1; return draw(...a); };
  let sent = 0, before = 0;
  const send = () => {
    const t = (performance.now() - began) / 700;
    sent = performance.now();
    before = paints;
    fire("pointermove", 0.5 + 0.35 * Math.sin(t), 0.5 + 0.35 * Math.cos(1.3 * t));
  };
  const beat = () => {
    if (paints > before || performance.now() - sent > 500) {
      waits.push(performance.now() - sent);
      changed += paints > before;
      if (performance.now() - began > milliseconds) {
        fire("pointerup", 0.5, 0.5);
        return done({ waits, seconds: (performance.now() - began) / 1000, changed });
      }
      send();
    }
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(() => { send(); requestAnimationFrame(beat); });
})"""

# The decoder by itself, as the drag, the lattice and the rows call it; without an address one of random weights
DECODE = """async ([url, sizes, milliseconds]) => {
  const { Net } = await import(new URL("./ui/codes/view/decoder.js", document.baseURI).href);
  const d = sizes[0], drawn = (n) => ({ data: Float32Array.from({ length: n }, () => Math.random() - 0.5) });
  const made = () => {
    const planes = { shift: drawn(sizes.at(-1)), scale: drawn(sizes.at(-1)) };
    sizes.slice(1).forEach((n, i) => { planes[`weight${i}`] = drawn(n * sizes[i]); planes[`bias${i}`] = drawn(n); });
    const units = sizes.slice(1).map((_, i) => (i < sizes.length - 2 ? "gelu" : "sigmoid"));
    return new Net({ header: { units }, planes });
  };
  const net = url ? await Net.load(url) : made();
  const z = new Float32Array(d);
  for (let i = 0; i < 50; i++) net.run(z);
  const began = performance.now();
  let n = 0;
  for (; performance.now() - began < milliseconds; n++) { z[n % d] = Math.sin(n); net.run(z); }
  return n / (performance.now() - began) * 1000;
}"""


def measure(page: Page, address: str, checkpoint: object, seconds: float) -> dict[str, float]:
    """First picture, latency of the drag and decodes a second of one checkpoint."""
    page.goto(f"{address}/latent?checkpoint={checkpoint.name}&mode=dimensions", wait_until="commit")
    page.wait_for_function("window.firstPicture", timeout=60_000)
    page.wait_for_timeout(1500)
    found = {"first picture, s": page.evaluate("window.firstPicture") / 1000}
    drag = page.evaluate(DRAG, seconds * 1000)
    found["drag to picture p50, ms"] = statistics.median(drag["waits"])
    found["drag to picture p95, ms"] = quantile(drag["waits"], 0.95)
    found["pictures a second"] = drag["changed"] / drag["seconds"]
    url = f"./api/latent/{checkpoint.name}/decoder?v={checkpoint.version}"
    found["decodes a second"] = page.evaluate(DECODE, [url, [checkpoint.code_size], 1000])
    found["the same, 2-400-400-784"] = page.evaluate(DECODE, ["", [2, 400, 400, 784], 1000])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", default="", help="name, or its beginning; otherwise all that are here")
    parser.add_argument("--seconds", type=float, default=5.0, help="of dragging")
    arguments = parser.parse_args()
    here = [c for c in EXHIBIT.checkpoints()[0] if c.name.startswith(arguments.checkpoint)]
    here = [c for c in here if c.manifest.preset.model["net"] == "dense"]
    if not here:
        sys.exit("no dense variational autoencoder of that name is here")
    rows = measured(here, measure, arguments.seconds)
    table = Table("checkpoint", *rows[0])
    for checkpoint, row in zip(here, rows, strict=True):
        table.add_row(checkpoint.manifest.preset.name, *map(figure, row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
