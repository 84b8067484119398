"""The examples that are represented: rows of a split, or stretches of a text, so that every map is of the same ones."""

from __future__ import annotations

import numpy as np

from core.config.fields import require
from core.data.base import Dataset
from core.data.errors import DataError
from core.representations.catalogue import CHARACTERS

STRETCH = 256  # characters of a text that are one example, whatever tokens a model reads them as
_FIRST = 32  # the first printable character of ASCII


def count(dataset: Dataset, split: str) -> int:
    """How many examples a split has. Raises `SettingError` for another split, `DataError` for one without examples."""
    require(split in ("test", "train"), "split", split, "test or train")
    n = len(getattr(dataset, split))
    n = n // STRETCH if dataset.kind == "text" else n
    if not n:
        other = "train" if split == "test" else "test"
        raise DataError(f"{dataset.name}: split={split!r} has no examples; use split={other!r}")
    return n


def stretches(dataset: Dataset, split: str, rows: np.ndarray) -> np.ndarray:
    """Code points (n, STRETCH) of the text's examples."""
    text = getattr(dataset, split)
    return text[: len(text) // STRETCH * STRETCH].reshape(-1, STRETCH)[rows]


def features(dataset: Dataset, split: str, rows: np.ndarray) -> np.ndarray:
    """The input itself as vectors (n, D) float32: greys from 0 to 1, values as they are; of word counts and of a text's
    characters the square roots of shares, whose distance is Hellinger's."""
    if dataset.kind == "text":
        kinds = np.minimum(stretches(dataset, split, rows).astype(np.int64) - _FIRST, CHARACTERS - 1)
        kinds[kinds < 0] = CHARACTERS - 1  # line ends
        counted = np.zeros((len(rows), CHARACTERS), np.float32)
        np.add.at(counted, (np.arange(len(rows))[:, None], kinds), 1)
        return np.sqrt(counted / STRETCH)
    flat = getattr(dataset, split)[rows].reshape(len(rows), -1).astype(np.float32)
    if dataset.kind == "counts":
        return np.sqrt(flat / np.maximum(flat.sum(1, keepdims=True), 1))
    return flat / (dataset.levels - 1) if dataset.kind == "levels" and dataset.levels else flat


def image_features(dataset: Dataset, greys: np.ndarray) -> np.ndarray:
    """The same of images (n, h, w), greys from 0 to 1."""
    flat = greys.reshape(len(greys), -1).astype(np.float32)
    return (flat > 0.5).astype(np.float32) if dataset.kind == "binary" else flat
