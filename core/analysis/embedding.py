"""What a page of codes shows of one checkpoint: points of its data with their pictures, codes and errors, and what is
near each of them. Maps of them stand in `layouts`, how their codes came to be in `training_trajectory`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from core.analysis.checkpoint_codec import (
    codec_of,
    dataset_of,
    decode,
    grey_scale,
    pixel_features,
    reconstruction_error,
    to_grey,
)
from core.config.fields import require
from core.data.errors import DataError
from core.data.greys import grey_images
from core.data.preprocessing import preprocess
from core.data.telling import MOST_COLUMNS, frequent_words, unusual_values
from core.numerics.clusters import k_means
from core.numerics.neighbors import knn_accuracy, nearest, subsample
from core.store.checkpoints import Checkpoint

Split = Literal["test", "train", "all"]
Space = Literal["pixels", "code"]
Metric = Literal["euclidean", "cosine"]

MOST_POINTS = 70_000
NEIGHBOURHOOD = 10  # neighbours that scores look at, and between whose places a newcomer is put
MOST_VOTERS, VOTERS = 10_000, 2_000  # of more points than those, so many are asked for their neighbours' classes
CLUSTERS, MOST_CLUSTERS = 10, 100  # of codes: where there are no classes, and at most
_BATCH = 2_000


@dataclass(frozen=True, eq=False)
class EmbeddedDataset:
    """Points of a checkpoint's data.

    images    (n, h, w) uint8 greys, or None where the data are no pictures
    values    (n, *event_shape) float32, as the model sees them
    labels    (n,) int64 indices into class_names, or None
    codes     (n, d) float32
    errors    (n,) float32, squared error of the reconstruction summed over an example (for counts: of shares)
    split     that was asked for; "all" where that has fewer than three examples
    indices   (n,) int64 into the split; "all" is the test examples followed by the training examples
    factors   {name: (n,)} what is known to have generated the examples, where it is
    vocabulary    what the numbers of an example are called (the words of documents), or empty
    """

    checkpoint: Checkpoint
    images: np.ndarray | None
    values: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    codes: np.ndarray
    errors: np.ndarray
    split: Split
    indices: np.ndarray
    points: int
    seed: int
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    _accuracy: dict[str, float] = field(default_factory=dict, repr=False)
    _near: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def features(self, space: Space) -> np.ndarray:
        """What distances are taken between, (n, D): codes, or examples as the model sees them; of word counts the
        square roots of shares, whose distance is Hellinger's."""
        if space == "code":
            return self.codes
        return pixel_features(self.checkpoint, self.values)

    def neighbours(self, of: Space = "pixels", k: int = 12) -> np.ndarray:
        """The k nearest others of every point, (n, k) int32, nearest first; kept in memory."""
        k = min(k, len(self) - 1)
        with self._lock:
            found = self._near.get(of)
            if found is None or found.shape[1] < k:
                found = self._near[of] = nearest(self.features(of), k)[0]
        return found[:, :k]

    def neighbours_of(self, row: int, k: int = 12, metric: Metric = "euclidean") -> dict[Space, np.ndarray]:
        """The k nearest others of one point in each space, (k,) int32, nearest first: at once, also among many."""
        found: dict[Space, np.ndarray] = {}
        for space in ("pixels", "code"):
            known = self._near.get(space) if metric == "euclidean" else None
            if known is not None and known.shape[1] >= k:
                found[space] = known[row, :k]
                continue
            features = self.features(space)
            if metric == "cosine":  # between directions; of a vector without one all are equally far
                features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-30)
            apart = squared_distances(features, features[row])
            apart[row] = np.inf
            found[space] = apart.argsort(kind="stable")[: min(k, len(self) - 1)].astype(np.int32)
        return found

    def accuracy(self, of: Space) -> float | None:
        """Share of points whose `NEIGHBOURHOOD` nearest others in the space itself, not on a map of it, name their
        class; None without classes. Of more than `MOST_VOTERS` points a fair draw is asked. Kept in memory."""
        if self.labels is None or len(np.unique(self.labels)) < 2:
            return None
        with self._lock:
            if of not in self._accuracy:
                rows = subsample(len(self), VOTERS, self.seed) if len(self) > MOST_VOTERS else None
                self._accuracy[of] = knn_accuracy(self.features(of), self.labels, NEIGHBOURHOOD, rows)
            return self._accuracy[of]

    def clusters(self) -> np.ndarray:
        """The cluster of each point by k-means of the codes, (n,) from 0, the largest first; as many as the points have
        classes, or `CLUSTERS` without classes."""
        classes = CLUSTERS if self.labels is None else len(np.unique(self.labels))
        member, _ = k_means(self.codes, min(max(classes, 2), MOST_CLUSTERS), self.seed)
        by_size = (-np.bincount(member)).argsort(kind="stable")
        return by_size.argsort()[member]

    def words(self, row: int, most: int = 12) -> list[str]:
        """What tells an example that is no picture from others: of a document its most frequent words, of a row of a
        table the columns in which it is furthest from the mean, in their spread, with their values."""
        values = self.values[row].reshape(-1).astype(np.float64)
        if self.checkpoint.manifest.kind == "counts":
            return frequent_words(values, self.vocabulary, most)
        shift, scale = grey_scale(self.checkpoint.folder, self.checkpoint.version)
        flat = self.values.reshape(len(self), -1).astype(np.float64)
        far = np.abs(values - flat.mean(0)) / np.maximum(flat.std(0), 1e-300)
        plain = (shift + scale * self.values[row]).reshape(-1)
        return unusual_values(plain, far, self.vocabulary, min(most, MOST_COLUMNS))

    def reconstructions(self, rows: ArrayLike) -> np.ndarray:
        """What the model makes of some points: greys (m, h, w) uint8, or values (m, D) where those are no pictures."""
        back = decode(self.checkpoint, self.codes[np.asarray(rows)])
        return to_grey(self.checkpoint, back) if self.images is not None else back


