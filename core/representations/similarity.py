"""How alike two representations of the same examples are, for vectors x (n, p) and y (n, q) in the same order.

    linear CKA       |x'y|^2 / (|x'x| |y'y|) of centred x, y (Kornblith et al. 2019); debiased: by the unbiased estimate
                     of each of the three (Song et al. 2012, Nguyen et al. 2021), about 0 for independent ones
    k-NN overlap     the share of each example's k nearest neighbours in x that are among those in y, mean over examples
    Procrustes       1 - |x'y|_*^2 of centred x, y of norm 1: the squared error left when y is rotated, reflected and
                     scaled onto x (0 alike, 1 nothing in common; SciPy calls it disparity)
    RSA              correlation of the distances between examples in x with those in y (Kriegeskorte et al. 2008)

All but the overlap for fixed k are unchanged by rotation, shift and a common scale. What one representation costs is
kept in its `Terms`, so that a matrix of m of them computes it m times and not m^2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from core.config.fields import require
from core.evaluation.score import standard_error
from core.numerics.cancel import check
from core.numerics.matmul import affine
from core.numerics.neighbors import largest_of, nearest, points_of, scale_of, subsample

Measure = Literal["cka", "cka-biased", "overlap", "procrustes", "rsa", "rsa-pearson"]
MEASURES: dict[str, str] = {
    "cka": "linear CKA, debiased",
    "cka-biased": "linear CKA",
    "overlap": "k-NN overlap",
    "procrustes": "Procrustes distance",
    "rsa": "RSA, Spearman",
    "rsa-pearson": "RSA, Pearson",
}
K = 10  # neighbours, where no other number is asked for
RSA_EXAMPLES = 1_000  # between which distances are compared, at most
BLOCKS = 20  # that an interval leaves out one by one
INTERVAL_EXAMPLES = 2_000  # that an interval is computed from, at most
_ROWS = 512


@dataclass(frozen=True)
class Interval:
    """A value with a 95% interval over examples."""

    value: float
    low: float
    high: float


class Terms:
    """What comparisons need of one representation alone, each computed when it is first asked for.

    Raises `ValueError` for vectors that are not (n, d) or not finite, `SettingError` for fewer than 4 examples.
    """

    def __init__(self, vectors: ArrayLike) -> None:
        self.points = points_of(vectors)
        require(len(self.points) >= 4, "examples", len(self.points), "at least 4 to compare representations")

    def __len__(self) -> int:
        return len(self.points)

    @property
    def centred(self) -> Tensor:
        """(n, d), of Frobenius norm 1; zeros where all vectors are one."""
        return self._normed[0]

    @property
    def squares(self) -> Tensor:
        """Squared length of each centred vector (n,), float64."""
        return self._normed[1]

    @cached_property
    def _normed(self) -> tuple[Tensor, Tensor]:
        scale = scale_of(self.points)
        x = self.points if scale == 1 else self.points / scale
        rounding = 1e-6 * largest_of(x)
        sums = torch.stack([part.sum(0) for part in x.split(_ROWS)])  # to convert all to float64 takes 15 times as long
        x = x - (sums.sum(0, dtype=torch.float64) / len(x)).float()
        if largest_of(x) <= rounding:
            return torch.zeros_like(x), torch.zeros(len(x), dtype=torch.float64)
        squares = torch.linalg.vector_norm(x, dim=1).double().square()
        square = float(squares.sum())
        return x.div_(square**0.5), squares.div_(square)

    @cached_property
    def gram(self) -> Tensor:
        """Products of all pairs of examples (n, n), where that is the smaller way."""
        return _product(self.centred, self.centred.t())

    @cached_property
    def own(self) -> float:
        """|x'x|^2."""
        return cross(self, self)

    def neighbours(self, k: int) -> np.ndarray:
        """The k nearest others of each example (n, k), nearest first; the longest list asked for is kept."""
        known = self.__dict__.get("_neighbours")
        if known is None or known.shape[1] < k:
            known = self.__dict__["_neighbours"] = nearest(self.points, k)[0]
        return known[:, :k]

    @cached_property
    def distances(self) -> np.ndarray:
        """Distances between all pairs of at most `RSA_EXAMPLES` examples, the same ones for every representation."""
        x = self.centred[torch.from_numpy(subsample(len(self), RSA_EXAMPLES, 0))].double()
        return torch.nn.functional.pdist(x).numpy()

    @cached_property
    def distance_ranks(self) -> np.ndarray:
        """Ranks of these distances, equal ones sharing their mean rank."""
        from scipy.stats import rankdata

        return rankdata(self.distances)


