"""Examples as pictures, without a model."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset


def grey_images(dataset: Dataset, array: np.ndarray) -> np.ndarray | None:
    """Examples (n, h, w) as greys of bytes; None where they are no pictures."""
    if len(dataset.event_shape) != 2 or dataset.kind == "counts":
        return None
    top = (dataset.levels or 2) - 1 if dataset.kind in ("levels", "binary") else 1
    return np.clip(np.rint(array.astype(np.float32) * (255 / top)), 0, 255).astype(np.uint8)
