"""Prototypical networks (Snell, Swersky & Zemel 2017): a code in which examples of one class are near each other.

A convolutional network f maps an image to a code. Given one example s_k of each class, the support, an image x is of

    p(k | x) = softmax_k( -t |f(x) - f(s_k)|^2 )

with t learned. Each update is an episode: of every class in the batch one example, at random, is the support, all
others are queries, and the loss is the cross-entropy of their classes. Classes that were never seen can be told apart
in the same way, by a single example of each.

Where the data have no classes, every example is one of its own, and an augmented copy is its query.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.augmentation import random_affine
from core.data.base import Kind
from core.models.capabilities import Metric
from core.models.layer_sizes import pool_positions, pooled_size

FAMILY, NAME = "prototypical", "prototypical network"

LOSS = Metric("Cross-entropy", "nats per query", "lower", "Of the queries' classes, among all classes of an episode.")
METRICS = {
    "accuracy": Metric(
        "One-shot accuracy",
        "fraction",
        "higher",
        "Held-out queries whose nearest support example is of their class, among all classes of the episode.",
    ),
}

COPY = 0.1  # spread of the augmentation that makes queries of examples without classes


@dataclass(frozen=True)
class Config:
    """Blocks of a convolution, pooling two by two (in the first `pools` of them), normalisation and ReLU."""

    event_shape: tuple[int, ...]
    channels: tuple[int, ...] = (32, 32, 32, 32)
    pools: int = setting(4, "Blocks, from the first, that pool places two by two.", low=0, high=10)
    turns: bool = setting(True, "Square images turned by 90, 180 and 270 degrees are new classes, in every update.")

    accepts = ("grey", "binary", "real")

    def __post_init__(self) -> None:
        check_settings(self)
        shape = self.event_shape
        require(len(shape) == 2 and min(shape) >= 1, "event_shape", shape, "the height and width of an image")
        sizes = self.channels
        require(bool(sizes) and all(1 <= n <= 1_024 for n in sizes), "channels", sizes, "1 to 1,024 each")


class PrototypicalNetwork(nn.Module):
    """Images are (N, H, W), codes (N, code_size)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        sizes = (1, *config.channels)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip(sizes, sizes[1:], strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in config.channels)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(self.code_size)))

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Sides of the maps after each block."""
        height, width = self.config.event_shape
        times = [min(i, self.config.pools) for i in range(1, len(self.config.channels) + 1)]
        return [(_halved(height, n), _halved(width, n)) for n in times]

    @property
    def code_size(self) -> int:
        """Numbers of a code."""
        return self.config.channels[-1] * math.prod(self.shapes[-1])

    def maps(self, x: Tensor) -> Iterator[Tensor]:
        """Feature maps (N, C, h, w) after each block."""
        u = x.unsqueeze(1).contiguous(memory_format=torch.channels_last)  # half again as fast on CPUs
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            u = convolution(u)
            if i < self.config.pools:
                u = F.max_pool2d(u, 2, ceil_mode=True)
            u = norm(u).relu()
            yield u

    def encode(self, x: Tensor) -> Tensor:
        """The code f(x): (N, code_size)."""
        *_, last = self.maps(x)
        return last.flatten(1)

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Blocks, their places averaged, and the code."""
        inner = zip(self.config.channels[:-1], self.shapes[:-1], strict=True)
        return {f"block-{i}": pooled_size(c, shape) for i, (c, shape) in enumerate(inner, 1)} | {"code": self.code_size}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each of these."""
        for i, maps in enumerate(self.maps(x), 1):
            inner = i < len(self.norms)
            yield (f"block-{i}", pool_positions(maps)) if inner else ("code", maps.flatten(1))

    def class_logits(self, x: Tensor, support: Tensor) -> Tensor:
        """How likely each image of x (N, H, W) is of the class of each of K images of the support: logits (N, K)."""
        return self._logits(self.encode(x), self.encode(support))

    def _logits(self, codes: Tensor, support: Tensor) -> Tensor:
        with torch.autocast(codes.device.type, enabled=False):  # small differences of large squares
            codes, support = codes.float(), support.float()
            away = codes.square().sum(1, keepdim=True) + support.square().sum(1) - 2 * codes @ support.t()
        return -self.log_scale.exp() * away

    def _episode(self, x: Tensor, generator: Generator, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (Q, K) of the queries, and their classes (Q,) among those of the episode."""
        support, queries, classes = split_episode(labels, generator)
        codes = self.encode(x)
        return self._logits(codes[queries], codes[support]), classes

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Cross-entropy of the queries of an episode, in nats; 0 where no class has two examples."""
        x, labels = _with_copies(x, generator) if labels is None else (x, labels)
        if self.config.turns and x.shape[1] == x.shape[2]:
            x, labels = with_turns(x, labels)
        logits, classes = self._episode(x, generator, labels)
        return {"loss": F.cross_entropy(logits, classes) if len(classes) else 0 * logits.sum()}

    @torch.no_grad()
    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """Accuracy in one episode of all these examples."""
        x, labels = _with_copies(x, generator) if labels is None else (x, labels)
        logits, classes = self._episode(x, generator, labels)
        return {"accuracy": float((logits.argmax(1) == classes).float().mean())} if len(classes) else {}


def split_episode(labels: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of the support (K,), one of each class at random; rows of the queries (Q,), all others; and which of the K
    the class of each query is (Q,)."""
    n = len(labels)
    order = torch.randperm(n, generator=generator, device=labels.device)
    classes = labels[order].unique(return_inverse=True)[1]  # from 0, in the drawn order
    first = torch.full((int(classes.max()) + 1,), n, device=labels.device)
    first = first.scatter_reduce(0, classes, torch.arange(n, device=labels.device), "amin")
    others = torch.ones(n, dtype=torch.bool, device=labels.device)
    others[first] = False
    return order[first], order[others], classes[others]


def with_turns(x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Images (N, S, S) turned by 0, 90, 180 and 270 degrees (4 N, S, S), and a class for each class and turn."""
    classes = labels.unique(return_inverse=True)[1]
    return torch.cat([x.rot90(k, (1, 2)) for k in range(4)]), torch.cat([4 * classes + k for k in range(4)])


def _with_copies(x: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Images without classes, an augmented copy of each, and a class for each of these pairs."""
    own = torch.arange(len(x), device=x.device)
    return torch.cat([x, random_affine(x, COPY, generator)]), torch.cat([own, own])


def _halved(side: int, times: int) -> int:
    for _ in range(times):
        side = -(-side // 2)
    return side


build = PrototypicalNetwork


def refit(config: Config, kind: Kind, event_shape: tuple[int, ...]) -> Config:
    """The config for other images. Raises `SettingError` for other data."""
    require(kind in Config.accepts, "kind", kind, "images for a prototypical network")
    require(len(event_shape) == 2, "event_shape", event_shape, "the height and width of an image")
    return dataclasses.replace(config, event_shape=event_shape)


PRESETS = (
    Preset(
        "omniglot-prototypical",
        "Omniglot · Prototypical network",
        FAMILY,
        "omniglot",
        "grey",
        Config((28, 28)),
        TrainConfig(
            epochs=50, batch_size=100, optimiser="adam", lr=0.003, lr_schedule="cosine", precision="bfloat16", warp=0.1
        ),
    ),
)
