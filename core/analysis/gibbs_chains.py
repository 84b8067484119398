"""Gibbs chains of an RBM, many at once, frame by frame: what the chains page plays.

A chain's state is its hidden layer, so a frame t holds a visible layer v_t, drawn from p(v | h_{t-1}), and the
hidden layer h_t drawn from p(h | v_t). The random numbers of frame t depend on the seed and t alone: the same start
gives the same film however it is cut into batches, and after a change of settings what differs is the change's doing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.config.fields import check_choices, require
from core.config.limits import MAX_CHAINS, MAX_FRAMES, MAX_SWEEPS
from core.models.boltzmann.rbm import RBM
from core.numerics.cancel import check
from core.numerics.sampling import bernoulli, ladder, swap_replicas

REPLICAS = 10

Sampler = Literal["gibbs", "cd", "pt"]


@dataclass(frozen=True)
class ChainSettings:
    """How the chains move.

    sampler       "gibbs": one long chain (what PCD follows); "cd": restarts after `cd_steps` sweeps (what CD-k sees);
                  "pt": parallel tempering with `REPLICAS` replicas on the path to the base-rate model
    temperature   T: all energies are divided by it; 1 for "pt"
    sweeps        Gibbs sweeps from frame to frame
    off           ablated hidden units: held at 0
    seed          of the random numbers
    """

    sampler: Sampler = "gibbs"
    temperature: float = 1.0
    sweeps: int = 1
    cd_steps: int = 10
    off: tuple[int, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        check_choices(self)
        require(0.05 <= self.temperature <= 20, "temperature", self.temperature, "between 0.05 and 20")
        require(1 <= self.sweeps <= MAX_SWEEPS, "sweeps", self.sweeps, f"between 1 and {MAX_SWEEPS}")
        require(1 <= self.cd_steps <= 10_000, "cd_steps", self.cd_steps, "between 1 and 10,000")
        require(0 <= self.seed < 2**31, "seed", self.seed, "between 0 and 2^31 - 1")


@dataclass(frozen=True)
class Clamp:
    """Visible units clamped to given values in every chain. mask (D,) bool, values (D,) in the model's own units."""

    mask: Tensor
    values: Tensor

    def apply(self, v: Tensor) -> Tensor:
        """v (..., D) with the clamped units set."""
        return torch.where(self.mask, self.values, v)


@dataclass
class Frames:
    """T frames of N chains. mean, sample: the visible layer's (T, N, D); hidden: (T, N, H), 0 or 1;
    free_energy: F(v_t), (T, N), in nats; replicas: (T, R, N, H) for parallel tempering."""

    mean: list[Tensor] = field(default_factory=list)
    sample: list[Tensor] = field(default_factory=list)
    hidden: list[Tensor] = field(default_factory=list)
    free_energy: list[Tensor] = field(default_factory=list)
    replicas: list[Tensor] = field(default_factory=list)


@torch.no_grad()
def run(
    model: RBM,
    settings: ChainSettings,
    start: Tensor,
    first: int,
    count: int,
    hidden: Tensor | None = None,
    clamp: Clamp | None = None,
    enough: Callable[[], bool] | None = None,
) -> Frames:
    """Frames `first` to `first + count - 1`; fewer, but one at least, where `enough()` becomes true on the way.

    start    (N, D) visible layers of frame 0, in the model's units
    hidden   (N, H), or (R, N, H) for "pt": the hidden layers of frame `first - 1`; None where `first` is 0
    """
    n, (visible, units) = len(start), model.W.shape
    require(1 <= n <= MAX_CHAINS, "chains", n, f"between 1 and {MAX_CHAINS}")
    require(1 <= count <= MAX_FRAMES, "count", count, f"between 1 and {MAX_FRAMES}")
    require(start.shape[1] == visible, "start", tuple(start.shape), f"(N, {visible})")
    require(all(0 <= j < units for j in settings.off), "off", settings.off, f"hidden units 0 to {units - 1}")
    if settings.sampler == "pt":
        require(settings.temperature == 1, "temperature", settings.temperature, "1 for parallel tempering")
    if (hidden is None) != (first == 0):
        raise ValueError(f"first={first}: the hidden layers of the frame before are needed for every frame but 0")
    on = torch.ones(units)
    on[list(settings.off)] = 0
    chain = _Tempered(model, settings, on, clamp) if settings.sampler == "pt" else _Plain(model, settings, on, clamp)
    start = clamp.apply(start) if clamp else start
    frames = Frames()
    h = hidden
    for t in range(first, first + count):
        # splitmix's odd constant spreads neighbouring (seed, t) over the generator's seeds
        generator = torch.Generator().manual_seed((settings.seed * 0x9E3779B97F4A7C15 + t) % 2**63)
        restart = t == 0 or (settings.sampler == "cd" and (t * settings.sweeps) % settings.cd_steps < settings.sweeps)
        if restart:
            mean = v = start
            h = chain.begin(v, generator)
        else:
            for _ in range(settings.sweeps):
                check()
                mean, v, h = chain.sweep(h, start, generator)
        frames.mean.append(mean)
        frames.sample.append(v)
        frames.hidden.append(h[0] if h.ndim == 3 else h)
        frames.free_energy.append(_free_energy(model, v, on))
        if h.ndim == 3:
            frames.replicas.append(h)
        if enough is not None and enough():
            break
    return frames


