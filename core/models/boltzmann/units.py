"""Kinds of units, by what a layer of them makes of its total input x (N, units): p(u | x) ~ exp(u . x - own(u)).

binary      u in {0, 1} each       mean sigmoid(x)
gaussian    u real, own = u^2 / 2  mean x, variance 1
one of C    one of the units is on  mean softmax(x)
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from core.numerics.sampling import bernoulli, categorical, normal, pooled_bernoulli


class Units(Protocol):
    """What a layer needs to know of its units; (N, units) throughout, sums over units are (N,)."""

    def mean(self, x: Tensor) -> Tensor:
        """E[u | x]."""

    def input_of(self, mean: Tensor) -> Tensor:
        """The input that gives this mean; means are taken away from the ends, where it is infinite."""

    def draw(self, x: Tensor, generator: Generator) -> Tensor:
        """u given x."""

    def draw_in_training(self, x: Tensor, generator: Generator) -> Tensor:
        """The same, quicker, where noise may be shared between draws (`pooled_bernoulli`)."""

    def log_sum(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """log of the sum (integral) of exp(u . x - own(u)) over u, added up in `dtype`."""

    def own(self, u: Tensor) -> Tensor:
        """The energy of a unit's value, but for its input."""

    def entropy(self, mean: Tensor) -> Tensor:
        """That of independent units (of one group) with this mean."""


class Binary:
    """Each on or off."""

    def mean(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x)

    def input_of(self, mean: Tensor) -> Tensor:
        return torch.logit(mean.clamp(0.01, 0.99))

    def draw(self, x: Tensor, generator: Generator) -> Tensor:
        return bernoulli(torch.sigmoid(x), generator)

    def draw_in_training(self, x: Tensor, generator: Generator) -> Tensor:
        return pooled_bernoulli(x, generator)

    def log_sum(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        return F.softplus(x).sum(-1, dtype=dtype)

    def own(self, u: Tensor) -> Tensor:
        return u.new_zeros(u.shape[:-1])

    def entropy(self, mean: Tensor) -> Tensor:
        return (torch.special.entr(mean) + torch.special.entr(1 - mean)).sum(-1)


class Gaussian:
    """Real-valued, with variance 1."""

    def mean(self, x: Tensor) -> Tensor:
        return x

    def input_of(self, mean: Tensor) -> Tensor:
        return mean

    def draw(self, x: Tensor, generator: Generator) -> Tensor:
        return x + normal(x.shape, generator, x.device).to(x.dtype)

    draw_in_training = draw

    def log_sum(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        return 0.5 * (x.square() + math.log(2 * math.pi)).sum(-1, dtype=dtype)

    def own(self, u: Tensor) -> Tensor:
        return 0.5 * u.square().sum(-1)

    def entropy(self, mean: Tensor) -> Tensor:
        return mean.new_full(mean.shape[:-1], 0.5 * mean.shape[-1] * math.log(2 * math.pi * math.e))


class OneOfC:
    """A group of which one is on: a class."""

    def mean(self, x: Tensor) -> Tensor:
        return x.softmax(-1)

    def input_of(self, mean: Tensor) -> Tensor:
        return mean.clamp_min(1e-4).log()

    def draw(self, x: Tensor, generator: Generator) -> Tensor:
        return F.one_hot(categorical(x.softmax(-1), generator), x.shape[-1]).to(x.dtype)

    draw_in_training = draw

    def log_sum(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        return x.to(dtype or x.dtype).logsumexp(-1)

    def own(self, u: Tensor) -> Tensor:
        return u.new_zeros(u.shape[:-1])

    def entropy(self, mean: Tensor) -> Tensor:
        return torch.special.entr(mean).sum(-1)


BINARY, GAUSSIAN, ONE_OF_C = Binary(), Gaussian(), OneOfC()
