"""Maps of points: PCA, UMAP and t-SNE behind one function; each gives the same map for the same seed and settings.

Sources: Pearson 1901, Hotelling 1933 (PCA); McInnes, Healy & Melville 2018 (UMAP); van der Maaten & Hinton 2008 and
van der Maaten 2014 (t-SNE). Both of the latter begin at the PCA map (Kobak & Linderman 2021), so that maps of related
data resemble each other.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from core.config.fields import SettingError, require
from core.numerics import cancel
from core.numerics.neighbors import nearest, points_of, scale_of

Method = Literal["pca", "umap", "tsne"]
Report = Callable[[str, int, int], None]

REDUCE_TO = 50  # dimensions that neighbours are looked for in, where there are more
DENSE = 4_096  # largest side of a matrix whose eigenvectors are all computed
_LARGEST = torch.finfo(torch.float32).max


@dataclass(frozen=True)
class Setting:
    """A number that a method can be given; whole where its default is."""

    default: float
    low: float
    high: float
    about: str


SETTINGS: dict[str, dict[str, Setting]] = {
    "pca": {},
    "umap": {
        "n_neighbors": Setting(
            15, 2, 200, "Neighbours per point: small values show detail, large values the overall structure."
        ),
        "min_dist": Setting(0.1, 0.0, 0.99, "Minimum distance between points on the map."),
        "epochs": Setting(150, 10, 2_000, "Optimisation epochs."),
    },
    "tsne": {
        "perplexity": Setting(30.0, 2.0, 200.0, "Effective number of neighbours per point."),
        "iterations": Setting(750, 250, 5_000, "Gradient descent steps."),
    },
}


@dataclass(frozen=True)
class Projection:
    """A map.

    coordinates    (N, dimensions) float32
    explained_variance_ratio    share of the variance that the axes carry (PCA), else None
    settings       as they were used: `n_neighbors` and `perplexity` are lowered for very few points
    seconds        it took
    """

    coordinates: np.ndarray
    explained_variance_ratio: float | None
    settings: dict[str, float]
    seconds: float


def project(
    method: Method,
    features: ArrayLike,
    seed: int = 0,
    report: Report | None = None,
    dimensions: int = 2,
    **settings: float,
) -> Projection:
    """Place points (N, d) on a plane; N from 3 on, d from 1.

    dimensions  of the map; 3 by PCA and UMAP alone
    settings    those of `SETTINGS[method]`; what is left out has its default
    report      called as report(what, done, total)

    Raises `SettingError` for settings, `ValueError` for points that are too few or not finite.
    """
    used = check(method, settings)
    allowed = (2,) if method == "tsne" else (2, 3)
    require(dimensions in allowed, "dimensions", dimensions, f"{' or '.join(map(str, allowed))} for {method}")
    began = time.perf_counter()
    report = report or (lambda what, done, total: None)
    x = points_of(features)
    if len(x) < 3:
        raise ValueError(f"{len(x)} points: a map needs at least 3")
    report("principal components", 0, 1)
    unit = scale_of(x)
    x = x / unit
    pca = fit_pca(x, dimensions)
    start = pca.encode(x)
    if method == "pca" or not start.any():  # where all points are equal, every method leaves them in one place
        explained = pca.explained_variance_ratio if method == "pca" else None
        places = (start * unit).clamp(-_LARGEST, _LARGEST)
        return Projection(places.numpy(), explained, used, time.perf_counter() - began)
    if method == "umap":
        used["n_neighbors"] = min(used["n_neighbors"], len(x))
        coordinates = _umap(x, start, seed, report, **used)
    else:
        used["perplexity"] = min(used["perplexity"], (len(x) - 1) / 3)
        coordinates = _tsne(x, start, seed, report, **used)
    return Projection(coordinates.astype(np.float32), None, used, time.perf_counter() - began)


def check(method: str, settings: dict[str, float]) -> dict[str, float]:
    """All settings of the method: the given ones, else the defaults. Raises `SettingError`."""
    require(method in get_args(Method), "method", method, f"one of {', '.join(get_args(Method))}")
    known = SETTINGS[method]
    for name in settings:
        if name not in known:
            raise SettingError(f"{name}={settings[name]!r}: {method} has {', '.join(known) or 'no settings'}")
    used = {}
    for name, rule in known.items():
        value, whole = settings.get(name, rule.default), isinstance(rule.default, int)
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        fits = number and rule.low <= value <= rule.high and (not whole or value == int(value))
        kind = "a whole number" if whole else "a number"
        require(fits, name, value, f"{kind} between {rule.low:,} and {rule.high:,}")
        used[name] = int(value) if whole else float(value)
    return used


# -- principal components -----------------------------------------------------------------------


@dataclass(frozen=True)
class Pca:
    """mean (d,), components (k, d) with orthonormal rows, variances (k,) along them, float64, largest first; `total` is
    the variance of the data in all d directions."""

    mean: Tensor
    components: Tensor
    variances: Tensor
    total: float

    @property
    def explained_variance_ratio(self) -> float:
        """Share of the variance along the components; 0 where there is no variance."""
        return float(self.variances.sum() / self.total) if self.total > 0 else 0.0

    def encode(self, x: Tensor) -> Tensor:
        """Coordinates (N, k) of points (N, ...)."""
        return (x.flatten(1) - self.mean) @ self.components.t()

    def decode(self, z: Tensor) -> Tensor:
        """The points (N, d) of the components' span that have coordinates z (N, k)."""
        return z @ self.components + self.mean


