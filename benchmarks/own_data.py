"""Home's third door in a real browser: from a file of images to PCA, UMAP and a small autoencoder of it on the screen.

    python -m benchmarks.own_data
    python -m benchmarks.own_data --images 1000 --repeats 1

Starts the app as `python app.py` does, on a free port, with folders of its own for data and checkpoints, opens it in
headless Chromium (Playwright) and brings test images of MNIST, others each time. Seconds from choosing the file until
points are on each map; of the autoencoder also until it is trained. The first file is that of a server just started.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import shutil
import sys
import tempfile
import time

import numpy as np
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import IN_PAGE, app
from core import data

MOST = 600  # seconds until all shall be there
TIMES = ("pca", "umap", "autoencoder", "trained")
TITLES = ("PCA", "UMAP", "autoencoder, first codes", "autoencoder, trained")

# Which maps have points on their canvas, and whether the autoencoder is trained
SEEN = """() => ["pca", "umap", "autoencoder"].flatMap(name => {
  const card = window.deep(`[data-map="${name}"]`), dots = card?.querySelector('[data-part="dots"]');
  if (!dots || dots.width < 3) return [];
  const { data } = dots.getContext("2d").getImageData(0, 0, dots.width, dots.height);
  const trained = name === "autoencoder" && card.dataset.state === "ready" ? ["trained"] : [];
  return data.some(x => x) ? [name, ...trained] : [];
})"""


def packed(x: np.ndarray, labels: np.ndarray) -> bytes:
    """Images (n, h, w) with their classes (n,), as people bring them."""
    file = io.BytesIO()
    np.savez_compressed(file, x=x, y=labels)
    return file.getvalue()


def brought(page: Page, address: str, name: str, content: bytes) -> dict[str, float]:
    """Seconds until each of `TIMES`, from choosing the file on Home."""
    page.goto(address)
    page.locator('[data-do="bring"]').click()
    page.locator('[data-map="pca"]').wait_for()
    chooser = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    chooser.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    began, found = time.perf_counter(), {}
    while len(found) < len(TIMES):
        for what in page.evaluate(SEEN):
            found.setdefault(what, time.perf_counter() - began)
        if time.perf_counter() - began > MOST:
            sys.exit(f"after {MOST} seconds there are only {', '.join(found)}")
        page.wait_for_timeout(50)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=2, help="files, others each time (default 2)")
    options = parser.parse_args()
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    mnist = data.load_test("mnist")
    assert mnist.test_labels is not None
    parts = [np.arange(i * options.images, (i + 1) * options.images) % len(mnist.test) for i in range(options.repeats)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PLAYGROUND_DATA": f"{folder}/data", "PLAYGROUND_CHECKPOINTS": f"{folder}/checkpoints"}
        os.makedirs(f"{folder}/checkpoints")
        with app() as (address, _, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, bypass_csp=True)
            page.add_init_script(IN_PAGE)
            times = [
                brought(page, address, f"images-{i}.npz", packed(mnist.test[rows], mnist.test_labels[rows]))
                for i, rows in enumerate(parts)
            ]
            browser.close()
    table = Table("seconds until", *("fresh server" if i == 0 else f"file {i + 1}" for i in range(len(times))))
    for what, title in zip(TIMES, TITLES, strict=True):
        table.add_row(title, *(f"{each[what]:.1f}" for each in times))
    console = Console()
    shape = "×".join(map(str, mnist.test.shape[1:]))
    load = f"{os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), {time.strftime('%Y-%m-%d')}"
    console.print(f"{options.images:,} images of {shape}; {platform.machine()}, {load}", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
