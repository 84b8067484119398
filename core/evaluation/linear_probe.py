"""A linear reading of a representation: how much of the class is there to be read off?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def fit_probe(features: Tensor, labels: Tensor, classes: int, weight_decay: float = 1e-3) -> tuple[Tensor, Tensor]:
    """Multinomial logistic regression by L-BFGS on all examples at once.

    features (N, K), labels (N,) below `classes`. Returns weight (K, classes) and bias (classes,), which minimise
    mean cross-entropy + weight_decay / 2 * |weight|^2 (a convex problem: the result does not depend on a seed).
    """
    with torch.enable_grad():
        weight = torch.zeros(features.shape[1], classes, device=features.device, requires_grad=True)
        bias = torch.zeros(classes, device=features.device, requires_grad=True)
        solver = torch.optim.LBFGS([weight, bias], max_iter=100, history_size=10, line_search_fn="strong_wolfe")

        def objective() -> Tensor:
            solver.zero_grad()
            loss = F.cross_entropy(features @ weight + bias, labels) + weight_decay / 2 * weight.square().sum()
            loss.backward()
            return loss

        solver.step(objective)
    return weight.detach(), bias.detach()


def accuracy(features: Tensor, labels: Tensor, weight: Tensor, bias: Tensor) -> float:
    """Share of examples (0 to 1) whose strongest class is the label."""
    return float(((features @ weight + bias).argmax(1) == labels).float().mean())
