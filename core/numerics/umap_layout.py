"""UMAP's layout: the points of a weighted graph are placed by stochastic gradient descent (McInnes, Healy & Melville
2018, algorithm 5).

From the same draws it gives the places that umap-learn's `simplicial_set_embedding` gives. That package compiles for
seconds while it is imported; here one function is compiled, when it is first called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from core.numerics.cancel import check

NEGATIVES = 5.0  # examples that are pushed away for each that is pulled
SIZE = 10.0  # of the square that the points begin in
FEW_EPOCHS = 10  # up to so many, edges are dropped as if there were `USUAL_EPOCHS`
USUAL_EPOCHS = {True: 500, False: 200}  # by whether there are at most `MANY` points
MANY = 10_000


def lay_out(
    graph: Any,
    begin: np.ndarray,
    epochs: int,
    min_dist: float,
    random: np.random.RandomState,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Places (N, d) float32 of the points of a symmetric graph, a SciPy matrix (N, N), that begin at `begin` (N, d)."""
    edges = graph.tocoo(copy=True)
    edges.sum_duplicates()  # brings them into the order in which they are drawn
    weights = edges.data
    n = edges.shape[0]
    least = weights.max() / (epochs if epochs > FEW_EPOCHS else USUAL_EPOCHS[n <= MANY])
    drawn = weights >= least  # the others would be drawn less than once
    heads, tails, weights = edges.row[drawn], edges.col[drawn], weights[drawn]
    every = epochs / (epochs * (weights / weights.max())).astype(
        np.float64
    )  # epochs from one draw of an edge to the next
    a, b = curve(min_dist)
    low, high = begin.min(0), begin.max(0)
    places = (SIZE * (begin - low) / (high - low)).astype(np.float32, order="C")
    limits = np.iinfo(np.int32)
    state = random.randint(limits.min + 1, limits.max - 1, 3).astype(np.int64)
    states = np.tile(state, (n, 1)) + places[:, :1].astype(np.float64).view(np.int64)  # of each point's draws
    due, due_away = every.copy(), every / NEGATIVES
    for epoch in range(epochs):
        check()
        rate = 1 - max(0, epoch - 1) / epochs
        _step(places, heads, tails, every, due, due_away, states, a, b, rate, epoch)
        report(epoch + 1, epochs)
    return places


def curve(min_dist: float) -> tuple[float, float]:
    """a and b of the likeness 1 / (1 + a x^2b) of points at distance x, fitted to one that is 1 up to `min_dist` and
    falls off as an exponential from there on."""
    from scipy.optimize import curve_fit

    x = np.linspace(0, 3, 300)
    wanted = np.where(x < min_dist, 1.0, np.exp(np.minimum(0, min_dist - x)))
    a, b = curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), x, wanted)[0]
    return float(a), float(b)


@numba.njit(inline="always")
def _draw(state):  # noqa: ANN001, ANN202
    """A whole number by the combined Tausworthe generator of L'Ecuyer 1996."""
    s = state
    s[0] = (((s[0] & 4294967294) << 12) & 0xFFFFFFFF) ^ ((((s[0] << 13) & 0xFFFFFFFF) ^ s[0]) >> 19)
    s[1] = (((s[1] & 4294967288) << 4) & 0xFFFFFFFF) ^ ((((s[1] << 2) & 0xFFFFFFFF) ^ s[1]) >> 25)
    s[2] = (((s[2] & 4294967280) << 17) & 0xFFFFFFFF) ^ ((((s[2] << 3) & 0xFFFFFFFF) ^ s[2]) >> 11)
    return np.int32(s[0] ^ s[1] ^ s[2])


@numba.njit(inline="always")
def _clipped(value):  # noqa: ANN001, ANN202
    return min(4.0, max(-4.0, value))


@numba.njit(fastmath=True)
def _step(places, heads, tails, every, due, due_away, states, a, b, rate, epoch):  # noqa: ANN001, ANN202
    """One epoch: both ends of each edge whose turn it is are pulled together, and its head is pushed from points drawn
    at random."""
    n, dimensions = places.shape
    for i in range(len(heads)):
        if due[i] > epoch:
            continue
        head, tail = places[heads[i]], places[tails[i]]
        square = np.float32(0)
        for d in range(dimensions):
            square += (head[d] - tail[d]) * (head[d] - tail[d])
        pull = 0.0
        if square > 0:
            pull = -2.0 * a * b * square ** (b - 1.0) / (a * square**b + 1.0)
        for d in range(dimensions):
            gradient = _clipped(pull * (head[d] - tail[d])) * rate
            head[d] += gradient
            tail[d] -= gradient
        due[i] += every[i]
        away = every[i] / NEGATIVES
        draws = int((epoch - due_away[i]) / away)
        for _ in range(draws):
            other = places[_draw(states[heads[i]]) % n]
            square = np.float32(0)
            for d in range(dimensions):
                square += (head[d] - other[d]) * (head[d] - other[d])
            if square > 0:
                push = 2.0 * b / ((0.001 + square) * (a * square**b + 1))
                for d in range(dimensions):
                    head[d] += _clipped(push * (head[d] - other[d])) * rate
        due_away[i] += draws * away
