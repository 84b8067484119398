"""Sizes of layers for other data than those that they were chosen for."""

from __future__ import annotations

import math


def narrow_layers(layers: tuple[int, ...], event_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Scale hidden layers to the size of an example, 784 being the size that those of the presets were made for; none
    gets wider, and none narrower than 8 units unless it was."""
    share = min(1.0, math.prod(event_shape) / 784)
    return tuple(max(min(n, 8), round(n * share)) for n in layers)