def multiply_adds(model: RBM, settings: ChainSettings, chains: int) -> int:
    """Multiplications (each with its addition) that the products of one frame take."""
    rows = chains * (REPLICAS if settings.sampler == "pt" else 1)
    return 2 * rows * settings.sweeps * model.W.numel()


class _Plain:
    """One chain each at temperature T. The state is h (N, H)."""

    def __init__(self, model: RBM, settings: ChainSettings, on: Tensor, clamp: Clamp | None) -> None:
        self.model, self.on, self.clamp = model, on, clamp
        self.beta = 1 / settings.temperature

    def begin(self, v: Tensor, generator: torch.Generator) -> Tensor:
        return bernoulli(self.model.hidden_probs(v, self.beta) * self.on, generator)

    def sweep(self, h: Tensor, like: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        mean = self.model.visible_probs(h * self.on, self.beta)
        v = self.model.sample_visible(mean, generator, self.beta, "heat", like)
        if self.clamp:
            mean, v = self.clamp.apply(mean), self.clamp.apply(v)
        return mean, v, self.begin(v, generator)


class _Tempered:
    """`REPLICAS` replicas a chain, the first at beta 1. The state is h (R, N, H)."""

    def __init__(self, model: RBM, settings: ChainSettings, on: Tensor, clamp: Clamp | None) -> None:
        self.model, self.on, self.clamp = model, on, clamp
        self.betas = ladder(REPLICAS)

    def begin(self, v: Tensor, generator: torch.Generator) -> Tensor:
        v = v.repeat(REPLICAS, 1)
        return self._hidden(v, generator, len(v) // REPLICAS)

    def sweep(self, h: Tensor, like: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        replicas, n, _ = h.shape
        column = self.betas.repeat_interleave(n)[:, None]  # (R*N, 1)
        h = (h * self.on).flatten(0, 1)
        mean = self.model.visible_probs(h, column, "base")
        v = self.model.sample_visible(mean, generator, column, "base", like)
        if self.clamp:
            mean, v = self.clamp.apply(mean), self.clamp.apply(v)
        gap = (self.model.energy(v, h) - self.model.base_energy(v)).view(replicas, n)
        order = swap_replicas(gap, self.betas, generator)[..., None]  # (R, N, 1)
        mean, v = (x.view(replicas, n, -1).gather(0, order.expand(-1, -1, x.shape[-1])) for x in (mean, v))
        return mean[0], v[0], self._hidden(v.flatten(0, 1), generator, n)

    def _hidden(self, v: Tensor, generator: torch.Generator, n: int) -> Tensor:
        column = self.betas.repeat_interleave(n)[:, None]
        return bernoulli(self.model.hidden_probs(v, column) * self.on, generator).view(REPLICAS, n, -1)


def _free_energy(model: RBM, v: Tensor, on: Tensor) -> Tensor:
    """F(v) at temperature 1 of the model without the ablated units: (N,)."""
    return model.visible_energy(v) - (F.softplus(model.hidden_input(v)) * on).sum(1)


def pack_bits(x: np.ndarray) -> np.ndarray:
    """0/1 along the last axis to bytes, most significant bit first, each row padded to whole bytes."""
    return np.packbits(x.astype(bool), axis=-1)


def unpack_bits(packed: np.ndarray, units: int) -> np.ndarray:
    """The inverse of `pack_bits` for rows of `units`. Raises ValueError where the row length is wrong."""
    if packed.shape[-1] != math.ceil(units / 8):
        raise ValueError(f"rows of {packed.shape[-1]} bytes cannot hold {units} units")
    return np.unpackbits(packed, axis=-1, count=units)
