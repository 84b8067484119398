"""A gated recurrent unit over single samples: all that was heard stands in one state of fixed size.

    r, z = sigmoid(W' x + U' h + b')    n = tanh(W'' x + r (U'' h + b''))   h <- n + z (h - n)
    p(x_t | x_<t) = softmax(P relu(Q h))        W x: of the sample before, and of the class and the speaker

The baseline of one tier in Mehri et al. 2017, "SampleRNN", with the output layers of Kalchbrenner et al. 2018,
"Efficient neural audio synthesis" (WaveRNN). GRU: Cho et al. 2014.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import setting
from core.config.presets import Preset, TrainConfig
from core.models.audio.base import LOSS, METRICS, AudioModel, Cache, ConditionalAudioConfig, refit_config, smooth_tables
from core.models.audio.gru_steps import GRUSteps

FAMILY, NAME = "sample-gru", "sample-level GRU"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "SampleGRU", "SampleGRUConfig", "build", "refit"]


@dataclass(frozen=True)
class SampleGRUConfig(ConditionalAudioConfig):
    """One layer of `width` units."""

    width: int = setting(176, "Units of the state.", low=1, high=4_096)
    embedding: int = setting(48, "Embedding dimensions of a sample.", low=1, high=4_096)
    hidden: int = setting(96, "Units of the hidden layer between the state and the levels.", low=1, high=4_096)


Config = SampleGRUConfig
AT_ONCE = 2**16  # samples whose states are held at a time


class SampleGRU(AudioModel):
    """L levels, H units, n recordings, T samples at once."""

    def __init__(self, config: SampleGRUConfig) -> None:
        super().__init__(config)
        width = config.width
        self.embed = nn.Embedding(config.levels + 1, config.embedding)  # the last stands before a recording
        self.input = nn.Linear(config.embedding, 3 * width, bias=False)
        self.recurrent = nn.Linear(width, 3 * width)
        self.hidden = nn.Linear(width, config.hidden)
        self.out = nn.Linear(config.hidden, config.levels)
        for name, count in (("of_class", config.classes), ("of_speaker", config.speakers)):
            if count:
                setattr(self, name, nn.Parameter(torch.zeros(count, 3 * width)))

    @property
    def receptive_field(self) -> float:
        """Without end: a state may keep anything."""
        return math.inf

    @property
    def state_size(self) -> int:
        """H."""
        return self.config.width

    @torch.no_grad()
    def stacked_weights(self) -> dict[str, Tensor]:
        """table (L + 1, 3H): what each level adds to the inputs of r, z and n, and at last what stands before a
        recording; recurrent (3H, H), hidden (S, H), out (L, S), with their biases; of_class, of_speaker (n, 3H), where
        it is conditioned on them."""
        found = {"table": self.input(self.embed.weight)}
        for name in ("recurrent", "hidden", "out"):
            found |= {name: getattr(self, name).weight, f"{name}_bias": getattr(self, name).bias}
        return found | self.condition_tables

    def init_cache(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Cache:
        """h (n, H); bias (n, 3H): what class and speaker add to the inputs."""
        like = self.out.weight
        return {"h": like.new_zeros(n, self.config.width), "bias": self.condition(n, labels, speakers)}

    def forward_cached(self, x: Tensor, cache: Cache, step: int) -> Tensor:
        """Logits (n, T, L) after each of the samples x (n, T)."""
        return self.out(self.hidden(self.states(x, cache)).relu()).transpose(0, 1)

    def states(self, x: Tensor, cache: Cache) -> Tensor:
        """h after each of the samples x (n, T), from that in the cache, which goes on: (T, n, H)."""
        if x.numel() < self.levels:
            inputs = self.input(self.embed(x.t()))
        else:
            inputs = F.embedding(x.t(), self.input(self.embed.weight))  # each level goes through the product once
        a = inputs + cache["bias"]
        states = GRUSteps.apply(a, self.recurrent.weight, self.recurrent.bias, cache["h"])
        if not torch.is_grad_enabled():
            cache["h"] = states[-1]
        return states

    def condition(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Tensor:
        """What class and speaker add to the inputs, (n, 3H); where one is not given, the mean over all of them."""
        return self.with_condition(self.out.weight.new_zeros(n, 3 * self.config.width), labels, speakers)

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The state."""
        return {"layer-1": self.config.width}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """h, the mean over the samples of x (N, T), -1 after their ends: (N, H)."""
        found = []
        for rows in x.split(max(1, AT_ONCE // x.shape[1])):
            rows = rows[:, : max(1, int((rows >= 0).sum(1).max()))]
            known = (rows >= 0).to(self.out.weight.dtype)[..., None]
            h = self.states(self.with_beginning(rows), self.init_cache(len(rows), None, None))[1:].transpose(0, 1)
            found.append((h * known).sum(1) / known.sum(1).clamp_min(1))
        yield "layer-1", torch.cat(found)

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Levels near one another start alike, at the input and at the output; predictions start near how often each
        level occurs in the examples x (N, T); what is remembered starts with spread-out half-lives."""
        generator, width = Generator().manual_seed(0), self.config.width
        smooth_tables(x, self.config.levels, [(self.embed, 1.0)], self.out, generator)
        self.input.weight.copy_(_drawn(self.input.weight, generator))
        self.recurrent.weight.copy_(_drawn(self.recurrent.weight, generator))
        self.recurrent.bias.zero_()
        remembered = torch.linspace(math.log(2), math.log(512), width).exp()  # samples
        self.recurrent.bias[width : 2 * width] = (remembered - 1).log()
        self.hidden.weight.copy_(2**0.5 * _drawn(self.hidden.weight, generator))
        self.hidden.bias.zero_()


def _drawn(weight: Tensor, generator: Generator) -> Tensor:
    return torch.randn(weight.shape, generator=generator) * weight.shape[1] ** -0.5


build = SampleGRU
refit = partial(refit_config, what="a sample-level GRU")

PRESETS = (
    Preset(
        "fsdd-gru",
        "Spoken digits · GRU of single samples",
        FAMILY,
        "fsdd",
        "mu-law",
        SampleGRUConfig(classes=10, speakers=6, window=512),
        TrainConfig(  # half an hour of a busy core; the rate was lowered by hand, so that it ended in time
            epochs=24,
            batch_size=32,
            optimiser="adam",
            lr=0.005,
            lr_schedule="cosine",
            average=0.998,
            clip=1.0,
            lr_changes=((752, 0.002), (933, 0.0008), (991, 0.0025), (1_196, 0.0006)),
            stop=1_425,
            validation=0.1,
        ),
    ),
)
