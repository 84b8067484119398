"""The linear rival of models of real values: probabilistic PCA."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from core.evaluation.score import Score
from core.numerics.projections import DENSE, leading

LINEAR = "probabilistic PCA, for comparison"


def linear_gaussian(train: Tensor, test: Tensor, name: str, unit: str, components: int = 40) -> Iterator[Score]:
    """Mean log-density of the test examples under probabilistic PCA fitted to the training examples."""
    each, used = ppca_log_density(train, test, components)
    note = f"{used} component{'' if used == 1 else 's'}"
    yield Score(LINEAR, float(each.mean()), unit, "exact", name, note=note)


def ppca_log_density(train: Tensor, test: Tensor, components: int) -> tuple[Tensor, int]:
    """log-density of each test example (M,), float64, under probabilistic PCA by maximum likelihood (Tipping & Bishop
    1999) of training examples (N, *event_shape), and how many components it has: `components`, or fewer.

        p(x) = N(mean, C)      C = U diag(lambda_i - s2) U^T + s2 I      s2 = mean of the D - k smallest lambda_i

    k stays below the rank of the training examples: else s2 would be 0, and the density infinite on a plane and zero
    beside it. So constant columns, copies of columns and few examples each leave it a density in all D dimensions.
    Variances are over N - 1, as scikit-learn has them. Raises ValueError where training examples do not vary.
    """
    x, y = train.flatten(1).double().cpu(), test.flatten(1).double().cpu()
    (n, d), mean = x.shape, x.mean(0)
    centred = x - mean
    if min(n, d) > DENSE:
        directions, squares = leading(centred, components + 1)
    else:
        _, singular, directions = torch.linalg.svd(centred, full_matrices=False)
        squares = singular.square()
    # values came as float32: what is smaller than its rounding is none
    rank = int((squares.sqrt() > torch.finfo(torch.float32).eps * max(n, d) ** 0.5 * x.abs().max()).sum())
    if rank == 0:
        raise ValueError("the training examples do not vary")
    k = min(components, rank - 1)
    variances = squares[:k] / (n - 1)
    noise = float(centred.square().sum() - squares[:k].sum()) / (n - 1) / (d - k)
    away = y - mean
    along = away @ directions[:k].t()
    inside = (along.square() * (1 / variances - 1 / noise)).sum(1)
    log_det = float(variances.log().sum()) + (d - k) * math.log(noise)
    return -0.5 * (inside + away.square().sum(1) / noise + d * math.log(2 * math.pi) + log_det), k
