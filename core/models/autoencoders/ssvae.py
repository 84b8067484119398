"""Semi-supervised variational autoencoders (Kingma, Mohamed, Rezende & Welling 2014): the class of a few examples is
given, and the code of an example is its class y and its style z.

    y ~ uniform over K classes     z ~ N(0, I)     x | y, z ~ p(x | y, z)

    L(x, y) = E log p(x | y, z) + log p(y) - KL(q(z | x, y) || p(z))  <=  log p(x, y)      (eq. 6)
    U(x)    = sum_y q(y | x) (L(x, y) - log q(y | x))                 <=  log p(x)         (eq. 7)

The model (their M2) climbs L where the class is given and U elsewhere, with alpha log q(y | x) of the given classes
(eq. 9). Stacked on a trained VAE (M1+M2) x is the code of that VAE, drawn from its posterior, and p(x | y, z) Gaussian.

Consistency is virtual adversarial training (Miyato, Maeda, Koyama & Ishii 2018): q(y | x) shall be the same for x + r,
where r, of a given length, is nearly the direction that changes it most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require
from core.data.base import Kind
from core.models.autoencoders import likelihoods
from core.models.autoencoders.ssvae_config import SSVAEConfig
from core.models.autoencoders.ssvae_presets import PRESETS
from core.models.autoencoders.vae import LEAST_SCALE, VAE, VAEConfig
from core.models.capabilities import DenseLayer, ImageGrid, Metric
from core.models.layer_sizes import narrow_layers
from core.numerics.matmul import ACTIVATIONS

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "SSVAE", "Config", "SSVAEConfig", "build", "refit", "suit"]

FAMILY, NAME = "ssvae", "semi-supervised VAE"

LOSS = Metric(
    "Training loss",
    "nats per example",
    "lower",
    "Negative bounds of examples with and without a class, weighted cross-entropy and consistency.",
)
METRICS = {
    "error": Metric("Classification error", "fraction", "lower", "Held-out examples whose likeliest class is wrong."),
    "elbo": Metric(
        "ELBO", "nats per example", "higher", "Lower bound on log p(x), the class summed out; one z per class."
    ),
    "class-entropy": Metric("Class entropy", "nats", "", "Mean entropy of q(y | x): how unsure the classes are."),
}

PROBE = 0.5  # share of the radius, at which the direction that changes q(y | x) most is looked for
Config = SSVAEConfig


class _ClassAndInput(nn.Module):
    """The first layer of a network of an input x (..., inputs) and class probabilities y (..., classes)."""

    def __init__(self, inputs: int, classes: int, outputs: int) -> None:
        super().__init__()
        self.x = nn.Linear(inputs, outputs)
        self.y = nn.Linear(classes, outputs, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.x(x) + self.y(y)


class SSVAE(nn.Module):
    """Examples are (N, *event_shape), codes (N, latent + classes): style, and the probability of each class. K is the
    number of classes; D that of pixels, stacked that of the code below. `u` (N, D) are examples as M2 sees them."""

    def __init__(self, config: SSVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.activation = ACTIVATIONS[config.units]
        pixels = math.prod(config.event_shape)
        inputs = config.m1_latent or pixels
        if config.m1_latent:
            below = VAEConfig(config.event_shape, config.m1_layers, config.m1_latent, units=config.units)
            self.m1 = VAE(below).requires_grad_(False)
            self.log_scale = nn.Parameter(torch.zeros(inputs))
        self.classifier = _chain((inputs, *config.classifier, config.classes))
        self.encoder_in = _ClassAndInput(inputs, config.classes, config.layers[0])
        self.encoder = _chain((*config.layers, 2 * config.latent))
        self.decoder_in = _ClassAndInput(config.latent, config.classes, config.layers[-1])
        self.decoder = _chain((*reversed(config.layers), inputs))
        # the examples whose class is given, greys from 0 to 255, and these classes
        self.register_buffer("examples", torch.zeros(config.labels, *config.event_shape, dtype=torch.uint8))
        self.register_buffer("example_labels", torch.zeros(config.labels, dtype=torch.int64))

    # -- the model ------------------------------------------------------------------------------

    @property
    def classes(self) -> int:
        """K."""
        return self.config.classes

    @property
    def code_size(self) -> int:
        """Numbers of a code: style and class probabilities."""
        return self.config.latent + self.config.classes

    def label_logits(self, u: Tensor) -> Tensor:
        """log q(y | x) but for a constant: (N, K)."""
        for layer in self.classifier[:-1]:
            u = self.activation(layer(u))
        return _full(self.classifier[-1](u))

    def style_posterior(self, u: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x, y), each (N, k, latent), for k classes y (N or 1, k, K) of each example."""
        h = self.activation(self.encoder_in(u[:, None], y))
        for layer in self.encoder[:-1]:
            h = self.activation(layer(h))
        return _full(self.encoder[-1](h)).chunk(2, 2)

    def decode_logits(self, z: Tensor, y: Tensor) -> Tensor:
        """What p(x | y, z) says for z (..., latent), y (..., K): log-odds of pixels, or means of codes below."""
        h = self.activation(self.decoder_in(z, y))
        for layer in self.decoder[:-1]:
            h = self.activation(layer(h))
        return _full(self.decoder[-1](h))

    def classify(self, x: Tensor) -> Tensor:
        """q(y | x): (N, K)."""
        return self.label_logits(self._inputs(x)).softmax(1)

    def style(self, x: Tensor, y: Tensor) -> Tensor:
        """The mean of q(z | x, y) for class probabilities y (N, K): (N, latent)."""
        return self.style_posterior(self._inputs(x), y[:, None])[0][:, 0]

    def encode(self, x: Tensor) -> Tensor:
        """The style, given what the model takes the class for, and the probability of each class: (N, latent + K)."""
        y = self.classify(x)
        return torch.cat([self.style(x, y), y], 1)

    def decode(self, z: Tensor) -> Tensor:
        """Means of the data, (N, *event_shape), at codes (N, latent + K)."""
        y = self.decode_logits(z[:, : self.config.latent], z[:, self.config.latent :])
        if self.config.m1_latent:
            return self.m1.decode(y)
        return y.sigmoid().view(len(z), *self.config.event_shape)

    def decoder_layers(self) -> list[DenseLayer]:
        """The decoder, from the code to the example."""
        first = self.decoder_in
        found = [DenseLayer(torch.cat([first.x.weight, first.y.weight], 1), first.x.bias, self.config.units)]
        inner = [self.config.units] * (len(self.decoder) - 1)
        last = "linear" if self.config.m1_latent else "sigmoid"
        found += [DenseLayer(m.weight, m.bias, unit) for m, unit in zip(self.decoder, [*inner, last], strict=True)]
        return [*found, *self.m1.decoder_layers()] if self.config.m1_latent else found

    def sample(self, n: int, generator: Generator, labels: Tensor | None = None) -> Tensor:
        """Means (n, *event_shape) of the data at styles from the prior, of these classes (n,) or of random ones."""
        device = self.decoder_in.x.weight.device
        z = torch.randn(n, self.config.latent, generator=generator, device=device)
        if labels is None:
            labels = torch.randint(self.classes, (n,), generator=generator, device=device)
        return self.decode(torch.cat([z, self._one_hot(labels)], 1))

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The hidden layers of the classifier, and the code."""
        return {f"classifier-{i}": n for i, n in enumerate(self.config.classifier, 1)} | {"code": self.code_size}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each of these."""
        u = self._inputs(x)
        for i, layer in enumerate(self.classifier[:-1], 1):
            u = self.activation(layer(u))
            yield f"classifier-{i}", u
        yield "code", self.encode(x)

    def given_examples(self) -> tuple[Tensor, Tensor]:
        """The examples (labels, *event_shape) whose class was given, and their classes (labels,)."""
        return self.examples.float() / 255, self.example_labels

    # -- bounds on log p(x) ---------------------------------------------------------------------

    def joint_bounds(self, u: Tensor, y: Tensor, noise: Tensor) -> Tensor:
        """L(x, y) for k classes y (N or 1, k, K) of each example, with one z each by noise (N, k, latent): (N, k)."""
        mean, log_var = self.style_posterior(u, y)
        x = self.decode_logits(mean + (0.5 * log_var).exp() * noise, y)
        if self.config.m1_latent:
            fit = likelihoods.gaussian(u[:, None], x, self.log_scale.clamp_min(math.log(LEAST_SCALE)))
        else:
            fit = likelihoods.bernoulli(u[:, None], x)
        return fit - math.log(self.classes) - VAE.kl(mean, log_var).sum(2)

    def unlabelled_bounds(self, u: Tensor, noise: Tensor) -> Tensor:
        """U(x), the class summed out, with one z for each class by noise (N, K, latent): (N,)."""
        log_q = self.label_logits(u).log_softmax(1)
        bounds = self.joint_bounds(u, torch.eye(self.classes, device=u.device, dtype=u.dtype)[None], noise)
        return (log_q.exp() * (bounds - log_q)).sum(1)

    def elbo(self, x: Tensor, generator: Generator, samples: int = 1) -> Tensor:
        """A lower bound on log p(x) by `samples` draws: (N,), nats. Stacked, E log p(x | u) - log q(u | x) + U(u)."""
        drawn = []
        for _ in range(samples):
            u, rest = self._draw_inputs(x, generator)
            drawn.append(rest + self.unlabelled_bounds(u, self._noise(u, self.classes, generator)))
        return torch.stack(drawn).mean(0)

    # -- learning -------------------------------------------------------------------------------

    def labelled_rows(self, labels: Tensor | None, generator: Generator) -> Tensor:
        """Which examples' classes are given (see the config)."""
        return self.config.labelled_rows(labels, generator)

    @torch.no_grad()
    def keep_labelled(self, x: Tensor, labels: Tensor) -> None:
        """Learn from the classes of these examples and of no others: x (labels, *event_shape), labels (labels,)."""
        self.examples.copy_((255 * x).round())
        self.example_labels.copy_(labels)

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """The decoder starts at the data's own means, and first layers see examples less their mean. Raises
        `ValueError` without the VAE below."""
        if self.config.m1_latent:
            raise ValueError(f"m1_latent={self.config.m1_latent}: M1+M2 starts from a trained VAE (origin)")
        mean = x.flatten(1).float().mean(0)
        self.decoder[-1].bias.copy_(mean.clamp(1e-3, 1 - 1e-3).logit())
        for first in (self.classifier[0], self.encoder_in.x):
            first.bias.copy_(-first.weight @ mean)

    def start_from_model(self, other: nn.Module) -> None:
        """Stand on a trained VAE. Raises `ValueError` or `RuntimeError` where it does not fit."""
        if not self.config.m1_latent or not isinstance(other, VAE):
            raise ValueError(f"m1_latent={self.config.m1_latent}: M1+M2 stands on a VAE with a code of that size")
        if other.config.likelihood != "bernoulli" or other.config.units != self.config.units:
            raise ValueError(f"M1+M2 stands on a VAE with binary pixels and units={self.config.units!r}")
        self.m1.load_state_dict(other.state_dict())

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Less the bounds, with cross-entropy and consistency, means over examples. The `labels` of the batch are not
        looked at; examples whose class is given are drawn beside it."""
        u = self._draw_inputs(x, generator)[0]
        found = -self.unlabelled_bounds(u, self._noise(u, self.classes, generator)).mean()
        n = max(1, round(self.config.labelled * len(x)))
        given = torch.randint(len(self.examples), (n,), generator=generator, device=x.device)
        known, y = self._draw_inputs(self.examples[given].float() / 255, generator)[0], self.example_labels[given]
        bounds = self.joint_bounds(known, self._one_hot(y)[:, None], self._noise(known, 1, generator))
        found = found - self.config.labelled * bounds.mean()
        found = found + self.config.alpha * F.cross_entropy(self.label_logits(known), y)
        if self.config.consistency:
            found = found + self.config.consistency * self.inconsistency(u, generator)
        return {"loss": found}

    def inconsistency(self, u: Tensor, generator: Generator) -> Tensor:
        """KL(q(y | x) || q(y | x + r)), mean over examples, with r of length `radius` along the gradient of that
        KL at a random point near x (Miyato et al. 2018, algorithm 1, one iteration)."""
        with torch.no_grad():
            log_q = self.label_logits(u).log_softmax(1)
        with torch.enable_grad():
            near = F.normalize(torch.randn(u.shape, generator=generator, device=u.device, dtype=u.dtype), dim=1)
            near = (PROBE * self.config.radius * near).requires_grad_()
            (direction,) = torch.autograd.grad(self._divergence(log_q, u.detach() + near).sum(), near)
        return self._divergence(log_q, u + self.config.radius * F.normalize(direction, dim=1)).mean()

    def _divergence(self, log_q: Tensor, u: Tensor) -> Tensor:
        return (log_q.exp() * (log_q - self.label_logits(u).log_softmax(1))).sum(1)

    @torch.no_grad()
    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """Error where the classes are known, the bound by one draw, and how unsure the classes are."""
        y = self.classify(x)
        found = {} if labels is None else {"error": float((y.argmax(1) != labels).float().mean())}
        entropy = -(y * y.clamp_min(1e-12).log()).sum(1).mean()
        return {**found, "elbo": float(self.elbo(x, generator).mean()), "class-entropy": float(entropy)}

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Held-out examples, each followed by its style in every class."""
        x = x[:12]
        z = self.encode(x)[:, : self.config.latent]
        codes = torch.cat(
            [z.repeat_interleave(self.classes, 0), torch.eye(self.classes, device=z.device).repeat(len(x), 1)], 1
        )
        rows = torch.cat([x[:, None], self.decode(codes).unflatten(0, (len(x), self.classes))], 1).flatten(0, 1)
        about = "Held-out examples, each followed by its style in every class."
        return [ImageGrid("analogies", "Style and class", rows, about=about)]

    # -- small parts ----------------------------------------------------------------------------

    def _inputs(self, x: Tensor) -> Tensor:
        """Examples as M2 sees them, without noise: (N, D)."""
        x = x.flatten(1).to(self.decoder_in.x.weight.dtype)
        return self.m1.encode(x) if self.config.m1_latent else x

    def _draw_inputs(self, x: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Examples as M2 sees them (N, D), and what the bound has beside U (N,); stacked, codes are drawn."""
        if not self.config.m1_latent:
            return self._inputs(x), x.new_zeros(len(x))
        with torch.no_grad():
            mean, log_var = self.m1.posterior(x)
            noise = torch.randn(mean.shape, generator=generator, device=x.device, dtype=mean.dtype)
            u = mean + (0.5 * log_var).exp() * noise
            log_q = -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(1)
            return u, self.m1.log_likelihood(x, u) - log_q

    def _one_hot(self, labels: Tensor) -> Tensor:
        return F.one_hot(labels, self.classes).to(self.decoder_in.x.weight.dtype)

    def _noise(self, u: Tensor, k: int, generator: Generator) -> Tensor:
        shape = (len(u), k, self.config.latent)
        return torch.randn(shape, generator=generator, device=u.device, dtype=u.dtype)


def _full(x: Tensor) -> Tensor:
    """In float32 at least, whatever the products were taken in."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _chain(sizes: tuple[int, ...]) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False))


build = SSVAE


def refit(config: SSVAEConfig, kind: Kind, event_shape: tuple[int, ...]) -> SSVAEConfig:
    """The config for other data, without a VAE below; layers are narrowed to the size of small examples. Raises
    `SettingError`."""
    require(kind in SSVAEConfig.accepts, "kind", kind, "binary or grey for a semi-supervised VAE")
    sizes = {name: narrow_layers(getattr(config, name), event_shape) for name in ("layers", "classifier")}
    return replace(config, event_shape=event_shape, m1_latent=0, **sizes)


def suit(config: SSVAEConfig, examples: int, classes: int) -> SSVAEConfig:
    """The config for so many training examples of so many classes: one of each class is given at least, and otherwise
    half of them at most. Raises `SettingError` for fewer than two classes."""
    require(classes > 1, "classes", classes, "two or more in the data for a semi-supervised VAE")
    labels = min(examples, max(classes, min(config.labels, examples // 2)))
    return replace(config, classes=max(classes, config.classes), labels=labels)
