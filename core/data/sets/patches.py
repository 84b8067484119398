"""Whitened patches of the two photographs that come with scikit-learn: a Chinese temple, and a flower.

Natural images have far more contrast in coarse patterns than in fine ones. Whitening takes that away (Olshausen & Field
1996): the amplitude of every frequency f is multiplied by f exp(-(f / f0)^4), and what is left to be learned are edges.
Test patches come from the right fifth of each photograph, training patches from the rest.
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo

SIDE = 20
TRAIN, TEST = 10_000, 1_000
CUTOFF = 0.8  # f0, in half cycles a pixel
TEST_SHARE = 0.2
SPREAD = 6.0  # standard deviations that the greys from 0 to 1 span


def whitened(photo: np.ndarray) -> np.ndarray:
    """A photograph (h, w, 3) in grey, whitened: (h, w) float64 of mean 0 and variance 1."""
    grey = np.log1p(photo.astype(np.float64).mean(-1))
    f = np.hypot(*np.meshgrid(*(2 * np.fft.fftfreq(n) for n in grey.shape), indexing="ij"))
    flat = np.fft.ifft2(np.fft.fft2(grey) * f * np.exp(-((f / CUTOFF) ** 4))).real
    return (flat - flat.mean()) / flat.std()


def load() -> Dataset:
    """10,000 training and 1,000 test patches of 20×20, half of each photograph, at random places (fixed seed)."""
    from sklearn.datasets import load_sample_images

    random, parts = np.random.default_rng(0), {TRAIN: [], TEST: []}
    photos = [whitened(photo) for photo in load_sample_images().images]
    for photo in photos:
        border = round(photo.shape[1] * (1 - TEST_SHARE))
        for count, part in ((TRAIN, photo[:, :border]), (TEST, photo[:, border:])):
            parts[count].append(_cut(part, count // len(photos), random))
    train, test = (random.permutation(np.concatenate(found)) for found in parts.values())
    return Dataset("patches", "Photo patches", "real", (SIDE, SIDE), train, test)


def _cut(photo: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """So many patches of a photograph, as greys from 0 to 1, float32."""
    rows, columns = (random.integers(0, n - SIDE + 1, count) for n in photo.shape)
    cut = np.stack([photo[i : i + SIDE, j : j + SIDE] for i, j in zip(rows, columns, strict=True)])
    return np.clip(0.5 + cut / SPREAD, 0, 1).astype(np.float32)


DATASETS = (
    DatasetInfo(
        "patches",
        "Photo patches",
        "real",
        (SIDE, SIDE),
        "11,000 whitened patches of two photographs from scikit-learn: models learn edges.",
        load,
        licence="CC BY 2.0",
        source="Photographs by danielbuechele (temple) and vultilion (flower), whitened as by Olshausen & Field (1996)",
    ),
)
