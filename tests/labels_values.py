"""What scikit-learn predicts from a few labels, for the units of browser code that do the same (tests/node/labels)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading
from torch.nn import functional

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
        },
        "tinyNet": tiny_net(),
    }


def tiny_net() -> dict[str, Any]:
    """A convolutional net of eight by eight pixels: activations and, by autograd, gradients."""
    generator = torch.Generator().manual_seed(0)
    drawn = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)  # noqa: E731
    filters, filter_bias, weight, bias = drawn(2, 1, 3, 3), drawn(2), drawn(18, 4), drawn(4)
    x, label = torch.rand(1, 1, 8, 8, generator=generator, dtype=torch.float64), 2
    parameters = [filters, filter_bias, weight, bias]
    for parameter in parameters:
        parameter.requires_grad_()
    conv = functional.conv2d(x, filters, filter_bias)
    pool = functional.max_pool2d(conv.relu(), 2)
    logits = pool.flatten() @ weight + bias
    loss = functional.cross_entropy(logits[None], torch.tensor([label]))
    inner = [conv, pool, logits]
    gradients = torch.autograd.grad(loss, [*parameters, *inner])
    names = ("filters", "filterBias", "weight", "bias", "conv", "pool", "logits")
    flat = {name: value.detach().flatten().tolist() for name, value in zip(names, [*parameters, *inner], strict=True)}
    return {
        "x": x.flatten().tolist(),
        "label": label,
        "loss": loss.item(),
        **flat,
        "gradients": {name: value.flatten().tolist() for name, value in zip(names, gradients, strict=True)},
    }
