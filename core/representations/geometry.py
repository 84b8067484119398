"""The shape of one representation: how many dimensions its examples really fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from core.config.fields import require
from core.numerics.cancel import check
from core.numerics.neighbors import nearest
from core.numerics.projections import fit_pca
from core.representations.similarity import BLOCKS, Interval, Terms

DISCARDED = 0.1  # of the largest ratios, which the fit of TwoNN leaves out (Facco et al. 2017)
DRAWS = 200  # of the bootstrap
LEAST = 20  # different examples that TwoNN needs
NOTHING = 1e-7  # shares of the variance below this are rounding
LEADING = 256  # directions that have intervals


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


@dataclass(frozen=True, eq=False)
class VarianceSpread:
    """How far the variance is spread over directions, with 95% intervals over examples.

    participation     participation ratio
    shares, low, high   of the variance, of the leading directions, largest first, each (k,) float64
    """

    participation: Interval
    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray


def spread_of_variance(vectors: ArrayLike | Terms, seed: int = 0) -> VarianceSpread:
    """Participation ratio and spectrum with intervals, by a jackknife that leaves out one of `BLOCKS` blocks of
    examples at a time (a bootstrap's repeated examples would raise the leading eigenvalues). At most
    `LEADING` directions; the squares of all others together are taken to stay as they are."""
    terms = vectors if isinstance(vectors, Terms) else Terms(vectors)
    x, n = terms.centred, len(terms)
    pca = fit_pca(x, min(LEADING, *x.shape))
    z = pca.encode(x).double()
    gram = z.t() @ z
    value, shares = participation_ratio(terms), torch.linalg.eigvalsh(gram).flip(0).clamp_min(0).numpy()
    if not np.isfinite(value):
        return VarianceSpread(Interval(value, value, value), shares, shares, shares)
    rest = max(0.0, terms.own - float(gram.square().sum()))
    ratios, spectra = [], []
    for block in np.array_split(np.random.default_rng(seed).permutation(n), min(BLOCKS, n // 2)):
        check()
        rows, kept = torch.from_numpy(block), n - len(block)
        out, moved = z[rows], x[rows].sum(0, dtype=torch.float64)
        left = gram - out.t() @ out - torch.outer(out.sum(0), out.sum(0)) / kept
        total = 1 - float(terms.squares[rows].sum() + moved.square().sum() / kept)
        ratios.append(total**2 / (float(left.square().sum()) + rest * total**2))
        spectra.append((torch.linalg.eigvalsh(left).flip(0).clamp_min(0) / total).numpy())
    low, high = _jackknife(shares, np.array(spectra))
    ends = (float(end[0]) for end in _jackknife(np.array([value]), np.array(ratios)[:, None]))
    return VarianceSpread(Interval(value, *ends), shares, low, np.minimum(high, 1))


def _jackknife(values: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95% intervals of positive values (k,), given those without each of g blocks (g, k): as far up as
    down, as factors. Relative errors, not those of logarithms: what a single example varies is gone without its block,
    and the logarithm of nothing would take the interval up to all of the variance."""
    g = len(left)
    error = np.sqrt((g - 1) / g * np.square(left - left.mean(0)).sum(0))
    factor = 1 + 1.96 * error / np.maximum(values, NOTHING)
    return values / factor, values * factor


def _slope(ratios: np.ndarray, discarded: float) -> float:
    """The dimension, given log ratios in rising order."""
    n = len(ratios)
    kept = max(2, int(n * (1 - discarded)))
    x, y = ratios[:kept], -np.log1p(-np.arange(kept) / n)
    return float(x @ y / (x @ x)) if x @ x > 0 else float("inf")
