"""Variational autoencoders: a decoder that is a model of the data, an encoder that says which codes may have made it.

    z ~ N(0, I)      x | z ~ p(x | z)      q(z | x) = N(mean(x), diag exp log_var(x))

    log p(x) >= L_k(x) = E log 1/k sum_i w_i
    w_i = p(x | z_i) p(z_i) / q(z_i | x)      z_i = mean + exp(log_var / 2) e_i      e_i ~ N(0, I)

L_1 is the ELBO, whose part without x is known: E log p(x | z) - KL(q(z | x) || p(z)). L_k rises with k to log p(x).
The mean KL over the data is I(x; z) + TC + sum_d KL(q(z_d) || p(z_d)), with the total correlation
TC = KL(q(z) || prod_d q(z_d)) of codes of the data, q(z) = E q(z | x): it is what keeps dimensions from independence.
As z is a smooth function of the encoder's output and of noise e that knows nothing of it, gradients pass through it.
Sources: Kingma & Welling 2014, Rezende, Mohamed & Wierstra 2014 (the ELBO); Burda, Grosse & Salakhutdinov 2016 (L_k);
Chen, Li, Grosse & Duvenaud 2018 (TC).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn

from core.config.fields import require
from core.data.base import Kind
from core.models.autoencoders import likelihoods
from core.models.autoencoders.vae_config import VAEConfig
from core.models.autoencoders.vae_networks import Dense, by_pixel, networks
from core.models.autoencoders.vae_presets import PRESETS
from core.models.capabilities import OUTPUT_UNITS, DenseLayer, ImageGrid, Metric
from core.models.layer_sizes import narrow_layers, pool_positions, pooled_size
from core.numerics.matmul import ACTIVATIONS
from core.numerics.sampling import normal

__all__ = ["ACTIVE", "FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "VAE", "Config", "VAEConfig", "build", "refit"]

FAMILY, NAME = "vae", "variational autoencoder"

LOSS = Metric(
    "Training loss",
    "nats per example",
    "lower",
    "Negative training objective, with the KL weighted by β; the negative ELBO where β = 1.",
)
METRICS = {
    "elbo": Metric(
        "ELBO",
        "nats per example",
        "higher",
        "Lower bound on log p(x), always with β = 1; one sample of z per example.",
    ),
    "fit": Metric(
        "Reconstruction term", "nats per example", "higher", "log p(x | z), with z sampled from the posterior."
    ),
    "kl": Metric(
        "KL",
        "nats per example",
        "",
        "KL divergence of the posterior from the prior, summed over dimensions.",
    ),
    "active": Metric(
        "Active dimensions",
        "",
        "",
        "Dimensions whose posterior mean has a variance above 0.01 over examples (Burda, Grosse & Salakhutdinov 2016).",
    ),
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Squared error summed over pixels, decoding the posterior mean.",
    ),
}

ACTIVE = 0.01  # variance of the posterior mean over examples from which on a dimension counts as active
LEAST_SCALE = 0.01  # smallest spread of Gaussian pixels: where one never changes, the density has no bound
NUMBERS = 2**20  # in the largest array while many codes an example are decoded (4 MB stay in the processor's cache)


Config = VAEConfig


class VAE(nn.Module):
    """Examples are (N, *event_shape), codes (N, latent); D is the number of pixels, L that of levels (else 1)."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.activation = ACTIVATIONS[config.units]
        self.encoder, self.decoder, width = networks(config)
        self.head = Dense(width, 2 * config.latent)  # mean and log-variance
        if config.net == "conv":
            self.base = nn.Parameter(torch.zeros(config.outputs * math.prod(config.event_shape)))  # a bias each pixel
        if config.likelihood == "gaussian":
            each = math.prod(config.event_shape) if config.scale == "each" else 1
            self.log_scale = nn.Parameter(torch.zeros(each))
        self.register_buffer("updates", torch.tensor(0))  # made so far, counted for the warm-up

    # -- the model ------------------------------------------------------------------------------

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), each (N, latent), in float32 whatever the products were taken in."""
        u = self._inputs(x)
        for layer in self.encoder:
            u = self._encoder_step(layer, u)
        return self._posterior_of(u)

    def _encoder_step(self, layer: nn.Module, u: Tensor) -> Tensor:
        return self.activation(layer(u.flatten(1) if isinstance(layer, Dense) else u))

    def _posterior_of(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, given what the last layer of the encoder says."""
        with torch.autocast(u.device.type, enabled=False):
            both = self.head(u.flatten(1).to(self.head.weight.dtype))
        return both[:, : self.config.latent], both[:, self.config.latent :]

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The encoder's hidden layers (feature maps pooled, see `pool_positions`) and the posterior mean."""
        shape, found = self.config.event_shape, {}
        for i, layer in enumerate(self.encoder, 1):
            if isinstance(layer, Dense):
                found[f"encoder-{i}"] = layer.out_features
            else:
                shape = tuple(-(-side // 2) for side in shape)  # of stride 2
                found[f"encoder-{i}"] = pooled_size(layer.out_channels, shape)
        return {**found, "posterior-mean": self.config.latent}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each of these layers' units."""
        u = self._inputs(x)
        for i, layer in enumerate(self.encoder, 1):
            u = self._encoder_step(layer, u)
            yield f"encoder-{i}", pool_positions(u) if u.ndim == 4 else u
        yield "posterior-mean", self._posterior_of(u)[0]

    @property
    def code_size(self) -> int:
        """Numbers of a code."""
        return self.config.latent

    def decoder_layers(self) -> list[DenseLayer]:
        """The decoder, from the code to the example; empty where it has convolutions."""
        if self.config.net != "dense":
            return []
        units = [self.config.units] * (len(self.decoder) - 1) + [OUTPUT_UNITS[self.config.likelihood]]
        return [DenseLayer(layer.weight, layer.bias, unit) for layer, unit in zip(self.decoder, units, strict=True)]

    def encode(self, x: Tensor) -> Tensor:
        """The posterior mean (N, latent)."""
        return self.posterior(x)[0]

    def draw(self, mean: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
        """Codes mean + exp(log_var / 2) noise: (N, k, latent) for noise of that shape, standard normal."""
        return mean[:, None] + (0.5 * log_var).exp()[:, None] * noise

    def decode_logits(self, z: Tensor) -> Tensor:
        """What the decoder says of codes (N, latent): log-odds or means (N, D); log-odds of the levels (N, D * L)."""
        for layer in self.decoder[:-1]:
            z = self.activation(layer(z))
        y = self.decoder[-1](z)
        return y if self.config.net == "dense" else by_pixel(y) + self.base

    def decode(self, z: Tensor) -> Tensor:
        """Means of the data, (N, *event_shape), in its own units."""
        y = self.decode_logits(z)
        if self.config.likelihood == "bernoulli":
            y = torch.sigmoid(y)
        if self.config.likelihood == "levels":
            values = torch.arange(self.config.levels, dtype=y.dtype, device=y.device)
            y = y.unflatten(1, (-1, self.config.levels)).softmax(2) @ values
        return y.view(len(z), *self.config.event_shape)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z), nats, see `likelihoods`: (N,) for codes (N, latent), (N, k) for codes (N, k, latent).

        Greys x stand for bits that are on with probability x: every bound below bounds the mean over such bits.
        """
        if z.ndim == 2:
            return self.log_likelihood(x, z[:, None])[:, 0]
        n, k = z.shape[:2]
        y = self.decode_logits(z.flatten(0, 1)).unflatten(0, (n, k))  # (N, k, D * L)
        y = y.to(torch.promote_types(y.dtype, torch.float32))
        x = x.flatten(1)[:, None].to(y.dtype)  # (N, 1, D)
        if self.config.likelihood == "bernoulli":
            return likelihoods.bernoulli(x, y)
        if self.config.likelihood == "gaussian":
            return likelihoods.gaussian(x, y, self._log_scale().to(y.dtype))
        return likelihoods.categorical(x, y.unflatten(2, (-1, self.config.levels)))

    def sample(self, n: int, generator: Generator, temperature: float = 1.0) -> Tensor:
        """Means (n, *event_shape) of the data at codes drawn from N(0, temperature I): the prior at temperature 1."""
        noise = torch.randn(n, self.config.latent, generator=generator, device=self.head.weight.device)
        return self.decode(math.sqrt(temperature) * noise.to(self.head.weight.dtype))

    # -- bounds on log p(x) ---------------------------------------------------------------------

    @staticmethod
    def kl(mean: Tensor, log_var: Tensor) -> Tensor:
        """KL(N(mean, exp log_var) || N(0, 1)) = (mean^2 + exp(log_var) - 1 - log_var) / 2, of each dimension."""
        return 0.5 * (mean.square() + log_var.expm1() - log_var)

    @staticmethod
    def total_correlation(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
        """Mean of log q(z) - sum_d log q(z_d) over codes z (M, latent), nats, where q is the mixture of the posteriors
        of N examples: TC of the data as far as these N stand for them (Chen et al. 2018, appendix C.1)."""
        log_q = -0.5 * ((z[:, None] - mean).square() * (-log_var).exp() + log_var + math.log(2 * math.pi))  # (M, N, d)
        log_joint = log_q.sum(2).logsumexp(1) - math.log(len(mean))
        return (log_joint - (log_q.logsumexp(1) - math.log(len(mean))).sum(1)).mean()

    def elbo(self, x: Tensor, generator: Generator, samples: int = 1) -> Tensor:
        """E log p(x | z) - KL(q(z | x) || p(z)), the expectation as a mean over `samples` draws: (N,), nats."""
        mean, log_var = self.posterior(x)
        z = self.draw(mean, log_var, self._noise(mean, samples, generator))
        return self.log_likelihood(x, z).mean(1) - self.kl(mean, log_var).sum(1)

    def log_weights(self, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor, weight: float = 1.0) -> Tensor:
        """log p(x | z) + weight (log p(z) - log q(z | x)) at z = mean + exp(log_var / 2) noise: (N, k), nats, for noise
        (N, k, latent) and the posterior of x."""
        z = self.draw(mean, log_var, noise)
        ratio = 0.5 * (noise.square() - z.square()).sum(2) + 0.5 * log_var.sum(1, keepdim=True)
        return self.log_likelihood(x, z) + weight * ratio

    @torch.no_grad()
    def log_mean_weight(self, x: Tensor, k: int, generator: Generator, numbers: int = NUMBERS) -> tuple[Tensor, Tensor]:
        """log 1/k sum_i w_i for every example, and how many of the k draws carry it, (sum w)^2 / sum w^2: (N,) each.

        Some draws of some examples are decoded at a time, so that no array holds more than about `numbers` numbers.
        """
        width = max(*self.config.layers, self.config.latent, self.config.outputs * math.prod(self.config.event_shape))
        rows = max(1, numbers // width)  # codes decoded at once
        at_once = min(k, max(1, rows // 8))  # draws of one example among them
        found = []
        for part in x.split(max(1, rows // at_once)):
            mean, log_var = self.posterior(part)
            first = second = mean.new_full((len(part),), -math.inf)
            for done in range(0, k, at_once):
                noise = self._noise(mean, min(at_once, k - done), generator)
                log_w = self.log_weights(part, mean, log_var, noise)
                first = torch.logaddexp(first, log_w.logsumexp(1))
                second = torch.logaddexp(second, (2 * log_w).logsumexp(1))
            found.append(torch.stack([first - math.log(k), (2 * first - second).exp()]))
        bound, effective = torch.cat(found, 1)
        return bound, effective

    def iwae_bound(self, x: Tensor, k: int, generator: Generator, numbers: int = NUMBERS) -> Tensor:
        """log 1/k sum_i w_i, (N,), nats: in expectation L_k, a lower bound on log p(x) that k makes tighter. Memory
        stays bounded whatever k is; there is no gradient."""
        return self.log_mean_weight(x, k, generator, numbers)[0]

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Random weights as Glorot & Bengio 2010 draw them; what comes last starts at the data's own means and spread,
        and the first dense layer sees examples less their mean. Raises `ValueError` for levels that are none."""
        generator = torch.Generator().manual_seed(0)
        for layer in (*self.encoder, self.head, *self.decoder):
            field = math.prod(layer.weight.shape[2:])  # pixels that a convolution looks at
            limit = math.sqrt(6 / (field * sum(layer.weight.shape[:2])))
            layer.weight.copy_((torch.rand(layer.weight.shape, generator=generator) * 2 - 1) * limit)
            if layer.bias is not None:
                layer.bias.zero_()
        flat, mean = x.flatten(1).float(), x.flatten(1).float().mean(0)
        if self.config.likelihood == "levels":
            if int(flat.max()) >= self.config.levels or int(flat.min()) < 0:
                raise ValueError(f"levels={self.config.levels}: the data go from {flat.min():g} to {flat.max():g}")
            counts = torch.stack([(flat == level).sum(0) for level in range(self.config.levels)], 1)  # (D, L)
            last = ((counts + 1) / (counts + 1).sum(1, keepdim=True)).log().flatten()
        else:
            last = mean.clamp(1e-3, 1 - 1e-3).logit() if self.config.likelihood == "bernoulli" else mean
        (self.decoder[-1].bias if self.config.net == "dense" else self.base).copy_(last)
        if self.config.likelihood == "gaussian":
            variance = flat.var(0, correction=0) if self.config.scale == "each" else flat.var(0, correction=0).mean()
            self.log_scale.copy_(0.5 * variance.clamp_min(LEAST_SCALE**2).log())
        first = self.encoder[0] if len(self.encoder) else self.head
        if isinstance(first, Dense):
            first.bias.copy_(-first.weight @ self._inputs(x).mean(0))

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Less the mean bound over examples x (N, *event_shape), with beta (as far as the warm-up is) times the KL.

        With free bits f the KL costs sum_d max(f, mean over examples of KL_d) (Kingma et al. 2016, eq. 15). With the
        objective "tc" beta weighs the total correlation of the batch alone.
        """
        weight = self.config.beta * self.warmup_factor()
        mean, log_var = self.posterior(x)
        noise = self._noise(mean, self.config.samples, generator)
        if self.config.objective == "iwae":
            log_w = self.log_weights(x, mean, log_var, noise, weight)
            bound = (log_w.logsumexp(1) - math.log(self.config.samples)).mean()
        else:
            z = self.draw(mean, log_var, noise)
            cost = self.kl(mean, log_var).mean(0).clamp_min(self.config.free_bits).sum()
            if self.config.objective == "tc":
                cost = cost + (self.config.beta - 1) * self.total_correlation(z.flatten(0, 1), mean, log_var)
                weight = self.warmup_factor()
            bound = self.log_likelihood(x, z).mean() - weight * cost
        if self.training:
            self.updates.add_(1)
        return {"loss": -bound}

    @property
    def whole_batches(self) -> bool:
        """Whether the loss depends on a mean over the batch otherwise than linearly: by free bits, or q(z)."""
        return self.config.objective == "tc" or self.config.free_bits > 0

    def warmup_factor(self) -> float:
        """How much of beta the KL weighs at this update: from 0 to 1 over `warmup` updates."""
        return min(1.0, int(self.updates) / self.config.warmup) if self.config.warmup else 1.0

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """ELBO and its two terms, means over examples, by one draw each; how many dimensions are active; squared error
        summed over an example."""
        mean, log_var = self.posterior(x)
        fit = float(self.log_likelihood(x, self.draw(mean, log_var, self._noise(mean, 1, generator))).mean())
        kl = float(self.kl(mean, log_var).sum(1).mean())
        active = int((mean.var(0) > ACTIVE).sum()) if len(mean) > 1 else 0
        lost = float((x - self.decode(mean)).square().flatten(1).sum(1).mean())
        return {"elbo": fit - kl, "fit": fit, "kl": kl, "active": float(active), "reconstruction": lost}

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Reconstructions beside held-out examples, samples, and for a 2-D code the plane through the prior's
        quantiles."""
        pairs = torch.stack([x, self.decode(self.encode(x))], 1).flatten(0, 1)
        sheets = [
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                pairs,
                about="Held-out examples, each followed by its reconstruction (decoded posterior mean).",
            ),
            ImageGrid("samples", "Samples", self.sample(100, generator), about="Decoded samples from the prior."),
        ]
        if self.config.latent == 2:
            about = "The latent plane decoded on the prior's quantiles: each cell has equal probability."
            sheets.append(ImageGrid("manifold", "Manifold", self.decode(self.manifold(12)), about=about))
        return sheets

    def manifold(self, side: int) -> Tensor:
        """Codes (side * side, 2) at the middles of equally likely squares of the prior; rows from the top of the second
        dimension down, columns along the first."""
        middles = (torch.arange(side, dtype=torch.float64) + 0.5) / side
        at = torch.special.ndtri(middles).to(self.head.weight)
        down, right = torch.meshgrid(at.flip(0), at, indexing="ij")
        return torch.stack([right, down], -1).flatten(0, 1)

    # -- small parts ----------------------------------------------------------------------------

    def _inputs(self, x: Tensor) -> Tensor:
        """Examples as the first layer sees them: (N, D), or (N, 1, h, w) for convolutions; levels between 0 and 1."""
        x = x.to(self.head.weight.dtype)
        if self.config.likelihood == "levels":
            x = x / (self.config.levels - 1)
        return x.flatten(1) if self.config.net == "dense" else x[:, None]

    def _log_scale(self) -> Tensor:
        return self.log_scale.clamp_min(math.log(LEAST_SCALE))

    def _noise(self, mean: Tensor, k: int, generator: Generator) -> Tensor:
        """(N, k, latent), standard normal."""
        shape = (len(mean), k, self.config.latent)
        return normal(shape, generator, mean.device, mean.dtype)


build = VAE


def refit(config: VAEConfig, kind: Kind, event_shape: tuple[int, ...]) -> VAEConfig:
    """The config for other data, by the ELBO itself (beta 1); dense layers are narrowed to the size of small examples.
    Raises `SettingError`."""
    config = replace(config, beta=1.0)
    likelihood = {"binary": "bernoulli", "grey": "bernoulli", "real": "gaussian", "levels": "levels"}.get(kind)
    require(likelihood is not None, "kind", kind, "binary, grey, real or levels for a variational autoencoder")
    if config.net == "conv" and len(event_shape) == 2:
        return replace(config, event_shape=event_shape, likelihood=likelihood)
    layers = narrow_layers(config.layers if config.net == "dense" else (200, 200), event_shape)
    return replace(config, event_shape=event_shape, likelihood=likelihood, net="dense", layers=layers)