def cka(x: ArrayLike | Terms, y: ArrayLike | Terms, debiased: bool = True) -> float:
    """Linear CKA: 1 for representations that are one another rotated and scaled, NaN where one is constant."""
    x, y = _terms(x, y)
    if not debiased:
        return _ratio(cross(x, y), x.own, y.own)
    return _ratio(_debiased(x, y, cross(x, y)), _debiased(x, x, x.own), _debiased(y, y, y.own))


def overlap(x: ArrayLike | Terms, y: ArrayLike | Terms, k: int = K) -> float:
    """k-NN overlap, 0 to 1; k / (n - 1) for representations that have nothing in common."""
    return float(overlaps(x, y, k)[-1])


def overlaps(x: ArrayLike | Terms, y: ArrayLike | Terms, k: int = K) -> np.ndarray:
    """k-NN overlap for 1, 2, ... k neighbours: (k,)."""
    x, y = _terms(x, y)
    return overlaps_of_examples(x, y, k).mean(0)


def overlaps_of_examples(x: ArrayLike | Terms, y: ArrayLike | Terms, k: int = K) -> np.ndarray:
    """Share of its 1, 2, ... k nearest neighbours that each example keeps: (n, k) float32."""
    x, y = _terms(x, y)
    mine, theirs = x.neighbours(k), y.neighbours(k)
    found, n = np.empty((len(x), k), np.float32), len(x)
    rank = np.full((min(_ROWS, n), n), k, np.int16 if k < 2**15 else np.int32)  # of every other example in y's list
    for start in range(0, n, _ROWS):
        check()
        part = theirs[start : start + _ROWS]
        at = np.arange(len(part))[:, None]
        rank[at, part] = np.arange(k)
        both = np.maximum(rank[at, mine[start : start + _ROWS]], np.arange(k))  # from which k on both lists hold it
        rank[at, part] = k
        counted = np.zeros((len(part), k + 1), np.float32)
        np.add.at(counted, (np.broadcast_to(at, both.shape), both), 1)
        found[start : start + _ROWS] = counted[:, :k].cumsum(1) / np.arange(1, k + 1)
    return found


def procrustes(x: ArrayLike | Terms, y: ArrayLike | Terms) -> float:
    """Procrustes distance, 0 to 1: what is left of the squared length of x, as a share, when y is fitted to it."""
    x, y = _terms(x, y)
    small = torch.linalg.svdvals(_products(x, y).double() if min(_sizes(x, y)) < len(x) else _nuclear(x, y))
    return float(1 - small.sum().clamp_max(1).square())


def rsa(x: ArrayLike | Terms, y: ArrayLike | Terms, spearman: bool = True) -> float:
    """Correlation of the distances between examples, -1 to 1, on at most `RSA_EXAMPLES` of them."""
    x, y = _terms(x, y)
    a, b = (x.distance_ranks, y.distance_ranks) if spearman else (x.distances, y.distances)
    if a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def similarity(x: ArrayLike | Terms, y: ArrayLike | Terms, measure: Measure = "cka", k: int = K) -> float:
    """The measure by its name, of `MEASURES`. Raises `SettingError` for another name."""
    require(measure in MEASURES, "measure", measure, f"one of {', '.join(MEASURES)}")
    measures: dict[str, Callable[[], float]] = {
        "cka": lambda: cka(x, y),
        "cka-biased": lambda: cka(x, y, debiased=False),
        "overlap": lambda: overlap(x, y, k),
        "procrustes": lambda: procrustes(x, y),
        "rsa": lambda: rsa(x, y),
        "rsa-pearson": lambda: rsa(x, y, spearman=False),
    }
    return measures[measure]()


