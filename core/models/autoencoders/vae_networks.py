"""Encoders and decoders of variational autoencoders: dense layers, or convolutions that halve the picture each."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.models.autoencoders.vae_config import VAEConfig
from core.numerics.matmul import affine


class Dense(nn.Linear):
    """A dense layer by the quickest product at hand."""

    def forward(self, x: Tensor) -> Tensor:
        return affine(x, self.weight.t(), self.bias)


class _FullPrecisionOnNarrowImages:
    """A convolution that works in the precision of its weights on images of one pixel's width.

    On processors with AMX the bfloat16 gradient of its weights is garbage there (torch 2.13: it reads memory that
    nothing has written).
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] > 1 or x.device.type != "cpu":
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.to(self.weight.dtype))


class Conv2d(_FullPrecisionOnNarrowImages, nn.Conv2d):
    """PyTorch's, see above."""


class ConvTranspose2d(_FullPrecisionOnNarrowImages, nn.ConvTranspose2d):
    """PyTorch's, see above."""


class DenseToPictures(Dense):
    """A dense layer whose output is shaped as small pictures (N, channels, h, w)."""

    def __init__(self, inputs: int, outputs: int, shape: tuple[int, int, int]) -> None:
        super().__init__(inputs, outputs)
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).unflatten(1, self.shape)


def networks(config: VAEConfig) -> tuple[nn.ModuleList, nn.ModuleList, int]:
    """Encoder, decoder, and the size of what the encoder gives."""
    return _dense(config) if config.net == "dense" else _convolutional(config)


def _dense(config: VAEConfig) -> tuple[nn.ModuleList, nn.ModuleList, int]:
    pixels = math.prod(config.event_shape)
    up = (pixels, *config.layers)
    down = (config.latent, *reversed(config.layers), pixels * config.outputs)
    return _chain(up), _chain(down), up[-1]


def _convolutional(config: VAEConfig) -> tuple[nn.ModuleList, nn.ModuleList, int]:
    """With convolutions of stride 2 and one dense layer; each halves the picture, rounded up."""
    *channels, dense = config.layers
    sides = [config.event_shape]
    for _ in channels:
        sides.append(tuple(-(-n // 2) for n in sides[-1]))
    small = channels[-1] * math.prod(sides[-1])
    up = [Conv2d(a, b, 3, 2, 1) for a, b in zip([1, *channels], channels, strict=False)]
    out = [config.outputs, *channels]
    down = []
    for i in reversed(range(len(channels))):  # from the smallest picture to the whole one
        odd = tuple(big - (2 * half - 1) for big, half in zip(sides[i], sides[i + 1], strict=True))
        down.append(ConvTranspose2d(out[i + 1], out[i], 3, 2, 1, odd, bias=i > 0))
    small_pictures = DenseToPictures(dense, small, (channels[-1], *sides[-1]))
    encoder = nn.ModuleList([*up, Dense(small, dense)])
    return encoder, nn.ModuleList([Dense(config.latent, dense), small_pictures, *down]), dense


def _chain(sizes: tuple[int, ...]) -> nn.ModuleList:
    return nn.ModuleList(Dense(a, b) for a, b in zip(sizes, sizes[1:], strict=False))


def by_pixel(y: Tensor) -> Tensor:
    """Channels (N, L, h, w) as (N, D * L)."""
    return y.flatten(2).transpose(1, 2).flatten(1)
