"""Arrays of grey values to picture files."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np

from core.store.checkpoints import CheckpointError


def to_bytes(grey: np.ndarray) -> np.ndarray:
    """Grey 0..1 to uint8, clipped."""
    return (np.clip(grey, 0, 1) * 255 + 0.5).astype(np.uint8)


def grid(images: np.ndarray, gap: int = 2, background: float = 0.25) -> np.ndarray:
    """Images (N, H, W) of grey 0..1 in one near-square picture (rows, columns), row by row."""
    n, height, width = images.shape
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap), background, np.float32)
    for i, image in enumerate(images):
        y, x = gap + (i // columns) * (height + gap), gap + (i % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = image
    return sheet


def write_png(grey: np.ndarray, file: Path, zoom: int = 3) -> None:
    """Write grey 0..1 (rows, columns) as a PNG, each pixel `zoom` wide. Raises `CheckpointError` on a bad path."""
    from PIL import Image

    picture = Image.fromarray(np.kron(to_bytes(grey), np.ones((zoom, zoom), np.uint8)))
    try:
        picture.save(file, format="PNG")
    except OSError as error:
        raise CheckpointError(f"cannot write {file}: {error}") from error


def tiled_gif(
    tiles: np.ndarray, classes: np.ndarray, colours: list[tuple[int, int, int]], columns: int, fps: int
) -> bytes:
    """An endless GIF of grey tiles (T, N, H, W) of uint8 in a grid, each framed in the colour of its class: T
    frames, also where they are equal.

    classes (T, N): index into `colours`; an index beyond them gets a dark grey frame. Tiles are enlarged to about
    720 pixels for the longer side of all. The palette holds 256 - len(colours) - 1 greys, which the eye does not
    tell from 256.
    """
    from PIL import Image

    frames, n, height, width = tiles.shape
    greys = 256 - len(colours) - 1
    palette = [int(round(255 * i / (greys - 1))) for i in range(greys) for _ in range(3)]
    palette += [40, 40, 40, *(part for colour in colours for part in colour)]
    rows = -(-n // columns)
    zoom = max(1, 720 // max(columns * (width + 4), rows * (height + 4)))
    edge, pad = zoom, 1
    cell_h, cell_w = height * zoom + 2 * (edge + pad), width * zoom + 2 * (edge + pad)
    pictures, last = [], None
    for t in range(frames):
        sheet = np.full((rows * cell_h, columns * cell_w), greys, np.uint8)
        for k in range(n):
            y, x = (k // columns) * cell_h + pad, (k % columns) * cell_w + pad
            known = classes[t, k] < len(colours)
            frame = greys + 1 + classes[t, k] if known else greys
            sheet[y : y + cell_h - 2 * pad, x : x + cell_w - 2 * pad] = frame
            grey = (tiles[t, k].astype(np.float32) * ((greys - 1) / 255) + 0.5).astype(np.uint8)
            big = np.kron(grey, np.ones((zoom, zoom), np.uint8))
            sheet[y + edge : y + edge + height * zoom, x + edge : x + edge + width * zoom] = big
        # Pillow drops a frame that equals the one before it, and the film would lose steps: a pixel of the margin
        # turns to the grey next to its own
        if t and np.array_equal(sheet, last):
            sheet[-1, -1] = round(41 / 255 * (greys - 1))
        last = sheet
        picture = Image.fromarray(sheet)
        picture = picture.convert("P")
        picture.putpalette(palette)
        pictures.append(picture)
    out = io.BytesIO()
    duration = max(20, round(1000 / fps))  # viewers slow anything faster than 50 pictures a second
    pictures[0].save(
        out, format="GIF", save_all=True, append_images=pictures[1:], duration=duration, loop=0, optimize=False
    )
    return out.getvalue()
