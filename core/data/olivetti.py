"""Olivetti faces: 40 people, ten pictures of each, grey, taken at AT&T Laboratories Cambridge 1992-1994.

Samaria and Harter, "Parameterisation of a stochastic model for human face identification", 1994, in Sam
Roweis's 64x64 version. Here train and test hold different people, so a test score says how a model
copes with a face it has never seen.
"""

from __future__ import annotations

import io
from functools import partial

import numpy as np

from core.data import Dataset, DatasetInfo
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
        f"400 grey faces, {side}x{side}: 30 people to train on, ten others to test.",
        partial(load, name, title, side),
        licence="free to use with credit to AT&T Laboratories Cambridge",
        source="Samaria & Harter (1994), AT&T Laboratories Cambridge; 64x64 by Sam Roweis",
        files=(FACES,),
    )


DATASETS = (
    _info("olivetti", "Olivetti faces", 64),
    _info("olivetti-32", "Olivetti faces 32x32", 32),
)
