"""What scikit-learn predicts from a few labels, for the units of browser code that do the same (tests/node/labels)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading

N, D, K, CLASSES = 40, 3, 5, 3
ALPHA, ROUNDS, RIDGE = 0.9, 30, 0.05  # of pages/labels/view/classify.js


def values() -> dict[str, Any]:
    random = np.random.default_rng(0)
    truth = np.arange(N) % CLASSES
    x = random.normal(size=(N, D)) + 2 * np.eye(CLASSES, D)[truth]
    neighbours = NearestNeighbors(n_neighbors=K).fit(x).kneighbors(return_distance=False)
    points = np.array([0, 1, 2, 7, 12])
    given = np.full(N, -1)
    given[points] = truth[points]
    joined = np.zeros((N, N))
    joined[np.arange(N)[:, None], neighbours] = 1
    joined = np.maximum(joined, joined.T)
    spreading = LabelSpreading(kernel=lambda a, b: joined, alpha=ALPHA, max_iter=ROUNDS, tol=0)
    with warnings.catch_warnings():  # as many rounds as in the browser, settled or not
        warnings.simplefilter("ignore")
        spreading.fit(x, given)
    with_constant = np.c_[x, np.ones(N)]
    ridge = Ridge(alpha=RIDGE, fit_intercept=False).fit(with_constant[points], np.eye(CLASSES)[truth[points]])
    return {
        "labels": {
            "vectors": x.ravel().tolist(),
            "neighbours": neighbours.ravel().tolist(),
            "truth": truth.tolist(),
            "given": [{"point": int(p), "label": int(truth[p])} for p in points],
            "classes": CLASSES,
            "n": N,
            "d": D,
            "spread": spreading.label_distributions_.ravel().tolist(),
            "linear": ridge.predict(with_constant).ravel().tolist(),
        }
    }
