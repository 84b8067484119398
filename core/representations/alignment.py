"""Two representations beside each other: aligned maps, examples that change neighbours, groups that part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.config.fields import require
from core.numerics.cancel import check
from core.numerics.clusters import k_means
from core.representations.similarity import K, Terms, overlaps_of_examples

LEAST_GROUP = 8  # examples of a suggested selection, at least
LARGEST_GROUP = 0.25  # share of all examples, at most
BESIDE = 0.25  # share of its outer neighbours in another group from which on a group stands beside that one
GROUPS = (4, 100)  # clusters that are looked among: about the square root of half the examples


def align(reference: ArrayLike, other: ArrayLike) -> np.ndarray:
    """The map `other` (n, d) rotated, reflected, scaled and shifted so that its points lie as close as may be to those
    of `reference` (n, d): (n, d) float32 (orthogonal Procrustes with scale, Schönemann & Carroll 1970).

    Raises `SettingError` where the shapes differ.
    """
    a, b = np.asarray(reference, np.float64), np.asarray(other, np.float64)
    require(a.ndim == 2 and a.shape == b.shape, "map", b.shape, f"the reference's shape, {a.shape}")
    centre = a.mean(0)
    a, b = a - centre, b - b.mean(0)
    left, sizes, right = np.linalg.svd(b.T @ a)
    square = np.square(b).sum()
    scale = sizes.sum() / square if square > 0 else 0.0
    return (scale * b @ (left @ right) + centre).astype(np.float32)


def change_of_neighbourhood(x: ArrayLike | Terms, y: ArrayLike | Terms, k: int = K) -> np.ndarray:
    """How far each example's k nearest neighbours in y are others than in x: 1 less the Jaccard index of both sets,
    (n,) float32 from 0 (the same) to 1 (all others)."""
    shared = overlaps_of_examples(x, y, k)[:, -1] * k
    return (1 - shared / (2 * k - shared)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Selection:
    """Examples that stand together in one representation and part in another.

    rows       (m,) int64, those nearest to the group's centre first
    together   share of their neighbours that are of the group, in the representation where it stands together
    apart      the same in the other one
    """

    rows: np.ndarray
    together: float
    apart: float

    @property
    def score(self) -> float:
        """How much of the group's neighbourhood is lost."""
        return self.together - self.apart


def suggested_selections(
    x: ArrayLike | Terms, y: ArrayLike | Terms, k: int = K, most: int = 5, seed: int = 0
) -> list[Selection]:
    """Groups that stand together in x and part in y, those that lose most first; exchange x and y for the others.

    The groups are clusters of x (`k_means`); one stands together as far as the k nearest neighbours of its examples
    are its own examples. Of groups beside one another in x, which show the same kind of example, there is one.
    """
    x, y = (one if isinstance(one, Terms) else Terms(one) for one in (x, y))
    require(len(x) == len(y), "examples", (len(x), len(y)), "the same number in both representations")
    n = len(x)
    k = min(k, n - 1)
    check()
    member, far = k_means(x.centred, int(np.clip(round((n / 2) ** 0.5), *GROUPS)), seed)
    near = [member[terms.neighbours(k)] for terms in (x, y)]  # groups of the neighbours
    own = [(groups == member[:, None]).mean(1) for groups in near]
    found = {}
    for group in range(member.max() + 1):
        rows = np.flatnonzero(member == group)
        if not LEAST_GROUP <= len(rows) <= max(LEAST_GROUP, LARGEST_GROUP * n):
            continue
        found[group] = Selection(rows[far[rows].argsort(kind="stable")], *(float(share[rows].mean()) for share in own))
    chosen: list[int] = []
    for group in sorted(found, key=lambda one: -found[one].score):
        outer = near[0][found[group].rows]
        outer = outer[outer != group]
        beside = any((outer == other).mean() > BESIDE for other in chosen if len(outer))
        if found[group].score > 0 and not beside and len(chosen) < most:
            chosen.append(group)
    return [found[group] for group in chosen]
