"""The shape of one representation: how many dimensions its examples really fill."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.config.fields import require
from core.numerics.neighbors import nearest
from core.representations.similarity import Interval, Terms

DISCARDED = 0.1  # of the largest ratios, which the fit of TwoNN leaves out (Facco et al. 2017)
DRAWS = 200  # of the bootstrap
LEAST = 20  # different examples that TwoNN needs


def two_nn(vectors: ArrayLike, discarded: float = DISCARDED, seed: int = 0) -> Interval:
    """Intrinsic dimension of vectors (n, d) by TwoNN (Facco, d'Errico, Rodriguez & Laio 2017), with a 95% interval.

    Where density is even over two neighbours, the ratio mu = r2 / r1 of their distances has P(mu > m) = m^-D: D is the
    slope through 0 of -log P against log mu, fitted without the `discarded` share of the largest ratios. Examples that
    are equal count once. The interval is a bootstrap of the ratios, the neighbours being kept. Raises `SettingError`.
    """
    require(0 <= discarded < 1, "discarded", discarded, "at least 0 and below 1")
    different = np.unique(np.asarray(vectors, np.float32), axis=0)
    require(len(different) >= LEAST, "examples", len(different), f"at least {LEAST} different ones for TwoNN")
    distances = nearest(different, 2)[1].astype(np.float64)
    ratios = np.sort(np.log(distances[:, 1] / np.maximum(distances[:, 0], 1e-300)))
    rng = np.random.default_rng(seed)
    drawn = [_slope(np.sort(rng.choice(ratios, len(ratios))), discarded) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(_slope(ratios, discarded), float(low), float(high))


def participation_ratio(vectors: ArrayLike | Terms) -> float:
    """(sum l)^2 / sum l^2 of the covariance's eigenvalues l: d where all directions vary alike, 1 where one does, NaN
    where none does."""
    terms = vectors if isinstance(vectors, Terms) else Terms(vectors)
    return 1 / terms.own if terms.own > 0 else float("nan")  # of norm 1, so that the eigenvalues sum to 1


def spectrum(vectors: ArrayLike | Terms) -> np.ndarray:
    """The covariance's eigenvalues as shares of the variance, largest first: (min(n, d),) float64."""
    terms = vectors if isinstance(vectors, Terms) else Terms(vectors)
    x = terms.centred.double()
    square = (x.t() @ x if x.shape[1] <= x.shape[0] else x @ x.t()).numpy()
    return np.linalg.eigvalsh(square)[::-1].clip(min=0)  # of norm 1, so that they sum to 1


def _slope(ratios: np.ndarray, discarded: float) -> float:
    """The dimension, given log ratios in rising order."""
    n = len(ratios)
    kept = max(2, int(n * (1 - discarded)))
    x, y = ratios[:kept], -np.log1p(-np.arange(kept) / n)
    return float(x @ y / (x @ x)) if x @ x > 0 else float("inf")
