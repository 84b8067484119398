"""Whole numbers predicted from their neighbours: what is left needs fewer bits, and nothing is lost.

Rows of a matrix that belong to neighbouring pixels, or to one time after another, are alike. Each number of row p is
predicted from those of the rows p - lag, and what it is beyond that is kept, as of sounds (Robinson 1994, "SHORTEN").
All is done in whole numbers, so that every machine gets the same back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_LAGS = 8
MAX_ROWS = 4_096  # that are predicted one after the other
MAX_WEIGHT = 2**11
ONE = 2**8  # a weight of 1
FITTED_TO = 2**20  # numbers, about
FURTHEST = 64  # rows that are looked back at for a second row of pixels
COLUMNS = 4_096  # that are predicted at once: memory stays bounded
KINDS = {np.dtype(kind) for kind in ("u1", "i1", "<i2")}


@dataclass(frozen=True)
class Predictor:
    """A number is the sum of weight / ONE times the number `lag` places before it along the axis, cut to a whole one.
    The axis is 0, the first of an array, or 1, all others as one."""

    axis: int
    lags: tuple[int, ...]
    weights: tuple[int, ...]

    def rows(self, shape: tuple[int, ...]) -> int:
        """Rows of an array of this shape, which are predicted one after the other."""
        return _sizes(shape)[self.axis]

    def to_json(self) -> list[Any]:
        """Lists, for a file."""
        return [self.axis, list(self.lags), list(self.weights)]

    @classmethod
    def from_json(cls, entry: Any, shape: tuple[int, ...]) -> Predictor:
        """Read one from a file, for an array of this shape. Raises `ValueError`."""
        match entry:
            case [0 | 1 as axis, [*lags], [*weights]] if (
                type(axis) is int
                and 0 < len(lags) == len(weights) <= MAX_LAGS
                and (rows := _sizes(shape)[axis]) <= MAX_ROWS
                and all(type(n) is int and 0 < n < rows and n <= 2 * FURTHEST for n in lags)
                and all(type(n) is int and abs(n) <= MAX_WEIGHT for n in weights)
            ):
                return cls(axis, tuple(lags), tuple(weights))
        raise ValueError("no predictor")


def fit(array: np.ndarray) -> list[Predictor]:
    """The predictors along each axis of whole numbers (n, ...), by least squares: from the two before, and from those
    around a lag at which they are most alike, as a row of pixels is to the one above."""
    found = []
    for axis in (0, 1) if array.ndim > 1 and array.dtype in KINDS else ():
        rows = _rows(array, axis).astype(np.float32)
        if 4 <= len(rows) <= MAX_ROWS:
            rows = rows[:, :: -(-rows.size // FITTED_TO)]
            away = rows - rows.mean()
            alike = [(np.vdot(away[lag:], away[:-lag]), lag) for lag in range(3, min(FURTHEST, len(rows) - 1) + 1)]
            above = max(alike)[1]
            lags = sorted({1, 2, above - 1, above, above + 1, 2 * above} & set(range(1, len(rows))))
            before = np.zeros((len(lags), *rows.shape), np.float32)
            for part, lag in zip(before, lags, strict=True):
                part[lag:] = rows[:-lag]
            x = before.reshape(len(lags), -1)
            gram = (x @ x.T).astype(np.float64)
            gram += (1e-6 * np.trace(gram) + 1e-6) * np.eye(len(lags))
            weights = np.round(ONE * np.linalg.solve(gram, x @ rows.ravel())).clip(-MAX_WEIGHT, MAX_WEIGHT)
            found.append(Predictor(axis, tuple(lags), tuple(int(w) for w in weights)))
    return found


def residuals(array: np.ndarray, by: Predictor) -> np.ndarray:
    """What the predictor leaves of each number: row after row, small ones of either sign small (zigzag), unsigned."""
    rows = _rows(array, by.axis).astype(np.int32)
    told = np.zeros_like(rows)
    for lag, weight in zip(by.lags, by.weights, strict=True):
        told[lag:] += weight * rows[:-lag]
    bits = 8 * array.itemsize
    left = (rows - np.trunc(told / ONE).astype(np.int32)).astype(f"<i{array.itemsize}")  # modulo the range of the type
    return ((left << 1) ^ (left >> (bits - 1))).view(f"<u{array.itemsize}")


def restore(left: np.ndarray, by: Predictor, kind: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """The array of this type and shape that these `residuals` are left of."""
    left = left.reshape(_sizes(shape)[by.axis], -1)
    left = (left >> 1) ^ -(left & 1)
    real = np.float32 if kind.itemsize == 1 else np.float64  # in which all sums are whole multiples of 1 / ONE: exact
    weights, lags = np.array(by.weights, real) / ONE, np.array(by.lags)
    found, reach = np.empty(left.shape, kind), max(by.lags)
    for first in range(0, left.shape[1], COLUMNS):
        part, to = left[:, first : first + COLUMNS], found[:, first : first + COLUMNS]
        rows = np.zeros((reach + len(part), part.shape[1]), real)
        before, told = np.empty((len(lags), part.shape[1]), real), np.empty(part.shape[1], real)
        for at, (own, number) in enumerate(zip(part, to, strict=True), reach):
            rows.take(at - lags, 0, out=before, mode="clip")
            np.dot(weights, before, out=told)
            np.add(told.astype(np.int32), own, out=number, casting="unsafe")  # modulo the range of the type
            rows[at] = number
    return np.ascontiguousarray(found if by.axis == 0 else found.T).reshape(shape)


def _sizes(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of an array as a matrix: its first axis, and all others as one."""
    return (shape[0], int(np.prod(shape[1:], dtype=object))) if shape else (1, 1)


def _rows(array: np.ndarray, axis: int) -> np.ndarray:
    matrix = array.reshape(len(array), -1)
    return matrix if axis == 0 else matrix.T
