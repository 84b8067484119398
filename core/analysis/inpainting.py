"""Missing parts of an image, filled by a model that draws place by place.

Missing places are drawn when their turn comes, given ones are held. What is drawn has not seen the given places still
to come; each drawing then stands for the right answer with the weight

    w = prod over given places i of p(x_i | places before i)        E w = p(given places)

(likelihood weighting: Fung & Chang 1990; Shachter & Peot 1990). Resampling by weight on the way, as a particle filter
does (Gordon, Salmond & Smith 1993), keeps more than a few drawings alive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor

from core.config.fields import require
from core.models.autoregressive.base import AutoregressiveModel, level_log_probs, log_probs
from core.numerics.cancel import check
from core.numerics.sampling import inverse_cdf, temperature_softmax

Region = Literal["lower", "right", "middle", "upper", "left"]

REGIONS: tuple[Region, ...] = ("lower", "right", "middle", "upper", "left")
RESAMPLE_BELOW = 0.5  # share of effective particles from which on they are resampled


def inpainting_mask(region: Region, shape: tuple[int, int]) -> Tensor:
    """The places that are missing, (D,) bool."""
    require(region in REGIONS, "hole", region, f"one of {', '.join(REGIONS)}")
    missing = torch.zeros(shape, dtype=torch.bool)
    rows, columns = shape
    sides = {
        "lower": (slice(rows // 2, rows), slice(None)),
        "upper": (slice(0, rows // 2), slice(None)),
        "right": (slice(None), slice(columns // 2, columns)),
        "left": (slice(None), slice(0, columns // 2)),
        "middle": (slice(rows // 4, rows - rows // 4), slice(columns // 4, columns - columns // 4)),
    }
    missing[sides[region]] = True
    return missing.flatten()


def order_given_first(order: Tensor, missing: Tensor) -> Tensor:
    """The order in which the given places come before the missing ones (D,), each part as in `order`."""
    return torch.cat([order[~missing[order]], order[missing[order]]])


@dataclass(frozen=True, eq=False)
class InpaintedParticles:
    """Drawings of one image whose missing places were filled.

    values       (n, D) levels
    log_weights  (n,) log of what each stands for, since it was last resampled
    after        (n,) log p of the given places that came after the first missing one, given all that came before them
                 in this drawing: what the filling made of them
    evidence     log of the mean weight: an estimate of log p(given places), on average too low
    """

    values: Tensor
    log_weights: Tensor
    after: Tensor
    evidence: float

    @property
    def effective(self) -> float:
        """(sum w)^2 / sum w^2: how many of the drawings carry the answer."""
        return effective_sample_size(self.log_weights)

    def resample(self, m: int, generator: Generator) -> Tensor:
        """m of the drawings (m, D), each as often as its weight says."""
        return self.values[systematic_resampling(self.log_weights, m, generator)]


def effective_sample_size(log_weights: Tensor) -> float:
    """(sum w)^2 / sum w^2."""
    return float((2 * log_weights.logsumexp(0) - (2 * log_weights).logsumexp(0)).exp())


def systematic_resampling(log_weights: Tensor, m: int, generator: Generator) -> Tensor:
    """m indices, each on average as often as its weight says: evenly spaced from one random beginning on (Kitagawa
    1996)."""
    edges = log_weights.double().softmax(0).cumsum(0)
    at = (torch.arange(m) + torch.rand((), generator=generator, dtype=torch.float64)) / m
    return torch.searchsorted(edges, at.to(edges) * edges[-1]).clamp_max(len(log_weights) - 1)


@torch.no_grad()
def inpaint(
    model: AutoregressiveModel,
    x: Tensor,
    missing: Tensor,
    n: int,
    generator: Generator,
    label: Tensor | None = None,
    order: Tensor | None = None,
    resample: bool = False,
) -> InpaintedParticles:
    """n ways in which the missing places of x (D,) may go on, drawn in `order`; `missing` (D,) bool.

    resample    by weight on the way, where few drawings carry it: a particle filter; else they stay apart
    """
    state = model.start(n, None if label is None else label.expand(n), order)
    noise = torch.rand(state.values.shape, generator=generator)
    after, evidence, began = torch.zeros(n), 0.0, False
    past = int((~missing[state.order]).long().cumprod(0).sum())  # given places that come before all missing ones
    first = state.order[:past]
    log_weights = log_probs(model, x[None], label, state.order)[0, first].sum().expand(n)
    model.append_many(state, x[first].expand(n, -1))
    for place in state.order[past:].tolist():
        check()
        logits = model.next_logits(state)
        if missing[place]:
            values, began = inverse_cdf(temperature_softmax(logits, 1.0), noise[:, place]), True
        else:
            values = x[place].expand(n)
            log_p = level_log_probs(logits[:, None], values[:, None])[:, 0]
            log_weights = log_weights + log_p
            after = after + log_p * began
        model.append(state, values)
        if resample and not missing[place] and effective_sample_size(log_weights) < RESAMPLE_BELOW * n:
            evidence += float(log_weights.logsumexp(0)) - math.log(n)
            rows = systematic_resampling(log_weights, n, generator)
            state, after, log_weights = state.branch(rows), after[rows], torch.zeros_like(log_weights)
    evidence += float(log_weights.logsumexp(0)) - math.log(n)
    return InpaintedParticles(state.values, log_weights, after, evidence)
