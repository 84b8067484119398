"""Omniglot: characters of many alphabets, each drawn once by each of 20 people.

Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning through probabilistic program induction",
Science 350, 2015. Here: its two "background small" sets taken together (five alphabets each, Greek and Latin
in both, so eight alphabets and 242 characters), reduced from 105x105 to 28x28.
"""

from __future__ import annotations

import io

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.download import RemoteFile, unzip

SIZE = 28
TRAIN_DRAWERS = 15  # of 20
PAGE = "https://github.com/brendenlake/omniglot/raw/master/python/"

FILES = tuple(
    RemoteFile(f"omniglot/{name}", (PAGE + name,), size, digest, unzip)
    for name, size, digest in (
        (
            "images_background_small1.zip",
            1_319_022,
            "aac1da404020f9e5eea0e272ed832ed7b4c7de93eaebbce38a6f029c79c33c2b",
        ),
        (
            "images_background_small2.zip",
            1_580_917,
            "784f904710ec3612bc1c455af21a4dd77f810a4b2ea2292ce7a95e49dcdbbb7d",
        ),
    )
)


def shrink(ink: np.ndarray, size: int = SIZE) -> np.ndarray:
    """(..., S, S) values -> (..., size, size), each the mean over the area that its pixel covers."""
    side = ink.shape[-1]
    edges = np.linspace(0, side, size + 1)
    below = np.clip(edges[:, None] - np.arange(side), 0, 1)  # (size + 1, S): part of a pixel before an edge
    weights = np.diff(below, axis=0) * size / side  # (size, S), rows sum to 1
    return weights @ ink @ weights.T


def load() -> Dataset:
    """3,630 train images (drawers 1-15) and 1,210 test images (drawers 16-20 of the same characters).

    Ink is bright, 0..255. The classes are the characters, "Greek/character01"; a drawer's number means a
    person within one alphabet.
    """
    from PIL import Image

    drawings = {}  # "Greek/character01/0394_01.png" -> bytes; what both files hold comes once
    for file in FILES:
        drawings |= {name.split("/", 1)[1]: png for name, png in file.read().items()}
    names = sorted(drawings)
    ink = (~np.asarray(Image.open(io.BytesIO(drawings[name])), bool) for name in names)  # the paper is 1
    images = np.stack([np.rint(255 * shrink(page)).astype(np.uint8) for page in ink])
    class_names, labels = np.unique([name.rsplit("/", 1)[0] for name in names], return_inverse=True)
    train = np.array([int(name[-6:-4]) for name in names]) <= TRAIN_DRAWERS
    return Dataset(
        "omniglot",
        "Omniglot",
        "levels",
        (SIZE, SIZE),
        images[train],
        images[~train],
        labels[train],
        labels[~train],
        tuple(class_names.tolist()),
        levels=256,
    )


DATASETS = (
    DatasetInfo(
        "omniglot",
        "Omniglot",
        "levels",
        (SIZE, SIZE),
        "242 characters of 8 alphabets, each drawn by 20 people, 28×28: many classes, few examples.",
        load,
        licence="MIT",
        source="Lake, Salakhutdinov & Tenenbaum (2015), Human-level concept learning",
        files=FILES,
    ),
)