def fit_pca(x: Tensor, k: int) -> Pca:
    """The k directions of largest variance of points (N, d); beyond those that there are, components are zero.

    The largest entry of each component is positive, so that maps do not flip.
    """
    x = x.flatten(1)
    n, d = x.shape
    mean = x.mean(0, dtype=torch.float64)
    centred = x.double() - mean
    total = float(centred.square().sum() / max(1, n - 1))
    if min(n, d) > DENSE:
        directions, squares = leading(centred, k)
    elif d <= n:
        squares, vectors = torch.linalg.eigh(centred.t() @ centred)
        directions = vectors.flip(1)[:, :k].t()
        squares = squares.flip(0)[:k]
    else:
        squares, vectors = torch.linalg.eigh(centred @ centred.t())
        squares, vectors = squares.flip(0)[:k], vectors.flip(1)[:, :k]
        directions = (centred.t() @ vectors / squares.clamp_min(1e-300).sqrt()).t()
    there = squares > 1e-12 * squares.max().clamp_min(1e-300)
    directions = torch.where(there[:, None], directions, 0.0)
    at = directions.abs().argmax(1, keepdim=True)
    directions = directions * torch.where(directions.gather(1, at) < 0, -1.0, 1.0)
    components, variances = torch.zeros(k, d), torch.zeros(k, dtype=torch.float64)
    components[: len(directions)] = directions.float()
    variances[: len(directions)] = torch.where(there, squares, 0.0) / max(1, n - 1)
    return Pca(mean.float(), components, variances, total)


def leading(centred: Tensor, k: int, spare: int = 16, rounds: int = 30) -> tuple[Tensor, Tensor]:
    """Leading right singular vectors (k, d) and squared singular values (k,), by subspace iteration from a fixed
    start (Halko, Martinsson & Tropp 2011)."""
    basis = torch.randn(centred.shape[1], k + spare, generator=torch.Generator().manual_seed(0), dtype=centred.dtype)
    for _ in range(rounds):
        cancel.check()
        basis = torch.linalg.qr(centred.t() @ (centred @ basis))[0]
    _, values, vectors = torch.linalg.svd(centred @ basis, full_matrices=False)
    return (basis @ vectors.t()).t()[:k], values[:k].square()


def _reduce(x: Tensor) -> Tensor:
    """Points in at most `REDUCE_TO` dimensions, for finding neighbours."""
    return fit_pca(x, REDUCE_TO).encode(x) if x.shape[1] > REDUCE_TO and len(x) > 2 else x


# -- UMAP ---------------------------------------------------------------------------------------


def _umap(
    x: Tensor, start: Tensor, seed: int, report: Report, n_neighbors: int, min_dist: float, epochs: int
) -> np.ndarray:
    """The graph is built here, from exact neighbours; umap-learn's optimiser places the points.

    (Its own way to the graph gives the same one, but compiles for half a minute in a fresh process.)
    """
    others, distances = nearest(_reduce(x), n_neighbors - 1, report=lambda *at: report("neighbours", *at))
    graph = fuzzy_graph(others, distances)
    report("loading UMAP", 0, 1)
    from umap.umap_ import find_ab_params, simplicial_set_embedding

    random = np.random.RandomState(seed)
    # a little noise: equal points, or all on a line, would have nowhere to go
    begin = start.numpy() + random.normal(scale=1e-4 * float(start.abs().max()), size=start.shape)
    a, b = find_ab_params(1.0, min_dist)
    placed, _ = simplicial_set_embedding(
        None,
        graph,
        n_components=start.shape[1],
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=epochs,
        init=begin.astype(np.float32),
        random_state=random,
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        verbose=False,
        tqdm_kwds={
            "disable": False,
            "file": _ProgressReader(r"(\d+)/(\d+)", lambda done, total: report("UMAP", done, total)),
            "bar_format": "{n}/{total} ",
            "mininterval": 0.2,
        },
    )
    return placed


