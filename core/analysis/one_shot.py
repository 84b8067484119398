"""The one-shot trials in every representation that there is of such drawings: what of the support is nearest, and what
of all drawings.

Pixels, the same blurred, PCA, and of models of images of this size the layer that they encode to, else the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.data import one_shot
from core.numerics.kept import kept
from core.representations.catalogue import RepresentationInfo, of_model
from core.store.checkpoints import Checkpoint

if TYPE_CHECKING:
    from core.numerics.projections import Pca

COMPONENTS = 50  # of PCA, fitted to the support of all runs
BLUR = 2.0  # spread of the Gaussian, in pixels of 28 x 28; chosen on the background alphabets
NEIGHBOURS = 8


@dataclass(frozen=True)
class Space:
    """A representation of drawings.

    learned    what it was learned from, "" where it was not learned
    labels     whether from their classes too
    """

    key: str
    title: str
    learned: str = ""
    labels: bool = False
    info: RepresentationInfo | None = None


PLAIN = (
    Space("pixels", "Pixels"),
    Space("blurred", "Blurred pixels"),
    Space("pca", f"PCA, {COMPONENTS}-D", f"the {one_shot.RUNS * one_shot.WAYS} drawings that are given"),
)


def spaces(models: list[Checkpoint]) -> list[Space]:
    """Plain ones; then, of models of images of 28 x 28 pixels that have codes or hidden units, the one with the longest
    code of those that were trained on the same data and can do the same, of equals the likeliest; those that learned
    from classes first."""
    chosen: dict[tuple[str, frozenset[Capability]], tuple[tuple[int, float], Space]] = {}
    for model in models:
        if tuple(model.manifest.preset.event_shape) != (28, 28) or not model.capabilities & _REPRESENTS:
            continue
        if layers := [one for one in of_model(model) if one.kind in ("code", "layer")]:
            info = next((one for one in layers if one.kind == "code"), layers[-1])
            kind, labels = (model.manifest.preset.dataset, model.capabilities), bool(model.capabilities & _SEES_CLASSES)
            score = model.score("test log-probability")
            rank = info.size or 0, score.value if score else -np.inf
            if kind not in chosen or rank > chosen[kind][0]:
                what = Space(info.key, model.title, model.manifest.data_title, labels, info)
                chosen[kind] = rank, what
    learned = sorted((what for _, what in chosen.values()), key=lambda what: not what.labels)
    return [*PLAIN, *learned]


_REPRESENTS = frozenset({Capability.ENCODES, Capability.HAS_GIBBS_CHAIN})  # an image as a whole
_SEES_CLASSES = frozenset({Capability.LEARNS_CLASSES, Capability.SEPARATES_STYLE})


def vectors(space: Space, ink: np.ndarray) -> np.ndarray:
    """Vectors (n, d) of drawings (n, SIDE, SIDE), ink is True. Raises `SettingError`, `CheckpointError`."""
    greys = one_shot.reduced(ink)
    if space.info is not None:
        from core.representations import sources  # here, because it brings torch

        return sources.of_trained(space.info, greys)
    if space.key == "blurred":
        return _blurred(greys).reshape(len(greys), -1)
    flat = greys.reshape(len(greys), -1)
    if space.key == "pca":
        import torch  # here, as it takes long to load

        return _pca().encode(torch.from_numpy(flat)).numpy()
    if space.key == "pixels":
        return flat
    raise SettingError(
        f"representation={space.key!r:.60}: expected one of {', '.join(s.key for s in PLAIN)}, or a model's"
    )


@dataclass(frozen=True, eq=False)
class Result:
    """How the standard trials went.

    distances    (RUNS, trials, WAYS) squared, of each test drawing from each of the support
    chosen       (RUNS, trials) the nearest of the support
    right        (RUNS, trials) bool
    """

    distances: np.ndarray
    chosen: np.ndarray
    right: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of all trials, from 0 to 1."""
        return float(self.right.mean())

    @property
    def error(self) -> float | None:
        """One standard error of the accuracy, from its spread over the alphabets; None for a single one."""
        import torch

        from core.evaluation.score import standard_error

        return standard_error(torch.from_numpy(one_shot.by_alphabet(self.right)))


def classify(support: np.ndarray, tests: np.ndarray, answers: np.ndarray) -> Result:
    """The trials (`core.data.one_shot`), told by vectors of the support (RUNS, WAYS, d) and of the tests, of like
    shape."""
    away = squared_distances(tests, support)
    chosen = away.argmin(2)
    return Result(away, chosen, chosen == answers)


def squared_distances(x: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(..., n, k), of vectors (..., n, d) from others (..., k, d); float32."""
    x, others = x.astype(np.float64), others.astype(np.float64)
    away = np.square(x).sum(-1)[..., None] + np.square(others).sum(-1)[..., None, :] - 2 * x @ others.swapaxes(-1, -2)
    return np.maximum(away, 0).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Solved:
    """All trials in one representation.

    vectors      (RUNS, 2, WAYS, d) of all drawings, each run's support first
    neighbours    (RUNS * 2 * WAYS, NEIGHBOURS) places among all drawings of the nearest others
    """

    vectors: np.ndarray
    result: Result
    neighbours: np.ndarray


def solve(space: Space) -> Solved:
    """All trials by the nearest vector. Raises as `vectors` does."""
    from core.numerics.neighbors import nearest

    trials = one_shot.load()
    ink = np.stack([trials.support, trials.tests], 1)
    found = vectors(space, ink.reshape(-1, *ink.shape[-2:])).astype(np.float32)
    shaped = found.reshape(*ink.shape[:3], -1)
    return Solved(shaped, classify(shaped[:, 0], shaped[:, 1], trials.answers), nearest(found, NEIGHBOURS)[0])


def answer(space: Space, solved: Solved, run: int, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a drawing (SIDE, SIDE) that is none of these: its squared distances (WAYS,) from the support of the run, and
    the places (NEIGHBOURS,) of the nearest of all drawings. Raises as `vectors` does."""
    from core.numerics.neighbors import nearest

    vector = vectors(space, ink[None]).astype(np.float32)
    everything = solved.vectors.reshape(-1, vector.shape[1])
    return squared_distances(vector, solved.vectors[run, 0])[0], nearest(everything, NEIGHBOURS, vector)[0][0]


def _blurred(greys: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(greys, (0, BLUR, BLUR), mode="constant")


@kept("components of one-shot images")
def _pca() -> Pca:
    """Fitted to the support of all runs."""
    import torch

    from core.numerics.projections import fit_pca

    flat = one_shot.reduced(one_shot.load().support).reshape(one_shot.RUNS * one_shot.WAYS, -1)
    return fit_pca(torch.from_numpy(flat), COMPONENTS)
