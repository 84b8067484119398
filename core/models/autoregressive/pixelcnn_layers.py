"""The settings of a gated PixelCNN, and one layer of it (see `core.models.autoregressive.pixelcnn`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.data.base import Kind
from core.models.autoregressive import base
from core.models.autoregressive.base import level_channels
from core.models.autoregressive.pixel_orders import SLICE, OrderName
from core.numerics.sampling import dropout


@dataclass(frozen=True)
class PixelCNNConfig:
    """`layers` gated layers of `channels` features over images (rows, columns)."""

    event_shape: tuple[int, ...]
    levels: int = setting(2, "Levels per pixel; 2 for binary pixels.", low=2, high=256)
    classes: int = setting(0, "Classes to condition on; 0: unconditional.", low=0, high=1_000)
    channels: int = setting(32, "Feature maps per stack.", low=1, high=1_000)
    layers: int = setting(8, "Number of gated layers.", low=1, high=100)
    kernel: int = setting(3, "Kernel size of all layers but the first, odd.", low=3, high=31)
    first: int = setting(7, "Kernel size of the first layer, odd.", low=3, high=31)
    slices: int = setting(
        1,
        "1: raster order; 2: subscale order (four interleaved slices).",
        low=1,
        high=2,
    )
    spread: float = setting(
        2.0,
        "Scale of the initial weights before gates, times 1/√fan-in; above 1 learns faster.",
        above=0,
        high=10,
    )
    dropout: float = setting(
        0.0,
        "Dropout rate after each gate; reduces overfitting of large networks.",
        low=0,
        below=1,
        added=True,
    )
    masks: Literal["right", "wrong"] = setting(
        "right",
        "Wrong masks let each output see its own pixel: the likelihood looks perfect, the samples are empty.",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(len(self.event_shape) == 2, "event_shape", self.event_shape, "rows and columns: images only")
        for name in ("kernel", "first"):
            require(getattr(self, name) % 2 == 1, name, getattr(self, name), "odd, so that the kernel has a centre")
        even = all(side % SLICE == 0 for side in self.event_shape)
        require(self.slices == 1 or even, "slices", self.slices, f"1 for images {self.event_shape} of odd sides")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes."""
        return base.accepts(self.levels)

    @property
    def order(self) -> OrderName:
        """In which order the pixels are predicted."""
        return "raster" if self.slices == 1 else "slices"


def gate(x: Tensor, dim: int = 1) -> Tensor:
    """tanh(-a / 2) sigmoid(a') of the halves a, a' of axis `dim`."""
    a, b = x.sigmoid().chunk(2, dim)
    return torch.addcmul(b, a, b, value=-2)


class Layer(nn.Module):
    """One layer of both stacks, C channels each. `above` sees `rows` rows, in the first layer those above a pixel, in
    others up to its own; `across` sees `left` pixels of the row, in the first layer those left of it, in others up to
    it."""

    def __init__(self, config: PixelCNNConfig, index: int) -> None:
        super().__init__()
        c = config.channels
        self.first, last = index == 0, index == config.layers - 1
        self.dropout = config.dropout
        self.width = config.first if self.first else config.kernel
        self.half = self.width // 2
        self.rows = self.half + 1
        self.left = self.half if self.first and config.masks == "right" else self.half + 1
        inside = level_channels(config.levels) if self.first else c
        self.above = nn.Conv2d(inside, 2 * c, (self.rows, self.width))
        self.across = nn.Conv2d(inside, 2 * c, (1, self.left))
        self.link = nn.Conv2d(2 * c, 2 * c, 1, bias=False)
        self.out = nn.Conv2d(c, c if last else 2 * c, 1, bias=False)  # S, and R where another layer follows

    def forward(
        self, v: Tensor, h: Tensor, condition: Tensor | None, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """v and h (N, inside, h, w), the condition (N, 4C, h, w) or what spreads to it: the next v, this layer's part
        of the prediction (N, C, h, w), and the next h (None in the last layer). `generator` draws the dropout."""
        beyond = int(self.first)  # the first layer's windows end one row above a pixel
        a = self.above(F.pad(v, (self.half, self.half, self.rows - 1 + beyond, -beyond)))
        b = self.across(F.pad(h, (self.half, self.left - 1 - self.half)))
        if condition is not None:
            a, b = a + condition[:, : a.shape[1]], b + condition[:, a.shape[1] :]
        out = self.out(dropout(gate(b + self.link(a)), self.dropout, generator))
        if out.shape[1] < a.shape[1]:
            return v, out, None
        skip, more = out.chunk(2, 1)
        return gate(a), skip, more if self.first else h + more
