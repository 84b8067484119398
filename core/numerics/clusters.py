"""Clusters of points by k-means."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.numerics.neighbors import points_of, scale_of
from core.numerics.projections import fit_pca

REDUCED = 50  # dimensions that are clustered, where there are more


def k_means(features: ArrayLike, clusters: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each point (N, d), (N,) int32 from 0, and its squared distance to the centre of that, (N,) float32
    in some unit: k-means (Lloyd 1982, from k-means++) on at most `REDUCED` principal components."""
    from sklearn.cluster import KMeans

    x = points_of(features)
    x = x / scale_of(x)
    reduced = (fit_pca(x, REDUCED).encode(x) if x.shape[1] > REDUCED else x).numpy()
    fitted = KMeans(min(clusters, len(reduced)), n_init=1, random_state=seed).fit(reduced)
    member = fitted.labels_
    return member, np.square(reduced - fitted.cluster_centers_[member]).sum(1)
