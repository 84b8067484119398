"""What Python computes of maps and latent spaces, for the units of browser code that compute the same (tests/node)."""

from typing import Any

import numpy as np
from scipy import special, stats
from scipy.spatial import geometric_slerp
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from core.numerics.neighbors import knn_accuracy, nearest
from pages.ui.theme import CLASS_SHAPES


def map_values() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "shapes": list(CLASS_SHAPES),
        "training": _training(rng),
        "near": _near(rng),
        "posterior": _posterior(rng),
        "ellipse": _ellipse(rng),
        "linear": _linear(rng),
        "slerp": _slerp(rng),
    }


def _training(rng: np.random.Generator) -> dict[str, Any]:
    """Codes along a training, and how often their nearest neighbours name the right class."""
    labels = rng.integers(0, 4, 60)
    codes = rng.normal(size=(3, 60, 2)) + np.arange(3)[:, None, None] * np.stack([labels, labels % 2], 1)
    codes = codes.astype(np.float32)
    return {
        "codes": codes.ravel().tolist(),
        "labels": labels.tolist(),
        "accuracies": [knn_accuracy(epoch, labels, 10) for epoch in codes],
    }


def _near(rng: np.random.Generator) -> dict[str, Any]:
    points = rng.normal(size=(50, 2)).astype(np.float32)
    rows = nearest(points, 7)[0]
    return {"xs": points[:, 0].tolist(), "ys": points[:, 1].tolist(), "rows": rows.tolist()}


def _posterior(rng: np.random.Generator) -> dict[str, Any]:
    """Gaussian posteriors: their KL to N(0, I), the log density of their mixture, votes of the nearest means."""
    n, d = 40, 3
    mean = rng.normal(size=(n, d)).astype(np.float32)
    log_var = rng.normal(size=(n, d)).astype(np.float32) - 1
    labels = rng.integers(0, 3, n)
    places = rng.normal(size=(6, d)).astype(np.float32)
    std = np.exp(log_var.astype(float) / 2)
    each = stats.norm.logpdf(places[:, None].astype(float), mean, std).sum(2)
    near = KNeighborsClassifier(15).fit(mean, labels)
    return {
        "mean": mean.ravel().tolist(),
        "logVar": log_var.ravel().tolist(),
        "labels": labels.tolist(),
        "n": n,
        "d": d,
        "kl": ((mean**2 + std**2 - 1) / 2 - np.log(std)).sum(1).tolist(),
        "places": places.tolist(),
        "density": (special.logsumexp(each, 1) - np.log(n)).tolist(),
        "densityWithout": (special.logsumexp(np.delete(each, [2, 5], 1), 1) - np.log(n - 2)).tolist(),
        "votes": near.predict_proba(places).tolist(),
    }


def _ellipse(rng: np.random.Generator) -> dict[str, Any]:
    axes = np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    std = rng.uniform(0.2, 2, 5)
    factor = np.linalg.cholesky(axes @ np.diag(std**2) @ axes.T)
    return {"axes": axes.tolist(), "std": std.tolist(), "factor": factor.tolist()}


def _linear(rng: np.random.Generator) -> dict[str, Any]:
    """Greys after two principal components and back, in the scaled values that a model has of them."""
    greys = rng.integers(0, 256, (30, 6))
    shift, scale = rng.uniform(0, 0.3, 6), rng.uniform(0.5, 1, 6)
    values = (greys / 255 - shift) / scale
    pca = PCA(2).fit(values)
    back = pca.inverse_transform(pca.transform(values[:4]))
    return {
        "greys": greys[:4].tolist(),
        "mean": pca.mean_.tolist(),
        "components": pca.components_.ravel().tolist(),
        "shift": shift.tolist(),
        "scale": scale.tolist(),
        "back": np.clip(255 * (shift + scale * back), 0, 255).tolist(),
    }


def _slerp(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Places between vectors: the direction by SciPy, the length evenly."""
    cases = []
    for d in (2, 3, 10):
        a, b = rng.normal(size=(2, d))
        times = [0.0, 0.2, 0.5, 1.0]
        lengths = [(1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b) for t in times]
        units = geometric_slerp(a / np.linalg.norm(a), b / np.linalg.norm(b), times)
        places = units * np.array(lengths)[:, None]
        cases.append({"a": a.tolist(), "b": b.tolist(), "times": times, "places": places.tolist()})
    return cases
