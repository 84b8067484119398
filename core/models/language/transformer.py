"""Transformer decoders: each token attends to those before it.

    u = E x                                       then in each block
    u = u + A(norm u)      A: softmax(q k / sqrt d) v over the beginning and the last tokens, in several heads
    u = u + W2 gelu(W1 norm u)                    at the end: logits = norm(u) E^T

Queries and keys are rotated by an angle that grows with the place, so that q k depends on how far apart two tokens are
and a text may be of any length (Su et al. 2021). The beginning stays in sight, never further back than in training:
heads attend to it where they look for nothing (Xiao et al. 2024).

Source: Vaswani et al. 2017; norms first as in Radford et al. 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require, setting
from core.config.presets import Preset, TrainConfig
from core.models.language.base import LOSS, METRICS, Cache, LanguageConfig, LanguageModel, refit_config
from core.models.renamed_tensors import RenamedTensors
from core.numerics.cancel import check
from core.numerics.sampling import dropout

FAMILY, NAME = "transformer", "Transformer"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "Transformer", "TransformerConfig", "build"]


HELD = 2**26  # numbers of what a text leaves behind while it is read on: 0.5 GB of keys, and as much of values


@dataclass(frozen=True)
class TransformerConfig(LanguageConfig):
    """A stack of equal layers over tokens."""

    width: int = setting(160, "Model dimension (width of the residual stream).", low=2, high=4_096)
    layers: int = setting(6, "Number of layers.", low=1, high=100)
    heads: int = setting(5, "Attention heads per layer.", low=1, high=64)
    span: int = setting(256, "Context length in tokens, including the start token.", low=2, high=100_000)
    dropout: float = setting(0.1, "Dropout rate of each sublayer.", low=0, below=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.width % (2 * self.heads) == 0, "heads", self.heads, f"so that width={self.width} / heads is even")
        held = self.span * self.width * self.layers
        require(held <= HELD, "span", self.span, f"so that span * width * layers is at most {HELD:,}, here {held:,}")


Config = TransformerConfig


@dataclass
class Places:
    """Where the tokens (n, T) of a pass stand in their texts: the same for all layers; 1 for n where all are alike.

    angles    (2, n, 1, T, d / 2) of the tokens themselves
    along     (2, n, 1, T, d / 2) by how much the beginning comes along with each; None where it stays
    mask      (n, 1, T, K) which keys each looks at; None where at all of them, or at all that are not ahead
    causal    whether it is the latter
    slots     (n, T) where their keys go in the cache, of which `filled` slots are looked at
    """

    angles: Tensor
    along: Tensor | None
    mask: Tensor | None
    causal: bool
    slots: Tensor | None = None
    filled: int = 0


class Attention(nn.Module):
    """Causal self-attention in several heads over the beginning and the last tokens; C is the width, d = C / heads."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c, self.heads, self.span = config.width, config.heads, config.span
        self.qkv, self.proj = nn.Linear(c, 3 * c, bias=False), nn.Linear(c, c, bias=False)

    def forward(self, u: Tensor, places: Places, past: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """(n, T, C) for u (n, T, C); `past` are keys and values (n, heads, R, d) of the cache, where there is one."""
        q, k, v = self._heads(u, places.angles)
        if past is not None:
            k, v = _kept(past[0], k, places), _kept(past[1], v, places)
        if places.along is None:
            heads = F.scaled_dot_product_attention(q, k, v, attn_mask=places.mask, is_causal=places.causal)
            return self._merge(heads)
        return self._merge(self._weights(q, k, places) @ v)

    def with_weights(self, u: Tensor, places: Places) -> tuple[Tensor, Tensor]:
        """The same without a past, and the weights (n, heads, T, T) that every place gives to the others."""
        q, k, v = self._heads(u, places.angles)
        weights = self._weights(q, k, places)
        return self._merge(weights @ v), weights

    def _heads(self, u: Tensor, angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of u (n, T, C): (n, heads, T, d) each, the first two rotated."""
        n, t, _ = u.shape
        q, k, v = self.qkv(u).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return apply_rotary(q, angles), apply_rotary(k, angles), v

    def _merge(self, heads: Tensor) -> Tensor:
        """(n, T, C) of what the heads saw, (n, heads, T, d)."""
        return self.proj(heads.transpose(1, 2).flatten(2))

    def _weights(self, q: Tensor, k: Tensor, places: Places) -> Tensor:
        """What each of the queries (n, heads, T, d) gives to the keys (n, heads, K, d), of which the first is the
        beginning's: (n, heads, T, K)."""
        scores = q @ k.transpose(2, 3)
        if places.along is not None:
            beginning = apply_rotary(k[:, :, :1], places.along)  # (n, heads, T, d): one for each query
            scores = torch.cat([(q * beginning).sum(3, keepdim=True), scores[..., 1:]], 3)
        if places.mask is not None:
            scores = scores.masked_fill(~places.mask, -math.inf)
        return (scores / math.sqrt(q.shape[3])).softmax(3)


def _kept(cache: Tensor, new: Tensor, places: Places) -> Tensor:
    """Keep the keys or values (n, heads, T, d) of T more tokens in the cache (n, heads, R, d), each in place of one
    that is out of sight from now on; gives all that the T look at, (n, heads, K, d)."""
    rows = torch.arange(len(new), device=new.device)[:, None]
    seen = None if new.shape[2] == 1 else torch.cat([cache[:, :, : places.filled], new], 2)
    cache[rows, :, places.slots] = new.transpose(1, 2)
    return cache[:, :, : places.filled] if seen is None else seen


class MLP(nn.Module):
    """A layer of its own for every token."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c = config.width
        self.fc, self.fc_proj = nn.Linear(c, 4 * c, bias=False), nn.Linear(4 * c, c, bias=False)

    def forward(self, u: Tensor) -> Tensor:
        return self.fc_proj(F.gelu(self.fc(u)))


class Block(nn.Module):
    """Attention, then the MLP, each added to what comes in."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.norm_attn, self.norm_mlp = (nn.LayerNorm(config.width, bias=False) for _ in range(2))
        self.attn, self.mlp = Attention(config), MLP(config)

    def forward(
        self,
        u: Tensor,
        places: Places,
        past: tuple[Tensor, Tensor] | None = None,
        generator: Generator | None = None,
    ) -> Tensor:
        u = u + dropout(self.attn(self.norm_attn(u), places, past), self.dropout, generator)
        return u + dropout(self.mlp(self.norm_mlp(u)), self.dropout, generator)


class Transformer(RenamedTensors, LanguageModel):
    """V tokens, width C, n texts, T tokens at once."""

    RENAMED = {  # the layers' tensors
        ".look.": ".norm_attn.",
        ".into.": ".attn.qkv.",
        ".out.": ".attn.proj.",
        ".think.": ".norm_mlp.",
        ".up.": ".mlp.fc.",
        ".down.": ".mlp.fc_proj.",
    }

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.embed = nn.Embedding(config.tokens + 1, config.width)  # the last is the beginning of a text
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                ends = name.endswith("proj.weight")  # those are summed over all layers
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.layers) if ends else 0.02)

    def init_cache(self, n: int) -> Cache:
        """`keys.i`, `values.i` (n, heads, span, d) of each layer i: in slot 0 those of the beginning, in the others
        those of the last tokens, made at the first."""
        return {}

    def forward_cached(
        self, x: Tensor, cache: Cache, lengths: np.ndarray, generator: Generator | None = None
    ) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T)."""
        if torch.is_grad_enabled():  # in training nothing was read before, and nothing will be
            return self(x, generator)
        found = []
        for part in x.split(self.config.span - 1, 1):  # no two of which need the same slot
            check()
            found.append(self._logits(self._forward_cached(part, cache, lengths)))
            lengths = lengths + part.shape[1]
        return torch.cat(found, 1)

    def attention(self, x: Tensor) -> Tensor:
        """Where each token of the texts x (n, T) looks when they are read from their beginning, in all layers and
        heads: (n, layers, heads, T, T + 1), rows of weights; column 0 is the beginning."""
        ids = torch.cat([x.new_full((len(x), 1), self.beginning), x], 1)
        places = self._places(ids.shape[1], causal=False)
        u, found = self.embed(ids), []
        for block in self.layers:
            attended, weights = block.attn.with_weights(block.norm_attn(u), places)
            found.append(weights[:, :, 1:])
            u = u + attended
            u = u + block.mlp(block.norm_mlp(u))
        return torch.stack(found, 1)

    @property
    def layer_sizes(self) -> dict[str, int]:
        """What every block hands on."""
        return {f"layer-{i}": self.config.width for i in range(1, self.config.layers + 1)}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The residual stream after every block, the mean over the tokens x (N, T)."""
        return self._averaged(self.layer_sizes, self._blocks(self._with_beginning(x.long())))

    def _blocks(self, x: Tensor) -> Iterator[Tensor]:
        places, u = self._places(x.shape[1]), self.embed(x)
        for block in self.layers:
            yield (u := block(u, places))

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T), the first of which is the beginning."""
        places = self._places(x.shape[1])
        u = dropout(self.embed(x), self.config.dropout, generator)
        for block in self.layers:
            u = block(u, places, generator=generator)
        return self._logits(u)

    def _forward_cached(self, x: Tensor, cache: Cache, lengths: np.ndarray) -> Tensor:
        """What `forward` has before its logits, after `lengths` (n,) tokens; at most span - 1 of x (n, T) at once."""
        if not cache:
            config = self.config
            shape = (len(x), config.heads, config.span, config.width // config.heads)
            names = [f"{kind}.{i}" for i in range(config.layers) for kind in ("keys", "values")]
            cache |= {name: self.embed.weight.new_zeros(shape) for name in names}
        places = self._places_after(lengths, x.shape[1])
        u = self.embed(x)
        for i, block in enumerate(self.layers):
            u = block(u, places, (cache[f"keys.{i}"], cache[f"values.{i}"]))
        return u

    def _logits(self, u: Tensor) -> Tensor:
        return self.norm(u) @ self.embed.weight[: self.config.tokens].t()

    def _places(self, count: int, causal: bool = True) -> Places:
        """Those of `count` tokens of which the first is the beginning, without a cache; with a mask where not
        `causal`."""
        place = np.arange(count)[None]
        return self._looking(place, place, causal and count <= self.config.span)

    def _places_after(self, lengths: np.ndarray, count: int) -> Places:
        """Those of `count` more tokens of texts of which `lengths` (n,) have been read, with a cache.

        Slot 0 keeps the beginning; the token at place p > 0 goes to slot 1 + (p - 1) % (span - 1), where the one at
        place p - span + 1 was, which no token from p on looks at. One token looks when its own key is in the cache;
        several look at the cache and at each other, then their keys go there.
        """
        turn, n = self.config.span - 1, 1 if (lengths == lengths[0]).all() else len(lengths)
        place = lengths[:n, None] + np.arange(count)  # (n, T)
        held = lengths[:n, None] + (count == 1)
        slot = np.arange(min(turn + 1, held.max()))
        key = np.where(slot > 0, slot + (held - 1 - slot) // turn * turn, 0)  # whose it is, the last that went there
        key = np.where(slot < held, key, _NONE)
        places = self._looking(place, key if count == 1 else np.concatenate([key, place], 1), causal=not len(slot))
        slots = np.where(place > 0, 1 + (place - 1) % turn, 0)
        places.slots, places.filled = torch.from_numpy(slots).to(self.embed.weight.device), len(slot)
        return places

    def _looking(self, place: np.ndarray, key: np.ndarray, causal: bool) -> Places:
        """Those of tokens at `place` (n, T) that look at keys of the places `key` (n, K)."""
        span, like = self.config.span, self.embed.weight
        d = self.config.width // self.config.heads
        angles, mask = rotary_angles(place, d, like), None
        along = rotary_angles((place - span + 1).clip(0), d, like) if place.max() >= span else None
        if not causal:
            back = place[:, :, None] - key[:, None]
            seen = (back >= 0) & ((back < span - 1) | (key == 0)[:, None])
            mask = None if seen.all() else torch.from_numpy(seen)[:, None].to(like.device)
        return Places(angles, along, mask, causal)


_NONE = 2**62  # the place of a key that is none yet: ahead of all


def rotary_angles(places: np.ndarray, d: int, like: Tensor) -> Tensor:
    """Angles of the places (n, T), as cosine and sine: (2, n, 1, T, d / 2), of the type and on the device of `like`."""
    half = d // 2
    angle = places[:, None, :, None] * 10_000.0 ** -(np.arange(half) / half)  # float64
    return torch.from_numpy(np.stack([np.cos(angle), np.sin(angle)])).to(like)


def apply_rotary(u: Tensor, angles: Tensor) -> Tensor:
    """Pairs of the numbers of u (n, heads, T, d), the first half with the second, rotated by the angles."""
    a, b = u.chunk(2, 3)
    cos, sin = angles.to(u.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], 3)


build = Transformer
refit = partial(refit_config, what="a Transformer")


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
        "Tiny Shakespeare · Transformer, 6 layers",
        FAMILY,
        "shakespeare",
        "characters",
        TransformerConfig(),
        _TRAIN,
    ),
    Preset(
        "help-transformer",
        "Python reference · Transformer, 4 layers",
        FAMILY,
        "help",
        "characters",
        _SMALL,
        replace(_TRAIN, epochs=10),
    ),
    Preset(
        "help-transformer-pairs",
        "Python reference · Transformer, 4 layers, BPE",
        FAMILY,
        "help",
        "pairs",
        replace(_SMALL, tokens=1_024, dropout=0.3),
        replace(_TRAIN, epochs=15),
    ),
)
