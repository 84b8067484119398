"""What a small net may memorise: examples to train and to test it on, and how many bits a model says that they hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core import data, representations
from core.config.fields import SettingError
from core.config.score import Score
from core.data.base import PartialDataset
from core.data.greys import grey_images
from core.numerics.kept import Kept
from core.store.checkpoints import Checkpoint
from pages.labels import loading
from pages.registry import list_checkpoints
from pages.shared import scores

TRAINING, TEST = 1_400, 400  # examples, at most
LEAST = 50  # examples, of both
SIDE = 16  # pixels of an image's longer side, at most: larger ones are averaged
NUMBERS = 256  # of a vector, at most: the first principal components of longer ones

# the best known first: a class-conditional model's own score is of an image whose class is given
LIKELIHOODS = ("test log-probability, class unknown", "test log-probability", "bound on test log-probability")

_materials: Kept[Material] = Kept("examples to memorise")


@dataclass(frozen=True, eq=False)
class Material:
    """Examples (n, d), the first `training` of them to train on: greys of bytes of images (h, w), or float32 vectors;
    and their classes (n,)."""

    x: np.ndarray
    labels: np.ndarray
    training: int
    shape: tuple[int, int] | None


def material(dataset: str) -> Material:
    """Examples of the data set. Raises `DataError`, `SettingError` for data without classes and for too few of them."""
    return _materials.get((dataset, data.info(dataset).version), lambda: _make_material(dataset))


def _make_material(name: str) -> Material:
    loading.pool(name)  # refuses data without classes
    dataset = data.load_test(name)
    # where the test part is had alone, it serves for both: the same examples on every machine
    splits = ("test",) if isinstance(dataset, PartialDataset) else ("train", "test")
    found = [
        representations.compute("pixels", name, split, TRAINING + TEST if len(splits) == 1 else limit)
        for split, limit in zip(splits, (TRAINING, TEST), strict=False)
        if len(getattr(dataset, split))
    ]
    labels = np.concatenate([one.labels for one in found])
    n = len(labels)
    if n < LEAST:
        raise SettingError(f"dataset={name!r}: {n} examples with a class; training and testing a net needs {LEAST}.")
    training, order = len(found[0]), np.arange(n)
    if n - training < n // 10:  # too few to test on, or none
        training, order = n * TRAINING // (TRAINING + TEST), np.random.default_rng(0).permutation(n)
    greys = [grey_images(dataset, getattr(dataset, one.split)[one.indices]) for one in found]
    if greys[0] is None:
        vectors = np.concatenate([one.vectors for one in found])[order]
        return Material(_scaled(vectors, training, dataset.kind == "counts"), labels[order], training, None)
    images = averaged(np.concatenate([g for g in greys if g is not None])[order])
    return Material(images.reshape(n, -1), labels[order], training, images.shape[1:])


def averaged(images: np.ndarray) -> np.ndarray:
    """Images (n, h, w) as means over squares, so small that no side is longer than `SIDE`; a margin may be cut off."""
    side = -(-max(images.shape[1:]) // SIDE)
    side = min(side, *images.shape[1:])
    h, w = (length // side for length in images.shape[1:])
    squares = images[:, : h * side, : w * side].reshape(-1, h, side, w, side)
    return np.rint(squares.mean((2, 4))).astype(np.uint8)


def _scaled(x: np.ndarray, training: int, one_unit: bool) -> np.ndarray:
    """Vectors with training mean 0, each number by its own spread unless all have `one_unit`; long ones by their first
    principal components."""
    from sklearn.decomposition import PCA

    x = x.astype(np.float64) - x[:training].mean(0, dtype=np.float64)
    if not one_unit:
        spread = x[:training].std(0)
        x /= np.where(spread > 1e-9, spread, 1)
    if x.shape[1] > NUMBERS:
        x = PCA(min(NUMBERS, training), svd_solver="randomized", random_state=0).fit(x[:training]).transform(x)
    return x.astype(np.float32)


# -- bits -------------------------------------------------------------------------------------------


def likeliest(dataset: str) -> tuple[Checkpoint, Score] | None:
    """The model that gives images of the data set their highest probability, and that score: among models of as many
    grey levels as any has. None where there is none."""
    found = []
    for checkpoint in list_checkpoints()[0]:
        score = _probability(checkpoint)
        if checkpoint.manifest.preset.dataset == dataset and score:
            found.append((levels(checkpoint), score.value, checkpoint.name, checkpoint, score))
    return max(found)[3:] if found else None


def levels(checkpoint: Checkpoint) -> int:
    """Values that a pixel can have as the model sees it."""
    from core.data.preprocessing import levels_of  # here, because it brings torch

    return levels_of(checkpoint.manifest.preset.view) or 2


def _probability(checkpoint: Checkpoint) -> Score | None:
    """Of an image with discrete values; a density holds no bits, and a measured number is no probability."""
    if checkpoint.manifest.kind not in ("binary", "levels"):
        return None
    score = next(filter(None, map(checkpoint.score, LIKELIHOODS)), None)
    return score if score and score.unit.startswith("nats/") and score.nature != "measured" else None


def bits_of(dataset: str) -> dict[str, str | float] | None:
    """Bits of an image by the likeliest model and, where it says so, of independent pixels; with the kind of number."""
    if (found := likeliest(dataset)) is None:
        return None
    checkpoint, score = found
    base = checkpoint.score("base-rate log-probability")
    return {
        "model": checkpoint.title,
        "nature": scores.nature(score),
        "score": scores.name(score),
        "data": score.data,
        "levels": levels(checkpoint),
        "shape": list(checkpoint.manifest.preset.event_shape),
        "bits": float(-score.value / np.log(2)),
        **({"independent": float(-base.value / np.log(2))} if base else {}),
    }
