"""Arrays of grey values to picture files."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np

from core.checkpoints import CheckpointError


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


def gif(frames: np.ndarray, milliseconds: int) -> bytes:
    """An endless GIF of frames (T, rows, columns, 3) of uint8."""
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in frames]
    out = io.BytesIO()
    pictures[0].save(
        out, format="GIF", save_all=True, append_images=pictures[1:], duration=max(20, milliseconds), loop=0
    )
    return out.getvalue()
