"""Linear codes to compare deep ones with: PCA, logistic PCA, and latent semantic analysis for word counts.

Each is made with the size of its code, fitted to training examples, and then is a `core.models.capabilities.Codec`:

    PCA(30).fit(train).decode(codes)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor

from core.config.fields import require
from core.models.capabilities import DenseLayer
from core.numerics.matmul import affine
from core.numerics.projections import Pca, fit_pca


class LinearCode:
    """What linear codes have in common: `size` numbers each."""

    size: int

    @property
    def code_size(self) -> int:
        """Numbers of a code."""
        return self.size

    def decoder_layers(self) -> list[DenseLayer]:
        """The way back as one layer; empty where it is none."""
        return []


class PCA(LinearCode):
    """The `size` leading principal components; no linear code of that size loses less squared error in training."""

    def __init__(self, size: int) -> None:
        require(size >= 1, "size", size, "at least 1")
        self.size = size

    def fit(self, x: Tensor) -> PCA:
        """To training examples x (N, *event_shape)."""
        self.event_shape = tuple(x.shape[1:])
        self.fitted = fit_pca(x, self.size)
        return self

    def encode(self, x: Tensor) -> Tensor:
        """Coordinates (N, size) of examples (N, *event_shape)."""
        return self.fitted.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """The examples (N, *event_shape) that have these coordinates."""
        return self.fitted.decode(z).view(len(z), *self.event_shape)

    def decoder_layers(self) -> list[DenseLayer]:
        """mean + z components."""
        return [DenseLayer(self.fitted.components.t(), self.fitted.mean, "linear")]

    def errors_by_size(self, x: Tensor, most: int) -> Tensor:
        """Squared error of examples x (N, *event_shape), their mean, with 1, 2, ... `most` components: (most,)."""
        away = x.flatten(1).double() - self.fitted.mean.double()
        kept = (away @ self.fitted.components[:most].double().t()).square().mean(0)
        return away.square().sum(1).mean() - kept.cumsum(0)

    def state(self) -> dict[str, Tensor]:
        """What `of_state` needs."""
        return {"mean": self.fitted.mean, "components": self.fitted.components}

    @classmethod
    def of_state(cls, state: dict[str, Tensor], event_shape: tuple[int, ...]) -> PCA:
        """The fitted one whose `state` this is."""
        found = cls(len(state["components"]))
        found.event_shape = event_shape
        found.fitted = Pca(state["mean"], state["components"], torch.full((found.size,), math.nan), math.nan)
        return found


class LogisticPCA(LinearCode):
    """Binary or grey pixels whose means are sigmoid(bias + z W), for a bias (D,) and W (size, D).

    codes    "linear": z is linear in the example, as with PCA; an autoencoder without layers between. The baseline of
             Hinton & Salakhutdinov 2006 (8.01 on MNIST with 30 numbers) is this one.
             "searched": z is that of the example's largest likelihood, less a slight penalty on |z|^2, without which a
             few pixels could drive it to infinity (Schein, Saul & Ungar 2003). It loses less than half as much, for a
             search at every example.
    """

    _STATE = ("weight", "bias", "into", "shift")

    def __init__(self, size: int, codes: Literal["linear", "searched"] = "linear", penalty: float = 1e-3) -> None:
        require(size >= 1, "size", size, "at least 1")
        require(codes in ("linear", "searched"), "codes", codes, "linear or searched")
        self.size, self.codes, self.penalty = size, codes, penalty

    def fit(
        self,
        x: Tensor,
        generator: Generator | None = None,
        steps: int = 0,
        report: Callable[[int, int], None] | None = None,
    ) -> LogisticPCA:
        """To training examples x (N, *event_shape) between 0 and 1.

        Starts from PCA, then takes `steps` of Adam on batches (0 for a usual number of them). With searched codes it
        alternates: the codes of a batch go a few steps down the likelihood, then W and bias one of Adam. The order of
        the batches comes from `generator` (one with seed 0 where there is none).
        """
        self.event_shape = tuple(x.shape[1:])
        generator = generator or torch.Generator().manual_seed(0)
        flat = x.flatten(1)
        pca = fit_pca(flat[:20_000], self.size)
        spread = pca.variances.float().sqrt()
        spread = spread.clamp_min(float(spread.max()) * 1e-3 + 1e-6)
        self.weight = pca.components * spread[:, None] * 4  # log-odds move about four times as fast as means
        self.bias = pca.mean.clamp(1e-3, 1 - 1e-3).logit()
        self.into = (pca.components / spread[:, None]).t().contiguous()  # (D, size): codes of unit spread
        self.shift = -pca.mean @ self.into
        codes = affine(flat, self.into, self.shift)  # (N, size), where they are searched for
        searched = self.codes == "searched"
        trained = [self.weight, self.bias] if searched else [self.weight, self.bias, self.into, self.shift]
        batch, lr = (500, 0.03) if searched else (200, 0.003)
        steps = steps or (1_000 if searched else 4_000)
        moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in trained]
        for step in range(1, steps + 1):
            at = (step - 1) * batch % len(flat)
            if at < batch:
                order = torch.randperm(len(flat), generator=generator)
            rows = order[at : at + batch]
            u = flat[rows]
            z = self._search_codes(u, 4, codes[rows]) if searched else affine(u, self.into, self.shift)
            codes[rows] = z
            gap = (torch.sigmoid(affine(z, self.weight, self.bias)) - u) / len(u)  # (B, D)
            slopes = [z.t() @ gap, gap.sum(0)]
            if not searched:
                up = gap @ self.weight.t()  # (B, size)
                slopes += [u.t() @ up, up.sum(0)]
            for p, slope, (first, second) in zip(trained, slopes, moments, strict=True):
                first.lerp_(slope, 0.1)
                second.lerp_(slope.square(), 0.01)
                size = (second / (1 - 0.99**step)).sqrt().add_(1e-8)
                p.sub_(lr * (1 - (step - 1) / steps) / (1 - 0.9**step) * first / size)
            if report is not None and step % 20 == 0:
                report(step, steps)
        return self

    def encode(self, x: Tensor) -> Tensor:
        """Codes (N, size) of examples (N, *event_shape)."""
        flat = x.flatten(1)
        if self.codes == "linear":
            return affine(flat, self.into, self.shift)
        return torch.cat([self._search_codes(part, 60) for part in flat.split(2_000)])

    def decode(self, z: Tensor) -> Tensor:
        """Means (N, *event_shape)."""
        return torch.sigmoid(affine(z, self.weight, self.bias)).view(len(z), *self.event_shape)

    def decoder_layers(self) -> list[DenseLayer]:
        """sigmoid(bias + z W)."""
        return [DenseLayer(self.weight.t(), self.bias, "sigmoid")]

    def state(self) -> dict[str, Tensor]:
        """What `of_state` needs."""
        return {name: getattr(self, name) for name in self._STATE}

    @classmethod
    def of_state(cls, state: dict[str, Tensor], event_shape: tuple[int, ...]) -> LogisticPCA:
        """The fitted one with linear codes whose `state` this is."""
        found = cls(len(state["weight"]))
        found.event_shape = event_shape
        for name in cls._STATE:
            setattr(found, name, state[name])
        return found

    def _search_codes(self, u: Tensor, steps: int, start: Tensor | None = None) -> Tensor:
        """Codes (N, size) that minimise cross-entropy + penalty |z|^2 / 2, by majorisation: the curvature of
        log(1 + e^y) is at most 1/4, so a step by the inverse of W W' / 4 + penalty always goes down (Böhning & Lindsay
        1988); momentum (Nesterov 1983) on top."""
        bound = (self.weight @ self.weight.t() / 4).double() + self.penalty * torch.eye(self.size)
        inverse = torch.linalg.inv(bound).float()
        back = (self.weight.t() @ inverse).contiguous()  # (D, size)
        z = ahead = u.new_zeros(len(u), self.size) if start is None else start
        for step in range(steps):
            gap = torch.sigmoid(affine(ahead, self.weight, self.bias)).sub_(u)
            fresh = ahead - affine(gap, back) - self.penalty * (ahead @ inverse)
            ahead = fresh + step / (step + 3) * (fresh - z)
            z = fresh
        return z


class LSA(LinearCode):
    """Latent semantic analysis: a truncated singular value decomposition of word shares (Deerwester et al. 1990)."""

    smoothing = 0.1

    def __init__(self, size: int) -> None:
        require(size >= 1, "size", size, "at least 1")
        self.size = size

    def fit(self, x: Tensor, seed: int = 0) -> LSA:
        """To training word counts x (N, V), through scikit-learn's `TruncatedSVD`."""
        from sklearn.decomposition import TruncatedSVD

        require(self.size < math.prod(x.shape[1:]), "size", self.size, "less than the number of words")
        with np.errstate(invalid="ignore"):  # of equal documents it divides by their variance, for what is not used
            fitted = TruncatedSVD(self.size, random_state=seed).fit(_shares(x).numpy())
        self.components = torch.from_numpy(fitted.components_).float()
        counted = x.float().sum(0) + 1
        self.common = counted / counted.sum()
        return self

    def encode(self, x: Tensor) -> Tensor:
        """Codes (N, size) of word counts (N, V)."""
        return _shares(x) @ self.components.t()

    def decode(self, z: Tensor) -> Tensor:
        """Shares of the words (N, V). A linear reconstruction may be negative: it is cut at zero, made to sum to one,
        and mixed with the shares of all words (`smoothing` of them), so that no word is impossible."""
        back = (z @ self.components).clamp_min(0)
        back = back / back.sum(1, keepdim=True).clamp_min(1e-12)
        return (1 - self.smoothing) * back + self.smoothing * self.common

    def errors_by_size(self, x: Tensor, most: int) -> Tensor:
        """Perplexity of documents x (N, V) with 1, 2, ... `most` components: (most,)."""
        parts = [LSA.of_state({"components": self.components[:k], "common": self.common}) for k in range(1, most + 1)]
        return torch.tensor([perplexity(x, part.decode(part.encode(x))) for part in parts])

    def state(self) -> dict[str, Tensor]:
        """What `of_state` needs."""
        return {"components": self.components, "common": self.common}

    @classmethod
    def of_state(cls, state: dict[str, Tensor], event_shape: tuple[int, ...] = ()) -> LSA:
        """The fitted one whose `state` this is."""
        found = cls(len(state["components"]))
        found.components, found.common = state["components"], state["common"]
        return found


def perplexity(counts: Tensor, shares: Tensor) -> float:
    """exp of the mean over documents of -sum_i share_i log p_i, for word counts (N, V) and the shares p (N, V) that are
    expected; documents without words are left out, NaN where none is left."""
    full = counts.flatten(1).sum(1) > 0
    cost = -(_shares(counts[full]) * shares.flatten(1)[full].clamp_min(1e-30).log()).sum(1).double()
    return math.exp(float(cost.mean())) if len(cost) else math.nan


def _shares(x: Tensor) -> Tensor:
    x = x.flatten(1).float()
    return x / x.sum(1, keepdim=True).clamp_min(1)