def similarity_matrix(
    representations: Sequence[ArrayLike | Terms],
    measure: Measure = "cka",
    k: int = K,
    report: Callable[[str, int, int], None] | None = None,
) -> np.ndarray:
    """The measure of every pair of m representations: (m, m), symmetric. Give `Terms` to ask for several measures."""
    terms = [one if isinstance(one, Terms) else Terms(one) for one in representations]
    found = np.full((len(terms), len(terms)), 0.0 if measure == "procrustes" else 1.0)
    pairs = list(combinations(range(len(terms)), 2))
    for done, (i, j) in enumerate(pairs, 1):
        check()
        found[i, j] = found[j, i] = similarity(terms[i], terms[j], measure, k)
        if report is not None:
            report(MEASURES[measure], done, len(pairs))
    return found


def interval(
    x: ArrayLike | Terms,
    y: ArrayLike | Terms,
    measure: Measure = "cka",
    k: int = K,
    seed: int = 0,
) -> Interval:
    """The measure with its 95% interval over examples, by a jackknife that leaves out one of `BLOCKS` blocks at a time
    (Efron & Tibshirani 1993, chapter 11). A bootstrap would draw examples twice: such twins are each other's nearest
    neighbours and raise every measure. Of more than `INTERVAL_EXAMPLES` so many are drawn with `seed`, and the interval
    is narrowed to the number that there are; for the overlap, which means over examples, none needs to be."""
    x, y = _terms(x, y)
    value = similarity(x, y, measure, k)
    if measure == "overlap":
        error = standard_error(torch.from_numpy(overlaps_of_examples(x, y, k)[:, -1])) or 0.0
        return Interval(value, max(0.0, value - 1.96 * error), min(1.0, value + 1.96 * error))
    rows = np.random.default_rng(seed).permutation(len(x))[:INTERVAL_EXAMPLES]
    blocks = np.array_split(rows, min(BLOCKS, len(rows) // 4) or 1)
    left = []
    for block in blocks:
        check()
        kept = torch.from_numpy(np.setdiff1d(rows, block))
        left.append(similarity(x.points[kept], y.points[kept], measure, k))
    g = len(blocks)
    error = float(np.sqrt((g - 1) / g * np.square(np.array(left) - np.mean(left)).sum() * len(rows) / len(x)))
    low = 0.0 if measure == "procrustes" else -1.0
    return Interval(value, max(low, value - 1.96 * error), min(1.0, value + 1.96 * error))


def cross(x: Terms, y: Terms) -> float:
    """|x'y|^2 of the centred vectors: from features or from examples, whichever are fewer."""
    p, q = _sizes(x, y)
    n = len(x)
    if p * q <= n * n or n > 4_096:
        return float(_products(x, y).double().square().sum())
    return float((x.gram.double() * y.gram.double()).sum())


def _debiased(x: Terms, y: Terms, product: float) -> float:
    """The unbiased estimate, but for a factor, given |x'y|^2; the vectors have norm 1 together."""
    n = len(x)
    norms = float(x.squares.sum() * y.squares.sum())
    return product - n / (n - 2) * float(x.squares @ y.squares) + norms / ((n - 1) * (n - 2))


def _ratio(both: float, x: float, y: float) -> float:
    return both / (x * y) ** 0.5 if x > 0 and y > 0 else float("nan")


def _terms(x: ArrayLike | Terms, y: ArrayLike | Terms) -> tuple[Terms, Terms]:
    x, y = (one if isinstance(one, Terms) else Terms(one) for one in (x, y))
    require(len(x) == len(y), "examples", (len(x), len(y)), "the same number in both representations")
    return x, y


def _sizes(x: Terms, y: Terms) -> tuple[int, int]:
    return x.points.shape[1], y.points.shape[1]


def _products(x: Terms, y: Terms) -> Tensor:
    """x'y (p, q)."""
    return _product(x.centred.t(), y.centred)


def _nuclear(x: Terms, y: Terms) -> Tensor:
    """A matrix (n, n) with the singular values of x'y, for more features than examples: R S' of x' = Q R, y' = P S."""
    left, right = (torch.linalg.qr(one.centred.double().t())[1] for one in (x, y))
    return left @ right.t()


def _product(a: Tensor, b: Tensor) -> Tensor:
    """a b: by NumPy's library where few columns are summed over many examples, which is a quarter quicker there."""
    return torch.from_numpy(a.numpy() @ b.numpy()) if a.shape[1] > max(a.shape[0], b.shape[1]) else affine(a, b)
