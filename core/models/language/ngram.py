"""n-grams: how often each token followed the last few, made smooth. The baseline that keeps the others honest.

    p_k(v | the last k tokens) = max(c(last k, v) - D_k(c), 0) / c(last k) + share_k p_k-1(v | the last k - 1)
    p_-1(v) = 1 / V            share_k: what the discounts D took, over c(last k); p_k = p_k-1 where the k never stood

c counts in the training text, which is all that the model keeps. D_k(c) is one number for c = 1, one for 2, one for 3
and more, learned by leaving each token out of the counts when it is predicted.
Source: absolute discounting with leaving-one-out, Ney, Essen & Kneser 1994; three discounts, Chen & Goodman 1998.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from core.config.fields import require, setting
from core.config.presets import Preset, TrainConfig
from core.models.language.base import LOSS, METRICS, Cache, LanguageConfig, LanguageModel, refit_config

FAMILY, NAME = "ngram", "n-gram"

__all__ = ["FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "NGram", "NGramConfig", "build", "refit"]

KINDS = 3  # of counts, each with a discount of its own: 1, 2, more


@dataclass(frozen=True)
class NGramConfig(LanguageConfig):
    """How far back an n-gram looks."""

    order: int = setting(6, "n: the predicted token and the n − 1 tokens before it.", low=1, high=7)

    def __post_init__(self) -> None:
        super().__post_init__()
        rule = f"so that tokens^order stays below 2^63 (tokens={self.tokens})"
        require((self.tokens + 1) ** self.order < 2**63, "order", self.order, rule)


Config = NGramConfig


@dataclass(frozen=True)
class Counts:
    """How often stretches of k + 1 tokens stood in the text, and what followed their first k.

    keys, counts    (G,) the stretches as numbers in base V + 1, sorted; how often each stood
    heads           (C,) their first k tokens, likewise sorted
    starts          (C + 1,) where the stretches of each head begin among the keys
    totals          (C, 1 + KINDS) how often each head stood; how many of its stretches stood once, twice, more
    """

    keys: Tensor
    counts: Tensor
    heads: Tensor
    starts: Tensor
    totals: Tensor


class NGram(LanguageModel):
    """V tokens, order n; texts of any number, T tokens at once. Before a text stands a token of its own, V."""

    def __init__(self, config: NGramConfig) -> None:
        super().__init__(config)
        self.discounts = nn.Parameter(torch.zeros(config.order, KINDS))  # log-odds of D_k(c) / c
        self.register_buffer("text", torch.zeros(0, dtype=torch.int16))

    def start_from_text(self, tokens: Tensor) -> None:
        """Keep the training text (T,)."""
        self._keep(tokens.to(torch.uint8 if int(tokens.max()) < 256 else torch.int16))

    def _keep(self, text: Tensor) -> None:
        self.text = text
        self.__dict__.pop("counts_by_order", None)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        if (text := state.get(f"{prefix}text")) is not None:  # of whatever length it is
            self._keep(torch.zeros_like(text, dtype=torch.int16, device=self.text.device))
        super()._load_from_state_dict(state, prefix, *rest)
        if len(self.text) and not (int(self.text.min()) >= 0 and int(self.text.max()) < self.config.tokens):
            rest[-1].append(f"text holds tokens not below {self.config.tokens}")  # the list of errors

    def _apply(self, *arguments: Any, **named: Any) -> NGram:
        self.__dict__.pop("counts_by_order", None)  # counts lie where the text lies
        return super()._apply(*arguments, **named)

    @cached_property
    def counts_by_order(self) -> list[Counts]:
        """Of stretches of 1, 2, ... n tokens, as far as the text is so long."""
        base = self.config.tokens + 1
        text = torch.cat([self.text.new_full((1,), self.beginning, dtype=torch.int64), self.text.long()])
        found = []
        for k in range(min(self.config.order, len(text)) if len(self.text) else 0):
            keys = _number(text.unfold(0, k + 1, 1), base)
            found.append(_count(keys if k else keys[1:], base))  # the beginning itself is never predicted
        return found

    # -- predictions ----------------------------------------------------------------------------

    def init_cache(self, n: int) -> Cache:
        """recent (n, order - 1): the last tokens, -1 where there was none."""
        return {"recent": torch.full((n, self.config.order - 1), -1, device=self.text.device)}

    def forward_cached(
        self, x: Tensor, cache: Cache, lengths: np.ndarray, generator: Generator | None = None
    ) -> Tensor:
        """Log-probabilities (n, T, V) after each of the tokens x (n, T)."""
        heads, cache["recent"] = self.heads(cache["recent"], x)
        return self._probs(heads).log().view(*x.shape, self.tokens)

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Examples x (N, T) of the training text: each token as it would be predicted had it not stood there."""
        heads, _ = self.heads(self.init_cache(len(x))["recent"], x.long())
        heads = heads.view(*x.shape, -1)[:, :-1].flatten(0, 1)
        return {"loss": -self._leave_one_out(heads, x[:, 1:].long().flatten()).log().mean()}

    def heads(self, recent: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The last order - 1 tokens at each of x (n, T), itself the last: (n T, order - 1); and those at the end."""
        back = self.config.order - 1
        if not back:
            return x.new_zeros(x.numel(), 0), recent
        text = torch.cat([recent, x], 1)  # (n, order - 1 + T)
        return text.unfold(1, back, 1)[:, 1:].flatten(0, 1), text[:, -back:]

    def _discounts(self) -> Tensor:
        """D_k(c) for c = 1, 2, 3 and more: (order, KINDS)."""
        return torch.sigmoid(self.discounts) * torch.arange(1, KINDS + 1, device=self.discounts.device)

    def _probs(self, heads: Tensor) -> Tensor:
        """p (N, V) after heads (N, order - 1), -1 where nothing stood."""
        p = self._uniform(len(heads))
        for _, _, p in self.backoff(heads):  # noqa: B007 (the last is wanted)
            pass
        return p

    def backoff(self, heads: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """With the last 0, 1, ... tokens of heads (N, order - 1) looked at: how often they stood in the text (N,), the
        share left to what fewer tell (N,), and p (N, V)."""
        p = self._uniform(len(heads))
        for counts, taken, place, known in self._lookups(heads):
            totals = counts.totals[place].float()  # (N, 1 + KINDS)
            share = (totals[:, 1:] * taken).sum(1) / totals[:, 0]
            stretches = torch.where(known, counts.starts[place + 1] - counts.starts[place], 0)
            rows = torch.repeat_interleave(stretches)  # (S,) whose head each stretch has
            at = counts.starts[place][rows] + torch.arange(len(rows), device=rows.device)
            at -= (stretches.cumsum(0) - stretches)[rows]
            c = counts.counts[at]
            kept = (c - taken[c.clamp_max(KINDS) - 1]) / totals[rows, 0]
            following = counts.keys[at] % (self.tokens + 1)
            p = torch.where(known[:, None], (p * share[:, None]).index_put((rows, following), kept, accumulate=True), p)
            yield torch.where(known, totals[:, 0], 0.0), torch.where(known, share, 1.0), p

    def _uniform(self, n: int) -> Tensor:
        return torch.full((n, self.tokens), 1 / self.tokens, device=self.text.device)

    def _leave_one_out(self, heads: Tensor, x: Tensor) -> Tensor:
        """p (N,) of the tokens x (N,) after heads (N, order - 1), each counted once less than it stood."""
        p = torch.full((len(heads),), 1 / self.tokens, device=heads.device)
        base = self.tokens + 1
        for counts, taken, place, known in self._lookups(heads):
            at, stood = _find(counts.keys, counts.heads[place] * base + x)
            c = torch.where(known & stood, counts.counts[at], 0)
            totals = counts.totals[place].float()
            total = totals[:, 0] - (c > 0).float()
            seen = known & (total > 0)
            total = total.clamp_min(1)
            kinds = nn.functional.one_hot(c.clamp_max(KINDS), KINDS + 1)[:, 1:]
            once_less = (c - 1).clamp_min(0)
            kinds = nn.functional.one_hot(once_less.clamp_max(KINDS), KINDS + 1)[:, 1:] - kinds
            share = ((totals[:, 1:] + kinds) * taken).sum(1) / total
            kept = (once_less - nn.functional.pad(taken, (1, 0))[once_less.clamp_max(KINDS)]) / total
            p = torch.where(seen, kept + share * p, p)
        return p

    def _lookups(self, heads: Tensor) -> Iterator[tuple[Counts, Tensor, Tensor, Tensor]]:
        """For stretches of 1, 2, ... tokens: their counts, discounts (KINDS,), where the ends of heads (N, order - 1)
        stand among the counted heads (N,), and whether they do (N,)."""
        for k, (counts, taken) in enumerate(zip(self.counts_by_order, self._discounts(), strict=False)):
            last = heads[:, heads.shape[1] - k :]
            place, known = _find(counts.heads, _number(last, self.tokens + 1))
            yield counts, taken, place, known & (last >= 0).all(1)


def _number(stretches: Tensor, base: int) -> Tensor:
    """Stretches (N, k) as one number each, in base `base`: (N,)."""
    found = stretches.new_zeros(len(stretches), dtype=torch.int64)
    for column in stretches.unbind(1):
        found = found * base + column
    return found


def _count(keys: Tensor, base: int) -> Counts:
    keys, counts = keys.unique(return_counts=True)
    heads, stretches = torch.unique_consecutive(keys // base, return_counts=True)
    rows = torch.repeat_interleave(stretches)
    kinds = nn.functional.one_hot(counts.clamp_max(KINDS) - 1, KINDS)
    each = torch.cat([counts[:, None], kinds], 1)  # (G, 1 + KINDS)
    totals = torch.zeros(len(heads), 1 + KINDS, dtype=torch.int64, device=keys.device).index_add_(0, rows, each)
    starts = nn.functional.pad(stretches.cumsum(0), (1, 0))
    return Counts(keys, counts, heads, starts, totals)


def _find(known: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Where each number stands among the sorted ones (a valid index in any case), and whether it does."""
    at = torch.searchsorted(known, wanted).clamp_max(len(known) - 1)
    return at, known[at] == wanted


build = NGram
refit = partial(refit_config, what="an n-gram")


FIXED_TRAINING = True  # one pass counts and fits the discounts: there is nothing about it to choose

_TRAIN = TrainConfig(epochs=1, batch_size=16, optimiser="adam", lr=0.05, lr_schedule="cosine")

PRESETS = (
    Preset(
        "shakespeare-ngram",
        "Tiny Shakespeare · 6-gram",
        FAMILY,
        "shakespeare",
        "characters",
        NGramConfig(),
        _TRAIN,
    ),
    Preset("help-ngram", "Python reference · 6-gram", FAMILY, "help", "characters", NGramConfig(), _TRAIN),
)
