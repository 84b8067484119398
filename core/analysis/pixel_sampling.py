"""Films of images that a model paints pixel by pixel: what it drew at each place, and what it had predicted there.

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
from core.models.autoregressive.base import Autoregressive, picked, steps


@dataclass(frozen=True)
class Strokes:
    """Places `first` to `first + k - 1` of the order, of n images.

    values    (n, k) uint8 levels
    logits    (n, k, L) what the model told of each place before it was painted, without temperature
    nats      (n, k) -log p of what was painted there, under these logits
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
def paint(
    model: Autoregressive,
    noise: Tensor,
    labels: Tensor | None = None,
    order: Tensor | None = None,
    temperature: float = 1.0,
    given: Tensor | None = None,
    after: int | None = 0,
    at_once: int = 1,
) -> Iterator[Strokes]:
    """The film of len(noise) images, `at_once` places at a time, from place number `after` of the order on.

    noise    (n, D), see `core.models.autoregressive.base.steps`; labels (n,) classes, where the model is told them
    given    (D,) levels by flat index that all images share; -1 where the model paints. The first `after` places of
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
    told = given[state.order]  # (D,) in order
    past = int((told >= 0).long().cumprod(0).sum())
    after = past if after is None else after
    require(0 <= after <= past, "after", after, f"at most {past}, how many places of the order are given first")

    def painted() -> Iterator[tuple[Tensor, Tensor]]:
        model.skip(state, told[:after].expand(len(state.values), -1))
        for value in told[after:past]:  # one image for each class: all images agree so far
            yield model.next_logits(state)[rows], value.expand(n)
            model.feed(state, value.expand(len(state.values)))
        for step in steps(model, state.branch(rows), noise, temperature, given.expand(n, -1)):
            yield step.logits, step.values

    first, logits, values = after, [], []
    for each, value in painted():
        logits.append(each)
        values.append(value)
        if len(values) == at_once or first + len(values) == places:
            both = torch.stack(logits, 1), torch.stack(values, 1)
            yield Strokes(first, both[1].to(torch.uint8), both[0], -picked(*both))
            first, logits, values = first + len(values), [], []
