"""The examples that are represented: rows of a split, or stretches of a text, so that every map is of the same ones.

The split "all" is the test examples, then the training ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.config.fields import require
from core.data.base import Dataset
from core.data.errors import DataError
from core.numerics import mulaw, spectra
from core.representations.catalogue import BANDS, CHARACTERS, TIMES

STRETCH = 256  # characters of a text that are one example, whatever tokens a model reads them as
PARTS = ("test", "train")  # of the split "all", in this order
_FIRST = 32  # the first printable character of ASCII


def count(dataset: Dataset, split: str) -> int:
    """How many examples a split has. Raises `SettingError` for another split, `DataError` for one without examples."""
    require(split in (*PARTS, "all"), "split", split, "test, train or all")
    n = sum(_size(dataset, part) for part in parts_of(split))
    if not n:
        other = "train" if split == "test" else "test"
        raise DataError(f"{dataset.name}: split={split!r} has no examples; use split={other!r}")
    return n


def parts_of(split: str) -> tuple[str, ...]:
    """The parts of the data that a split is made of."""
    return PARTS if split == "all" else (split,)


def by_part(
    dataset: Dataset, split: str, rows: np.ndarray, make: Callable[[str, np.ndarray], np.ndarray]
) -> np.ndarray:
    """What `make(part, rows within it)` gives for rows of a split, (n, ...) in their order."""
    if split != "all":
        return make(split, rows)
    n = _size(dataset, PARTS[0])
    first = rows < n
    pieces = make(PARTS[0], rows[first]), make(PARTS[1], rows[~first] - n)
    found = np.empty((len(rows), *pieces[0].shape[1:]), pieces[0].dtype)
    found[first], found[~first] = pieces
    return found


def labels(dataset: Dataset, split: str, rows: np.ndarray) -> np.ndarray | None:
    """Indices (n,) int64 into the classes of the data; None where a part has none."""
    if any(getattr(dataset, f"{part}_labels") is None for part in parts_of(split)):
        return None
    return by_part(dataset, split, rows, lambda part, at: getattr(dataset, f"{part}_labels")[at].astype(np.int64))


def factors(dataset: Dataset, split: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What is known to have generated the examples, (n,) each."""
    known = [getattr(dataset, f"{part}_factors") for part in parts_of(split)]
    return {
        name: by_part(dataset, split, rows, lambda part, at, name=name: getattr(dataset, f"{part}_factors")[name][at])
        for name in known[0]
        if all(name in each for each in known)
    }


def stretches(dataset: Dataset, split: str, rows: np.ndarray) -> np.ndarray:
    """Code points (n, STRETCH) of the text's examples."""

    def cut(part: str, at: np.ndarray) -> np.ndarray:
        text = getattr(dataset, part)
        return text[: len(text) // STRETCH * STRETCH].reshape(-1, STRETCH)[at]

    return by_part(dataset, split, rows, cut)


def features(dataset: Dataset, split: str, rows: np.ndarray) -> np.ndarray:
    """The input itself as vectors (n, D) float32: greys from 0 to 1, values as they are; of word counts and of a text's
    characters the square roots of shares, whose distance is Hellinger's; of a recording the power in dB of bands of
    frequency in parts of its time."""
    if dataset.kind == "text":
        kinds = np.minimum(stretches(dataset, split, rows).astype(np.int64) - _FIRST, CHARACTERS - 1)
        kinds[kinds < 0] = CHARACTERS - 1  # line ends
        counted = np.zeros((len(rows), CHARACTERS), np.float32)
        np.add.at(counted, (np.arange(len(rows))[:, None], kinds), 1)
        return np.sqrt(counted / STRETCH)
    if dataset.kind == "audio":
        return by_part(dataset, split, rows, lambda part, at: _mel_bands(dataset, part, at))
    taken = by_part(dataset, split, rows, lambda part, at: getattr(dataset, part)[at])
    flat = taken.reshape(len(rows), -1).astype(np.float32)
    if dataset.kind == "counts":
        return np.sqrt(flat / np.maximum(flat.sum(1, keepdims=True), 1))
    return flat / (dataset.levels - 1) if dataset.kind == "levels" and dataset.levels else flat


def image_features(dataset: Dataset, greys: np.ndarray) -> np.ndarray:
    """The same of images (n, h, w), greys from 0 to 1."""
    flat = greys.reshape(len(greys), -1).astype(np.float32)
    return (flat > 0.5).astype(np.float32) if dataset.kind == "binary" else flat


def _mel_bands(dataset: Dataset, part: str, rows: np.ndarray) -> np.ndarray:
    """Power (n, TIMES * BANDS) of recordings, each as long as it is."""
    found = np.empty((len(rows), TIMES * BANDS), np.float32)
    levels, lengths = getattr(dataset, part), getattr(dataset, f"{part}_lengths")
    for to, row in zip(found, rows, strict=True):
        samples = mulaw.decode(levels[row, : lengths[row]])
        to[:] = spectra.mel_bands(samples, dataset.rate, BANDS, TIMES).ravel()
    return found


def _size(dataset: Dataset, part: str) -> int:
    n = len(getattr(dataset, part))
    return n // STRETCH if dataset.kind == "text" else n
