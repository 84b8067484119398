"""Draws from the distributions that the models name. Randomness is always an argument."""

from __future__ import annotations

import torch
from torch import Tensor

_STEPS = 2**16


def bernoulli(probs: Tensor, generator: torch.Generator) -> Tensor:
    """Draw 0/1 with the given probabilities, exact to 24 bits; shape, type and device of `probs`."""
    noise = torch.rand(probs.shape, generator=generator, device=probs.device, dtype=torch.float32)
    return (noise < probs).to(probs.dtype)


def coarse_bernoulli(probs: Tensor, generator: torch.Generator) -> Tensor:
    """As `bernoulli`, from 16 random bits a draw: p is rounded to the nearest 1/65536, at a third of the cost.

    For training, where sums over many draws matter. (bfloat16 itself is coarser than that above p = 1/256.)
    """
    count = probs.numel()
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=probs.device)
    words.random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[:count].view(probs.shape)  # uniform on -32768 .. 32767
    threshold = probs.float().mul(_STEPS).sub_(_STEPS / 2 + 0.5)
    return torch.gt(threshold, bits, out=torch.empty_like(probs))


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
