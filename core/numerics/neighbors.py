"""Exact nearest neighbours, and scores that say how far a map of points can be trusted.

Nothing here depends on a seed but the choice of points where there are too many for a score.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from core.config.fields import require
from core.numerics.cancel import check
from core.numerics.matmul import affine

SAMPLE = 2_000  # points that trustworthiness and continuity look at, at most
_LARGEST = torch.finfo(torch.float32).max
_AT_ONCE, _ROWS = 2**21, 16  # numbers in the largest array of a search (8 MB, as caches like it), and rows at least
_SPARE = 16  # candidates beyond k, whose distances are computed again without cancellation
_TREE = 3  # up to so many dimensions a k-d tree is quicker than comparing all pairs


def nearest(
    features: ArrayLike,
    k: int,
    queries: ArrayLike | None = None,
    report: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of `features` (N, d) to each of `queries` (M, d), by Euclidean distance, nearest first.

    Without `queries` the features themselves are asked for, and a point is none of its own neighbours (its duplicates
    are, at distance 0). Equal distances are in order of index. Memory stays bounded whatever N is.
    Returns indices (M, k) int32 and distances (M, k) float32. Raises `SettingError` where there are fewer than k
    others, `ValueError` where a value is not finite.
    """
    x = points_of(features)
    own = queries is None
    q = x if own else points_of(queries)
    require(1 <= k <= len(x) - own, "k", k, f"between 1 and {len(x) - own}, the number of other points")
    if q.shape[1] != x.shape[1]:
        raise ValueError(f"queries of {q.shape[1]} numbers among features of {x.shape[1]}")
    x, q, scale = _center(x, q)
    wanted = min(len(x), k + _SPARE + own)
    tree = None
    if x.shape[1] <= _TREE:
        from scipy.spatial import cKDTree

        tree = cKDTree(x.numpy())
    else:
        twice, squares = (-2 * x).t(), x.square().sum(1)
    rows = max(_ROWS, min(_AT_ONCE // len(x), _AT_ONCE // (wanted * x.shape[1])))
    indices, distances = np.empty((len(q), k), np.int32), np.empty((len(q), k), np.float32)
    for start in range(0, len(q), rows):
        check()
        part = q[start : start + rows]
        if tree is not None:
            found = torch.from_numpy(tree.query(part.numpy(), wanted)[1].reshape(len(part), wanted)).long()
        else:
            apart = affine(part, twice, squares)  # (rows, N), less what all of a row share
            found = apart.topk(wanted, 1, largest=False, sorted=False)[1]
        found = found.sort(1)[0]
        exact = torch.linalg.vector_norm(x[found].sub_(part[:, None]), dim=2)  # (rows, wanted)
        if own:
            mine = torch.arange(start, start + len(part))[:, None]
            exact[found == mine] = torch.inf
        exact, order = exact.sort(dim=1, stable=True)
        indices[start : start + rows] = found.gather(1, order)[:, :k].numpy()
        distances[start : start + rows] = (exact[:, :k] * scale).clamp_max(_LARGEST).numpy()
        if report is not None:
            report(min(start + rows, len(q)), len(q))
    return indices, distances


def knn_accuracy(coords: ArrayLike, labels: np.ndarray, k: int = 10, rows: np.ndarray | None = None) -> float:
    """Share (0 to 1) of points (N, d) whose label is the commonest among their k nearest others (leave one out); of the
    points `rows` only, where they are given."""
    labels = np.asarray(labels)
    k = min(k, len(labels) - 1)
    if rows is None:
        found, own = nearest(coords, k)[0], labels
    else:
        x = points_of(coords)
        found, own = nearest(x, k + 1, x[torch.from_numpy(rows)])[0], labels[rows]
        other = found != rows[:, None]
        other[other.all(1), -1] = False  # among copies the point itself may be left out: then the last one goes
        found = found[other].reshape(-1, k)
    return float((_vote(labels[found]) == own).mean())


def knn_transfer(
    train: ArrayLike, train_labels: np.ndarray, test: ArrayLike, test_labels: np.ndarray, k: int = 10
) -> float:
    """Share (0 to 1) of test points whose label is the commonest among their k nearest training points."""
    found, _ = nearest(train, min(k, len(train_labels)), test)
    return float((_vote(np.asarray(train_labels)[found]) == np.asarray(test_labels)).mean())


def trustworthiness(features: ArrayLike, coords: ArrayLike, k: int = 12, seed: int = 0) -> float:
    """How far neighbours on a map (N, 2) are neighbours in `features` (N, d) too: 1 where all are.

        T(k) = 1 - 2 / (n k (2n - 3k - 1)) sum_i sum_{j in U_k(i)} (r(i, j) - k)

    U_k(i) are those of the k nearest of i on the map that are not among the k nearest in the features, r(i, j) is the
    rank of j among the neighbours of i in the features. Source: Venna & Kaski 2001. Computed on at most `SAMPLE`
    points, drawn with `seed`; k is at most (n - 1) / 2.
    """
    return _preservation(features, coords, k, seed)


def continuity(features: ArrayLike, coords: ArrayLike, k: int = 12, seed: int = 0) -> float:
    """How far neighbours in `features` stay neighbours on the map: `trustworthiness` with the two exchanged."""
    return _preservation(coords, features, k, seed)


def subsample(n: int, points: int, seed: int) -> np.ndarray:
    """Indices of at most `points` of n, in order: all of them, or drawn with `seed`."""
    if n <= points:
        return np.arange(n)
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(n, generator=generator)[:points].sort()[0].numpy()


def largest_of(x: Tensor) -> float:
    """The largest absolute value; 0 where there is none."""
    if not x.numel():
        return 0.0
    low, high = torch.aminmax(x)
    return max(-float(low), float(high))


def scale_of(x: Tensor) -> float:
    """What points are divided by so that their squares are float32 numbers: 1 where they are already."""
    largest = largest_of(x)
    return largest if largest > 1e15 or 0 < largest < 1e-15 else 1.0


def _center(x: Tensor, q: Tensor) -> tuple[Tensor, Tensor, float]:
    """Both less the mean of x, as squares lose less to rounding close to zero, in a unit in which their squares are
    float32 numbers; and that unit."""
    unit = max(scale_of(x), scale_of(q))  # first of all: sums and differences of 3e38 are no float32 numbers
    x, q = x / unit, q / unit
    centre = x.mean(0)
    x, q = x - centre, q - centre
    spread = scale_of(x)
    return x / spread, q / spread, unit * spread


def points_of(values: ArrayLike) -> Tensor:
    """Points (N, d) as float32 on the CPU, to be read only. Raises `ValueError` where one is not finite."""
    if isinstance(values, Tensor):
        x = values.detach().cpu().float()
    else:
        x = torch.from_numpy(np.require(values, np.float32, ["C", "W"]))
    if x.ndim != 2:
        raise ValueError(f"points of shape {tuple(x.shape)}: expected (N, d)")
    if not math.isfinite(largest_of(x)):
        raise ValueError("points hold values that are not finite (NaN or infinity)")
    return x


def _preservation(truth: ArrayLike, shown: ArrayLike, k: int, seed: int) -> float:
    truth, shown = points_of(truth), points_of(shown)
    rows = torch.from_numpy(subsample(len(truth), SAMPLE, seed))
    n = len(rows)
    k = min(k, (n - 1) // 2)
    if k < 1:
        return 1.0
    order = _order(truth[rows])
    ranks = torch.empty_like(order)
    ranks.scatter_(1, order, torch.arange(1, n + 1).expand(n, n))  # 1 for the nearest; n for the point itself
    close = _order(shown[rows])[:, :k]
    excess = (ranks.gather(1, close) - k).clamp_min(0).sum()
    return float(1 - 2 * excess.double() / (n * k * (2 * n - 3 * k - 1)))


def _order(x: Tensor) -> Tensor:
    """Indices of all others by distance, (n, n); the point itself comes last."""
    x = x.double()
    apart = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    return apart.fill_diagonal_(torch.inf).argsort(dim=1, stable=True)


def _vote(labels: np.ndarray) -> np.ndarray:
    """The commonest label of each row (N, k), nearest first; among equals the one with the nearer examples."""
    k = labels.shape[1]
    weights = 1 + 0.5 ** np.arange(2, k + 2)  # together less than one vote: they only decide between equals
    names, codes = np.unique(labels, return_inverse=True)
    votes = np.zeros((len(labels), len(names)))
    for column, weight in zip(codes.reshape(labels.shape).T, weights, strict=True):
        votes[np.arange(len(labels)), column] += weight
    return names[votes.argmax(1)]
