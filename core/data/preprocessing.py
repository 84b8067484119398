"""How a model sees a data set: as it is, made binary, or standardised.

The published likelihoods of binary MNIST differ by about two nats with the way the grey levels became
bits, so the way has a name, and every score carries it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.data.base import Dataset, DatasetInfo, Kind
from core.data.errors import DataError
from core.data.precision import merged_columns
from core.data.sets.texts import text_of_code_points
from core.data.tokenizers import SIZES, Vocabulary, learn
from core.numerics.mulaw import LEVELS
from core.numerics.sampling import binarise

STATIC_SEED = 20081105  # one fixed draw for every run, so that "static" always names the same bits

VIEWS: dict[str, str] = {
    "as-is": "original values",
    "dynamic": "dynamic binarisation: resampled from the grey levels at every update",
    "static": "static binarisation: sampled once from the grey levels",
    "threshold": "binary: on where grey is above one half",
    "grey": "grey between 0 and 1",
    "standardised": "standardised: training mean 0, training variance 1",
    "levels-17": "17 grey levels, categorical",
    "levels-4": "4 grey levels, categorical",
    "characters": "one token per character",
    "pairs": "byte pair encoding (BPE)",
    "mu-law": "256 mu-law levels, categorical",
}
CONSTANT = 1e-12  # spread over mean, in float64, up to which values are one value and its rounding
WINDOW, STRIDE = 256, 64  # tokens in an example of a text, and from one example to the next
_BY_LEVELS: dict[str, Kind] = {"levels-17": "levels", "levels-4": "levels"}
_FROM_GREY = ("dynamic", "static", "threshold", "grey", *_BY_LEVELS)


def views_of(info: DatasetInfo | Dataset) -> dict[str, Kind]:
    """The views that a data set can be shown by, and the kind of data that a model then sees."""
    if info.kind == "levels":
        binary: dict[str, Kind] = {"dynamic": "binary", "static": "binary", "threshold": "binary"}
        return {**binary, "grey": "grey", "standardised": "real", **_BY_LEVELS}
    if info.kind == "real" and len(info.event_shape) == 2:  # images, whose values are greys
        return {"standardised": "real", "grey": "grey", "static": "binary", "threshold": "binary", **_BY_LEVELS}
    if info.kind == "real":
        return {"standardised": "real", "as-is": "real"}
    if info.kind == "text":
        return {"characters": "tokens", "pairs": "tokens"}
    if info.kind == "audio":
        return {"mu-law": "audio"}
    return {"as-is": info.kind}


def levels_of(name: str) -> int:
    """How many categories a pixel has in the view `name`: 0 where greys are not taken as categories."""
    return int(name.removeprefix("levels-")) if name in _BY_LEVELS else 0


@dataclass(frozen=True)
class PreprocessedSplit:
    """One split of a data set as a model sees it: `batch(indices, generator)` gives tensors.

    kind           what the model is shown: "binary", "grey" (0 to 1), "real", "levels" (0 to levels - 1), "counts", or
                   "tokens" (numbers of a vocabulary), or "audio" (levels, -1 after the end of a recording)
    shift, scale   grey = shift + scale * shown, each of event_shape or scalar; what a page needs to draw
    labels         (N,) the classes of the examples, where they are known
    lengths        (N,) samples of each recording
    speakers       (N,) who speaks, where it is known
    vocabulary     what the tokens are
    """

    name: str
    kind: Kind
    values: Tensor
    shift: Tensor
    scale: Tensor
    levels: int = 0
    labels: Tensor | None = None
    lengths: Tensor | None = None
    speakers: Tensor | None = None
    vocabulary: Vocabulary | None = None

    def __len__(self) -> int:
        return len(self.values)

    def to(self, device: torch.device) -> PreprocessedSplit:
        """The same view with its arrays on `device`."""
        arrays = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return dataclasses.replace(self, **{k: v.to(device) for k, v in arrays.items() if isinstance(v, Tensor)})

    def take(self, rows: Tensor) -> PreprocessedSplit:
        """The same view of some of its examples."""
        per_example = {name: getattr(self, name) for name in ("values", "labels", "lengths", "speakers")}
        return dataclasses.replace(self, **{k: v[rows] for k, v in per_example.items() if v is not None})

    def batch(self, indices: Tensor | slice, generator: torch.Generator) -> Tensor:
        """Examples (B, *event_shape) as float32; only the view "dynamic" draws from `generator`, on its device."""
        rows = self.values[indices] if isinstance(indices, slice) else self.values.index_select(0, indices)
        if self.name == "dynamic":
            return binarise(rows.to(generator.device), self.levels - 1, generator)
        x = rows.float()
        if self.lengths is not None:
            return x.masked_fill_(torch.arange(x.shape[1], device=x.device) >= self.lengths[indices][:, None], -1)
        if self.name == "grey" and self.levels:
            return x.div_(self.levels - 1)
        return x

    def stream(self) -> Tensor:
        """The tokens (T,) of a text in reading order, of which the examples are stretches (its last few may lack)."""
        return torch.cat([self.values[0], self.values[1:, -STRIDE:].flatten()]).long()

    def all(self, generator: torch.Generator) -> Tensor:
        """Every example at once, (N, *event_shape)."""
        return self.batch(slice(None), generator)


def preprocess(dataset: Dataset, name: str, split: str = "train") -> PreprocessedSplit:
    """`split` of `dataset` in the view `name` (a key of `VIEWS`). Raises `DataError`."""
    _check(dataset, name, split)
    result, labels = _PREPROCESSING[name](dataset, name, split), getattr(dataset, f"{split}_labels")
    return result if labels is None else dataclasses.replace(result, labels=torch.from_numpy(labels))


def _check(dataset: Dataset, name: str, split: str) -> None:
    """Raise `DataError` where the view does not suit the data."""
    if name not in VIEWS:
        raise DataError(f"unknown view {name!r} of data set {dataset.name!r}; known: {', '.join(VIEWS)}")
    if split not in ("train", "test"):
        raise DataError(f"unknown split {split!r} of data set {dataset.name!r}; known: train, test")
    if (dataset.kind == "text") != (name in SIZES):
        raise DataError(
            f"view {name!r} does not suit {dataset.name!r}, which is {dataset.kind}: use {', '.join(views_of(dataset))}"
        )
    if (dataset.kind == "audio") != (name == "mu-law"):
        raise DataError(
            f"view {name!r} does not suit {dataset.name!r}, which is {dataset.kind}: use {', '.join(views_of(dataset))}"
        )
    if name not in _FROM_GREY:
        return
    if dataset.kind not in ("levels", "real"):
        raise DataError(f"view {name!r} needs grey levels; {dataset.name!r} is {dataset.kind}: use 'as-is'")
    if name == "dynamic" and dataset.kind != "levels":
        raise DataError(f"view 'dynamic' draws bits from levels; {dataset.name!r} is {dataset.kind}: use 'static'")
    if dataset.kind == "real" and not _is_grey(dataset):
        raise DataError(
            f"view {name!r} needs greys between 0 and 1; {dataset.name!r} goes from {dataset.train.min():g} to "
            f"{dataset.train.max():g}: use 'standardised' or 'as-is'"
        )


def _unscaled(name: str, kind: Kind, values: np.ndarray, levels: int = 0) -> PreprocessedSplit:
    """A split whose values are what a page draws."""
    return PreprocessedSplit(name, kind, torch.from_numpy(values), torch.zeros(()), torch.ones(()), levels)


def _as_published(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    array = getattr(dataset, split)
    return _unscaled(
        name, dataset.kind, array.astype(np.float32) if array.dtype == np.float64 else array, dataset.levels or 0
    )


def _dynamic(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    return _unscaled(name, "binary", getattr(dataset, split), dataset.levels)  # `batch` draws the bits


def _grey(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    if dataset.kind == "levels":
        return _unscaled(name, "grey", getattr(dataset, split), dataset.levels)  # `batch` divides them
    return _unscaled(name, "grey", _greys(dataset, split))


def _rounded(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    levels = levels_of(name)
    values = torch.from_numpy(np.rint(_greys(dataset, split) * (levels - 1)).astype(np.uint8))
    return PreprocessedSplit(name, "levels", values, torch.zeros(()), torch.ones(()) / (levels - 1), levels)


def _static(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    greys = _greys(dataset, split)
    seed = STATIC_SEED + (split == "test")  # train and test need different draws, and each always the same
    noise = np.random.default_rng(seed).random(greys.shape, dtype=np.float32)
    return _unscaled(name, "binary", (noise < greys).astype(np.uint8))


def _threshold(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    return _unscaled(name, "binary", (_greys(dataset, split) > 0.5).astype(np.uint8))


def _standardised(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    shift, scale = _moments(dataset.train)
    if len(dataset.event_shape) > 1:
        scale = np.maximum(scale, 0.05 * scale.max())  # a pixel that never changes must not be blown up
    scale[scale <= CONSTANT * np.abs(shift)] = 1  # a table's columns each have their own unit, some never change
    top = 1.0 if dataset.kind == "real" else (dataset.levels or 2) - 1
    greys = (torch.from_numpy((moment / top).astype(np.float32)) for moment in (shift, scale))
    return PreprocessedSplit(name, "real", torch.from_numpy(_scaled(getattr(dataset, split), shift, scale)), *greys)


def _windows(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    """Stretches of `WINDOW` tokens, one every `STRIDE`; a text that is shorter is one example."""
    vocabulary = vocabulary_of(dataset, name)
    tokens = torch.from_numpy(vocabulary.encode(text_of_code_points(getattr(dataset, split))).astype(np.int16))
    windows = tokens.unfold(0, min(WINDOW, len(tokens)), STRIDE)
    return PreprocessedSplit(name, "tokens", windows, torch.zeros(()), torch.ones(()), vocabulary=vocabulary)


def _recordings(dataset: Dataset, name: str, split: str) -> PreprocessedSplit:
    speakers = getattr(dataset, f"{split}_factors").get("speaker") if dataset.speakers else None
    return dataclasses.replace(
        _unscaled(name, "audio", getattr(dataset, split), dataset.levels or LEVELS),
        lengths=torch.from_numpy(getattr(dataset, f"{split}_lengths")),
        speakers=None if speakers is None else torch.from_numpy(speakers),
    )


_PREPROCESSING: dict[str, Callable[[Dataset, str, str], PreprocessedSplit]] = {
    "as-is": _as_published,
    "dynamic": _dynamic,
    "static": _static,
    "threshold": _threshold,
    "grey": _grey,
    "standardised": _standardised,
    **dict.fromkeys(_BY_LEVELS, _rounded),
    **dict.fromkeys(SIZES, _windows),
    "mu-law": _recordings,
}


def _greys(dataset: Dataset, split: str) -> np.ndarray:
    """Greys from 0 to 1, float32."""
    return getattr(dataset, split).astype(np.float32) / ((dataset.levels - 1) if dataset.levels else 1.0)


def _moments(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each value (*event_shape), float64."""
    mean = train.mean(0, dtype=np.float64)
    squares = sum(np.square(train[rows] - mean).sum(0) for rows in _parts(len(train)))
    return mean, np.sqrt(squares / len(train))


