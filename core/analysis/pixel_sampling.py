"""Films of images that a model samples pixel by pixel: what it drew at each place, and what it had predicted there.

A film can go on from any past: the places that are given and come first in the order are fed to the model once, and
its state is then branched into as many futures as are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.config.fields import require
from core.models.autoregressive.base import StepsAutoregressively, level_log_probs, steps


@dataclass(frozen=True)
class PixelSteps:
    """Places `first` to `first + k - 1` of the order, of n images.

    values    (n, k) uint8 levels
    logits    (n, k, L) what the model predicted of each place, without temperature
    nats      (n, k) -log p of what was drawn there, under these logits
    """

    first: int
    values: Tensor
    logits: Tensor
    nats: Tensor


def noise(seed: int, images: Sequence[int], places: int) -> Tensor:
    """What decides each draw, uniform on [0, 1): (n, places), by flat index. Row i belongs to (seed, images[i]) alone,
    so that an image is the same beside any others."""
    rows = [np.random.default_rng((seed, image)).random(places, np.float32) for image in images]
    return torch.from_numpy(np.stack(rows))


@torch.no_grad()
def sample_pixels(
    model: StepsAutoregressively,
    noise: Tensor,
    labels: Tensor | None = None,
    order: Tensor | None = None,
    temperature: float = 1.0,
    given: Tensor | None = None,
    after: int | None = 0,
    at_once: int = 1,
) -> Iterator[PixelSteps]:
    """The film of len(noise) images, `at_once` places at a time, from place number `after` of the order on.

    noise    (n, D), see `core.models.autoregressive.base.steps`; labels (n,) classes, where it is conditioned on them
    given    (D,) levels by flat index that all images share; -1 where the model draws. The first `after` places of
             the order must be given: the film leaves them out. None for as many as are given first.

    Raises `SettingError` for another `after`, `ValueError` for an order or classes that the model does not know.
    """
    require(temperature > 0, "temperature", temperature, "above 0")
    n, places = noise.shape
    given = torch.full((places,), -1, device=noise.device) if given is None else given.long()
    kinds, rows = (None, torch.zeros(n, dtype=torch.long, device=noise.device))
    if labels is not None:
        kinds, rows = labels.unique(return_inverse=True)
    state = model.start(1 if kinds is None else len(kinds), kinds, order)
    in_order = given[state.order]  # (D,) in order
    past = int((in_order >= 0).long().cumprod(0).sum())
    after = past if after is None else after
    require(0 <= after <= past, "after", after, f"at most {past}, how many places of the order are given first")

    def predictions_and_values() -> Iterator[tuple[Tensor, Tensor]]:
        model.append_many(state, in_order[:after].expand(len(state.values), -1))
        for value in in_order[after:past]:  # one image for each class: all images agree so far
            yield model.next_logits(state)[rows], value.expand(n)
            model.append(state, value.expand(len(state.values)))
        for step in steps(model, state.branch(rows), noise, temperature, given.expand(n, -1)):
            yield step.logits, step.values

    first, logits, values = after, [], []
    for each, value in predictions_and_values():
        logits.append(each)
        values.append(value)
        if len(values) == at_once or first + len(values) == places:
            both = torch.stack(logits, 1), torch.stack(values, 1)
            yield PixelSteps(first, both[1].to(torch.uint8), both[0], -level_log_probs(*both))
            first, logits, values = first + len(values), [], []
