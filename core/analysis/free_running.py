"""Images predicted one pixel ahead of the truth, and images that a model goes on with from what it drew itself."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from core.config.fields import require
from core.evaluation.score import standard_error
from core.models.autoregressive.base import AutoregressiveModel, log_probs, steps
from core.numerics.sampling import temperature_softmax


@torch.no_grad()
def one_step_ahead(model: AutoregressiveModel, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """What each place of x (N, D) should hold by the true ones before it: mean and likeliest level, (N, D) each."""
    probs = temperature_softmax(model.logits(x, labels), 1.0)
    return probs @ torch.arange(model.levels, dtype=probs.dtype), probs.argmax(2)


@torch.no_grad()
def free_run(
    model: AutoregressiveModel, x: Tensor, t: int, generator: Generator, labels: Tensor | None = None
) -> Tensor:
    """Each x (N, D) as far as its first t places in the model's order, and drawn from there on: (N, D)."""
    require(0 <= t <= x.shape[1], "t", t, f"0 to {x.shape[1]}")
    state = model.start(len(x), labels)
    noise = torch.rand(state.values.shape, generator=generator)
    model.append_many(state, x[:, model.order[:t]])
    for _ in steps(model, state, noise):
        pass
    return state.values


@dataclass(frozen=True, eq=False)
class ExposureBias:
    """How images go on from their first t places, in truth and as the model draws them: by place in its order, (D,)
    each.

    truth           mean log p of the true levels, each given the true ones before it, nats
    own             the same of what the model drew, given what it drew before
    match_probs     chance that a draw from the true past meets the true level
    match_share     share of the drawn places that hold the true level
    gap, error      sum of own - truth over the places from t on, a mean over images with its standard error
    """

    truth: Tensor
    own: Tensor
    match_probs: Tensor
    match_share: Tensor
    gap: float
    error: float


@torch.no_grad()
def exposure_bias(
    model: AutoregressiveModel, x: Tensor, t: int, generator: Generator, labels: Tensor | None = None
) -> ExposureBias:
    """The images x (N, D) against what the model makes of their first t places; a model that has the data's own
    distribution has `own` and `truth` alike on average, however long it runs."""
    drawn = free_run(model, x, t, generator, labels)
    truth, own = (log_probs(model, y, labels)[:, model.order] for y in (x, drawn))
    apart = (own - truth)[:, t:].sum(1)
    error = standard_error(apart) or 0.0
    matches = (drawn == x)[:, model.order].float()
    return ExposureBias(truth.mean(0), own.mean(0), truth.exp().mean(0), matches.mean(0), float(apart.mean()), error)
