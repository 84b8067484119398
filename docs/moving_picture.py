"""Make docs/latent.webp: the point drags through the latent plane of `mnist-vae-2`, and the decoded digit follows.

    python -m docs.moving_picture

Starts the app on a free port, opens it in headless Chromium (Playwright) and photographs the page after each movement
of the pointer. Needs the test images of MNIST for the points of the map.
"""

from __future__ import annotations

import io
import math
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.gibbs_page import app

FILE = Path(__file__).parent / "latent.webp"
FRAMES = 36
MILLISECONDS = 120
WIDTH, QUALITY = 420, 27
MARGIN = 10
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"  # Streamlit fades a page while its script runs
LARGEST = 150_000


def place(frame: int) -> tuple[float, float]:
    """Where the pointer stands in a frame, as shares of the map's width and height: a closed curve over all classes."""
    t = 2 * math.pi * frame / FRAMES
    return 0.54 + 0.27 * math.cos(t), 0.50 + 0.24 * math.sin(2 * t + 0.6)


def photographs(page: Page, address: str) -> list[Image.Image]:
    """One picture of the map and the decoded digit for each place of the pointer."""
    page.goto(f"{address}/latent?checkpoint=mnist-vae-2&mode=dimensions", wait_until="commit")
    page.locator('[data-part="dims"] canvas').first.wait_for(timeout=60_000)
    page.wait_for_selector(AT_REST)
    page.wait_for_timeout(3_000)  # the points of the map arrive after the first picture
    box = page.locator('[data-part="over"]').bounding_box()
    parts = [page.locator(f'[data-part="{part}"]').bounding_box() for part in ("kind", "legend", "chosen", "dims")]
    left, top = (min(part[side] for part in parts) - MARGIN for side in ("x", "y"))
    right, bottom = (max(part[a] + part[b] for part in parts) + MARGIN for a, b in (("x", "width"), ("y", "height")))
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    frames = []
    for frame in range(-1, FRAMES):
        x, y = place(frame)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if frame < 0:  # the drag begins with the next movement
            page.mouse.down()
            continue
        page.wait_for_selector(AT_REST)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        frames.append(image.resize((WIDTH, round(WIDTH * image.height / image.width)), Image.Resampling.LANCZOS))
    page.mouse.up()
    return frames


def save(frames: list[Image.Image], file: Path) -> None:
    """Write the frames as a moving picture that loops."""
    first, *rest = frames
    first.save(file, save_all=True, append_images=rest, duration=MILLISECONDS, loop=0, quality=QUALITY, method=6)


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    with app() as (address, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 1000}, device_scale_factor=1)
        frames = photographs(page, address)
        browser.close()
    save(frames, FILE)
    size = FILE.stat().st_size
    print(f"{FILE}: {size / 1000:.0f} kB, {len(frames)} frames of {frames[0].width}x{frames[0].height}")
    if size > LARGEST:
        sys.exit(f"larger than {LARGEST / 1000:.0f} kB")


if __name__ == "__main__":
    main()
