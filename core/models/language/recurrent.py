"""Recurrent networks for text: what was read stands in a state of fixed size, which every token changes.

    LSTM    c' = f c + i tanh(g)      h' = o tanh(c')      i, f, o, g from W x + U h    (Hochreiter & Schmidhuber 1997)
    GRU     h' = z h + (1 - z) tanh(W x + r U h)           z, r from W x + U h          (Cho et al. 2014)

One layer's h is the next one's x; the last tells the next token. Graves 2013 wrote texts with such nets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor, nn

from core.config.fields import setting
from core.config.presets import Preset, TrainConfig
from core.models.language.base import LOSS, METRICS, Cache, LanguageConfig, LanguageModel, refit_config
from core.numerics.sampling import dropout

FAMILY, NAME = "recurrent", "recurrent network"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "Recurrent", "RecurrentConfig", "build", "refit"]


@dataclass(frozen=True)
class RecurrentConfig(LanguageConfig):
    """Layers of equal width over tokens."""

    cell: Literal["lstm", "gru"] = setting("lstm", "Recurrent cell.")
    width: int = setting(512, "Units per layer.", low=1, high=8_192)
    layers: int = setting(1, "Number of layers.", low=1, high=20)
    embedding: int = setting(64, "Embedding dimensions.", low=1, high=8_192)
    dropout: float = setting(0.2, "Dropout rate between layers.", low=0, below=1)


Config = RecurrentConfig


class Recurrent(LanguageModel):
    """V tokens, H units a layer, n texts, T tokens at once."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__(config)
        cell = nn.LSTM if config.cell == "lstm" else nn.GRU
        sizes = (config.embedding, *[config.width] * (config.layers - 1))
        self.embed = nn.Embedding(config.tokens + 1, config.embedding)  # the last is the beginning of a text
        self.cells = nn.ModuleList(cell(size, config.width, batch_first=True) for size in sizes)
        self.out = nn.Linear(config.width, config.tokens)
        if config.cell == "lstm":
            for made in self.cells:  # to remember is the first habit (Gers, Schmidhuber & Cummins 2000)
                nn.init.constant_(made.bias_hh_l0[config.width : 2 * config.width], 1.0)

    def init_cache(self, n: int) -> Cache:
        """h (n, layers, H), for an LSTM also c."""
        zeros = self.out.weight.new_zeros(n, self.config.layers, self.config.width)
        return {name: zeros.clone() for name in ("hc" if self.config.cell == "lstm" else "h")}

    def forward_cached(
        self, x: Tensor, cache: Cache, lengths: np.ndarray, generator: Generator | None = None
    ) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T)."""
        return self.out(dropout(self.hidden_states(x, cache, generator)[-1], self.config.dropout, generator))

    def hidden_states(self, x: Tensor, cache: Cache, generator: Generator | None = None) -> list[Tensor]:
        """h of every layer after each of the tokens x (n, T), from the state in `cache`, which goes on: (n, T, H)."""
        u, found = self.embed(x), []
        for i, cell in enumerate(self.cells):
            before = [cache[name][:, i][None].contiguous() for name in cache]
            u, after = cell(dropout(u, self.config.dropout, generator), tuple(before) if len(before) > 1 else before[0])
            if not torch.is_grad_enabled():
                for name, state in zip(cache, after if len(before) > 1 else (after,), strict=True):
                    cache[name][:, i] = state[0]
            found.append(u)
        return found

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every layer's state."""
        return {f"layer-{i}": self.config.width for i in range(1, self.config.layers + 1)}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """h of every layer, the mean over the tokens x (N, T)."""
        states = self.hidden_states(self._with_beginning(x.long()), self.init_cache(len(x)))
        return self._averaged(self.layer_sizes, states)


build = Recurrent
refit = partial(refit_config, what="a recurrent network")


_TRAIN = TrainConfig(
    epochs=6,
    batch_size=16,
    optimiser="adam",
    lr=0.003,
    lr_schedule="cosine",
    average=0.999,
    clip=1.0,
    precision="bfloat16",
)
_SMALL = RecurrentConfig(width=256, dropout=0.3)


def _presets(data: str, what: str, config: RecurrentConfig, train: TrainConfig) -> tuple[Preset, ...]:
    return tuple(
        Preset(
            f"{data}-{cell}",
            f"{what} · {cell.upper()}, {config.width} units",
            FAMILY,
            data,
            "characters",
            replace(config, cell=cell),
            train,
        )
        for cell in ("lstm", "gru")
    )


PRESETS = (
    *_presets("shakespeare", "Tiny Shakespeare", RecurrentConfig(dropout=0.3), _TRAIN),
    *_presets("help", "Python reference", _SMALL, replace(_TRAIN, epochs=10)),
)
