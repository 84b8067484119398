"""Restricted Boltzmann machines with binary, real-valued or count visibles; what they share is in `boltzmann`."""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.boltzmann.base import RBM, Beta, Path
from core.models.boltzmann.config import RBMConfig
from core.models.capabilities import Connection, Connections, Metric
from core.numerics.matmul import affine
from core.numerics.sampling import bernoulli, multinomial_counts, normal

FAMILY, NAME = "rbm", "restricted Boltzmann machine"
Config = RBMConfig

LOSS = Metric(
    "Free-energy gap",
    "nats",
    "",
    "Mean free energy of the data minus that of the chains. Training follows its gradient, but it is not a likelihood: "
    "it approaches zero as the chains come to resemble the data.",
)
METRICS = {
    "pseudo_log_likelihood": Metric(
        "Pseudo-log-likelihood",
        "nats per image",
        "higher",
        "How well a pixel is predicted from all others (Besag 1975), estimated from one random pixel per image.",
    ),
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Error after one step to the hidden probabilities and back. It can fall while the model gets worse.",
    ),
    "free_energy": Metric(
        "Free energy",
        "nats per image",
        "",
        "Mean F(v). Held-out examples drifting above training examples mean overfitting (Hinton 2010, section 6).",
    ),
    "reconstruction_perplexity": Metric(
        "Reconstruction perplexity",
        "per word",
        "lower",
        "Perplexity of a document's words after one mean-field step up and down.",
    ),
}


