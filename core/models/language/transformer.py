"""Transformer decoders: each token looks back at those before it and takes from them what it needs.

    u = E x                                       then in each layer
    u = u + A(norm u)      A: softmax(q k / sqrt d) v over the beginning and the last tokens, in several heads
    u = u + W2 gelu(W1 norm u)                    at the end: logits = norm(u) E^T

Queries and keys are turned by an angle that grows with the place, so that q k depends on how far apart two tokens are
and a text may be of any length (Su et al. 2021). The beginning stays in sight, never further back than in training:
heads rest on it where they look for nothing (Xiao et al. 2024).

Source: Vaswani et al. 2017; norms first as in Radford et al. 2019.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.language.base import LOSS, METRICS, Cache, LanguageConfig, LanguageModel, refitted
from core.numerics.sampling import dropped

FAMILY, NAME = "transformer", "Transformer"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "Transformer", "TransformerConfig", "build"]


HELD = 2**26  # numbers of what a text leaves behind while it is read on: 0.5 GB of keys, and as much of values


@dataclass(frozen=True)
class TransformerConfig(LanguageConfig):
    """A stack of equal layers over tokens."""

    width: int = setting(160, "Numbers that stand for a token between layers.", low=2, high=4_096)
    layers: int = setting(6, "Layers.", low=1, high=100)
    heads: int = setting(
        5, "Places that a token looks at in each layer, with a part of the width each.", low=1, high=64
    )
    span: int = setting(
        256, "Tokens that are looked at, the token itself and the beginning among them.", low=2, high=100_000
    )
    dropout: float = setting(0.1, "Share of each layer's contributions left out in training.", low=0, below=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.width % (2 * self.heads) == 0, "heads", self.heads, f"so that width={self.width} / heads is even")
        held = self.span * self.width * self.layers
        require(held <= HELD, "span", self.span, f"so that span * width * layers is at most {HELD:,}, here {held:,}")


Config = TransformerConfig


class Layer(nn.Module):
    """Attention, then a layer of its own for every token; C is the width."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c, self.config = config.width, config
        self.look, self.think = nn.LayerNorm(c, bias=False), nn.LayerNorm(c, bias=False)
        self.into, self.out = nn.Linear(c, 3 * c, bias=False), nn.Linear(c, c, bias=False)
        self.up, self.down = nn.Linear(c, 4 * c, bias=False), nn.Linear(4 * c, c, bias=False)

    def parts(self, u: Tensor, turn: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of u (n, T, C): (n, heads, T, C / heads) each, the first two turned."""
        n, t, _ = u.shape
        q, k, v = self.into(self.look(u)).view(n, t, 3, self.config.heads, -1).permute(2, 0, 3, 1, 4)
        return turned(q, turn), turned(k, turn), v

    def after(self, u: Tensor, seen: Tensor, generator: Generator | None) -> Tensor:
        """u (n, T, C) with what was seen (n, heads, T, C / heads), and what is made of it."""
        share = self.config.dropout
        u = u + dropped(self.out(seen.transpose(1, 2).flatten(2)), share, generator)
        return u + dropped(self.down(F.gelu(self.up(self.think(u)))), share, generator)


class Transformer(LanguageModel):
    """V tokens, width C, n texts, T tokens at once."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.embed = nn.Embedding(config.tokens + 1, config.width)  # the last is the beginning of a text
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                ends = name.endswith(("out.weight", "down.weight"))  # those are summed over all layers
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.layers) if ends else 0.02)

    def begin(self, n: int) -> Cache:
        """`held`: how many of the last tokens read stand in `_room`."""
        return {"held": 0}

    def _room(self, n: int) -> Cache:
        """keys, values (n, layers, heads, R, d), the first `held` in use; the oldest go when R are held."""
        config = self.config
        shape = (n, config.layers, config.heads, 2 * config.span, config.width // config.heads)
        return {name: self.embed.weight.new_zeros(shape) for name in ("keys", "values")}

    def follow(self, x: Tensor, cache: Cache, length: int, generator: Generator | None = None) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T)."""
        if torch.is_grad_enabled():  # in training nothing was read before, and nothing will be
            return self(x, generator)
        parts = x.split(self.config.span, 1)
        read, found = length, []
        for part in parts:
            found.append(self._logits(self._cached(part, cache, read)))
            read += part.shape[1]
        return torch.cat(found, 1)

    def attention(self, x: Tensor) -> Tensor:
        """Where each token of the texts x (n, T) looks when they are read from their beginning, in all layers and
        heads: (n, layers, heads, T, T + 1), rows of shares; column 0 is the beginning."""
        ids = torch.cat([x.new_full((len(x), 1), self.beginning), x], 1)
        turn = self._turn(torch.arange(ids.shape[1]))
        u, found = self.embed(ids), []
        for layer in self.layers:
            q, k, v = layer.parts(u, turn)
            shares = self._shares(q, k, 0)
            found.append(shares[:, :, 1:])
            u = layer.after(u, shares @ v, None)
        return torch.stack(found, 1)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T), the first of which is the beginning."""
        t = x.shape[1]
        turn = self._turn(torch.arange(t))
        u = dropped(self.embed(x), self.config.dropout, generator)
        for layer in self.layers:
            q, k, v = layer.parts(u, turn)
            if t <= self.config.span:  # all of them are in sight
                seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                seen = self._shares(q, k, 0) @ v
            u = layer.after(u, seen, generator)
        return self._logits(u)

    def _cached(self, x: Tensor, cache: Cache, length: int) -> Tensor:
        """What `forward` has before its logits, after `length` tokens, the first and last of which stand in the cache;
        at most `span` of x at once."""
        if not cache["held"]:
            cache |= self._room(len(x))
        keys, values, held, span = cache["keys"], cache["values"], cache["held"], self.config.span
        t, room = x.shape[1], keys.shape[3]
        if held + t > room:  # the oldest but the beginning are out of sight of all that comes
            for kept in (keys, values):
                kept[:, :, :, 1:span] = kept[:, :, :, held - span + 1 : held].clone()
            held = span
        turn = self._turn(torch.arange(length, length + t))
        u = self.embed(x)
        for i, layer in enumerate(self.layers):
            q, keys[:, i, :, held : held + t], values[:, i, :, held : held + t] = layer.parts(u, turn)
            k, v = keys[:, i, :, : held + t], values[:, i, :, : held + t]
            if length + t <= span:
                seen = F.scaled_dot_product_attention(q, k, v, attn_mask=self._mask(t, held + t))
            else:
                seen = self._shares(q, k, length) @ v
            u = layer.after(u, seen, None)
        cache["held"] = held + t
        return u

    def _shares(self, q: Tensor, k: Tensor, start: int) -> Tensor:
        """What each of the queries (n, heads, t, d), the places from `start` on, gives to the keys (n, heads, K, d), of
        which the first is the beginning's and the others end with the last query's: shares (n, heads, t, K)."""
        t, span = q.shape[2], self.config.span
        scores = q @ k.transpose(2, 3)
        if start + t > span:  # the beginning comes along, so that it is never more than span - 1 places back
            along = self._turn((torch.arange(start, start + t) - span + 1).clamp_min(0))
            beginning = turned(k[:, :, :1].expand(-1, -1, t, -1), along)  # (n, heads, t, d): one for each query
            scores = torch.cat([(q * beginning).sum(3, keepdim=True), scores[..., 1:]], 3)
        return (scores / math.sqrt(q.shape[3])).masked_fill(~self._mask(t, k.shape[2]), -math.inf).softmax(3)

    def _logits(self, u: Tensor) -> Tensor:
        return self.norm(u) @ self.embed.weight[: self.config.tokens].t()

    def _turn(self, places: Tensor) -> Tensor:
        """Angles of the places (T,), as cosine and sine: (2, T, d / 2)."""
        half = self.config.width // self.config.heads // 2
        like = self.embed.weight
        speed = 10_000 ** -(torch.arange(half, dtype=torch.float64) / half)  # on the CPU: MPS has no float64
        angle = places[:, None].double() * speed
        return torch.stack([angle.cos(), angle.sin()]).to(like.dtype).to(like.device)

    def _mask(self, queries: int, keys: int) -> Tensor:
        """(queries, keys): whether one is looked at; the last query is of the last key, the first key the beginning."""
        place = torch.arange(keys, device=self.embed.weight.device)
        back = place[keys - queries :, None] - place
        return (back >= 0) & ((back < self.config.span - 1) | (place == 0))


