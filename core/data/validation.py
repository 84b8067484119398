"""The validation part: examples cut from the training part, on which curves are drawn and choices are made.

The test part is read for scores alone.
"""

from __future__ import annotations

import numpy as np
import torch

from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import STRIDE, WINDOW, PreprocessedSplit

SEED = 1_000_003  # one order for all: of equal data, a smaller validation part lies within a larger one
SHARE = 0.1  # of the training examples, in presets for new data
FEW = 50  # training examples, below which such presets set none aside


def split_validation(
    dataset: Dataset, train: PreprocessedSplit, share: float
) -> tuple[PreprocessedSplit, PreprocessedSplit]:
    """`train` (N examples of the training part) without about share * N of them, and those.

    Examples are drawn at random; whole classes where the test part, too, holds classes that training does not (other
    people); of a text the end, with a gap so that no token is on both sides. Raises `DataError` where nothing would be
    left.
    """
    if len(train) < 2:
        chosen = left = np.arange(0)
    elif dataset.kind == "text":
        chosen, left = _last_windows(len(train), share)
    else:
        chosen = _classes(dataset, share) if _test_has_other_classes(dataset) else _examples(len(train), share)
        left = np.setdiff1d(np.arange(len(train)), chosen)
    if not len(chosen) or not len(left):
        raise DataError(
            f"{dataset.name}: {len(train):,} training examples cannot be divided with validation={share:g}: "
            "0 sets none aside"
        )
    return train.take(torch.from_numpy(left)), train.take(torch.from_numpy(chosen))


def _examples(n: int, share: float) -> np.ndarray:
    order = np.random.default_rng(SEED).permutation(n)
    return np.sort(order[: max(1, round(share * n))])


def _classes(dataset: Dataset, share: float) -> np.ndarray:
    """Rows of so many whole classes that they are nearest to the share, one at least."""
    classes, counts = np.unique(dataset.train_labels, return_counts=True)
    order = np.random.default_rng(SEED).permutation(len(classes))
    number = 1 + int(np.abs(counts[order].cumsum() - share * counts.sum()).argmin())
    return np.flatnonzero(np.isin(dataset.train_labels, classes[order[:number]]))


def _test_has_other_classes(dataset: Dataset) -> bool:
    if dataset.train_labels is None or dataset.test_labels is None:
        return False
    return not np.isin(dataset.test_labels, dataset.train_labels).any()


def _last_windows(n: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """The last windows of a text, and those before them that share no token with them."""
    first = n - max(1, round(share * n))
    return np.arange(max(0, first), n), np.arange(max(0, first - WINDOW // STRIDE + 1))
