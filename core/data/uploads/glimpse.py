"""What a list shows of a data set: a few images, words, values or characters."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np

from core.data.base import Dataset

SHEET_IMAGES = 16  # images in a sheet, in two rows


def thumbnail_sheet(dataset: Dataset) -> bytes:
    """A PNG of the first training images side by side."""
    from PIL import Image

    top = (dataset.levels or 2) - 1
    images = np.rint(dataset.train[:SHEET_IMAGES].astype(np.float32) * (255 / top)).astype(np.uint8)
    scale = max(1, round(400 / (SHEET_IMAGES // 2) / images.shape[2]))  # small pixels would be blurred by a browser
    n, height, width = (images := images.repeat(scale, 1).repeat(scale, 2)).shape
    across = min(n, SHEET_IMAGES // 2)
    rows = math.ceil(n / across)
    sheet = np.full((rows * (height + scale) - scale, across * (width + scale) - scale), 128, np.uint8)
    for k, image in enumerate(images):
        y, x = k // across * (height + scale), k % across * (width + scale)
        sheet[y : y + height, x : x + width] = image
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()


def glimpse(dataset: Dataset) -> list[Any]:
    """What a list shows of a set that is no images: frequent words, the first values, or the first characters."""
    if dataset.kind == "counts":
        totals = dataset.train.sum(0, dtype=np.int64) + dataset.test.sum(0, dtype=np.int64)
        return [[word, int(n)] for word, n in zip(dataset.vocabulary[:30], totals[:30], strict=True)]
    if dataset.kind == "text":
        return [dataset.train[:300].astype("<u4").tobytes().decode("utf-32-le")]
    if len(dataset.event_shape) == 1:
        return [[float(f"{v:.4g}") for v in row[:8]] for row in dataset.train[:3].tolist()]
    return []
