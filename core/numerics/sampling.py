"""Draws from the distributions that the models name. Randomness is always an argument."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from core.config.fields import require

_POOL = 2**22  # numbers of noise made once and used again
_LARGEST = 2**20  # of a draw from the pool; larger ones get noise of their own


class BatchGenerator(torch.Generator):
    """A generator that can draw for a whole batch of which its user has a part: part `rank` of `parts` equal ones.

    Draws of (n, ...) are then those rows of a draw of (parts * n, ...); generators in the same state stay in the same
    state, whichever part each of them is for. Only the functions here know of it, not PyTorch's own.
    """

    rank, parts = 0, 1

    @contextmanager
    def drawing_part(self, rank: int, parts: int) -> Iterator[None]:
        """While this holds, draws are for such a part."""
        self.rank, self.parts = rank, parts
        try:
            yield
        finally:
            self.rank, self.parts = 0, 1


def batch_rows(n: int, generator: torch.Generator) -> tuple[slice, int]:
    """Which rows of a whole batch the n at hand are, and how many that has."""
    rank, parts = getattr(generator, "rank", 0), getattr(generator, "parts", 1)
    return slice(rank * n, (rank + 1) * n), parts * n


def uniform(
    shape: Sequence[int], generator: torch.Generator, device: torch.device, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Noise (n, ...) even between 0 and 1."""
    rows, total = batch_rows(shape[0], generator)
    return torch.rand((total, *shape[1:]), generator=generator, device=device, dtype=dtype)[rows]


