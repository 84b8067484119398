"""What tells an example that is no picture from others, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_WORDS, MOST_COLUMNS = 12, 6


def frequent_words(counts: np.ndarray, names: Sequence[str], most: int = MOST_WORDS) -> list[str]:
    """Of a document (D,) its most frequent words."""
    names, order = _named(names, len(counts)), (-counts).argsort(kind="stable")[:most]
    return [names[i] if counts[i] == 1 else f"{names[i]} ×{counts[i]:.0f}" for i in order if counts[i] > 0]


def unusual_values(values: np.ndarray, far: np.ndarray, names: Sequence[str], most: int = MOST_COLUMNS) -> list[str]:
    """Of a row (D,) of a table the columns in which it is furthest from the mean (`far`, in their spread), with their
    values."""
    names = _named(names, len(values))
    return [f"{names[i]}: {values[i]:.4g}" for i in (-far).argsort(kind="stable")[:most]]


def _named(names: Sequence[str], n: int) -> Sequence[str]:
    return names or [f"column {i + 1}" for i in range(n)]
