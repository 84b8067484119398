"""What can be read out of a representation: classes from few or many labels, known factors.

Nothing is chosen by what is tested on: every draw trains on one part of the examples and scores the rest, k and weight
decay are fixed by rule, the regularisation of a regression by its training part alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from core.config.fields import require
from core.evaluation.linear_probe import fit_probe
from core.numerics.cancel import check
from core.numerics.neighbors import nearest, points_of
from core.numerics.projections import fit_pca

Method = Literal["knn", "linear"]
Report = Callable[[str, int, int], None]

COUNTS: tuple[int | None, ...] = (1, 3, 10, 30, 100, None)  # labels of each class; None: all of the training part
HELD_OUT = 0.3  # of the examples of each class
DRAWS = 10
MOST_TAUGHT, MOST_TESTED = 20_000, 3_000  # examples of one draw, at most
NEIGHBOURS = 5  # that vote, or as many as there are labels of a class
FOLDS = 5
REGRESSED = 1_024  # dimensions of a regression, at most
PENALTIES = tuple(10.0**e for e in np.arange(-3, 4.01, 0.5))  # of ridge regressions, of vectors with spread 1
TITLES: dict[str, str] = {"knn": "k-NN", "linear": "linear probe"}


@dataclass(frozen=True)
class ReadoutPoint:
    """Accuracy by so many labels of each class.

    labels    of each class; None for all
    taught    examples that were trained on, in all
    mean, spread    of the accuracies of the draws, 0 to 1; the spread is their standard deviation
    """

    method: Method
    labels: int | None
    taught: int
    mean: float
    spread: float
    accuracies: tuple[float, ...]


def readout(
    vectors: ArrayLike,
    labels: ArrayLike,
    method: Method = "knn",
    counts: Sequence[int | None] = COUNTS,
    draws: int = DRAWS,
    seed: int = 0,
    report: Report | None = None,
) -> list[ReadoutPoint]:
    """Accuracy against the number of labels of each class. Each draw holds out `HELD_OUT` of every class anew, draws
    labels from the rest and scores what was held out; equal seeds and labels give every representation the same draws.
    Counts that no class has are left out; a class with fewer gives what it has.

    vectors (n, d), labels (n,) whole numbers. Raises `SettingError`, `ValueError`.
    """
    x, labels = _checked(vectors, labels, method)
    require(draws >= 1, "draws", draws, "at least 1")
    require(all(c is None or c >= 1 for c in counts), "counts", tuple(counts), "at least 1 each, None for all")
    rng, found = np.random.default_rng(seed), {count: [] for count in counts}
    taught = dict.fromkeys(counts, 0)
    for draw in range(draws):
        train, test = _split(labels, rng)
        order = rng.permutation(train)
        place = np.empty(len(order), np.int64)  # of each example within its class, in this order
        for c in np.unique(labels):
            own = labels[order] == c
            place[own] = np.arange(own.sum())
        most = int(place.max()) + 1
        test = test[:MOST_TESTED]
        for done, count in enumerate(counts):
            if count is not None and count > most:
                continue
            rows = order[place < count][:MOST_TAUGHT] if count is not None else order[:MOST_TAUGHT]
            guessed = _predict(x, labels, rows, test, method)
            found[count].append(float((guessed == labels[test]).mean()))
            taught[count] = len(rows)
            if report is not None:
                report(TITLES[method], draw * len(counts) + done + 1, draws * len(counts))
    return [
        ReadoutPoint(method, count, taught[count], float(np.mean(some)), float(np.std(some)), tuple(some))
        for count, some in found.items()
        if some
    ]


def predictions(vectors: ArrayLike, labels: ArrayLike, method: Method = "knn", seed: int = 0) -> np.ndarray:
    """The class that is read out of every example by those of the other folds: (n,) int64, in `FOLDS` folds."""
    x, labels = _checked(vectors, labels, method)
    folds = np.random.default_rng(seed).permutation(len(labels)) % FOLDS
    found = np.empty(len(labels), np.int64)
    for fold in range(FOLDS):
        train, test = np.flatnonzero(folds != fold)[:MOST_TAUGHT], np.flatnonzero(folds == fold)
        found[test] = _predict(x, labels, train, test, method)
    return found


def confusion(labels: ArrayLike, predicted: ArrayLike, classes: int | None = None) -> np.ndarray:
    """How often each class (rows) was read as each (columns): (C, C) int64."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    require(labels.shape == predicted.shape, "predicted", predicted.shape, f"as many as labels, {labels.shape}")
    needed = int(max(labels.max(), predicted.max())) + 1
    size = needed if classes is None else classes
    require(size >= needed, "classes", classes, f"at least {needed}, as many as there are")
    return np.bincount(labels * size + predicted, minlength=size * size).reshape(size, size)


@dataclass(frozen=True)
class FactorScore:
    """How well a factor is read out of examples that were not trained on, mean and standard deviation over folds:
    R^2 of a number (1 all of it, 0 no better than its mean), accuracy of a category.

    linear    by a ridge regression or a linear probe
    knn       by the mean of the nearest neighbours, or their vote
    """

    name: str
    unit: Literal["R²", "share right"]
    linear: float
    linear_spread: float
    knn: float
    knn_spread: float


