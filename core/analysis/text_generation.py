"""What a language model makes of a text: what every token costs, what it would have chosen, how it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.config.fields import require
from core.models.language import base
from core.models.language.base import Context, LanguageModel
from core.numerics.sampling import SamplingConfig

LONGEST = 100_000  # characters of a text that is read at once
PART = 1_024  # tokens that are read before anything is yielded


def noise(seed: int, first: int, count: int) -> Tensor:
    """What decides the draws at places first, first + 1, ...: uniform on [0, 1), (count,). Each place has its own by
    the seed, so that a text may be asked for in parts."""
    numbers = np.random.default_rng(seed).random(first + count, np.float32)[first:]
    return torch.from_numpy(numbers)


@torch.no_grad()
def score_tokens(model: LanguageModel, context: Context, tokens: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Read on, one text, by the tokens (t,): yields log p of what could come (1, V) and what came (1,)."""
    for part, logits in model.logits_along(context, tokens[None]):
        for token, each in zip(part[0], logits[0].float().log_softmax(1), strict=True):
            yield each[None], token[None]


def generate(
    model: LanguageModel, context: Context, noise: Tensor, configs: Sequence[SamplingConfig]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Go on from a context of one text, once for each config, all by the same noise (count,): yields log p of what
    could come (n, V) and what was drawn (n,), token by token."""
    n = len(configs)
    require(n > 0, "choices", n, "at least one")
    context = context.branch(torch.zeros(n, dtype=torch.long, device=context.logits.device))
    for logits, drawn in base.generate(
        model, context, len(noise), noise.to(context.logits.device).expand(n, -1), configs
    ):
        yield logits.float().log_softmax(1), drawn


@dataclass(frozen=True)
class TokenScores:
    """A part of a text as a model read it.

    tokens      (t,)
    nats        (t,) -log p of each, given all before it
    rank        (t,) how many tokens were likelier
    entropy     (t,) what a token would cost on average if the model were right, nats
    likeliest   (t, K) tokens, the likeliest first; probs (t, K) their probabilities
    """

    tokens: Tensor
    nats: Tensor
    rank: Tensor
    entropy: Tensor
    likeliest: Tensor
    probs: Tensor


@torch.no_grad()
def read_text(model: LanguageModel, tokens: Tensor, alternatives: int = 5) -> Iterator[TokenScores]:
    """Read tokens (T,) from their beginning, part by part."""
    context = model.start(1)
    for part in tokens.split(PART):
        for few, logits in model.logits_along(context, part[None]):
            log_probs, few = logits[0].float().log_softmax(1), few[0]
            own = log_probs.gather(1, few[:, None])
            probs = log_probs.exp()
            entropy = -(probs * log_probs.clamp_min(-1e4)).sum(1)
            best, likeliest = probs.topk(min(alternatives, probs.shape[1]), 1)
            yield TokenScores(few, -own[:, 0], (log_probs > own).sum(1), entropy, likeliest, best)