def embed_dataset(
    checkpoint: Checkpoint, split: Split = "test", points: int = 10_000, seed: int = 0
) -> EmbeddedDataset:
    """The split's examples with their codes; a fair draw of `points` where there are more. A split of fewer than three
    examples opens on all of the data.

    Raises `DataError` where the data are not here, or are others; `CheckpointError` where the model has no code.
    """
    require(split in ("test", "train", "all"), "split", split, "one of test, train, all")
    require(3 <= points <= MOST_POINTS, "points", points, f"between 3 and {MOST_POINTS:,}")
    model = codec_of(checkpoint)
    dataset = dataset_of(checkpoint)
    if split != "all" and len(getattr(dataset, split)) < 3:
        split = "all"
    splits = ("test", "train") if split == "all" else (split,)
    sizes = [len(getattr(dataset, part)) for part in splits]
    indices = subsample(sum(sizes), points, seed)
    if len(indices) < 3:
        raise DataError(f"{dataset.name}: {len(indices)} examples in all, a map needs at least 3")
    generator = torch.Generator().manual_seed(seed)
    values, pictures, labels, factors, first = [], [], [], [], 0
    for part, size in zip(splits, sizes, strict=True):
        rows = indices[(indices >= first) & (indices < first + size)] - first
        shown = preprocess(dataset, checkpoint.preset.view, part)
        values.append(shown.batch(torch.from_numpy(rows), generator))
        pictures.append(grey_images(dataset, getattr(dataset, part)[rows]))
        if (known := getattr(dataset, f"{part}_labels")) is not None:
            labels.append(known[rows])
        factors.append({name: column[rows] for name, column in getattr(dataset, f"{part}_factors").items()})
        first += size
    known_factors = [name for name in factors[0] if all(name in part for part in factors)]
    x = torch.cat(values)
    with torch.no_grad():
        codes = torch.cat([model.encode(part) for part in x.split(_BATCH)])
        pairs = zip(x.split(_BATCH), codes.split(_BATCH), strict=True)
        errors = torch.cat([reconstruction_error(checkpoint, part, model.decode(z)) for part, z in pairs])
    return EmbeddedDataset(
        checkpoint,
        np.concatenate(pictures) if pictures[0] is not None else None,
        x.numpy(),
        np.concatenate(labels).astype(np.int64) if len(labels) == len(splits) else None,
        checkpoint.manifest.class_names,
        codes.numpy(),
        errors.numpy(),
        split,
        indices,
        points,
        seed,
        {name: np.concatenate([part[name] for part in factors]) for name in known_factors},
        dataset.vocabulary,
    )


def squared_distances(features: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Squared distances (n,) of points (n, D) from one, in a unit in which all are numbers."""
    apart = features - row
    return np.square(apart / (np.abs(apart).max() or 1)).sum(1)
