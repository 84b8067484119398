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
        "denseNet": dense_net(),
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


def dense_net() -> dict[str, Any]:
    """A net of two hidden layers: gradients of a batch by autograd, and its parameters after steps of AdamW."""
    generator = torch.Generator().manual_seed(0)
    sizes, n, steps = (5, 7, 6, 3), 9, 3
    drawn = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)  # noqa: E731
    weights = [(drawn(*pair) / 2).requires_grad_() for pair in zip(sizes, sizes[1:], strict=False)]
    biases = [(drawn(size) / 4).requires_grad_() for size in sizes[1:]]
    x, labels = drawn(n, sizes[0]), torch.arange(n) % sizes[-1]
    settings = {"rate": 0.01, "decay": 0.7}
    groups = [{"params": weights, "weight_decay": settings["decay"]}, {"params": biases, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=settings["rate"])

    def loss() -> torch.Tensor:
        h = x
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            h = (h @ weight + bias).relu()
        return functional.cross_entropy(h @ weights[-1] + biases[-1], labels)

    def flat(values: Any) -> list[list[float]]:
        return [value.detach().flatten().tolist() for value in values]

    found = {
        "sizes": list(sizes),
        "x": flat(x),
        "labels": labels.tolist(),
        "weights": flat(weights),
        "biases": flat(biases),
        "loss": loss().item(),
        "gradients": flat(torch.autograd.grad(loss(), [*weights, *biases])),
        "settings": settings,
        "steps": steps,
    }
    for _ in range(steps):
        adam.zero_grad()
        loss().backward()
        adam.step()
    return found | {"after": flat([*weights, *biases])}
