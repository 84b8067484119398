"""The chain rule for text: a model that predicts the next token from all before it.

    p(x) = prod_t p(x_t | x_0, ..., x_t-1)

A text is a sequence of numbers below V, of a vocabulary (`core.data.tokenizers`). What a model has read stands in a
`Context`: the logits of the next token, and a cache of what reading left behind, so that another token costs one
token's work. Reading a text at once or token by token gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from core.config.fields import check_settings, require, setting
from core.data.base import Kind
from core.models.capabilities import Metric
from core.numerics.cancel import check
from core.numerics.sampling import SamplingConfig, inverse_cdf, sampling_probs

LOSS = Metric(
    "Training loss", "nats per token", "lower", "Negative log-likelihood of each token given those before it."
)
METRICS = {
    "nats": Metric(
        "Negative log-likelihood",
        "nats per token",
        "lower",
        "Mean of −log p(token | tokens before it) over windows of 256 tokens; each window starts without context.",
    ),
    "right": Metric("Next-token accuracy", "fraction", "higher", "How often the most likely token is the true one."),
}
PROBED = 100  # stretches that the curves are measured on
AT_ONCE = 2**22  # logits, about, that are held at a time while a long text is read
PART = 1_024  # tokens that are read, at most, before it is asked whether anybody still waits


@dataclass(frozen=True)
class LanguageConfig:
    """What the configs of all families have."""

    event_shape: tuple[int, ...] = ()  # of a text: it is read token by token
    tokens: int = setting(320, "Vocabulary size.", low=2, high=100_000)

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that such a model takes."""
        return ("tokens",)


def refit_config(config: Any, kind: Kind, event_shape: tuple[int, ...], what: str) -> Any:
    """The config for another text, which is the same; errors call the model `what`: `SettingError` where it is none."""
    require(kind == "tokens", "kind", kind, f"tokens for {what}: a text, encoded by one of its tokenizers")
    return config


Cache = dict[str, Tensor]  # each (n, ...)


@dataclass
class Context:
    """n texts that have been read, each as far as it has.

    logits     (n, V) of the next token
    lengths    (n,) how many tokens were read
    cache      what the model keeps of what it has read
    """

    logits: Tensor
    lengths: np.ndarray
    cache: Cache = field(default_factory=dict)

    def branch(self, rows: Tensor) -> Context:
        """The same contexts of the texts `rows`, an index (m,) that may repeat: futures that share their past."""
        cache = {name: kept[rows] for name, kept in self.cache.items()}
        return Context(self.logits[rows], self.lengths[rows.numpy(force=True)], cache)


