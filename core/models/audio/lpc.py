"""Linear prediction: each sample is a weighted sum of those just before it, and a residual as large as the last ones.

    m_t = sum_k a_k x_t-k                               k = 1 ... order; x from -1 to 1, 0 before a recording
    s_t = w + b |x_t-1 - m_t-1| + c s_t-1               scale of the residual
    p(level) = sum_j q_j [F((u - m_t) / (f_j s_t)) - F((l - m_t) / (f_j s_t))]     F(z) = 1 / (1 + e^-z)

l and u are the edges of a level's step, from which to which a sample is rounded to it. The coefficients a solve the
normal equations of the training recordings (autocorrelation method, Makhoul 1975, "Linear prediction: a tutorial
review"); all else is fitted by likelihood: a scale that follows the residuals as in Taylor 1986, "Modelling financial
time series", and a mixture of logistic distributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import setting
from core.config.presets import Preset, TrainConfig
from core.models.audio.base import LOSS, METRICS, AudioConfig, AudioModel, Cache, crop, refit_config
from core.numerics import mulaw

FAMILY, NAME = "lpc", "linear prediction"

__all__ = [
    "FAMILY",
    "LOSS",
    "METRICS",
    "NAME",
    "PRESETS",
    "Config",
    "LinearPredictor",
    "LinearPredictorConfig",
    "build",
]


@dataclass(frozen=True)
class LinearPredictorConfig(AudioConfig):
    """How far back it looks, and how free the distribution of its residual is."""

    order: int = setting(16, "Samples before it that predict one.", low=1, high=256)
    components: int = setting(2, "Logistic distributions that the residual's is a mixture of.", low=1, high=16)


Config = LinearPredictorConfig
BLOCK = 64  # samples whose scales are computed at once
AT_ONCE = 256  # recordings whose correlations are
FAR = 1e6  # where the outermost steps end: infinity has no gradient


class LinearPredictor(AudioModel):
    """L levels, J components, n recordings, T samples at once."""

    classes = speakers = 0

    def __init__(self, config: LinearPredictorConfig) -> None:
        super().__init__(config)
        self.coefficients = nn.Parameter(torch.zeros(config.order), requires_grad=False)  # a_1 first
        self.log_least = nn.Parameter(torch.tensor(-8.0))  # log w
        self.log_gain = nn.Parameter(torch.tensor(-3.0))  # log b
        self.retention = nn.Parameter(torch.tensor(2.0))  # log-odds of c
        self.log_first = nn.Parameter(torch.tensor(-5.0))  # log s of the first sample
        self.log_factors = nn.Parameter(torch.linspace(-0.5, 0.5, config.components))  # log f
        self.shares = nn.Parameter(torch.zeros(config.components))  # log q, up to a constant
        values = np.arange(config.levels + 1.0)
        values[-1] = (config.levels - 1) / 2  # silence, which stands before a recording
        edges = mulaw.decode(np.arange(config.levels - 1) + 0.5, config.levels)
        amplitudes = torch.from_numpy(mulaw.decode(values, config.levels))
        self.register_buffer("amplitudes", amplitudes, persistent=False)
        self.register_buffer("edges", F.pad(torch.from_numpy(edges), (1, 1), value=0.0), persistent=False)
        self.edges[0], self.edges[-1] = -FAR, FAR

    @property
    def receptive_field(self) -> float:
        """Without end: the scale remembers all residuals, though less and less."""
        return math.inf

    @torch.no_grad()
    def stacked_weights(self) -> dict[str, Tensor]:
        """coefficients a (order,); amplitudes (L,) and edges (L - 1,) of the levels; scales: w, b, c and s of the first
        sample; factors f (J,) and shares q (J,)."""
        scales = self.log_least.exp(), self.log_gain.exp(), self.retention.sigmoid(), self.log_first.exp()
        return {
            "coefficients": self.coefficients,
            "amplitudes": self.amplitudes[:-1],
            "edges": self.edges[1:-1],
            "scales": torch.stack(scales),
            "factors": self.log_factors.exp(),
            "shares": self.shares.softmax(0),
        }

    def init_cache(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Cache:
        """past (n, order): the last samples; mean (n,), scale (n,): of the next one."""
        like = self.coefficients
        first = self.log_first.exp().expand(n)
        return {"past": like.new_zeros(n, self.config.order), "mean": like.new_zeros(n), "scale": first}

    def forward_cached(self, x: Tensor, cache: Cache, step: int) -> Tensor:
        """Log-probabilities (n, T, L) after each of the samples x (n, T)."""
        mean, scale = self.residuals(x, cache)
        return self.log_prob(mean[..., None], scale[..., None], self.edges[:-1], self.edges[1:])

    def residuals(self, x: Tensor, cache: Cache) -> tuple[Tensor, Tensor]:
        """Mean and scale (n, T) of the sample after each of x (n, T), from the cache, which goes on."""
        a = self.amplitudes[x]
        seen = torch.cat([cache["past"], a], 1)
        mean = seen.unfold(1, self.config.order, 1)[:, 1:] @ self.coefficients.flip(0)
        residual = (a - torch.cat([cache["mean"][:, None], mean[:, :-1]], 1)).abs()
        kept = self.retention.sigmoid()
        begins = x == self.beginning  # of which there is no residual
        added = torch.where(
            begins, (1 - kept) * self.log_first.exp(), self.log_least.exp() + self.log_gain.exp() * residual
        )
        scale = decaying_sum(added, kept, cache["scale"])
        if not torch.is_grad_enabled():
            cache["past"], cache["mean"], cache["scale"] = seen[:, -self.config.order :], mean[:, -1], scale[:, -1]
        return mean, scale

    def log_prob(self, mean: Tensor, scale: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """log p of a sample from `low` to `high`, all of shapes that go together."""
        scale = scale[..., None] * self.log_factors.exp()
        below, above = ((edge[..., None] - mean[..., None]) / scale for edge in (low, high))
        # F(u) - F(l) = F(u) F(-l) (1 - e^(l - u)), which keeps its digits far from the mean
        inside = (-(-(above - below)).expm1()).clamp_min(torch.finfo(scale.dtype).tiny).log()
        parts = F.logsigmoid(above) + F.logsigmoid(-below) + inside
        return (parts + self.shares.log_softmax(0)).logsumexp(-1)

    def loss(
        self, x: Tensor, generator: Generator, labels: Tensor | None = None, speakers: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The mean over samples of a stretch of each recording x (N, T), -1 after their ends."""
        x = crop(x, self.config.window, generator).long()
        mean, scale = self.residuals(self.with_beginning(x)[:, :-1], self.init_cache(len(x), None, None))
        level = x.clamp_min(0)
        return {"loss": -self.log_prob(mean, scale, self.edges[level], self.edges[level + 1])[x >= 0].mean()}

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Fit the coefficients to the recordings x (N, T), -1 after their ends."""
        r = sum(autocorrelation(self._samples(rows), self.config.order) for rows in x.split(AT_ONCE))
        self.coefficients.copy_(levinson_durbin(r))

    def _samples(self, x: Tensor) -> Tensor:
        return self.amplitudes[x.long().clamp_min(0)].double() * (x >= 0)


def autocorrelation(x: Tensor, order: int) -> Tensor:
    """r_k = sum of x_t x_t-k over recordings x (N, T), 0 after their ends, for k = 0 ... order: (order + 1,)."""
    return torch.stack([(x[:, k:] * x[:, : x.shape[1] - k]).sum() for k in range(order + 1)])


def levinson_durbin(r: Tensor) -> Tensor:
    """The coefficients a (order,) that predict best, sum_k a_k r_|j-k| = r_j, of the autocorrelation r (order + 1,);
    zero where all is silence."""
    a, error = r.new_zeros(len(r) - 1), r[0]
    for m in range(len(a)):
        if error <= 1e-12 * r[0]:
            break  # nothing is left to predict
        reflection = (r[m + 1] - a[:m] @ r[1 : m + 1].flip(0)) / error
        a[:m] -= reflection * a[:m].flip(0)
        a[m] = reflection
        error = error * (1 - reflection * reflection)
    return a


def decaying_sum(added: Tensor, kept: Tensor, before: Tensor) -> Tensor:
    """s_t = kept s_t-1 + added_t of added (n, T), from s (n,) before the first: (n, T)."""
    ages = torch.arange(BLOCK, device=added.device)
    powers = kept ** (ages[:, None] - ages).clamp_min(0)
    powers = torch.where(ages[:, None] >= ages, powers, 0)  # (BLOCK, BLOCK): of each sample, for each later one
    found = []
    for part in added.split(BLOCK, 1):
        n = part.shape[1]
        found.append(part @ powers[:n, :n].t() + before[:, None] * kept ** (ages[:n] + 1))
        before = found[-1][:, -1]
    return torch.cat(found, 1)


build = LinearPredictor
refit = partial(refit_config, what="linear prediction")


FIXED_TRAINING = True  # one pass: there is nothing about it to choose

PRESETS = (
    Preset(
        "fsdd-lpc",
        "Spoken digits · Linear prediction, order 16",
        FAMILY,
        "fsdd",
        "mu-law",
        LinearPredictorConfig(),
        TrainConfig(epochs=1, batch_size=16, optimiser="adam", lr=0.05, lr_schedule="cosine"),
    ),
)
