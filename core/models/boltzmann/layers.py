"""The kinds of RBM that a stack is made of: those of `core.models.boltzmann.rbm`, with labels, with linear hidden
units, or with visibles that come down as their means."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from core.models.boltzmann.base import RBM, Beta, Path
from core.models.boltzmann.config import RBMConfig, RBMStackConfig
from core.models.boltzmann.rbm import BernoulliRBM, GaussianRBM
from core.models.boltzmann.rbm import build as build_rbm
from core.numerics.sampling import categorical, normal


class MeanVisibles:
    """While training, visibles come down as their means, without noise: greys are probabilities here, no bits."""

    means = False  # set on those machines that are to do so

    def draw_visible(
        self, h: Tensor, generator: Generator, like: Tensor, beta: Beta = 1.0, path: Path = "heat"
    ) -> Tensor:
        if self.means and self.training:
            return self.visible_probs(h, beta, path)
        return super().draw_visible(h, generator, like, beta, path)


class LayerRBM(MeanVisibles, BernoulliRBM):
    """Binary units above binary or grey ones."""


class DoubledRBM(LayerRBM):
    """A layer of a deep Boltzmann machine, alone: what the missing neighbours will add comes from doubling.

    x(v) = b + up v W      v|h ~ Bernoulli(a + down W h)      as with `up` copies of v and `down` copies of h

    Source: Salakhutdinov & Hinton 2009, sec. 3.1.
    """

    def __init__(self, config: RBMConfig, up: int, down: int) -> None:
        super().__init__(config)
        self.up, self.down = up, down

    def hidden_input(self, v: Tensor) -> Tensor:
        return super().hidden_input(self._drive(self._flat(v)))

    def visible_input(self, h: Tensor) -> Tensor:
        return super().visible_input(h if self.down == 1 else self.down * h)

    def _drive(self, v: Tensor) -> Tensor:
        return v if self.up == 1 else self.up * v

    def _visible_units(self, shift: Tensor) -> Tensor:
        return self.down * shift


class LabelledRBM(BernoulliRBM):
    """Binary units above U binary ones and C of which one is on, v = [u, y]; y is 1-of-C.

        E(u, y, h) = -a.v - h.(b + v W)      u|h ~ Bernoulli(a_u + W_u h)      y|h ~ softmax(a_y + W_y h)
        p(y | u) = softmax_y(-F(u, y))       as F is a sum over hidden units, exact

    Source: Hinton, Osindero & Teh 2006, sec. 6.
    """

    def __init__(self, config: RBMConfig, labels: int) -> None:
        super().__init__(config)
        self.labels = labels
        self.below = len(self.visible_bias) - labels  # U

    def label_logits(self, u: Tensor) -> Tensor:
        """-F(u, y) for units u (N, U) and every label y: (N, C)."""
        x = self.hidden_input(F.pad(u, (0, self.labels)))
        weights, biases = self.W[self.below :].to(u.dtype), self.visible_bias.to(u.dtype)
        pairs = zip(weights, biases[self.below :], strict=True)
        each = [bias + F.softplus(x + weight).sum(1) for weight, bias in pairs]
        return (u @ biases[: self.below])[:, None] + torch.stack(each, 1)

    def with_labels(self, u: Tensor, labels: Tensor | None = None) -> Tensor:
        """u (N, U), followed by 1-of-C for labels (N,), or by p(y | u): (N, U + C)."""
        y = self.label_logits(u).softmax(1) if labels is None else F.one_hot(labels, self.labels)
        return torch.cat([u, y.to(u.dtype)], 1)

    def visible_probs(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        bits, group = self._parts(self.visible_logits(h, beta, path))
        return torch.cat([torch.sigmoid(bits), group.softmax(1)], 1)

    def sample_visible(self, mean: Tensor, generator: Generator, beta: Beta, path: Path, like: Tensor) -> Tensor:
        bits, group = self._parts(mean)
        return torch.cat([super().sample_visible(bits, generator, beta, path, like), self._one(group, generator)], 1)

    def draw_visible(
        self, h: Tensor, generator: Generator, like: Tensor, beta: Beta = 1.0, path: Path = "heat"
    ) -> Tensor:
        bits, group = self._parts(self.visible_logits(h, beta, path))
        return torch.cat([self._draw(bits, generator), self._one(group.softmax(1), generator)], 1)

    def base_log_z(self, lengths: Tensor | None = None) -> Tensor:
        bits, group = self._parts(self.base_bias.double()[None])
        return F.softplus(bits).sum() + group.logsumexp(1)[0] + self.config.hidden * math.log(2)

    def hidden_free_energy(self, h: Tensor, length: float = 1.0) -> Tensor:
        bits, group = self._parts(self.visible_input(h))
        return -(h @ self.hidden_bias.to(h.dtype)) - F.softplus(bits).sum(1) - group.logsumexp(1)

    def _base_from(self, v: Tensor, mean: Tensor) -> None:
        super()._base_from(v, mean)
        self.base_bias[self.below :] = mean[self.below :].log()

    def _parts(self, v: Tensor) -> tuple[Tensor, Tensor]:
        return v[:, : self.below], v[:, self.below :]

    def _one(self, probs: Tensor, generator: Generator) -> Tensor:
        return F.one_hot(categorical(probs.float(), generator), self.labels).to(probs.dtype)


class LabelledLayerRBM(MeanVisibles, LabelledRBM):
    """The top of a stack with labels."""


class GaussianLayerRBM(MeanVisibles, GaussianRBM):
    """Binary units above real-valued ones."""


class LinearHidden:
    """Hidden units that are real-valued with unit variance: h | v ~ Normal(x(v), 1), and -F gains x^2 / 2 each."""

    def hidden_mean(self, x: Tensor) -> Tensor:
        return x

    def log_hidden(self, x: Tensor) -> Tensor:
        return 0.5 * x.square()

    def draw_hidden(self, x: Tensor, generator: Generator) -> Tensor:
        return x + normal(x.shape, generator, x.device).to(x.dtype)


class LinearTopRBM(MeanVisibles, LinearHidden, BernoulliRBM):
    """Binary visibles below linear hidden units: the top of a deep autoencoder's stack."""


class LinearGaussianRBM(MeanVisibles, LinearHidden, GaussianRBM):
    """Real-valued on both sides, where a stack has a single layer."""


_KINDS = {  # by visible units, and by whether the hidden ones are linear
    ("bernoulli", False): LayerRBM,
    ("bernoulli", True): LinearTopRBM,
    ("gaussian", False): GaussianLayerRBM,
    ("gaussian", True): LinearGaussianRBM,
}


def build_layer(config: RBMStackConfig, index: int) -> RBM:
    """The machine at place `index` of a stack, from the visibles up, untrained."""
    top = index == len(config.layers) - 1
    labels = config.labels if top else 0
    below = config.event_shape if index == 0 else (config.layers[index - 1] + labels,)
    visible = config.visible if index == 0 else "bernoulli"
    negative = "cd" if index < config.frozen_first else config.negative
    own = RBMConfig(
        below, config.layers[index], visible, negative, config.steps, chains=config.chains, centred=config.centred
    )
    if visible == "softmax":
        return build_rbm(own)
    if config.doubled:
        return DoubledRBM(own, up=1 if top else 2, down=1 if index == 0 else 2)
    linear = top and config.code == "linear"
    machine = LabelledLayerRBM(own, labels) if labels else _KINDS[visible, linear](own)
    machine.means = config.reconstructions == "means"
    return machine
