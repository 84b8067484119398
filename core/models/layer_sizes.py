"""Sizes of layers for other data than those that they were chosen for, and of feature maps as representations."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

GRID = 4  # cells a side that feature maps are averaged over


def narrow_layers(layers: tuple[int, ...], event_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Scale hidden layers to the size of an example, 784 being the size that those of the presets were made for; none
    gets wider, and none narrower than 8 units unless it was."""
    share = min(1.0, math.prod(event_shape) / 784)
    return tuple(max(min(n, 8), round(n * share)) for n in layers)


def pool_positions(maps: Tensor) -> Tensor:
    """Feature maps (N, C, h, w) as vectors: averaged over the cells of a grid of GRID x GRID at most, so that what is
    where still counts: (N, C * cells)."""
    return F.adaptive_avg_pool2d(maps, [min(GRID, side) for side in maps.shape[2:]]).flatten(1)


def pooled_size(channels: int, shape: tuple[int, ...]) -> int:
    """How many numbers `pool_positions` makes of `channels` maps of this shape."""
    return channels * math.prod(min(GRID, side) for side in shape)
