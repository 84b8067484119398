"""The Codes page in a real browser, with 70,000 made points: first picture, frames while panning, hover, selection.

    python -m benchmarks.codes_page
    python -m benchmarks.codes_page --points 10000 --maps 4

Starts the app on a free port and opens it in headless Chromium (Playwright; software rendering, so a desktop with a GPU
draws faster). Points, maps and pictures are made here, and answer in the server's place: no data set is needed, and
what is measured is the browser's part. Times are taken inside the page, at animation frames.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import statistics
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Page, Route, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import IN_PAGE, app, quantile
from core.store import checkpoints
from pages.codes.routes import CHUNK
from pages.shared.codec import pack

SIDE = 28
NAMES = ("code", "pca-pixels", "umap-pixels", "tsne-pixels")

# What is measured here beside the first picture: a map's middle row as a number, and a pointer over a map
MAPS = """
window.painted = (i) => {
  const canvas = window.deep(`[data-stage="map-${i}"]`);
  if (!canvas || canvas.width < 3) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + data[at] * 7 + data[at + 3]) >>> 0;
  return data.some((x) => x) ? sum : 0;
};
window.event = (i, type, x, y, more = {}) => {
  const over = window.deep(`[data-map="${i}"] [data-part="over"]`), box = over.getBoundingClientRect();
  over.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, pointerId: 1, pointerType: "mouse",
    clientX: box.left + x * box.width, clientY: box.top + y * box.height, ...more }));
};
Element.prototype.setPointerCapture = () => {};
"""

# Drags a map at every animation frame: pictures a second, and the longest pause between two
PAN = """(milliseconds) => new Promise((done) => {
  window.event(0, "pointerdown", 0.5, 0.5);
  const times = [], shown = new Set(), began = performance.now();
  const beat = (now) => {
    times.push(now);
    const t = (now - began) / 300;
    window.event(0, "pointermove", 0.5 + 0.3 * Math.sin(t), 0.5 + 0.2 * Math.cos(1.3 * t));
    if (now - began < milliseconds) return requestAnimationFrame(beat);
    window.event(0, "pointerup", 0.5, 0.5);
    const gaps = times.slice(1).map((x, i) => x - times[i]);
    done({ fps: 1000 * gaps.length / (times.at(-1) - times[0]), worst: Math.max(...gaps) });
  };
  requestAnimationFrame(beat);
})"""

# From a movement of the pointer to the card with the picture under it
HOVER = """([x, y]) => new Promise((done) => requestAnimationFrame(() => {
  const tip = window.deep('[data-part="tip"]'), before = tip.textContent, began = performance.now();
  window.event(0, "pointermove", x, y);
  const beat = () => {
    if (!tip.hidden && tip.textContent !== before) return done(performance.now() - began);
    if (performance.now() - began > 1000) return done(null);
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
}))"""

# From letting go of a box on one map to the other map drawn anew
CHOOSE = """([left, top, right, bottom]) => new Promise((done) => requestAnimationFrame(() => {
  window.event(0, "pointerdown", left, top, { shiftKey: true });
  window.event(0, "pointermove", right, bottom, { shiftKey: true });
  const before = window.painted(1), began = performance.now();
  window.event(0, "pointerup", right, bottom, { shiftKey: true });
  const beat = () => {
    const took = performance.now() - began;
    if (window.painted(1) !== before) return done(took);
    if (took > 1000) return done(null); // few points: none of them stands in the row that is looked at
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
}))"""


class Made:
    """Points in ten clouds, and what the routes would answer about them."""

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(0)
        self.n, self.per = n, CHUNK // SIDE**2
        self.labels = rng.integers(0, 10, n).astype(np.uint8)
        self.maps = {}
        for name in NAMES:
            centres = rng.normal(size=(10, 2)) * 4
            self.maps[name] = (centres[self.labels] + rng.normal(size=(n, 2))).astype(np.float32)
        self.image = rng.integers(0, 255, (997, SIDE, SIDE), dtype=np.uint8)
        self.image[:, :4] = self.image[:, -4:] = self.image[:, :, :4] = self.image[:, :, -4:] = 0

    def answer(self, path: str, query: str) -> bytes | None:
        """The message for a path behind the checkpoint's name; None where the server shall answer itself."""
        if path == "points":
            listed = [{"name": m, "title": m, "settings": {}, "decodes": False} for m in NAMES]
            header = {"split": "test", "n": self.n, "dim": 2, "classes": list("0123456789"), "height": SIDE}
            header |= {"width": SIDE, "chunk": self.per, "glyphs": True, "maps": listed, "film": False, "note": ""}
            header |= {"kind": "images", "size": SIDE**2, "factors": [], "layers": [], "scores": []}
            errors = np.random.default_rng(1).gamma(3, 3, self.n)
            planes = {"errors": ("f32", errors), "indices": ("f32", np.arange(self.n)), "labels": ("u8", self.labels)}
            return pack(header, planes)
        if found := re.fullmatch(r"layouts/([\w-]+)", path):
            scores = {"knn_accuracy": 0.9, "trustworthiness": 0.9, "continuity": 0.9}
            return pack({"ready": True, "scores": scores}, {"coordinates": ("f32", self.maps[found[1]])})
        if found := re.fullmatch(r"sprites/(\d+)", path):
            first = int(found[1]) * self.per
            rows = np.arange(first, min(self.n, first + self.per)) % len(self.image)
            return pack({"first": first}, {"images": ("u8", self.image[rows])})
        if path == "reconstructions":
            return pack({}, {"images": ("u8", self.image[: len(query.split("rows=")[1].split("."))])})
        return None

    def serve(self, route: Route) -> None:
        asked = urlsplit(route.request.url)
        body = self.answer(asked.path.split("/", 4)[4], asked.query)
        if body is None:
            route.fallback()
        else:
            route.fulfill(status=200, content_type="application/octet-stream", body=gzip.decompress(body))


def measure(options: argparse.Namespace, chromium: str) -> dict[str, Any]:
    found = next(c for c in checkpoints.available()[0] if c.manifest.preset.name == "digits-autoencoder-2")
    made = Made(options.points)
    query = f"/codes?checkpoint={found.name}&maps={','.join(NAMES[: options.maps])}&near=off"
    result: dict[str, Any] = {"first_ms": [], "hover_ms": [], "choose_ms": []}
    with sync_playwright() as playwright, app() as (address, _, _):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(options.repeats):
            context = browser.new_context(
                viewport={"width": 1440, "height": 1000}, device_scale_factor=options.ratio, bypass_csp=True
            )
            context.add_init_script(IN_PAGE + MAPS)
            context.route(re.compile(r"/api/maps/"), made.serve)
            page = context.new_page()
            page.goto(address + query, wait_until="commit")
            page.wait_for_function("window.firstPicture", timeout=60_000)
            result["first_ms"].append(page.evaluate("window.firstPicture"))
            if len(result["first_ms"]) == options.repeats:
                _use(page, options, result)
            context.close()
        browser.close()
    return result


def _use(page: Page, options: argparse.Namespace, result: dict[str, Any]) -> None:
    page.wait_for_timeout(4000)  # all pictures have come
    result["pan"] = page.evaluate(PAN, 5000)
    page.wait_for_timeout(500)
    rng = np.random.default_rng(2)
    for _ in range(options.changes):
        result["hover_ms"].append(page.evaluate(HOVER, (0.3 + 0.4 * rng.random(2)).tolist()))
    for k in range(max(5, options.changes // 4)):
        low, high = 0.2 + 0.2 * rng.random(2), 0.6 + 0.2 * rng.random(2)
        result["choose_ms"].append(page.evaluate(CHOOSE, [*low.tolist(), *high.tolist()]))
        page.wait_for_timeout(150 + k % 2)


def report(result: dict[str, Any], options: argparse.Namespace) -> None:
    table = Table("", "", box=None, show_header=False)
    first = result["first_ms"]
    table.add_row("first picture, ms", f"{statistics.median(first):,.0f} ({min(first):,.0f} to {max(first):,.0f})")
    table.add_row(
        "frames a second while panning", f"{result['pan']['fps']:.1f}, longest {result['pan']['worst']:.0f} ms"
    )
    for name, title in (("hover_ms", "from pointer to picture"), ("choose_ms", "from a box to the other map")):
        values = [v for v in result[name] if v is not None]
        p50, p95 = quantile(values, 0.5), quantile(values, 0.95)
        table.add_row(f"{title}, p50 / p95, ms", f"{p50:.0f} / {p95:.0f} of {len(values)}")
    console = Console(width=120)
    console.print(f"\n{options.points:,} points on {options.maps} maps, {options.ratio:g} pixels a dot")
    console.print(table)
    load = f"{os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), {time.strftime('%Y-%m-%d')}"
    console.print(f"{platform.system()} {platform.machine()}, {load}", highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=70_000)
    parser.add_argument("--maps", type=int, default=2, choices=(1, 2, 3, 4))
    parser.add_argument("--ratio", type=float, default=1, help="device pixels for each of the page's (default 1)")
    parser.add_argument("--repeats", type=int, default=5, help="page openings (default 5)")
    parser.add_argument("--changes", type=int, default=60, help="movements of the pointer (default 60)")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    report(measure(options, chromium), options)


if __name__ == "__main__":
    main()
