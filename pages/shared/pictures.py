"""Rows of small images as one picture, in grey or with signs in colour."""

from __future__ import annotations

import numpy as np

GAP = 3  # pixels between tiles

# Positive and negative values (Okabe & Ito 2008), and what lies between, on any page
PLUS, MINUS, ZERO = (213, 94, 0), (0, 114, 178), (244, 244, 244)


def row(images: np.ndarray, side: int = 56) -> np.ndarray:
    """Grey images (n, h, w) from 0 to 1 beside each other, about `side` pixels wide each: (H, W, 3) uint8."""
    grey = (np.clip(images, 0, 1) * 255).astype(np.uint8)
    return _beside(np.repeat(grey[..., None], 3, -1), side)


def signed_row(images: np.ndarray, side: int = 56, largest: float = 1.0) -> np.ndarray:
    """Signed images (n, h, w) beside each other: orange above zero, blue below, white at zero."""
    share = np.clip(images / largest, -1, 1)[..., None]
    ends = np.where(share > 0, np.array(PLUS), np.array(MINUS))
    mixed = np.array(ZERO) + np.abs(share) * (ends - np.array(ZERO))
    return _beside(mixed.astype(np.uint8), side)


def _beside(tiles: np.ndarray, side: int) -> np.ndarray:
    """(n, h, w, 3) -> one picture; each pixel becomes a square of whole pixels, so that none is blurred."""
    n, h, w, _ = tiles.shape
    scale = max(1, round(side / w))
    large = tiles.repeat(scale, 1).repeat(scale, 2)
    picture = np.zeros((h * scale, n * (w * scale + GAP) - GAP, 4), np.uint8)  # gaps are transparent
    for i, tile in enumerate(large):
        left = i * (w * scale + GAP)
        picture[:, left : left + w * scale, :3] = tile
        picture[:, left : left + w * scale, 3] = 255
    return picture
