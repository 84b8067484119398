"""Bars and stripes: every pattern of a small grid whose columns, or whose rows, are each all on or all off.

The classic toy distribution for Boltzmann machines (MacKay, "Information Theory, Inference, and Learning
Algorithms", 2003, ch. 43): uniform over 2 * 2^n - 2 patterns of n x n pixels, small enough to compare a
model with it exactly.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from core.data.base import Dataset, DatasetInfo


def patterns(n: int) -> tuple[np.ndarray, np.ndarray]:
    """All distinct patterns, (2 * 2^n - 2, n, n) uint8, and their classes (see `load`)."""
    lines = np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1  # (2^n, n): the numbers 0..2^n-1 in binary
    bars = np.repeat(lines[:, None, :], n, axis=1)  # each column is constant
    stripes = bars[1:-1].transpose(0, 2, 1)  # each row is; all-off and all-on are counted once
    labels = np.repeat([0, 1], [len(bars), len(stripes)])
    labels[[0, len(bars) - 1]] = 2
    return np.concatenate([bars, stripes]).astype(np.uint8), labels.astype(np.int64)


def load(n: int, name: str, title: str) -> Dataset:
    """Train and test are the same: the set is complete, so a test score is the score on the distribution.

    Classes: bars (columns), stripes (rows), and both for the two uniform patterns, which are either.
    """
    images, labels = patterns(n)
    return Dataset(
        name,
        title,
        "binary",
        (n, n),
        images,
        images.copy(),
        labels,
        labels.copy(),
        class_names=("bars", "stripes", "both"),
    )


def _info(n: int, name: str, title: str) -> DatasetInfo:
    return DatasetInfo(
        name,
        title,
        "binary",
        (n, n),
        f"All {2 * 2**n - 2} patterns of full columns or full rows: a distribution known exactly.",
        partial(load, n, name, title),
        licence="none needed: made by a program",
        source="MacKay (2003), Information Theory, Inference, and Learning Algorithms, ch. 43",
    )


DATASETS = (
    _info(4, "bars-and-stripes", "Bars and stripes 4x4"),
    _info(3, "bars-and-stripes-3", "Bars and stripes 3x3"),
)