class BernoulliRBM(RBM):
    """Binary visibles, 0 or 1; probabilities between are taken as mean values."""

    def visible_probs(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        return torch.sigmoid(self.visible_logits(h, beta, path))

    def sample_visible(self, mean: Tensor, generator: Generator, beta: Beta, path: Path, like: Tensor) -> Tensor:
        return bernoulli(mean, generator)

    def draw_visible(
        self, h: Tensor, generator: Generator, like: Tensor, beta: Beta = 1.0, path: Path = "heat"
    ) -> Tensor:
        return self._draw(self.visible_logits(h, beta, path), generator)

    def connections(self) -> Connections:
        """The one connection."""
        return Connections([Connection(self.W, self.hidden_bias, self.visible_bias)])

    def base_log_z(self, lengths: Tensor | None = None) -> Tensor:
        return F.softplus(self.base_bias.double()).sum() + self.config.hidden * math.log(2)

    def hidden_free_energy(self, h: Tensor, length: float = 1.0) -> Tensor:
        return -(h @ self.hidden_bias.to(h.dtype)) - F.softplus(self.visible_input(h)).sum(1)

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Adds the pseudo-log-likelihood in nats per image, from one random pixel an image:

        D log p(v_i | v_others) = D log sigmoid(F(v with pixel i flipped) - F(v))   (Besag 1975)
        """
        v = self._flat(x)
        n, d = v.shape
        pixel = torch.randint(d, (n, 1), generator=generator, device=v.device)
        flipped = v.scatter(1, pixel, 1 - v.gather(1, pixel))
        pll = d * F.logsigmoid(self.free_energy(flipped) - self.free_energy(v)).mean()
        return {"pseudo_log_likelihood": float(pll), **super().metrics(x, generator)}

    def _base_from(self, v: Tensor, mean: Tensor) -> None:
        smoothed = (mean * len(v) + 0.5) / (len(v) + 1)  # a pixel that is never on gets finite odds
        self.base_bias.copy_(torch.logit(smoothed))


class GaussianRBM(RBM):
    """Real-valued visibles with a variance for each pixel, fixed at 1 (standardised data) or learned."""

    def __init__(self, config: RBMConfig) -> None:
        super().__init__(config)
        self.log_variance = nn.Parameter(torch.zeros_like(self.visible_bias), requires_grad=config.learn_variance)
        self.register_buffer("base_log_variance", torch.zeros_like(self.base_bias))

    def hidden_input(self, v: Tensor) -> Tensor:
        return super().hidden_input(self._drive(self._flat(v)))

    def visible_input(self, h: Tensor) -> Tensor:
        """a + s W h: the mean of v given h, in the units of v."""
        spread = (0.5 * self.log_variance).exp().to(h.dtype)
        return self.visible_bias.to(h.dtype) + spread * affine(h, self._weight(h.dtype).t())

    def visible_probs(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        mean = self.visible_input(h)
        if path == "heat":
            return mean
        ours, theirs = beta * (-self.log_variance).exp(), (1 - beta) * (-self.base_log_variance).exp()
        return ((ours * mean + theirs * self.base_bias) / (ours + theirs)).to(h.dtype)

    def sample_visible(self, mean: Tensor, generator: Generator, beta: Beta, path: Path, like: Tensor) -> Tensor:
        precision = beta * (-self.log_variance).exp()
        if path == "base":
            precision = precision + (1 - beta) * (-self.base_log_variance).exp()
        noise = normal(mean.shape, generator, mean.device)
        return mean + (noise * precision.rsqrt()).to(mean.dtype)

    def visible_energy(self, v: Tensor) -> Tensor:
        return self._squares(v, self.visible_bias, self.log_variance)

    def base_energy(self, v: Tensor) -> Tensor:
        return self._squares(v, self.base_bias, self.base_log_variance)

    def hidden_free_energy(self, h: Tensor, length: float = 1.0) -> Tensor:
        # the integral of a Gaussian: sum of log sqrt(2 pi s^2) + (m^2 - a^2) / 2 s^2, with mean m = a + s W h
        variance = self.log_variance.to(h.dtype).exp()
        bias = self.visible_bias.to(h.dtype)
        log_integral = 0.5 * (2 * math.pi * variance).log() + (self.visible_input(h) ** 2 - bias**2) / (2 * variance)
        return -(h @ self.hidden_bias.to(h.dtype)) - log_integral.sum(1)

    def base_log_z(self, lengths: Tensor | None = None) -> Tensor:
        return 0.5 * (math.log(2 * math.pi) + self.base_log_variance.double()).sum() + self.config.hidden * math.log(2)

    def _gap_and_gradients(self, both: Tensor, inputs: Tensor, n: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        gap, gradients = super()._gap_and_gradients(both, inputs, n)
        if not self.config.learn_variance:
            return gap, gradients
        # dF/d log s^2 = -(v-a)^2 / 2 s^2 + (v/s) (W h) / 2
        v, h = both.to(self.W.dtype), self.hidden_mean(inputs.to(self.W.dtype))
        scaled = (v - self.visible_bias).square() * (-self.log_variance).exp()
        slope = 0.5 * (self._drive(v) * affine(h, self.W.t()) - scaled)
        return gap, (*gradients, slope[:n].mean(0) - slope[n:].mean(0))

    def _drive(self, v: Tensor) -> Tensor:
        return v * (-0.5 * self.log_variance).exp().to(v.dtype)

    def _bias_drive(self, v: Tensor) -> Tensor:
        return (v - self.visible_bias.to(v.dtype)) * (-self.log_variance).exp().to(v.dtype)

    def _visible_units(self, shift: Tensor) -> Tensor:
        return (0.5 * self.log_variance.detach()).exp() * shift

    def _squares(self, v: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        """sum (v - mean)^2 / 2 variance: (N,)."""
        v = self._flat(v)
        away = v - mean.to(v.dtype)
        return 0.5 * (away.square() * (-log_variance).exp().to(v.dtype)).sum(1)

    def trained_parameters(self) -> tuple[nn.Parameter, ...]:
        own = (self.log_variance,) if self.config.learn_variance else ()
        return (*super().trained_parameters(), *own)

    def _base_from(self, v: Tensor, mean: Tensor) -> None:
        self.base_bias.copy_(mean)
        variance = v.var(0, correction=0).clamp_min(1e-3)
        self.base_log_variance.copy_(variance.log())
        if self.config.learn_variance:
            self.log_variance.copy_(self.base_log_variance)


class ReplicatedSoftmaxRBM(RBM):
    """Word counts: D words a document share the weights, and the hidden biases count D times.

    Probabilities are of the words in their order: a vector of counts stands for each of its orderings.
    """

    def hidden_input(self, v: Tensor) -> Tensor:
        v = self._flat(v)
        return affine(v, self._weight(v.dtype)) + self._repeats(v) * self.hidden_bias.to(v.dtype)

    def visible_probs(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        return torch.softmax(self.visible_logits(h, beta, path), -1)

    def sample_visible(self, mean: Tensor, generator: Generator, beta: Beta, path: Path, like: Tensor) -> Tensor:
        return multinomial_counts(mean, like.sum(1).round(), generator)

    def base_log_z(self, lengths: Tensor | None = None) -> Tensor:
        if lengths is None:
            raise ValueError("lengths=None: the partition function of word counts depends on the document's length")
        return lengths.double() * self.base_bias.double().logsumexp(0) + self.config.hidden * math.log(2)

    def hidden_free_energy(self, h: Tensor, length: float = 1.0) -> Tensor:
        return -length * (h @ self.hidden_bias.to(h.dtype) + self.visible_input(h).logsumexp(1))

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Perplexity per word of one mean-field reconstruction."""
        v = self._flat(x)
        words = self.visible_probs(self.hidden_probs(v)).clamp_min(1e-30).log()
        return {"reconstruction_perplexity": float(torch.exp(-(v * words).sum() / v.sum()))}

    def base_sample(self, n: int, generator: Generator, length: int = 100) -> Tensor:
        """n documents of `length` words each from the base-rate model."""
        mean = torch.softmax(self.base_bias, 0).expand(n, -1)
        return multinomial_counts(mean, torch.full((n,), float(length), device=mean.device), generator)

    def _repeats(self, v: Tensor) -> Tensor:
        return v.sum(1, keepdim=True)

    def _base_from(self, v: Tensor, mean: Tensor) -> None:
        share = (v.sum(0) + 0.5) / (v.sum() + 0.5 * v.shape[1])
        self.base_bias.copy_(share.log())


def build(config: RBMConfig) -> RBM:
    """The machine of the config's kind of visibles, untrained."""
    kinds = {"bernoulli": BernoulliRBM, "gaussian": GaussianRBM, "softmax": ReplicatedSoftmaxRBM}
    return kinds[config.visible](config)


def refit(config: RBMConfig, kind: Kind, event_shape: tuple[int, ...]) -> RBMConfig:
    """The config for other data. Raises `SettingError` for a kind that no RBM takes."""
    visible = {"binary": "bernoulli", "real": "gaussian", "counts": "softmax"}.get(kind)
    require(visible is not None, "kind", kind, "binary, real or counts for an RBM")
    changes = {"event_shape": event_shape, "visible": visible, "learn_variance": visible == "gaussian"}
    if visible == "softmax":
        changes |= {"negative": "cd", "centred": False}
    return dataclasses.replace(config, **changes)


PRESETS = (
    Preset(
        "mnist-rbm",
        "MNIST · RBM, 500 hidden units, PCD",
        FAMILY,
        "mnist",
        "dynamic",
        RBMConfig((28, 28), hidden=500, steps=5),
        TrainConfig(epochs=300, lr=0.05, average=0.9995, precision="bfloat16"),
    ),
    Preset(
        "mnist-rbm-cd1",
        "MNIST · RBM, 500 hidden units, CD-1",
        FAMILY,
        "mnist",
        "dynamic",
        RBMConfig((28, 28), hidden=500, negative="cd", centred=False),
        TrainConfig(epochs=30, lr=0.05, momentum=0.5, precision="bfloat16"),
    ),
    Preset(
        "digits-rbm",
        "Digits 8×8 · RBM, 128 hidden units",
        FAMILY,
        "digits",
        "threshold",
        RBMConfig((8, 8), hidden=128, steps=5, chains=200),
        TrainConfig(epochs=300, batch_size=50, lr=0.05, average=0.999),
    ),
    Preset(
        "digits-rbm-exact",
        "Digits 8×8 · RBM, 20 hidden units, exact likelihood",
        FAMILY,
        "digits",
        "threshold",
        RBMConfig((8, 8), hidden=20, steps=5, chains=200),
        TrainConfig(epochs=400, batch_size=50, lr=0.05, average=0.999),
    ),
    Preset(
        "bars-rbm",
        "Bars and stripes 4×4 · RBM, 12 hidden units, exact likelihood",
        FAMILY,
        "bars-and-stripes",
        "as-is",
        RBMConfig((4, 4), hidden=12, steps=5),
        TrainConfig(epochs=6000, batch_size=30, lr=0.1, average=0.99),
    ),
    Preset(
        "fashion-rbm",
        "Fashion-MNIST · RBM, 500 hidden units",
        FAMILY,
        "fashion-mnist",
        "dynamic",
        RBMConfig((28, 28), hidden=500, steps=5),
        TrainConfig(epochs=60, lr=0.02, average=0.9995, precision="bfloat16"),
    ),
    Preset(
        "omniglot-rbm",
        "Omniglot · RBM, 500 hidden units",
        FAMILY,
        "omniglot",
        "dynamic",
        RBMConfig((28, 28), hidden=500, steps=5),
        TrainConfig(epochs=300, lr=0.02, weight_decay=0.0005, average=0.999, precision="bfloat16"),
    ),
    Preset(
        "curves-rbm",
        "Curves · RBM, 300 hidden units",
        FAMILY,
        "curves",
        "dynamic",
        RBMConfig((28, 28), hidden=300, steps=5),
        TrainConfig(epochs=60, lr=0.02, average=0.9995, precision="bfloat16"),
    ),
    Preset(
        "faces-rbm",
        "Olivetti faces 32×32 · Gaussian RBM, 400 hidden units",
        FAMILY,
        "olivetti-32",
        "standardised",
        RBMConfig((32, 32), hidden=400, visible="gaussian", steps=10, learn_variance=True),
        TrainConfig(epochs=300, batch_size=50, lr=0.003, weight_decay=0.005, average=0.999),
    ),
    Preset(
        "topics-rbm",
        "Python reference · Replicated Softmax, 50 hidden units",
        FAMILY,
        "topics",
        "as-is",
        RBMConfig((1000,), hidden=50, visible="softmax", negative="cd", steps=5, centred=False),
        TrainConfig(epochs=300, batch_size=20, lr=0.003, momentum=0.9, weight_decay=0.001),
    ),
    Preset(
        "newsgroups-rbm",
        "20 newsgroups · Replicated Softmax, 50 hidden units",
        FAMILY,
        "newsgroups",
        "as-is",
        RBMConfig((2000,), hidden=50, visible="softmax", negative="cd", steps=5, centred=False),
        TrainConfig(epochs=200, batch_size=100, lr=0.001, momentum=0.9, weight_decay=0.0002),
    ),
)
