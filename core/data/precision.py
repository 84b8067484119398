"""What of a table's numbers survives in float32, which models compute with."""

from __future__ import annotations

import numpy as np

LOST = 0.01  # share of a column's different values from which on their loss is worth a word


def merged_columns(values: np.ndarray) -> list[int]:
    """Columns of values (N, D) in which different values become one as float32: one in a hundred, or more.

    Time stamps are such: float32 tells seconds around 1.7e9 apart only where they differ by 128.
    """
    if values.dtype != np.float64:
        return []
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    rounded = np.flatnonzero((small != values).any(0))
    return [int(i) for i in rounded if _distinct(small[:, i]) < (1 - LOST) * _distinct(values[:, i])]


def _distinct(column: np.ndarray) -> int:
    return len(np.unique(column))
