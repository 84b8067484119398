"""log p(x | y) of examples x (N, 1, D), y (N, k, D) being what a decoder says of them: (N, k), nats, summed over the D
pixels, all constants in it."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F


def bernoulli(x: Tensor, y: Tensor) -> Tensor:
    """sum_i x_i y_i - log(1 + exp y_i), y being the log-odds. For greys x it is the mean over bits that are on with
    probability x."""
    return (x * y).sum(2) - F.softplus(y).sum(2)


def gaussian(x: Tensor, y: Tensor, log_scale: Tensor) -> Tensor:
    """sum_i -(x_i - y_i)^2 / 2 s_i^2 - log s_i - log(2 pi) / 2, with log s (1,) or (D,)."""
    constant = (log_scale + 0.5 * math.log(2 * math.pi)).expand(x.shape[2]).sum()
    return -0.5 * ((x - y) / log_scale.exp()).square().sum(2) - constant


def categorical(x: Tensor, y: Tensor) -> Tensor:
    """sum_i y_i[x_i] - log sum_l exp y_i[l], with y (N, k, D, L) and whole numbers x below L."""
    picked = y.gather(3, x.long()[..., None].expand(*y.shape[:3], 1))[..., 0]
    return (picked - y.logsumexp(3)).sum(2)
