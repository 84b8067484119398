"""Draws from the distributions that the models name. Randomness is always an argument."""

from __future__ import annotations

import torch
from torch import Tensor

_STEPS = 2**16


def bernoulli(probs: Tensor, generator: torch.Generator) -> Tensor:
    """Draw 0/1 with the given probabilities; shape, type and device of `probs`.

    Exact to the 24 bits of a float32 uniform for float32 and float64 probabilities. For half-precision ones
    (used in training only) 16 random bits decide: p is rounded to the nearest 1/65536, finer than bfloat16
    itself resolves above 1/256, and a draw costs a third of `torch.rand`.
    """
    if probs.dtype in (torch.bfloat16, torch.float16) and probs.device.type == "cpu":
        return coarse_bernoulli(probs, generator)
    noise = torch.rand(probs.shape, generator=generator, device=probs.device, dtype=torch.float32)
    return (noise < probs).to(probs.dtype)


def coarse_bernoulli(probs: Tensor, generator: torch.Generator) -> Tensor:
    """As `bernoulli`, from 16 random bits a draw, whatever the type of `probs`."""
    count = probs.numel()
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=probs.device)
    words.random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[:count].view(probs.shape)  # uniform on -32768 .. 32767
    threshold = probs.float().mul_(_STEPS).sub_(_STEPS / 2 + 0.5)
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