def normal(
    shape: Sequence[int], generator: torch.Generator, device: torch.device, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Noise (n, ...), standard normal."""
    rows, total = batch_rows(shape[0], generator)
    return torch.randn((total, *shape[1:]), generator=generator, device=device, dtype=dtype)[rows]


def categorical(probs: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one of K with the probabilities (N, K), float32 at least: (N,)."""
    rows, total = batch_rows(len(probs), generator)
    if total == len(probs):
        return torch.multinomial(probs, 1, generator=generator)[:, 0]
    noise = probs.new_empty(total, *probs.shape[1:]).exponential_(1, generator=generator)  # as `multinomial` does
    return (probs / noise[rows]).argmax(-1)


def bernoulli(probs: Tensor, generator: torch.Generator) -> Tensor:
    """Draw 0/1 with the given probabilities, exact to 24 bits; shape, type and device of `probs`."""
    noise = uniform(probs.shape, generator, probs.device)
    return (noise < probs).to(probs.dtype)


def dropout(u: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """u with a share of its numbers set to 0 and the others raised to keep the mean; as it is without generator."""
    if generator is None or not share:
        return u
    keep = uniform(u.shape, generator, u.device) < 1 - share
    return u * keep * (1 / (1 - share))


def pooled_bernoulli(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw 0/1 with log-odds `logits`, for training, where fresh noise costs more than the matrix product before it.

    sigmoid(x) is the chance that x exceeds logistic noise (no sigmoid is needed). The noise is a stretch of a pool that
    is always the same, at a place drawn from `generator`: each draw alone is right to 24 bits, but two draws may share
    noise. Sums over thousands of draws do not mind; an estimate should take `bernoulli`.
    """
    if _too_large_for_pool(logits, generator):
        return bernoulli(torch.sigmoid(logits), generator)
    noise = _stretch(_logistic_pool(logits.dtype), logits, generator)
    return torch.gt(logits, noise, out=torch.empty_like(logits))


def binarise(levels: Tensor, top: int, generator: torch.Generator) -> Tensor:
    """Draw 0/1 (float32), on with probability level / top, exactly; levels uint8 from 0 to `top`.

    Noise comes from a pool, as in `pooled_bernoulli`, except for large draws, such as a whole data set.
    """
    if _too_large_for_pool(levels, generator):
        noise = torch.randint(top, levels.shape, generator=generator, device=levels.device, dtype=torch.uint8)
    else:
        noise = _stretch(_level_pool(top), levels, generator)
    return torch.gt(levels, noise, out=torch.empty(levels.shape, device=levels.device))


def _too_large_for_pool(like: Tensor, generator: torch.Generator) -> bool:
    # on a GPU fresh noise is cheap, and reading where the stretch begins would wait for it
    return like.device.type != "cpu" or batch_rows(like.numel(), generator)[1] > _LARGEST


def _stretch(pool: Tensor, like: Tensor, generator: torch.Generator) -> Tensor:
    """Part of the pool with the shape of `like`, beginning at a random place."""
    own, count = batch_rows(like.numel(), generator)
    start = int(torch.randint(_POOL - count, (), generator=generator))
    return pool[start : start + count][own].view(like.shape)


@cache
def _logistic_pool(dtype: torch.dtype) -> Tensor:
    """Logistic noise, rounded down: a number of this type exceeds the rounded noise just when it exceeds the noise."""
    noise = torch.logit(torch.rand(_POOL, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    rounded = noise.to(dtype)
    return torch.where(rounded > noise, torch.nextafter(rounded, rounded.new_tensor(-math.inf)), rounded)


@cache
def _level_pool(top: int) -> Tensor:
    return torch.randint(top, (_POOL,), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def multinomial_counts(probs: Tensor, totals: Tensor, generator: torch.Generator) -> Tensor:
    """Draw word counts: row n spreads `totals[n]` words over the K words of `probs[n]`.

    probs (N, K), rows summing to one; totals (N,), whole numbers. Returns (N, K) counts of the type of `probs`.
    """
    counts = torch.zeros_like(probs)
    longest = int(totals.max()) if totals.numel() else 0
    if longest == 0:
        return counts
    words = torch.multinomial(probs, longest, replacement=True, generator=generator)  # (N, longest)
    kept = torch.arange(longest, device=probs.device) < totals[:, None]
    return counts.scatter_add_(1, words, kept.to(counts.dtype))


def ladder(replicas: int) -> Tensor:
    """Inverse temperatures (R,) for parallel tempering, from 1 down.

    Equal steps to 0.7 on the path to the base-rate model: with ten replicas on MNIST a chain changed class 288 times
    in 1,000 sweeps, against 43 times with steps to 0, where few swaps are accepted, and 29 times without tempering.
    """
    return torch.linspace(1.0, 0.7, replicas)


def swap_replicas(gap: Tensor, betas: Tensor, generator: torch.Generator) -> Tensor:
    """Which replica's state each replica takes over in one round of swaps between neighbours: (R, N) indices.

    gap (R, N): the part of each state's energy that beta multiplies; betas (R,). Swaps of r and s are accepted with
    probability min(1, exp((beta_r - beta_s) (gap_r - gap_s))), first for even r, then for odd ones.
    """
    replicas, n = gap.shape
    order = torch.arange(replicas, device=gap.device)[:, None].repeat(1, n)
    for first in (0, 1):
        for low in range(first, replicas - 1, 2):
            here, there = order[low].clone(), order[low + 1].clone()
            rise = gap.gather(0, here[None])[0] - gap.gather(0, there[None])[0]
            noise = torch.rand(n, generator=generator, device=gap.device)
            swap = noise.log() < (betas[low] - betas[low + 1]) * rise
            order[low] = torch.where(swap, there, here)
            order[low + 1] = torch.where(swap, here, there)
    return order


def temperature_softmax(logits: Tensor, temperature: float | Tensor) -> Tensor:
    """Probabilities softmax(logits / temperature) over the last axis, in float32 at least; temperature above 0, however
    little: one, or one for each distribution (n, 1)."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    below = logits - logits.amax(-1, keepdim=True)  # so that nothing overflows; at temperature 1 the same bits
    least = torch.finfo(torch.float32).tiny
    at_least = temperature.clamp_min(least) if isinstance(temperature, Tensor) else max(temperature, least)
    return (below / at_least).softmax(-1)


def inverse_cdf(probs: Tensor, noise: Tensor) -> Tensor:
    """The value of each distribution in whose stretch of [0, 1) the noise falls: (n,) for probs (n, L), noise (n,).

    Never one of probability 0, also where rounding leaves the sum below the noise.
    """
    edges = probs.cumsum(-1)
    within = noise.to(edges.dtype)[:, None] * edges[:, -1:]  # the sum is 1 but for rounding
    last = probs.shape[-1] - 1 - (probs > 0).flip(-1).to(torch.uint8).argmax(-1)
    return torch.minimum((edges <= within).sum(-1), last)


@dataclass(frozen=True)
class SamplingConfig:
    """How a value is chosen from what a model tells: temperature first, then what is left of the distribution.

    top_k    only the k likeliest; 0 for all
    top_p    the likeliest that together have at least this share (Holtzman et al. 2020)
    min_p    those with at least this share of the likeliest one's probability (Nguyen et al. 2024)
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        require(0 < self.temperature <= 100, "temperature", self.temperature, "above 0, at most 100")
        require(self.top_k >= 0, "top_k", self.top_k, "at least 0")
        require(0 < self.top_p <= 1, "top_p", self.top_p, "above 0, at most 1")
        require(0 <= self.min_p <= 1, "min_p", self.min_p, "between 0 and 1")

    @property
    def truncates(self) -> bool:
        """Whether it may leave a value out."""
        return bool(self.top_k) or self.top_p < 1 or self.min_p > 0

    def probs(self, logits: Tensor) -> Tensor:
        """Probabilities (n, L) from logits (n, L). The likeliest value always stays; equal ones stay together but for
        `top_k` and `top_p`, which keep the first."""
        return sampling_probs(logits, [self])


def sampling_probs(logits: Tensor, configs: Sequence[SamplingConfig]) -> Tensor:
    """Probabilities (n, L) from logits (n, L): by one config, or by one for each row, which gives the same bits as
    that row alone."""

    def column(name: str) -> Tensor:  # (n, 1), or (1, 1)
        numbers = [getattr(config, name) for config in configs]
        return torch.tensor(numbers, dtype=torch.promote_types(logits.dtype, torch.float32), device=logits.device)[
            :, None
        ]

    probs = temperature_softmax(logits, column("temperature") if len(configs) > 1 else configs[0].temperature)
    if not any(config.truncates for config in configs):
        return probs
    sorted_probs, order = probs.sort(dim=-1, descending=True, stable=True)
    top_k, top_p = column("top_k"), column("top_p")
    keep = (torch.arange(probs.shape[-1], device=logits.device) < top_k) | (top_k == 0)
    keep = keep & ((sorted_probs.cumsum(-1) - sorted_probs < top_p) | (top_p == 1))
    keep &= sorted_probs >= column("min_p") * sorted_probs[..., :1]
    kept = torch.zeros_like(probs).scatter(-1, order, sorted_probs * keep)
    return torch.where(column("truncates") > 0, kept / kept.sum(-1, keepdim=True), probs)