def fuzzy_graph(others: np.ndarray, distances: np.ndarray) -> Any:
    """The weighted graph that UMAP lays out, a SciPy matrix (N, N), from the neighbours (N, k) of each point.

    A point belongs to the neighbourhood of i at distance d to the degree exp(-max(0, d - rho_i) / sigma_i), with rho_i
    the distance of the nearest point that is no duplicate, and sigma_i such that the degrees sum to log2(k + 1). Two
    degrees a, b of one pair join as a + b - ab. Equal to umap-learn's `fuzzy_simplicial_set` with k + 1 neighbours, of
    which the point itself is the first. Source: McInnes et al. 2018, sec. 3.1 and algorithm 3.
    """
    from scipy.sparse import coo_matrix

    n, k = others.shape
    d = distances.astype(np.float64)
    apart = np.where(d > 0, d, np.inf).min(1)
    rho = np.where(np.isfinite(apart), apart, 0.0)[:, None]
    beyond = np.maximum(d - rho, 0)
    low, high, sigma = np.zeros((n, 1)), np.full((n, 1), np.inf), np.ones((n, 1))
    target = np.log2(k + 1)
    for _ in range(64):
        excess = np.exp(-beyond / sigma).sum(1, keepdims=True) - target
        done = np.abs(excess) < 1e-5
        high, low = np.where(excess > 0, sigma, high), np.where(excess > 0, low, sigma)
        middle = np.where(np.isinf(high), sigma * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
        sigma = np.where(done, sigma, middle)
        if done.all():
            break
    own, common = d.sum(1, keepdims=True) / (k + 1), d.sum() / (n * (k + 1))  # means with the point itself
    sigma = np.maximum(sigma, 1e-3 * np.where(rho > 0, own, common))
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = np.where((beyond <= 0) | (sigma == 0), 1.0, np.exp(-beyond / sigma)).astype(np.float32)
    rows = np.repeat(np.arange(n), k)
    one_way = coo_matrix((degrees.ravel(), (rows, others.ravel())), shape=(n, n)).tocsr()
    one_way.eliminate_zeros()
    other_way = one_way.T.tocsr()
    graph = (one_way + other_way - one_way.multiply(other_way)).tocsr()
    graph.eliminate_zeros()
    return graph


# -- t-SNE --------------------------------------------------------------------------------------


def _tsne(x: Tensor, start: Tensor, seed: int, report: Report, perplexity: float, iterations: int) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from sklearn.manifold import TSNE

    n = len(x)
    k = min(n - 1, int(3 * perplexity + 1))
    others, distances = nearest(_reduce(x), k, report=lambda *at: report("neighbours", *at))
    # every point is the first of its own neighbours, as scikit-learn expects of a graph
    columns = np.concatenate([np.arange(n, dtype=np.int32)[:, None], others], 1)
    values = np.concatenate([np.zeros((n, 1), np.float32), distances], 1)
    graph = csr_matrix((values.ravel(), columns.ravel(), np.arange(0, n * (k + 1) + 1, k + 1)), shape=(n, n))
    begin = (start / start[:, 0].std().clamp_min(1e-30) * 1e-4).numpy()
    begin = begin + np.random.RandomState(seed).normal(scale=1e-8, size=begin.shape)
    made = TSNE(
        perplexity=perplexity,
        init=begin.astype(np.float32),
        metric="precomputed",
        learning_rate="auto",
        max_iter=iterations,
        random_state=seed,
        verbose=2,
    )
    # it tells how far it is on standard output, every fifty steps, and has no other way
    reader = _ProgressReader(r"Iteration (\d+)", lambda done: report("t-SNE", done, iterations))
    with contextlib.redirect_stdout(reader):
        return made.fit_transform(graph)


class _ProgressReader(io.TextIOBase):
    """A file that passes on the numbers which `pattern` finds in what is written to it."""

    def __init__(self, pattern: str, tell: Callable[..., None]) -> None:
        self.pattern, self.tell = re.compile(pattern), tell

    def write(self, text: str) -> int:
        if found := self.pattern.search(text):
            self.tell(*map(int, found.groups()))
        return len(text)
