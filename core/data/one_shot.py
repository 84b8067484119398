"""One-shot classification of Omniglot's characters: the trials of Lake, Salakhutdinov and Tenenbaum (2015).

Twenty runs of twenty trials. In each run one person drew twenty characters of an alphabet once, and another person the
same characters: of each drawing of the second it is asked which of the twenty of the first is the same character. Two
runs after each other are of one alphabet and, but for a few, of the same characters, drawn by other people. No alphabet
of these is in the background sets (`core.data.sets.omniglot`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data.download import RemoteFile, unzip
from core.data.errors import DataError
from core.data.sets.omniglot import PAGE, shrink

RUNS, WAYS = 20, 20  # runs; characters, and as many trials, of each
ALPHABETS = RUNS // 2
SIDE = 105  # pixels


@dataclass(frozen=True, eq=False)
class Trials:
    """All trials; ink is True.

    support    (RUNS, WAYS, SIDE, SIDE) bool: one drawing of each character
    tests      (RUNS, WAYS, SIDE, SIDE) bool: those that are to be told, one a trial
    answers    (RUNS, WAYS) int64: which of the support is the same character
    """

    support: np.ndarray
    tests: np.ndarray
    answers: np.ndarray


def reduced(ink: np.ndarray) -> np.ndarray:
    """Pages of ink (..., SIDE, SIDE) as models of the background sets see them: greys from 0 to 1, (..., 28, 28)."""
    return shrink(ink.astype(np.float32)).astype(np.float32)


def by_alphabet(right: np.ndarray) -> np.ndarray:
    """Share of right answers (ALPHABETS,), of answers (RUNS, trials). Two runs of the same characters are not
    independent of each other, so errors are estimated from the spread of these shares."""
    return right.reshape(len(right) // 2, -1).mean(1)


def pack(raw: bytes) -> bytes:
    """The published archive in 1.2 MB that xz packs well: answers (RUNS, WAYS) as bytes, then of all runs the support
    and the tests (RUNS, 2, WAYS, 14, SIDE), a bit a pixel, eight rows in a byte. What is no archive is packed so
    already."""
    if raw[:2] != b"PK":
        return raw
    from PIL import Image

    files = unzip(raw)
    answers, ink = np.empty((RUNS, WAYS), np.uint8), np.empty((RUNS, 2, WAYS, SIDE, SIDE), bool)
    for run in range(RUNS):
        folder = f"run{run + 1:02d}"
        lines = files[f"{folder}/class_labels.txt"].decode().split()
        told = dict(zip(lines[::2], lines[1::2], strict=True))  # test drawing: that of the support
        for i in range(WAYS):
            names = f"{folder}/training/class{i + 1:02d}.png", f"{folder}/test/item{i + 1:02d}.png"
            answers[run, i] = int(told[names[1]][-6:-4]) - 1
            for part, name in enumerate(names):
                ink[run, part, i] = ~np.asarray(Image.open(io.BytesIO(files[name])), bool)  # the paper is 1
    return answers.tobytes() + np.packbits(ink, axis=3).tobytes()


FILE = RemoteFile(
    "omniglot/one_shot_all_runs.zip",
    (PAGE + "one_shot_all_runs.zip",),
    352_787,
    "3b36f2b51dc6402e071930a16d12c9a66ca3ec7e3142efa96d3f36256121b8e7",
    pack,
)


@cache
def load() -> Trials:
    """The trials, which come with the project. Raises `DataError`."""
    content = FILE.read()
    if not isinstance(content, bytes):
        raise DataError(f"{FILE.name}: expected packed bytes")
    answers = np.frombuffer(content, np.uint8, RUNS * WAYS).reshape(RUNS, WAYS)
    bits = np.frombuffer(content, np.uint8, offset=answers.size).reshape(RUNS, 2, WAYS, -1, SIDE)
    ink = np.unpackbits(bits, axis=3, count=SIDE).astype(bool)
    return Trials(ink[:, 0], ink[:, 1], answers.astype(np.int64))
