"""A pool of unlabelled examples in several representations, opened once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core import data
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.data.telling import frequent_words, unusual_values
from core.numerics.kept import Kept
from core.representations import RepresentationInfo
from core.store.checkpoints import Checkpoint
from pages.registry import score_of
from pages.shared import maps, represented

POOL = 2_000  # examples, at most
NUMBERS = 50  # of a vector, at most: the first principal components of longer ones
NEIGHBOURS = 10

_pools: Kept[Pool] = Kept("unlabelled examples")
_views: Kept[View] = Kept("unlabelled examples represented")


@dataclass(frozen=True, eq=False)
class Pool:
    """Examples without their labels, and the labels (n,) that are kept back; `at` (n,) are their places among all."""

    at: np.ndarray
    images: np.ndarray | None
    words: list[str]
    labels: np.ndarray
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class View:
    """The pool in one representation.

    vectors      (n, d <= NUMBERS) float32, centred, of mean square length 1
    neighbours   (n, k) int32 in the vectors' space, nearest first
    """

    vectors: np.ndarray
    neighbours: np.ndarray


def pool(dataset: str) -> Pool:
    """Examples of the data set. Raises `DataError`, `SettingError` for data without classes."""
    return _pools.get((dataset, data.info(dataset).version), lambda: _make_pool(dataset))


def _make_pool(name: str) -> Pool:
    shown = represented.examples(name)
    classes = shown.dataset.class_names
    if shown.labels is None or len(classes) < 2:
        raise SettingError(f"{shown.dataset.title}: these data have no classes. Choose data with labels.")
    if len(np.unique(shown.labels)) < 2:
        only = classes[shown.labels[0]]
        raise SettingError(f"dataset={name!r}: all examples are of one class, {only!r}. Choose data with two or more.")
    at = np.linspace(0, len(shown) - 1, min(POOL, len(shown))).round().astype(int)
    words = [] if shown.images is not None else _words(shown, at)
    images = None if shown.images is None else shown.images[at]
    return Pool(at, images, words, shown.labels[at], classes)


def _words(shown: represented.Examples, at: np.ndarray) -> list[str]:
    """What tells each example in words."""
    values = getattr(shown.dataset, shown.split)[shown.rows[at]]
    names = shown.dataset.vocabulary
    if shown.dataset.kind == "counts":
        return [" ".join(frequent_words(one, names)) for one in values]
    plain = values.reshape(len(values), -1).astype(np.float64)
    far = np.abs(plain - plain.mean(0)) / np.maximum(plain.std(0), 1e-300)
    return [" · ".join(unusual_values(one, away, names)) for one, away in zip(plain, far, strict=True)]


def shown_in(dataset: str) -> list[RepresentationInfo]:
    """The input, PCA, and of each kind of model that learned without labels its largest code."""
    found = list(represented.listed(dataset).values())
    chosen = [one for one in found if one.kind == "input"] + [one for one in found if one.kind == "pca"][-1:]

    def score(model: Checkpoint) -> float:
        return score_of(model, "test log-probability", -np.inf)

    def largest(kind: str, *needed: Capability, but: frozenset[Capability] = frozenset()) -> list[RepresentationInfo]:
        fit = represented.of_models(found, kind, *needed, but=but)
        return [one for one, _ in sorted(fit, key=lambda pair: (-(pair[0].size or 0), -score(pair[1]), pair[0].key))][
            :1
        ]

    posterior = frozenset({Capability.HAS_POSTERIOR})
    chosen += largest("layer", Capability.HAS_GIBBS_CHAIN)
    chosen += largest("code", Capability.DECODES_FROM_LAYERS, but=posterior)
    chosen += largest("code", Capability.HAS_POSTERIOR)
    return list({one.key: one for one in chosen}.values())


def short_title(dataset: str, one: RepresentationInfo) -> str:
    """Its title without the data set's, which all share: "PCA, 30-D", "VAE, 10-D: posterior mean"."""
    text = one.title.removeprefix(data.info(dataset).title).lstrip(" ·:")
    return text[:1].upper() + text[1:]


def view(dataset: str, key: str) -> View:
    """The pool in the representation `key`. Raises `SettingError`, `DataError`, `CheckpointError`."""
    return _views.get(represented.identity(dataset, key), lambda: _make_view(dataset, key))


def _make_view(dataset: str, key: str) -> View:
    from sklearn.neighbors import NearestNeighbors

    at = pool(dataset).at
    vectors = _short(np.asarray(represented.representation(dataset, key).vectors[at], np.float32))
    k = min(NEIGHBOURS, len(vectors) - 1)
    found = NearestNeighbors(n_neighbors=k + 1).fit(vectors).kneighbors(vectors, return_distance=False)
    neighbours = np.stack([row[row != i][:k] for i, row in enumerate(found)]).astype(np.int32)
    return View(vectors, neighbours)


def map_of(dataset: str, key: str, method: str) -> np.ndarray:
    """A map (n, 2) of the pool, found or computed: by PCA at once, by UMAP in some seconds. Raises as `view` does."""
    from core.analysis.representation_maps import make_map

    vectors = view(dataset, key).vectors
    found = maps.map_of(vectors, method, {})
    return make_map(vectors, method, {}) if found is None else found.coordinates


def _short(x: np.ndarray) -> np.ndarray:
    """Vectors centred, by their first principal components where they are long, with mean square length 1."""
    from sklearn.decomposition import PCA

    x = x - x.mean(0)
    if x.shape[1] > NUMBERS:
        x = PCA(min(NUMBERS, len(x)), svd_solver="randomized", random_state=0).fit_transform(x)
    return x / max(float(np.sqrt((x**2).sum(1).mean())), 1e-12)
