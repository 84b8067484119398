"""The chains page in a real browser: first picture, pictures a second, answers to a change, memory over minutes.

    python -m benchmarks.gibbs_page                  ten minutes of live chains
    python -m benchmarks.gibbs_page --minutes 0      all but memory, in under a minute

Starts the app as `python app.py` does, on a free port, and opens it in headless Chromium (Playwright; software
rendering, so a desktop with a GPU draws faster). 64 chains of the MNIST machine where its checkpoint is here, else of
the small digits. All times are taken inside the page, at animation frames: a picture counts when it is on its canvas.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from core.store import checkpoints

REPOSITORY = Path(__file__).parent.parent
SPEEDS = (12, 60)

# Look into the player's shadow root; note when its first picture stood on the canvas
IN_PAGE = """
window.deep = (selector, root = document) => {
  const found = root.querySelector(selector);
  if (found) return found;
  for (const element of root.querySelectorAll("*"))
    if (element.shadowRoot) {
      const inner = window.deep(selector, element.shadowRoot);
      if (inner) return inner;
    }
  return null;
};
window.frameNow = () => {
  const text = window.deep('[data-part="frame"]')?.textContent ?? "";
  return Number(text.replaceAll(",", "").match(/frame ([0-9]+)/)?.[1] ?? -1);
};
const look = () => {
  const canvas = window.deep("canvas[data-stage]");
  if (canvas && canvas.width > 2) {
    const { data } = canvas.getContext("2d").getImageData(canvas.width >> 1, 0, 1, canvas.height);
    if (data.some((x) => x)) return (window.firstPicture = performance.now());
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

# Distinct frames shown, and animation frames, in so many milliseconds
COUNT = """(milliseconds) => new Promise((done) => {
  const shown = new Set(), began = performance.now();
  let beats = 0;
  const beat = (now) => {
    shown.add(window.frameNow());
    beats += 1;
    if (now - began < milliseconds) requestAnimationFrame(beat);
    else done({ shown: shown.size / (now - began) * 1000, beats: beats / (now - began) * 1000 });
  };
  requestAnimationFrame(beat);
})"""

# From moving the temperature slider to the first new frame shown
ANSWER = """(value) => new Promise((done) => {
  const slider = window.deep('input[data-slide="temperature"]');
  requestAnimationFrame(() => {
    const before = window.frameNow(), began = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    const beat = () => (window.frameNow() > before ? done(performance.now() - began) : requestAnimationFrame(beat));
    requestAnimationFrame(beat);
  });
})"""

# Moves the slider at every animation frame, as a dragging finger does: new frames a second meanwhile
DRAG = """(milliseconds) => new Promise((done) => {
  const slider = window.deep('input[data-slide="temperature"]');
  const shown = new Set(), began = performance.now();
  const beat = (now) => {
    slider.value = 0.3 * Math.sin((now - began) / 150) + 0.05;
    slider.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    shown.add(window.frameNow());
    if (now - began < milliseconds) requestAnimationFrame(beat);
    else done(shown.size / (now - began) * 1000);
  };
  requestAnimationFrame(beat);
})"""


@contextmanager
def app(folder: Path = REPOSITORY) -> Iterator[tuple[str, int, float]]:
    """The app in `folder` as a process: its address, process id and the seconds until its port answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=folder,
        env=os.environ | {"PORT": address.rsplit(":", 1)[1]},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            if process.poll() is not None:
                sys.exit("the app did not start; see above")
            time.sleep(0.01)
        yield address, process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def first_picture(context: BrowserContext, address: str) -> tuple[Page, float]:
    """A new tab on the chains page, and the milliseconds from navigation to its first picture."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.firstPicture", timeout=60_000)
    return page, page.evaluate("window.firstPicture")


def new_context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.add_init_script(IN_PAGE)
    return context


def resident_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def watch_memory(browser: Browser, page: Page, server: int, minutes: float, every: float) -> list[dict[str, float]]:
    """Samples of JS heap (after a collection), the page's process and the server, while the chains play."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    processes = browser.new_browser_cdp_session()
    samples = []
    began = time.perf_counter()
    while True:
        session.send("HeapProfiler.collectGarbage")
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        listed = processes.send("SystemInfo.getProcessInfo")["processInfo"]
        renderers = [p["id"] for p in listed if p["type"] == "renderer"]
        samples.append(
            {
                "minutes": (time.perf_counter() - began) / 60,
                "frame": page.evaluate("window.frameNow()"),
                "js_heap_mb": metrics["JSHeapUsedSize"] / 2**20,
                "page_rss_mb": max(resident_mb(pid) for pid in renderers),
                "server_rss_mb": resident_mb(server),
            }
        )
        if samples[-1]["minutes"] >= minutes:
            return samples
        page.wait_for_timeout(1000 * min(every, 60 * minutes))


def slope(samples: list[dict[str, float]], name: str) -> float:
    """Least-squares slope of the second half, in MB a minute (the first half fills the film's budget)."""
    half = [s for s in samples if s["minutes"] >= samples[-1]["minutes"] / 2]
    if len(half) < 3:
        return float("nan")
    return statistics.linear_regression([s["minutes"] for s in half], [s[name] for s in half]).slope


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def measure(options: argparse.Namespace, chromium: str) -> dict[str, Any]:
    found = {c.manifest.preset.name: c for c in checkpoints.available()[0]}
    checkpoint = found.get("mnist-rbm") or found["digits-rbm"]
    query = f"/gibbs?checkpoint={checkpoint.name}&chains=64"
    result: dict[str, Any] = {"checkpoint": checkpoint.name}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        cold, starts = [], []
        for _ in range(options.repeats):
            with app() as (address, _, seconds):
                context = new_context(browser)
                starts.append(seconds)
                cold.append(first_picture(context, address + query)[1])
                context.close()
        result["server_start_s"] = starts
        result["first_picture_cold_ms"] = cold
        with app() as (address, server, _):
            context = new_context(browser)
            first_picture(context, address + query)[0].close()
            times = {"first_picture_new_visitor_ms": [], "first_picture_again_ms": []}
            for _ in range(options.repeats):
                visitor = new_context(browser)
                times["first_picture_new_visitor_ms"].append(first_picture(visitor, address + query)[1])
                visitor.close()
                page, again = first_picture(context, address + query)
                times["first_picture_again_ms"].append(again)
                page.close()
            result |= times
            for fps in SPEEDS:
                page, _ = first_picture(context, f"{address}{query}&fps={fps}")
                page.wait_for_timeout(2000)
                result[f"frames_at_{fps}"] = page.evaluate(COUNT, 5000)
                if fps == 60:
                    values = [0.5 * (-1) ** k * (1 + k / 100) / 2 for k in range(options.changes)]
                    result["answers_ms"] = [_answer(page, value) for value in values]
                    result["frames_while_dragging"] = page.evaluate(DRAG, 3000)
                page.close()
            page, _ = first_picture(context, address + query)
            result["memory"] = watch_memory(browser, page, server, options.minutes, options.every)
        browser.close()
    return result


def _answer(page: Page, value: float) -> float:
    taken = page.evaluate(ANSWER, value)
    page.wait_for_timeout(150)
    return taken


def report(result: dict[str, Any], command: str) -> None:
    def median(name: str) -> str:
        values = result[name]
        return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"

    table = Table("", "", box=None, show_header=False)
    starts = result["server_start_s"]
    table.add_row("server answers after start, s", f"{statistics.median(starts):.2f} (to {max(starts):.2f})")
    table.add_row("first picture, server just started, ms", median("first_picture_cold_ms"))
    table.add_row("first picture, new visitor, ms", median("first_picture_new_visitor_ms"))
    table.add_row("first picture, visitor again, ms", median("first_picture_again_ms"))
    for fps in SPEEDS:
        counted = result[f"frames_at_{fps}"]
        table.add_row(f"frames shown a second, speed {fps}", f"{counted['shown']:.1f} (browser {counted['beats']:.0f})")
    answers = result["answers_ms"]
    p50, p95 = quantile(answers, 0.5), quantile(answers, 0.95)
    table.add_row("temperature to new frame, p50 / p95, ms", f"{p50:.0f} / {p95:.0f} of {len(answers)}")
    table.add_row("new frames a second while dragging", f"{result['frames_while_dragging']:.1f}")
    samples = result["memory"]
    if len(samples) > 1:
        for name, title in (("js_heap_mb", "JS heap"), ("page_rss_mb", "page's process"), ("server_rss_mb", "server")):
            first, half, last = samples[0][name], samples[len(samples) // 2][name], samples[-1][name]
            text = f"{first:.0f}, {half:.0f}, {last:.0f} ({slope(samples, name):+.2f} a minute)"
            table.add_row(f"{title}, MB: first, halfway, last (second half)", text)
        table.add_row("chains played for", f"{samples[-1]['minutes']:.1f} min, to frame {samples[-1]['frame']:,.0f}")
    console = Console(width=120)
    console.print(f"\n64 chains of {result['checkpoint']}; medians (and ranges)")
    console.print(table)
    console.print(f"{result['machine']}\n{command}", highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="of live chains for memory (default 10); 0: none")
    parser.add_argument("--every", type=float, default=30, help="seconds between looks at memory (default 30)")
    parser.add_argument("--repeats", type=int, default=5, help="page openings of each kind (default 5)")
    parser.add_argument("--changes", type=int, default=60, help="of temperature (default 60)")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    result = measure(options, chromium)
    versions = ", ".join(f"{p} {version(p)}" for p in ("streamlit", "torch"))
    result["machine"] = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), "
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {versions}"
    )
    report(result, "python -m benchmarks.gibbs_page " + " ".join(sys.argv[1:]))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