def read_factors(vectors: ArrayLike, factors: Mapping[str, np.ndarray], seed: int = 0) -> list[FactorScore]:
    """Each known factor (n,) of the examples, read from vectors (n, d); whole numbers are categories."""
    x = points_of(vectors)
    require(len(x) >= 2 * FOLDS, "examples", len(x), f"at least {2 * FOLDS} to read factors from")
    for name, values in factors.items():
        require(len(values) == len(x), f"factor {name}", len(values), f"a value for each of {len(x):,} examples")
    folds = np.random.default_rng(seed).permutation(len(x)) % FOLDS
    kinds = {name: _codes_of(values) for name, values in factors.items()}  # None: numbers
    numbers = [name for name, codes in kinds.items() if codes is None]
    y = np.stack([np.asarray(factors[name], np.float64) for name in numbers], 1) if numbers else np.empty((len(x), 0))
    scores: dict[str, dict[str, list[float]]] = {name: {"linear": [], "knn": []} for name in factors}
    for fold in range(FOLDS):
        check()
        train, test = np.flatnonzero(folds != fold)[:MOST_TAUGHT], np.flatnonzero(folds == fold)[:MOST_TESTED]
        if numbers:
            close = nearest(x[train], min(NEIGHBOURS, len(train)), x[test])[0]
            guesses = {"linear": _regress(x[train], y[train], x[test]), "knn": y[train][close].mean(1)}
            for method, guessed in guesses.items():
                for name, found in zip(numbers, _explained(y[test], guessed, y[train].mean(0)), strict=True):
                    scores[name][method].append(float(found))
        for name, codes in kinds.items():
            if codes is not None:
                for method, some in scores[name].items():
                    some.append(float((_predict(x, codes, train, test, method) == codes[test]).mean()))
    return [
        FactorScore(
            name,
            "R²" if kinds[name] is None else "share right",
            *(float(of(some)) for some in both.values() for of in (np.mean, np.std)),
        )
        for name, both in scores.items()
    ]


def _codes_of(values: np.ndarray) -> np.ndarray | None:
    """The categories of a factor as whole numbers from 0; None where it is a number."""
    return np.unique(values, return_inverse=True)[1] if values.dtype.kind in "biu" else None


def _explained(truth: np.ndarray, guessed: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """R^2 of each column (m, c), against the mean of what was trained on; NaN where a column is constant."""
    spread = np.square(truth - mean).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, 1 - np.square(truth - guessed).sum(0) / spread, np.nan)


def _regress(train: torch.Tensor, y: np.ndarray, test: torch.Tensor) -> np.ndarray:
    """Ridge regression of the columns y (n, c), all by one decomposition: (m, c). Each column has the penalty with the
    least leave-one-out error on the training part. Of wide vectors the `REGRESSED` leading components are used."""
    mean, scale = _scale(train)
    x, z = ((part - mean) / scale for part in (train, test))
    if x.shape[1] > REGRESSED:
        pca = fit_pca(x, min(REGRESSED, len(x) - 1))
        x, z = pca.encode(x), pca.encode(z)
    x, z = x.double(), z.double()
    centre, targets = x.mean(0), torch.from_numpy(y)
    level = targets.mean(0)
    x, z, targets = x - centre, z - centre, targets - level
    values, directions = torch.linalg.eigh(x.t() @ x)
    values, turned = values.clamp_min(0), x @ directions
    inner, best = turned.t() @ targets, torch.full_like(level, torch.inf)
    weights = torch.zeros_like(inner)
    for penalty in PENALTIES:
        check()
        shrunk = 1 / (values + penalty)
        leverage = turned.square() @ shrunk + 1 / len(x)
        found = shrunk[:, None] * inner
        left = (targets - turned @ found) / (1 - leverage).clamp_min(1e-12)[:, None]
        error = left.square().sum(0)
        weights = torch.where(error < best, found, weights)
        best = torch.minimum(best, error)
    return (z @ (directions @ weights) + level).numpy()


def _predict(x: torch.Tensor, labels: np.ndarray, train: np.ndarray, test: np.ndarray, method: str) -> np.ndarray:
    """The classes of the test rows, read by those of the training rows."""
    check()
    names, codes = np.unique(labels[train], return_inverse=True)
    if method == "knn":
        k = min(NEIGHBOURS, int(np.bincount(codes).max()))
        close = codes[nearest(x[train], k, x[test])[0]]
        weights = 1 + 0.5 ** np.arange(2, k + 2)  # nearer ones decide between equals
        votes = np.zeros((len(test), len(names)))
        np.add.at(votes, (np.arange(len(test))[:, None], close), weights)
        return names[votes.argmax(1)]
    mean, scale = _scale(x[train])
    weight, bias = fit_probe((x[train] - mean) / scale, torch.from_numpy(codes), len(names))
    return names[((x[test] - mean) / scale @ weight + bias).argmax(1).numpy()]


def _scale(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and one common spread of training vectors: directions keep their relative size."""
    mean = x.mean(0)
    return mean, (x - mean).square().mean().sqrt().clamp_min(1e-12)


def _split(labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out, of each class its share, but one to train on at least; in random order."""
    held = np.zeros(len(labels), bool)
    for c in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == c))
        held[rows[: min(round(HELD_OUT * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), rng.permutation(np.flatnonzero(held))


def _checked(vectors: ArrayLike, labels: ArrayLike, method: str) -> tuple[torch.Tensor, np.ndarray]:
    x, labels = points_of(vectors), np.asarray(labels)
    require(method in TITLES, "method", method, f"one of {', '.join(TITLES)}")
    require(labels.shape == (len(x),), "labels", labels.shape, f"a class for each of {len(x):,} examples")
    require(labels.dtype.kind in "biu" and labels.min() >= 0, "labels", labels.dtype.name, "whole numbers from 0")
    require(len(np.unique(labels)) > 1, "labels", "one class", "at least two classes")
    require(len(x) >= 2 * FOLDS, "examples", len(x), f"at least {2 * FOLDS} to read classes from")
    return x, labels.astype(np.int64)
