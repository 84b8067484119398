"""Texts of many requests, sampled by one model in one batch: each step samples one token of every text.

Requests join and leave between any two steps, whatever the lengths of their texts, their temperatures and their
truncations (continuous batching: Yu et al. 2022, Orca). A request brings the noise that decides its draws (inverse
CDF), so its texts are those that `core.analysis.text_generation.generate` samples alone: rows of a batch do not mix.
A product of many rows may differ from that of one in its last bits; only where the noise falls within such a distance
of the edge between two tokens can another one be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from core.config.fields import require
from core.models.language.base import Context, LanguageModel
from core.numerics.sampling import SamplingConfig, inverse_cdf, sampling_probs


@dataclass(eq=False)
class Request:
    """One text for each config, that go on from one past by the same noise.

    context    what was read, of one text; of all of them once the request was part of a batch
    noise      (count,) uniform on [0, 1): of every token to sample
    configs    how tokens are chosen from what the model predicts, of each text
    sampled    how many tokens of each text have been sampled
    """

    context: Context
    noise: Tensor
    configs: Sequence[SamplingConfig]
    sampled: int = 0

    def __post_init__(self) -> None:
        require(len(self.configs) > 0, "choices", len(self.configs), "at least one")
        texts = len(self.context.logits)
        require(texts in (1, len(self.configs)), "texts", texts, f"1, or one for each of {len(self.configs)} choices")

    @property
    def rows(self) -> int:
        """How many texts they are."""
        return len(self.configs)

    @property
    def done(self) -> bool:
        """Whether all of its tokens were sampled."""
        return self.sampled == len(self.noise)

    @cached_property
    def size(self) -> int:
        """Bytes that its contexts take."""
        kept = (self.context.logits, *self.context.cache.values())
        return self.rows * sum(each[0].numel() * each.element_size() for each in kept)


@dataclass(frozen=True)
class Sampled:
    """The next token of each of a request's texts.

    log_probs    (m, V) what the model predicted, without temperature
    tokens       (m,) what was sampled
    """

    log_probs: Tensor
    tokens: Tensor


class GenerationBatch:
    """The requests that a model is sampling.

    Their contexts stand in rows of common tensors, which have room for more: only a newcomer's context is copied. After
    an error of the model in `step` a batch is of no more use.
    """

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self._rows: dict[Request, list[int]] = {}
        self._used = 0  # rows, the first
        self._room: Context | None = None

    @property
    def requests(self) -> list[Request]:
        """Those that are being sampled, in the order in which they joined."""
        return list(self._rows)

    @torch.no_grad()
    def join(self, request: Request) -> None:
        """Sample this request too from the next step on. Raises `ValueError` where its context is another model's."""
        if request in self._rows or request.done:
            raise ValueError("a request joins once, while it has tokens to sample")
        rows = list(range(self._used, self._used + request.rows))
        self._make_room(request.context, rows[-1] + 1)
        for kept, own in zip(_tensors(self._room), _tensors(request.context), strict=True):
            kept[rows] = own  # that of one text for all its futures
        self._room.lengths[rows] = request.context.lengths
        self._used, self._rows[request] = rows[-1] + 1, rows

    @torch.no_grad()
    def leave(self, request: Request, resumes: bool = False) -> None:
        """Sample this request no more. Where it `resumes`, it takes its contexts along and may join again."""
        rows = self._rows.pop(request)
        if resumes:
            request.context = self._room.branch(torch.tensor(rows))
        self._used -= len(rows)
        holes = [row for row in rows if row < self._used]
        last = [row for row in range(self._used, self._used + len(rows)) if row not in rows]
        if holes:  # the last rows take the places of those that left
            for kept in (*_tensors(self._room), self._room.lengths):
                kept[holes] = kept[last]
            moved = dict(zip(last, holes, strict=True))
            self._rows = {other: [moved.get(row, row) for row in at] for other, at in self._rows.items()}
        if not self._rows:
            self._room = None

    @torch.no_grad()
    def step(self) -> dict[Request, Sampled]:
        """Sample a token of every text. Requests that are done then have left."""
        if not self._rows:
            return {}
        logits = self._room.logits[: self._used]
        configs, noise = [SamplingConfig()] * self._used, torch.empty(self._used)
        for request, rows in self._rows.items():
            noise[rows] = request.noise[request.sampled]
            for row, config in zip(rows, request.configs, strict=True):
                configs[row] = config
        tokens = inverse_cdf(sampling_probs(logits, configs), noise.to(logits.device))
        log_probs = logits.float().log_softmax(1)
        found = {request: Sampled(log_probs[rows], tokens[rows]) for request, rows in self._rows.items()}
        for request in found:
            request.sampled += 1
            if request.done:
                self.leave(request)
        self._read(found)
        return found

    def _read(self, found: dict[Request, Sampled]) -> None:
        """Read on by what was sampled of the requests that stay."""
        if not self._rows:
            return
        tokens = self._room.logits.new_zeros(self._used, dtype=torch.long)
        for request, rows in self._rows.items():
            tokens[rows] = found[request].tokens
        room, used = self._room, slice(self._used)
        context = Context(
            room.logits[used], room.lengths[used], {name: kept[used] for name, kept in room.cache.items()}
        )
        before = _tensors(context)
        self.model.read(context, tokens[:, None])
        for kept, old, new in zip(_tensors(room), before, _tensors(context), strict=True):
            if new is not old:  # most of a cache is written in place
                kept[used] = new
        room.lengths[used] = context.lengths

    def _make_room(self, like: Context, rows: int) -> None:
        """Let there be so many rows for contexts like this one."""
        shapes = {name: kept.shape[1:] for name, kept in like.cache.items()}
        old = self._room
        if old is not None and {name: kept.shape[1:] for name, kept in old.cache.items()} != shapes:
            raise ValueError(f"a context of {shapes}: not one of this batch's model")
        there = 0 if old is None else len(old.lengths)
        if rows <= there:
            return
        rows = max(rows, 2 * there)
        cache = {name: kept.new_zeros(rows, *kept.shape[1:]) for name, kept in like.cache.items()}
        self._room = Context(like.logits.new_zeros(rows, like.logits.shape[1]), np.zeros(rows, np.int64), cache)
        if old is not None:
            for new, kept in zip(
                (*_tensors(self._room), self._room.lengths), (*_tensors(old), old.lengths), strict=True
            ):
                new[:there] = kept


def _tensors(context: Context) -> list[Tensor]:
    """All that a context keeps, each (n, ...)."""
    return [context.logits, *context.cache.values()]