def _scaled(array: np.ndarray, shift: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(array - shift) / scale, computed in float64 so that small differences of large values survive: float32."""
    scaled = np.empty(array.shape, np.float32)
    for rows in _parts(len(array)):
        scaled[rows] = (array[rows] - shift) / scale
    return scaled


def _parts(n: int) -> list[slice]:
    """Slices of n examples, so that no array of them all is made in float64."""
    return [slice(first, first + 4_096) for first in range(0, n, 4_096)]


def collapsed_columns(dataset: Dataset, name: str) -> list[int]:
    """Columns of a table in which different training values are one and the same in the view `name`."""
    if dataset.train.dtype != np.float64 or dataset.train.ndim != 2:
        return []
    if name == "standardised":
        values = (dataset.train - dataset.train.mean(0)) / np.maximum(dataset.train.std(0), 1e-300)
        return merged_columns(values)
    return merged_columns(dataset.train)


def vocabulary_of(dataset: Dataset, name: str) -> Vocabulary:
    """The vocabulary by which the view `name` reads this text: that of its training part."""
    return learn(name, text_of_code_points(dataset.train))


def _is_grey(dataset: Dataset) -> bool:
    return all(len(a) == 0 or (a.min() >= 0 and a.max() <= 1) for a in (dataset.train, dataset.test))
