"""WaveNet: every sample of a recording from those before it, by causal convolutions whose reach doubles from layer to
layer.

    u = E' x_t-1 + E x_t-2                          causal convolution of width 2 over the levels
    a = W [u_t-d, u_t] + V y                        d = 1, 2, 4, ...; y the class and the speaker
    g = tanh(a') * sigmoid(a'')                     halves of a
    u <- u + R g + r                                residual
    p(x_t | x_<t) = softmax(P relu(Q relu(sum S g)))    skip connections of all layers

van den Oord, Dieleman, Zen et al. 2016, "WaveNet: a generative model for raw audio". What a layer saw d samples ago
stands in a queue of d vectors, so that another sample costs one sample's work (Paine, Khorrami, Chang et al. 2016,
"Fast WaveNet generation algorithm").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require, setting
from core.config.presets import Preset, TrainConfig
from core.models.audio.base import LOSS, METRICS, AudioModel, Cache, ConditionalAudioConfig, refit_config, smooth_tables
from core.models.audio.gated_layer import GatedLayer
from core.models.audio.wavenet_cached import CachedWaveNet

FAMILY, NAME = "wavenet", "WaveNet"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "WaveNet", "WaveNetConfig", "build", "refit"]


@dataclass(frozen=True)
class WaveNetConfig(ConditionalAudioConfig):
    """`layers` gated layers of `channels` features, in `stacks` of equal depth whose dilations are 1, 2, 4, ..."""

    layers: int = setting(18, "Number of gated layers.", low=1, high=100)
    stacks: int = setting(
        2, "Stacks of layers; dilations double within a stack and start at 1 in each.", low=1, high=50
    )
    channels: int = setting(32, "Residual channels.", low=1, high=1_024)
    skip: int = setting(64, "Skip channels.", low=1, high=4_096)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.layers % self.stacks == 0, "stacks", self.stacks, f"a divisor of layers={self.layers}")
        require(self.layers // self.stacks <= 16, "layers", self.layers, "at most 16 layers per stack")

    @property
    def dilations(self) -> tuple[int, ...]:
        """That of each layer, from the input up."""
        return tuple(2**i for i in range(self.layers // self.stacks)) * self.stacks


Config = WaveNetConfig
AT_ONCE = 2**16  # samples whose layers are held at a time


class Layer(nn.Module):
    """One gated layer of C channels, which looks `dilation` samples back."""

    def __init__(self, config: WaveNetConfig, index: int) -> None:
        super().__init__()
        c = config.channels
        self.dilation = config.dilations[index]
        self.gate = nn.Linear(2 * c, 2 * c)  # of what was `dilation` samples ago, and of what is now
        self.skip = nn.Linear(c, config.skip, bias=False)
        self.residual = None if index == config.layers - 1 else nn.Linear(c, c)


class WaveNet(AudioModel):
    """L levels, K layers, C channels, S skip channels, n recordings, T samples at once."""

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__(config)
        c, k = config.channels, config.layers
        self.embed_past = nn.Embedding(
            config.levels + 1, c
        )  # of x_t-2; the last stands for what was before a recording
        self.embed_now = nn.Embedding(config.levels + 1, c)  # of x_t-1
        self.layers = nn.ModuleList(Layer(config, index) for index in range(k))
        self.hidden = nn.Linear(config.skip, config.skip)
        self.out = nn.Linear(config.skip, config.levels)
        if config.classes:
            self.of_class = nn.Parameter(torch.zeros(config.classes, k, 2 * c))
        if config.speakers:
            self.of_speaker = nn.Parameter(torch.zeros(config.speakers, k, 2 * c))

    @property
    def dilations(self) -> tuple[int, ...]:
        """That of each layer, from the input up."""
        return self.config.dilations

    @property
    def receptive_field(self) -> int:
        """How many samples before it the prediction of a sample depends on."""
        return 2 + sum(self.config.dilations)

    @torch.no_grad()
    def stacked_weights(self) -> dict[str, Tensor]:
        """All weights, those of the layers stacked: past, now (L + 1, C); gate (K, 2C, 2C), gate_bias (K, 2C); residual
        (K, C, C) and residual_bias (K, C), zero in the last layer; skip (K, S, C); hidden (S, S), hidden_bias (S,); out
        (L, S), out_bias (L,); of_class and of_speaker (n, K, 2C), where it is conditioned on them."""
        found = {"past": self.embed_past.weight, "now": self.embed_now.weight}
        layers, c = list(self.layers), self.config.channels
        for name in ("gate", "residual"):
            linears = [getattr(layer, name) for layer in layers]
            none = torch.zeros(c, c), torch.zeros(c)
            pairs = [none if linear is None else (linear.weight, linear.bias) for linear in linears]
            found[name], found[f"{name}_bias"] = (torch.stack(parts) for parts in zip(*pairs, strict=True))
        found["skip"] = torch.stack([layer.skip.weight for layer in layers])
        for name in ("hidden", "out"):
            found |= {name: getattr(self, name).weight, f"{name}_bias": getattr(self, name).bias}
        return found | self.condition_tables

    # -- reading --------------------------------------------------------------------------------

    def init_cache(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Cache:
        """before (n,): the last sample; bias (n, K, 2C): of the gates, with all that class and speaker add; queue.k
        (n, d, C): the last inputs of layer k, of which that of step t is at t mod d."""
        c, like = self.config.channels, self.out.weight
        cache: Cache = {"before": torch.full((n,), self.beginning, device=like.device)}
        cache["bias"] = self._bias(n, labels, speakers)
        for k, layer in enumerate(self.layers):
            cache[f"queue.{k}"] = like.new_zeros(n, layer.dilation, c)
        return cache

    def forward_cached(self, x: Tensor, cache: Cache, step: int) -> Tensor:
        """Logits (n, T, L) after each of the samples x (n, T), of which the first is read in this step; earlier ones
        are known from the cache, which goes on where no gradient is asked for."""
        if x.shape[1] > 1 or torch.is_grad_enabled():
            return self.outputs(x, cache, step)[-1]
        if "prepared" not in cache:
            cache["prepared"] = CachedWaveNet(self)
        return cache["prepared"].read(x[:, 0], cache, step)[:, None]

    def outputs(self, x: Tensor, cache: Cache, step: int) -> list[Tensor]:
        """g of each layer, (n, T, C), and the logits (n, T, L)."""
        (n, steps), learns = x.shape, torch.is_grad_enabled() and step == 0
        before = torch.cat([cache["before"][:, None], x[:, :-1]], 1)
        u = (self.embed_past(before.t()) + self.embed_now(x.t())).flatten(0, 1)  # time first: (T * n, C)
        if learns and torch.is_autocast_enabled(u.device.type):
            u = u.to(torch.get_autocast_dtype(u.device.type))  # half as much to move between the products
        gates = []
        for k, layer in enumerate(self.layers):
            bias = cache["bias"][:, k]
            g, u = self._learn(layer, u, bias) if learns else self._read(layer, u, bias, cache, f"queue.{k}", step)
            gates.append(g)
        if not torch.is_grad_enabled():
            cache["before"] = x[:, -1]
        skip = F.linear(torch.cat(gates, 1), torch.cat([layer.skip.weight for layer in self.layers], 1))
        v = self.hidden(skip.relu()).relu()
        with torch.autocast(v.device.type, enabled=False):
            logits = self.out(v.to(self.out.weight.dtype))
        return [y.view(steps, n, -1).transpose(0, 1) for y in (*gates, logits)]

    def _read(
        self, layer: Layer, u: Tensor, bias: Tensor, cache: Cache, name: str, step: int
    ) -> tuple[Tensor, Tensor | None]:
        """g and the next u of a layer, (T * n, C) each, from its queue in the cache and u (T * n, C), time first."""
        n, (d, queue) = len(bias), (layer.dilation, cache[name])
        seen = torch.cat([queue.roll(-(step % d), 1).transpose(0, 1).flatten(0, 1), u])  # the oldest first
        if not torch.is_grad_enabled():
            kept = seen[-d * n :].view(d, n, -1).transpose(0, 1)
            cache[name] = kept.roll((step + len(u) // n) % d, 1)
        a = F.linear(torch.cat([seen[: len(u)], u], 1), layer.gate.weight).view(-1, *bias.shape) + bias
        filtered, gate = a.flatten(0, 1).chunk(2, 1)
        g = filtered.tanh() * gate.sigmoid()
        return g, None if layer.residual is None else u + layer.residual(g)

    def _learn(self, layer: Layer, u: Tensor, bias: Tensor) -> tuple[Tensor, Tensor | None]:
        """The same from the beginning of the recordings, in a form with a quick gradient."""
        residual = (None, None) if layer.residual is None else (layer.residual.weight, layer.residual.bias)
        weights = (None if w is None else w.to(u.dtype) for w in (layer.gate.weight, bias, *residual))
        with torch.autocast(u.device.type, enabled=False):
            return GatedLayer.apply(u, *weights, layer.dilation * len(bias))

    def _bias(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Tensor:
        """Of the gates, with what they know of class and speaker, (n, K, 2C); where one is not given, the mean over all
        of them."""
        bias = torch.stack([layer.gate.bias for layer in self.layers]).expand(n, -1, -1)
        return self.with_condition(bias, labels, speakers)

    # -- layers ---------------------------------------------------------------------------------

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every layer's gates."""
        return {f"layer-{k}": self.config.channels for k in range(1, self.config.layers + 1)}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """g of every layer, the mean over the samples of x (N, T), -1 after their ends: (N, C)."""
        found = []
        for rows in x.split(max(1, AT_ONCE // x.shape[1])):
            rows = rows[:, : max(1, int((rows >= 0).sum(1).max()))]
            known = (rows >= 0).to(self.out.weight.dtype)[..., None]
            *gates, _ = self.outputs(self.with_beginning(rows), self.init_cache(len(rows), None, None), 0)
            found.append([(g[:, 1:] * known).sum(1) / known.sum(1).clamp_min(1) for g in gates])
        for name, parts in zip(self.layer_sizes, zip(*found, strict=True), strict=True):
            yield name, torch.cat(parts)

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Levels near one another start alike, at the input and at the output; predictions start near how often each
        level occurs in the examples x (N, T)."""
        generator = Generator().manual_seed(0)
        inputs = [(self.embed_past, 0.5), (self.embed_now, 0.5)]
        smooth_tables(x, self.config.levels, inputs, self.out, generator)
        for name, linear in self.layers.named_modules():
            if isinstance(linear, nn.Linear):
                spread = {"gate": 1.5, "residual": 1.0, "skip": 0.9}[name.rpartition(".")[2]]
                drawn = torch.randn(linear.weight.shape, generator=generator)
                linear.weight.copy_(spread * drawn * linear.weight.shape[1] ** -0.5)
                if linear.bias is not None:
                    linear.bias.zero_()


build = WaveNet
refit = partial(refit_config, what="a WaveNet")


_SMOOTH = TrainConfig(
    optimiser="adam",
    lr=0.006,
    lr_schedule="cosine",
    average=0.99,
    clip=1.0,
    precision="bfloat16",
    validation=0.1,
)

PRESETS = (
    Preset(
        "tones-wavenet",
        "Tones · WaveNet",
        FAMILY,
        "tones",
        "mu-law",
        WaveNetConfig(classes=6, layers=16, channels=24, skip=48),
        replace(_SMOOTH, epochs=3, batch_size=4),  # 6 minutes of one core
    ),
    Preset(
        "fsdd-wavenet",
        "Spoken digits · WaveNet",
        FAMILY,
        "fsdd",
        "mu-law",
        WaveNetConfig(classes=10, speakers=6),
        replace(_SMOOTH, epochs=7, batch_size=4, average=0.998),  # three quarters of an hour of one core
    ),
)