def turned(u: Tensor, turn: Tensor) -> Tensor:
    """Pairs of the numbers of u (n, heads, T, d), the first half with the second, turned by the angles of `turn`."""
    a, b = u.chunk(2, 3)
    cos, sin = turn.to(u.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], 3)


def build(config: TransformerConfig) -> Transformer:
    """A fresh model."""
    return Transformer(config)


def refit(config: TransformerConfig, kind: Kind, event_shape: tuple[int, ...]) -> TransformerConfig:
    """The config for another text. Raises `SettingError`."""
    return refitted(config, kind, event_shape, "a Transformer")


_TRAIN = TrainConfig(
    epochs=5,  # an hour of one core
    batch_size=16,
    optimiser="adam",
    lr=0.002,
    lr_schedule="cosine",
    weight_decay=0.05,
    average=0.999,
    clip=1.0,
    precision="bfloat16",
)
_SMALL = TransformerConfig(width=96, layers=4, heads=3, dropout=0.2)

PRESETS = (
    Preset(
        "shakespeare-transformer",
        "Tiny Shakespeare: six layers of 160, character by character",
        FAMILY,
        "shakespeare",
        "characters",
        TransformerConfig(),
        _TRAIN,
    ),
    Preset(
        "help-transformer",
        "Python's help: four layers of 96, character by character",
        FAMILY,
        "help",
        "characters",
        _SMALL,
        replace(_TRAIN, epochs=10),
    ),
    Preset(
        "help-transformer-pairs",
        "Python's help: four layers of 96, in pieces of words",
        FAMILY,
        "help",
        "pairs",
        replace(_SMALL, tokens=1_024, dropout=0.3),
        replace(_TRAIN, epochs=15),
    ),
)
