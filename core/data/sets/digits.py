"""Small handwritten digits that come with scikit-learn: 8x8 pixels, grey levels 0..16.

Source: Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository,
1998; the 1,797 examples of its test file, as `sklearn.datasets.load_digits` has them. That file does not say
who wrote what, so the split here is by chance (fixed seed) and the same writers may be on both sides.
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo


def load() -> Dataset:
    """1,437 train and 360 test examples, the classes in equal proportion."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.int64)
    shuffled = np.random.default_rng(0).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    held_out = np.zeros(len(labels), bool)
    held_out[by_class[::5]] = True  # every fifth of each class
    return Dataset(
        "digits",
        "Digits 8×8",
        "levels",
        (8, 8),
        images[~held_out],
        images[held_out],
        labels[~held_out],
        labels[held_out],
        tuple("0123456789"),
        levels=17,
    )


DATASETS = (
    DatasetInfo(
        "digits",
        "Digits 8×8",
        "levels",
        (8, 8),
        "1,797 handwritten digits in 17 grey levels, from scikit-learn; models train in seconds.",
        load,
        licence="CC BY 4.0",
        source="Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI",
    ),
)
