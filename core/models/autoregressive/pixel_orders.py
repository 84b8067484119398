"""Orders in which the pixels of an image can be predicted one after the other: permutations of its places.

An order is a tensor (D,) of flat indices (row by row, D = rows x columns); entry t is the place that comes t-th.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from core.config.fields import require

SLICE = 2  # every second row and column makes a slice, so that there are four

OrderName = Literal["raster", "reversed", "columns", "spiral", "random", "slices"]

ORDERS: dict[OrderName, str] = {
    "raster": "row by row, left to right",
    "reversed": "row by row, from the last pixel to the first",
    "columns": "column by column",
    "spiral": "in a spiral from the border inwards",
    "random": "in a fixed random order",
    "slices": "four interleaved low-resolution images (subscale slices), one after another",
}


def order(name: str, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """The order `name` (a key of `ORDERS`) of images of this shape, or of vectors (D,), which are one row: (D,) int64.

    `seed` matters for "random" only. "slices" is that of Menick & Kalchbrenner 2019 (subscale pixel networks).
    """
    require(name in ORDERS, "order", name, f"one of {', '.join(ORDERS)}")
    rows, columns = shape if len(shape) == 2 else (1, *shape)
    places = torch.arange(rows * columns).view(rows, columns)
    if name == "reversed":
        return places.flatten().flip(0)
    if name == "columns":
        return places.t().flatten()
    if name == "random":
        return torch.randperm(rows * columns, generator=torch.Generator().manual_seed(seed))
    if name == "spiral":
        return _spiral(places)
    if name == "slices":
        return torch.cat([places[i::SLICE, j::SLICE].flatten() for i, j in map(corner, range(SLICE**2))])
    return places.flatten()


def corner(s: int) -> tuple[int, int]:
    """Row and column of the first pixel of slice s."""
    return divmod(s, SLICE)


def _spiral(places: Tensor) -> Tensor:
    turns = []
    while places.numel():
        turns.append(places[0])
        places = places[1:].t().flip(0)  # the next side becomes the top row
    return torch.cat(turns)
