"""What a data set is: its arrays, and what the catalogue knows of it before they are loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from core.data.download import RemoteFile
from core.data.errors import DataError

Kind = Literal[
    "binary", "grey", "real", "levels", "counts", "text", "tokens", "audio"
]  # tokens: what a view makes of a text


@dataclass(frozen=True, eq=False)  # compared and hashed by identity; by content: `fingerprint`
class Dataset:
    """Arrays of one data set, as published: nothing scaled, shuffled or made binary.

    train, test    (N, *event_shape); uint8 for "binary" and "levels", float32 for "real" (float64 for a table that
                   float32 would spoil: `core.data.precision`), int32 for "counts";
                   one text has event_shape () and a code point (uint32) an example, in reading order
    *_labels       (N,) int64 indices into class_names, or None
    *_factors      {name: (N,)} known generating factors, where there are any
    levels         number of levels L of a "levels" set: value k in 0..L-1 is the grey k / (L - 1)
    vocabulary     what the entries of an example are called (the words of a "counts" set, a table's columns), or empty
    rate           samples per second of recordings ("audio"): mu-law levels (uint8, `core.numerics.mulaw`), silence
                   after their ends
    *_lengths      (N,) int64 samples of each recording
    speakers       names of those who speak, of which the factor "speaker" is the number
    """

    name: str
    title: str
    kind: Kind
    event_shape: tuple[int, ...]
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    levels: int | None = None
    train_factors: dict[str, np.ndarray] = field(default_factory=dict)
    test_factors: dict[str, np.ndarray] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    rate: int = 0
    train_lengths: np.ndarray | None = None
    test_lengths: np.ndarray | None = None
    speakers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for split in ("train", "test"):
            array, labels = getattr(self, split), getattr(self, f"{split}_labels")
            if array.shape[1:] != self.event_shape:
                raise DataError(
                    f"{self.name}: {split} holds examples of shape {array.shape[1:]}, not {self.event_shape}"
                )
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise DataError(f"{self.name}: {split} holds values that are not finite (NaN or infinity)")
            if labels is not None and labels.shape != (len(array),):
                raise DataError(f"{self.name}: {len(array)} {split} examples but labels of shape {labels.shape}")
            lengths = getattr(self, f"{split}_lengths")
            if self.kind == "audio" and (lengths is None or lengths.shape != (len(array),)):
                raise DataError(f"{self.name}: {len(array)} {split} recordings need as many {split}_lengths")
            if lengths is not None and len(lengths) and not 1 <= lengths.min() <= lengths.max() <= array.shape[1]:
                found = f"from {lengths.min()} to {lengths.max()}"
                raise DataError(f"{self.name}: {split}_lengths {found}, not from 1 to {array.shape[1]}")
        if self.kind == "audio" and not self.rate:
            raise DataError(f"{self.name}: recordings must say how many samples a second they have")
        if self.kind == "levels" and not self.levels:
            raise DataError(f"{self.name}: a set of kind 'levels' must say how many levels it has")
        if self.vocabulary and self.event_shape != (len(self.vocabulary),):
            raise DataError(f"{self.name}: {len(self.vocabulary)} words for examples of shape {self.event_shape}")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the arrays' shapes, types and bytes: equal data, equal fingerprint."""
        digest = hashlib.sha256()
        arrays = (self.train, self.test, self.train_labels, self.test_labels, self.train_lengths, self.test_lengths)
        for array in arrays:
            if array is not None:
                digest.update(f"{array.shape}{array.dtype.str}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


class PartialDataset(Dataset):
    """A data set whose test part, or the first of it, was read; its training part is read when it is first asked for.

    whole    returns the whole data set; raises `DataError` where the training part is not here
    """

    def __init__(self, found: Dataset, fingerprint: str, whole: Callable[[], Dataset]) -> None:
        """Take the test part of `found`, and the `fingerprint` that the whole is known to have."""
        known = {k: v for k, v in vars(found).items() if not k.startswith("train")}
        self.__dict__.update(known, fingerprint=fingerprint, whole=whole)

    @property
    def train(self) -> np.ndarray:  # type: ignore[override]
        return self.whole().train

    @property
    def train_labels(self) -> np.ndarray | None:  # type: ignore[override]
        return self.whole().train_labels

    @property
    def train_lengths(self) -> np.ndarray | None:  # type: ignore[override]
        return self.whole().train_lengths

    @property
    def train_factors(self) -> dict[str, np.ndarray]:  # type: ignore[override]
        return self.whole().train_factors


@dataclass(frozen=True)
class TestPart:
    """How the test part of a data set, or the first examples of it, are had without the training part.

    load           returns the `Dataset` of these, with no training examples
    files          what `load` needs in the data folder
    fingerprint    of the whole data set, which the digests of its files determine
    """

    load: Callable[[], Dataset]
    files: tuple[RemoteFile, ...]
    fingerprint: str


@dataclass(frozen=True)
class DatasetInfo:
    """What the catalogue knows of a data set without loading it.

    load       returns the `Dataset`; downloads what is missing (raises `DataError`)
    files      what `load` needs in the data folder; empty for a set that is made or comes with a package
    version    changes with the content of a set that a visitor brought; "" for all others, which never change
    train      training examples (of a text: characters), where they are known without loading it, else 0
    test       how its test part is had alone; None where it cannot be
    classes    how many there are, where that is known without loading it, else 0
    """

    name: str
    title: str
    kind: Kind
    event_shape: tuple[int, ...]
    summary: str
    load: Callable[[], Dataset]
    licence: str
    source: str
    files: tuple[RemoteFile, ...] = ()
    version: str = ""
    train: int = 0
    test: TestPart | None = None
    classes: int = 0

    @property
    def download_mb(self) -> float:
        """Size in megabytes (10^6 bytes) of all files that do not come with the project, 0 for a set that has none."""
        return sum(file.size for file in self.files if not file.is_shipped()) / 1e6

    def is_here(self) -> bool:
        """True when `load` will not need the network: the files exist (`load` checks what they hold)."""
        return all(file.is_here() for file in self.files)

    def test_is_here(self) -> bool:
        """True when `core.data.load_test` will not need the network."""
        return self.is_here() or (self.test is not None and all(file.is_here() for file in self.test.files))
