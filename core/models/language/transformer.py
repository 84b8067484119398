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

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require, setting
from core.config.presets import Preset, TrainConfig
from core.models.language.base import LOSS, METRICS, Cache, LanguageConfig, LanguageModel, refit_config
from core.models.renamed_tensors import RenamedTensors
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
class Past:
    """What one layer keeps of `length` tokens read before and of their beginning.

    keys, values    (n, heads, R, d), the first `held` in use: the beginning's, then those of the last tokens
    """

    keys: Tensor
    values: Tensor
    held: int
    length: int

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Keep the keys and values (n, heads, T, d) of T more tokens; gives all that are held, (n, heads, held, d)."""
        end = self.held + k.shape[2]
        self.keys[:, :, self.held : end], self.values[:, :, self.held : end] = k, v
        return self.keys[:, :, :end], self.values[:, :, :end]


class Attention(nn.Module):
    """Causal self-attention in several heads over the beginning and the last tokens; C is the width, d = C / heads."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c, self.heads, self.span = config.width, config.heads, config.span
        self.qkv, self.proj = nn.Linear(c, 3 * c, bias=False), nn.Linear(c, c, bias=False)

    def forward(self, u: Tensor, angles: Tensor, past: Past | None = None) -> Tensor:
        """(n, T, C) for u (n, T, C), the angles of its places, and what was read before it."""
        q, k, v = self._heads(u, angles)
        if past is None and u.shape[1] <= self.span:  # all of them are in sight
            return self._merge(F.scaled_dot_product_attention(q, k, v, is_causal=True))
        start = 0
        if past is not None:
            (k, v), start = past.append(k, v), past.length
        if start + u.shape[1] <= self.span:
            mask = self._mask(q.shape[2], k.shape[2], u.device)
            return self._merge(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
        return self._merge(self._weights(q, k, start) @ v)

    def with_weights(self, u: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
        """The same without a past, and the weights (n, heads, T, T) that every place gives to the others."""
        q, k, v = self._heads(u, angles)
        weights = self._weights(q, k, 0)
        return self._merge(weights @ v), weights

    def _heads(self, u: Tensor, angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of u (n, T, C): (n, heads, T, d) each, the first two rotated."""
        n, t, _ = u.shape
        q, k, v = self.qkv(u).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return apply_rotary(q, angles), apply_rotary(k, angles), v

    def _merge(self, heads: Tensor) -> Tensor:
        """(n, T, C) of what the heads saw, (n, heads, T, d)."""
        return self.proj(heads.transpose(1, 2).flatten(2))

    def _weights(self, q: Tensor, k: Tensor, start: int) -> Tensor:
        """What each of the queries (n, heads, t, d), the places from `start` on, gives to the keys (n, heads, K, d), of
        which the first is the beginning's and the others end with the last query's: (n, heads, t, K)."""
        t, span = q.shape[2], self.span
        scores = q @ k.transpose(2, 3)
        if start + t > span:  # the beginning comes along, so that it is never more than span - 1 places back
            along = rotary_angles((torch.arange(start, start + t) - span + 1).clamp_min(0), q.shape[3], self.qkv.weight)
            beginning = apply_rotary(k[:, :, :1].expand(-1, -1, t, -1), along)  # (n, heads, t, d): one for each query
            scores = torch.cat([(q * beginning).sum(3, keepdim=True), scores[..., 1:]], 3)
        mask = self._mask(t, k.shape[2], q.device)
        return (scores / math.sqrt(q.shape[3])).masked_fill(~mask, -math.inf).softmax(3)

    def _mask(self, queries: int, keys: int, device: torch.device) -> Tensor:
        """(queries, keys): whether one is looked at; the last query is of the last key, the first key the beginning."""
        place = torch.arange(keys, device=device)
        back = place[keys - queries :, None] - place
        return (back >= 0) & ((back < self.span - 1) | (place == 0))


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
        self, u: Tensor, angles: Tensor, past: Past | None = None, generator: Generator | None = None
    ) -> Tensor:
        u = u + dropout(self.attn(self.norm_attn(u), angles, past), self.dropout, generator)
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
        """`held`: how many of the last tokens read stand in the keys and values, made at the first token."""
        return {"held": 0}

    def _room(self, n: int) -> Cache:
        """keys, values (n, layers, heads, R, d), the first `held` in use; the oldest go when R are held."""
        config = self.config
        shape = (n, config.layers, config.heads, 2 * config.span, config.width // config.heads)
        return {name: self.embed.weight.new_zeros(shape) for name in ("keys", "values")}

    def forward_cached(self, x: Tensor, cache: Cache, length: int, generator: Generator | None = None) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T)."""
        if torch.is_grad_enabled():  # in training nothing was read before, and nothing will be
            return self(x, generator)
        read, found = length, []
        for part in x.split(self.config.span, 1):
            found.append(self._logits(self._forward_cached(part, cache, read)))
            read += part.shape[1]
        return torch.cat(found, 1)

    def attention(self, x: Tensor) -> Tensor:
        """Where each token of the texts x (n, T) looks when they are read from their beginning, in all layers and
        heads: (n, layers, heads, T, T + 1), rows of weights; column 0 is the beginning."""
        ids = torch.cat([x.new_full((len(x), 1), self.beginning), x], 1)
        angles = self._angles(0, ids.shape[1])
        u, found = self.embed(ids), []
        for block in self.layers:
            attended, weights = block.attn.with_weights(block.norm_attn(u), angles)
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
        angles, u = self._angles(0, x.shape[1]), self.embed(x)
        for block in self.layers:
            yield (u := block(u, angles))

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T), the first of which is the beginning."""
        angles = self._angles(0, x.shape[1])
        u = dropout(self.embed(x), self.config.dropout, generator)
        for block in self.layers:
            u = block(u, angles, generator=generator)
        return self._logits(u)

    def _forward_cached(self, x: Tensor, cache: Cache, length: int) -> Tensor:
        """What `forward` has before its logits, after `length` tokens, the first and last of which stand in the cache;
        at most `span` of x at once."""
        if not cache["held"]:
            cache |= self._room(len(x))
        keys, values, held, span = cache["keys"], cache["values"], cache["held"], self.config.span
        t = x.shape[1]
        if held + t > keys.shape[3]:  # the oldest but the beginning are out of sight of all that comes
            for kept in (keys, values):
                kept[:, :, :, 1:span] = kept[:, :, :, held - span + 1 : held].clone()
            held = span
        angles = self._angles(length, t)
        u = self.embed(x)
        for i, block in enumerate(self.layers):
            u = block(u, angles, Past(keys[:, i], values[:, i], held, length))
        cache["held"] = held + t
        return u

    def _logits(self, u: Tensor) -> Tensor:
        return self.norm(u) @ self.embed.weight[: self.config.tokens].t()

    def _angles(self, start: int, count: int) -> Tensor:
        return rotary_angles(
            torch.arange(start, start + count), self.config.width // self.config.heads, self.embed.weight
        )


def rotary_angles(places: Tensor, d: int, like: Tensor) -> Tensor:
    """Angles of the places (T,), as cosine and sine: (2, T, d / 2), of the type and on the device of `like`."""
    half = d // 2
    speed = 10_000 ** -(torch.arange(half, dtype=torch.float64) / half)  # on the CPU: MPS has no float64
    angle = places[:, None].double() * speed
    return torch.stack([angle.cos(), angle.sin()]).to(like.dtype).to(like.device)


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