class LanguageModel(nn.Module):
    """What the families have in common. One gives `init_cache` (of n texts of which nothing is read) and
    `forward_cached` (reads tokens (n, T) into the cache, after `lengths` (n,) others, and gives the logits after each);
    `beginning` is the number that stands before the first token."""

    whole_batches = False  # several processes may divide them

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config

    @property
    def tokens(self) -> int:
        """V, how many there are."""
        return self.config.tokens

    @property
    def beginning(self) -> int:
        return self.config.tokens

    def init_cache(self, n: int) -> Cache:
        raise NotImplementedError

    def forward_cached(
        self, x: Tensor, cache: Cache, lengths: np.ndarray, generator: Generator | None = None
    ) -> Tensor:
        """Logits (n, T, V) after each of the tokens x (n, T). `generator` draws what is left out in training."""
        raise NotImplementedError

    # -- reading --------------------------------------------------------------------------------

    @torch.no_grad()  # in training nothing is kept of what was read
    def start(self, n: int) -> Context:
        """n texts of which nothing is known yet."""
        cache = self.init_cache(n)
        first = torch.full((n, 1), self.beginning, device=next(self.parameters()).device)
        nothing = np.zeros(n, np.int64)
        return Context(self.forward_cached(first, cache, nothing)[:, 0], nothing, cache)

    @torch.no_grad()
    def read(self, context: Context, x: Tensor) -> Tensor:
        """Read on: tokens x (n, T). Returns the logits after each, (n, T, V); the last stand in the context too."""
        check_tokens(x, self.tokens)
        if not x.shape[1]:
            return context.logits[:, None][:, :0]
        logits = self.forward_cached(x, context.cache, context.lengths + 1)
        context.logits, context.lengths = logits[:, -1], context.lengths + x.shape[1]
        return logits

    def logits_along(self, context: Context, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Read on through x (n, T) part by part, so that memory stays bounded however long it is: yields each part
        (n, t) and the logits (n, t, V) of its tokens, each from all before it."""
        for part in x.split(max(1, min(PART, AT_ONCE // (len(x) * self.tokens))), 1):
            check()
            before = context.logits[:, None]
            yield part, torch.cat([before, self.read(context, part)[:, :-1]], 1)[:, : part.shape[1]]

    @torch.no_grad()
    def prefill(self, x: Tensor) -> Context:
        """n texts of which the tokens x (n, T) are read."""
        context = self.start(len(x))
        for _ in self.logits_along(context, x):
            pass
        context.logits = context.logits.clone()  # a view would keep the logits of the last part
        return context

    def log_probs_along(self, context: Context, x: Tensor) -> Tensor:
        """Read on, and give log p of each token of x (n, T) given all before it, nats, exact: (n, T)."""
        return torch.cat([log_p(logits, part) for part, logits in self.logits_along(context, x)], 1)

    @torch.no_grad()
    def log_probs(self, x: Tensor) -> Tensor:
        """log p of each token of the texts x (N, T), read from their beginning: (N, T), nats, exact."""
        return self.log_probs_along(self.start(len(x)), x)

    # -- layers ---------------------------------------------------------------------------------

    def _averaged(self, names: Iterable[str], layers: Iterable[Tensor]) -> Iterator[tuple[str, Tensor]]:
        """Layers (N, 1 + T, H), from the beginning of the texts on, as one vector each: the mean over their tokens."""
        for name, u in zip(names, layers, strict=True):
            yield name, u[:, 1:].mean(1)

    def _with_beginning(self, x: Tensor) -> Tensor:
        """Tokens (N, T) after the beginning: (N, 1 + T)."""
        return torch.cat([x.new_full((len(x), 1), self.beginning), x], 1)

    # -- training -------------------------------------------------------------------------------

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Examples x (N, T) are stretches of text; the mean over their tokens."""
        logits = self._teacher_forced(x.long(), generator)
        return {"loss": -log_p(logits, x.long()).mean()}

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """The curves `METRICS`, on some of the stretches x (N, T)."""
        x = x[:: -(-len(x) // PROBED)].long()
        logits = self._teacher_forced(x, None)
        right = (logits.argmax(2) == x).float().mean()
        return {"nats": -float(log_p(logits, x).mean()), "right": float(right)}

    def _teacher_forced(self, x: Tensor, generator: Generator | None) -> Tensor:
        """Logits of each token of x (N, T) from those before it, with its beginning: (N, T, V)."""
        first = x.new_full((len(x), 1), self.beginning)
        return self.forward_cached(
            torch.cat([first, x[:, :-1]], 1), self.init_cache(len(x)), np.zeros(len(x), np.int64), generator
        )


def log_p(logits: Tensor, x: Tensor) -> Tensor:
    """log p (N, T) of tokens x (N, T) under logits (N, T, V), in float32 at least."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return logits.gather(2, x[..., None])[..., 0] - logits.logsumexp(2)


def check_tokens(x: Tensor, tokens: int) -> None:
    """Raise `SettingError` where a number is no token."""
    if x.numel():
        low, high = int(x.min()), int(x.max())
        require(low >= 0 and high < tokens, "tokens", (low, high), f"numbers from 0 to {tokens - 1}")


@torch.no_grad()
def generate(
    model: LanguageModel,
    context: Context,
    count: int,
    noise: Tensor,
    sampling: SamplingConfig | Sequence[SamplingConfig],
) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw `count` tokens, one after the other: yields the logits (n, V) and the tokens (n,) drawn.

    noise       (n, count) uniform on [0, 1): equal noise and equal pasts give equal texts
    sampling    one for all texts, or one for each
    """
    configs = [sampling] if isinstance(sampling, SamplingConfig) else sampling
    for t in range(count):
        check()
        logits = context.logits
        tokens = inverse_cdf(sampling_probs(logits, configs), noise[:, t])
        yield logits, tokens
        model.read(context, tokens[:, None])


def bits_per_character(nats: float, characters: int) -> float:
    """Bits a character of a text that costs this many nats: the number that compares across vocabularies."""
    return nats / (characters * math.log(2))
