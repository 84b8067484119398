"""Olivetti faces: 40 people, ten pictures of each, grey, taken at AT&T Laboratories Cambridge 1992-1994.

Samaria and Harter, "Parameterisation of a stochastic model for human face identification", 1994, in Sam
Roweis's 64x64 version. Here train and test hold different people, so a test score says how a model
copes with a face it has never seen.

Faces that stand in one place are an easy thing for PCA. For their autoencoder Hinton & Salakhutdinov 2006 therefore cut
large squares out of these pictures, turned, in several sizes and places: `patches` does so too.
"""

from __future__ import annotations

import io
from functools import partial

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.download import RemoteFile

PEOPLE, PICTURES, TRAIN_PEOPLE = 40, 10, 30


def _pixels(raw: bytes) -> bytes:
    """MATLAB file -> bytes of a (400, 64, 64) uint8 array; other savings of the file hold the same ones."""
    from scipy.io import loadmat

    columns = loadmat(io.BytesIO(raw), variable_names="faces")["faces"]  # (4096, 400), an image a column
    return columns.T.reshape(-1, 64, 64).transpose(0, 2, 1).astype(np.uint8).tobytes()  # stored x before y


FACES = RemoteFile(
    "olivetti/olivettifaces.mat",
    ("https://ndownloader.figshare.com/files/5976027",),  # the copy that scikit-learn uses
    4_000_000,  # about
    "a3f75007cc103363b61a63e06bec8ea4846407682ef6e7c9ae1eb9c1bd0e8a00",
    _pixels,
)


def load(name: str, title: str, side: int) -> Dataset:
    """300 train pictures (people 1-30) and 100 test pictures (people 31-40), grey in 0..1, side 64 or 32."""
    grey = np.frombuffer(FACES.read(), np.uint8).astype(np.float32) / 255
    block = 64 // side
    faces = grey.reshape(-1, side, block, side, block).mean(axis=(2, 4))  # (400, side, side)
    people = np.repeat(np.arange(PEOPLE), PICTURES)
    train = people < TRAIN_PEOPLE
    return Dataset(
        name,
        title,
        "real",
        (side, side),
        faces[train],
        faces[~train],
        people[train],
        people[~train],
        class_names=tuple(f"person {i + 1}" for i in range(PEOPLE)),
    )


def _info(name: str, title: str, side: int) -> DatasetInfo:
    return DatasetInfo(
        name,
        title,
        "real",
        (side, side),
        f"400 grey portraits, {side}×{side}: 30 people for training, 10 others for testing.",
        partial(load, name, title, side),
        licence="free to use with credit to AT&T Laboratories Cambridge",
        source="Samaria & Harter (1994), AT&T Laboratories Cambridge; 64×64 by Sam Roweis",
        files=(FACES,),
    )


PATCH = 25  # pixels a side
PATCHES = 100  # of each picture
SHARES = (1.4, 1.8)  # side of a picture over the side of the square cut out of it
SEED = 1994


def cut(picture: np.ndarray, angle: np.ndarray, side: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squares cut out of a picture (64, 64) of grey 0..1: (N, 25, 25) uint8, each pixel the mean of four points.

    angle    radians, (N,); side, x, y: the square's side and centre in pixels, (N,)
    """
    at = (np.arange(2 * PATCH) + 0.5) / (2 * PATCH) - 0.5
    right, down = at * side[:, None, None], at[:, None] * side[:, None, None]  # (N, 1, 50), (N, 50, 1)
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    column = np.clip(x[:, None, None] + cos * right - sin * down, 0, 62.999)
    row = np.clip(y[:, None, None] + sin * right + cos * down, 0, 62.999)
    left, top = column.astype(int), row.astype(int)
    u, v, first = column - left, row - top, 64 * top + left
    grey = picture.ravel()
    upper = (1 - u) * grey[first] + u * grey[first + 1]
    lower = (1 - u) * grey[first + 64] + u * grey[first + 65]
    points = (1 - v) * upper + v * lower
    rows = points[:, ::2] + points[:, 1::2]
    return np.rint(255 / 4 * (rows[..., ::2] + rows[..., 1::2])).astype(np.uint8)


def patches() -> Dataset:
    """100 squares of each picture, turned by up to a quarter; 30,000 of people 1-30, 10,000 of people 31-40.

    First one of each picture, then the second of each, and so on: the first thousand show every person.
    """
    whole = load("olivetti", "Olivetti faces", 64)
    rng = np.random.default_rng(SEED)

    def cut_patches(pictures: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        n = len(pictures) * PATCHES
        angle, side = rng.uniform(-np.pi / 2, np.pi / 2, n), 64 / rng.uniform(*SHARES, n)
        # the square's corners stay inside the picture, where that leaves it room to move
        reach = 0.5 * side * (abs(np.cos(angle)) + abs(np.sin(angle)))
        x, y = (31.5 + rng.uniform(-1, 1, n) * np.maximum(0, 31.5 - reach) for _ in "xy")
        factors = {"angle": angle, "side": side, "x": x, "y": y}
        images = np.empty((n, PATCH, PATCH), np.uint8)
        for i, picture in enumerate(pictures):
            for first in range(i, n, n // 4):  # few at a time stay in the processor's cache
                some = slice(first, first + n // 4, len(pictures))
                images[some] = cut(picture, *(values[some] for values in factors.values()))
        return images, factors

    (train, train_factors), (test, test_factors) = cut_patches(whole.train), cut_patches(whole.test)
    return Dataset(
        "face-patches",
        "Face patches",
        "levels",
        (PATCH, PATCH),
        train,
        test,
        np.tile(whole.train_labels, PATCHES),
        np.tile(whole.test_labels, PATCHES),
        class_names=whole.class_names,
        levels=256,
        train_factors=train_factors,
        test_factors=test_factors,
    )


DATASETS = (
    _info("olivetti", "Olivetti faces", 64),
    _info("olivetti-32", "Olivetti faces 32×32", 32),
    DatasetInfo(
        "face-patches",
        "Face patches",
        "levels",
        (PATCH, PATCH),
        "40,000 patches of the Olivetti faces at random positions, sizes and angles: a hard case for PCA.",
        patches,
        licence="free to use with credit to AT&T Laboratories Cambridge",
        source="Samaria & Harter (1994); cut after Hinton & Salakhutdinov (2006)",
        files=(FACES,),
    ),
)
