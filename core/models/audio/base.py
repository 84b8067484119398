"""The chain rule for sound: a model that predicts the next sample of a recording from all before it.

    p(x) = prod_t p(x_t | x_0, ..., x_t-1)

A sample is one of L levels (mu-law, `core.numerics.mulaw`). Examples (N, T) are recordings, -1 after their ends. What a
model has read stands in a `Context`: the logits of the next sample, and a cache of what reading left behind, so that
another sample costs one sample's work. Reading a recording at once or sample by sample gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.data.base import Kind
from core.models.capabilities import Metric
from core.models.language.base import Cache, log_p
from core.numerics.cancel import check

__all__ = ["LOSS", "METRICS", "AudioConfig", "AudioModel", "Cache", "ConditionalAudioConfig", "Context"]

LOSS = Metric(
    "Training loss", "nats per sample", "lower", "Negative log-likelihood of each sample given those before it."
)
METRICS = {
    "bits": Metric(
        "Negative log-likelihood",
        "bits per sample",
        "lower",
        "Mean of −log₂ p(sample | samples before it) over whole recordings.",
    ),
}
PROBED = 40  # recordings that the curves are measured on
AT_ONCE = 2**22  # logits, about, that are held at a time while a long recording is read


@dataclass(frozen=True)
class AudioConfig:
    """What is the same in all families."""

    event_shape: tuple[int, ...] = ()  # of a recording: it is read sample by sample
    levels: int = setting(256, "Mu-law levels per sample.", low=2, high=256)
    rate: int = setting(8_000, "Samples per second.", low=1_000, high=192_000)
    window: int = setting(4_096, "Samples of a recording per update, at most.", low=2, high=2**18)

    accepts = ("audio",)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class ConditionalAudioConfig(AudioConfig):
    """What is the same in all families that are conditioned on class and speaker."""

    classes: int = setting(0, "Classes to condition on; 0: unconditional.", low=0, high=1_000)
    speakers: int = setting(0, "Speakers to condition on; 0: unconditional.", low=0, high=1_000)


@dataclass
class Context:
    """n recordings that have been read, all equally far.

    logits     (n, L) of the next sample
    length     how many samples of each were read
    cache      what the model keeps of what it has read
    """

    logits: Tensor
    length: int
    cache: Cache = field(default_factory=dict)

    def branch(self, rows: Tensor) -> Context:
        """The same contexts of the recordings `rows`, an index (m,) that may repeat: futures that share their past."""
        cache = {name: kept[rows] if isinstance(kept, Tensor) else kept for name, kept in self.cache.items()}
        return Context(self.logits[rows], self.length, cache)


class AudioModel(nn.Module):
    """What the families have in common. One gives `init_cache` (of n recordings of which nothing is read),
    `forward_cached` (reads samples (n, T) into the cache and gives the logits after each), `receptive_field` and
    `stacked_weights`; `beginning` is the number that stands before the first sample."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config

    @property
    def levels(self) -> int:
        """L, how many there are."""
        return self.config.levels

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.config.rate

    @property
    def classes(self) -> int:
        """How many classes it is conditioned on; 0 for none."""
        return self.config.classes

    @property
    def speakers(self) -> int:
        """How many speakers it is conditioned on; 0 for none."""
        return self.config.speakers

    @property
    def condition_tables(self) -> dict[str, Tensor]:
        """What classes and speakers add, `of_class` and `of_speaker` (count, ...), where it is conditioned on them."""
        return {name: getattr(self, name) for name in ("of_class", "of_speaker") if hasattr(self, name)}

    def with_condition(self, bias: Tensor, labels: Tensor | None, speakers: Tensor | None) -> Tensor:
        """A bias (n, ...) and what class and speaker add to it; where one is not given, the mean over all of them."""
        given = {"of_class": labels, "of_speaker": speakers}
        for name, table in self.condition_tables.items():
            rows = given[name]
            bias = bias + (table.mean(0) if rows is None else table[rows])
        return bias

    @property
    def beginning(self) -> int:
        return self.config.levels

    @property
    def receptive_field(self) -> float:
        """How many samples before it the prediction of a sample depends on; infinity where it may be all."""
        raise NotImplementedError

    def stacked_weights(self) -> dict[str, Tensor]:
        """All weights by name: what another program needs to go on with a recording."""
        raise NotImplementedError

    def init_cache(self, n: int, labels: Tensor | None, speakers: Tensor | None) -> Cache:
        raise NotImplementedError

    def forward_cached(self, x: Tensor, cache: Cache, step: int) -> Tensor:
        """Logits (n, T, L) after each of x (n, T), the first of which is read in this step: 0 is the beginning."""
        raise NotImplementedError

    # -- reading --------------------------------------------------------------------------------

    @torch.no_grad()
    def start(self, n: int, labels: Tensor | None = None, speakers: Tensor | None = None) -> Context:
        """n recordings of which nothing is known but their classes and speakers, (n,) each; where those are not given,
        the mean condition. Raises `ValueError` for ones that there are not."""
        for name, given, count in (("labels", labels, self.classes), ("speakers", speakers, self.speakers)):
            if (
                given is not None
                and count
                and not (len(given) == n and 0 <= int(given.min()) <= int(given.max()) < count)
            ):
                raise ValueError(f"{name}={given.tolist()!r:.60}: {n} numbers from 0 to {count - 1}")
        cache = self.init_cache(n, labels, speakers)
        first = torch.full((n, 1), self.beginning, device=next(self.parameters()).device)
        return Context(self.forward_cached(first, cache, 0)[:, 0], 0, cache)

    @torch.no_grad()
    def read(self, context: Context, x: Tensor) -> Tensor:
        """Read on: samples x (n, T). Returns the logits after each, (n, T, L); the last stand in the context too."""
        if not x.shape[1]:
            return context.logits[:, None][:, :0]
        logits = self.forward_cached(x.long(), context.cache, context.length + 1)
        context.logits, context.length = logits[:, -1], context.length + x.shape[1]
        return logits

    def logits_along(self, context: Context, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Read on through x (n, T) part by part, so that memory stays bounded however long it is: yields each part
        (n, t) and the logits (n, t, L) of its samples, each from all before it."""
        for part in x.split(max(1, AT_ONCE // (len(x) * self.levels)), 1):
            check()
            before = context.logits[:, None]
            yield part, torch.cat([before, self.read(context, part)[:, :-1]], 1)[:, : part.shape[1]]

    @torch.no_grad()
    def log_probs(self, x: Tensor, labels: Tensor | None = None, speakers: Tensor | None = None) -> Tensor:
        """log p of each sample of the recordings x (N, T) given all before it, nats, exact: (N, T); 0 after an end."""
        x = x.long()
        found = [
            log_p(logits, part)
            for part, logits in self.logits_along(self.start(len(x), labels, speakers), x.clamp_min(0))
        ]
        return torch.cat(found, 1).masked_fill(x < 0, 0)

    def with_beginning(self, x: Tensor) -> Tensor:
        """Samples (N, T) after the beginning: (N, 1 + T); what is after an end is read as level 0."""
        x = x.long()
        return torch.cat([x.new_full((len(x), 1), self.beginning), x.clamp_min(0)], 1)

    # -- training -------------------------------------------------------------------------------

    def loss(
        self, x: Tensor, generator: Generator, labels: Tensor | None = None, speakers: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The mean over samples of a stretch of each recording x (N, T), -1 after their ends; it is drawn where a
        recording is longer than the window, and starts without context."""
        x = crop(x, self.config.window, generator).long()
        logits = self.forward_cached(self.with_beginning(x)[:, :-1], self.init_cache(len(x), labels, speakers), 0)
        return {"loss": F.cross_entropy(logits.transpose(0, 1).flatten(0, 1), x.t().flatten(), ignore_index=-1)}

    def metrics(
        self, x: Tensor, generator: Generator, labels: Tensor | None = None, speakers: Tensor | None = None
    ) -> dict[str, float]:
        """The curves `METRICS`, on some of the recordings x (N, T)."""
        some = slice(None, None, -(-len(x) // PROBED))
        x, labels, speakers = (None if each is None else each[some] for each in (x, labels, speakers))
        total, count = 0.0, int((x >= 0).sum())
        for row in range(len(x)):  # one by one: none is read beyond its end
            own = x[row : row + 1, : int((x[row] >= 0).sum())]
            given = (None if each is None else each[row : row + 1] for each in (labels, speakers))
            total += float(self.log_probs(own, *given).sum())
        return {"bits": bits_per_sample(-total, count)}


def refit_config(config: Any, kind: Kind, event_shape: tuple[int, ...], what: str) -> Any:
    """The config for other recordings, without classes and speakers; errors call the model `what`: `SettingError`."""
    require(kind == "audio", "kind", kind, f"audio for {what}: recordings")
    return replace(config, classes=0, speakers=0) if isinstance(config, ConditionalAudioConfig) else config


@torch.no_grad()
def smooth_tables(
    x: Tensor, levels: int, inputs: list[tuple[nn.Embedding, float]], out: nn.Linear, generator: Generator
) -> None:
    """Draw embeddings, of a scale each, and output weights in which levels near one another are alike; output biases
    are such that predictions are near how often each level occurs in the recordings x (N, T), -1 after their ends."""
    at = torch.linspace(-1, 1, levels)[:, None]
    waves = torch.cat(
        [at * 3**0.5, *[f(torch.pi * i * at) * 2**0.5 / i for i in (1, 2, 4) for f in (torch.sin, torch.cos)]], 1
    )
    for table, scale in (*inputs, (out, 0.1)):
        drawn = torch.randn(waves.shape[1], table.weight.shape[1], generator=generator)
        table.weight[:levels] = scale * waves @ drawn / waves.shape[1] ** 0.5
        table.weight[levels:] = 0  # what stands before a recording
    counts = torch.bincount(x[x >= 0].long().flatten(), minlength=levels).float() + 1
    out.bias.copy_((counts / counts.sum()).log())


def crop(x: Tensor, window: int, generator: Generator) -> Tensor:
    """Stretches (N, t) of recordings (N, T), -1 after their ends, with t the longest or the window: a longer recording
    is cut at random."""
    lengths = (x >= 0).sum(1)
    spare = (lengths - window).clamp_min(0)
    starts = (torch.rand(len(x), generator=generator, device=x.device) * (spare + 1)).long()
    places = starts[:, None] + torch.arange(min(window, int(lengths.max())), device=x.device)
    return x.gather(1, places.clamp_max(x.shape[1] - 1)).masked_fill(places >= lengths[:, None], -1)


def bits_per_sample(nats: float, samples: int) -> float:
    """Bits a sample of recordings that cost this many nats."""
    return nats / (samples * math.log(2))
