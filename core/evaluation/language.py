"""Scores and summary tensors of language models: what a character of unseen text costs, and how far back they look."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.data.preprocessing import vocabulary_of
from core.data.sets.texts import text_of_code_points
from core.evaluation.score import Score, Subject, Unscored, alone, together
from core.models.capabilities import StepsTokens
from core.models.language.base import bits_per_character, log_p

QUICK = 20_000  # characters of the test text, at most, where scores are to be there at once
REACHES = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)  # tokens of the past that are left
PLACES = 1_000  # of the test text, where the past is cut
KEPT = 4_000  # characters of the test text that stay with the model


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, StepsTokens)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """Exact log-probability of the test text, read once from its beginning to its end, in units that compare across
    vocabularies (a character) and in the model's own (a token)."""
    text, tokens = _test(subject)
    report, found, right = subject.reporter("reading"), [], 0
    context = subject.model.start(1)
    for part, logits in subject.model.logits_along(context, tokens):
        found.append(log_p(logits, part)[0].double())
        right += int((logits.argmax(2) == part).sum())
        if report is not None:
            report(int(context.lengths[0]), tokens.shape[1])
    each = -torch.cat(found)
    nats, characters = float(each.sum()), len(text)
    spread = float(each.std()) * math.sqrt(len(each)) / characters if len(each) > 1 else None
    data = f"{subject.dataset.name} test, {characters:,} characters, {subject.view_name}"
    note = "each token predicted from all before it; the spread assumes independent tokens"
    yield Score("nats a character", nats / characters, "nats/char", "exact", data, spread, note=note)
    yield Score("bits a character", bits_per_character(nats, characters), "bits/char", "exact", data)
    yield from alone(
        "perplexity", lambda: [Score("perplexity", math.exp(nats / len(each)), "per token", "exact", data)]
    )
    yield Score(
        "next token right", right / len(each), "share", "exact", data, note="the most likely token is the true one"
    )


@torch.no_grad()
def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """reach.left (R,): how many tokens of the past are left, reach.nats (R,): what the next token then costs, mean over
    places of the test text; text (B,): how the test text begins, in UTF-8."""
    return together(subject, _reach, _beginning)


def _reach(subject: Subject) -> dict[str, Tensor]:
    model, (_, tokens) = subject.model, _test(subject)
    furthest = min(max(REACHES), tokens.shape[1] - 1)
    left = torch.tensor([k for k in REACHES if k <= furthest])
    places = torch.linspace(furthest, tokens.shape[1] - 1, min(PLACES, tokens.shape[1] - furthest)).long()
    costs = []
    for k in left.tolist():
        past = tokens[0][places[:, None] + torch.arange(-k, 1).to(places)]  # (P, k + 1), the last is predicted
        each = [model.log_probs(part)[:, -1] for part in past.split(50)]
        costs.append(-torch.cat(each).double().mean())
    return {"reach.left": left.int(), "reach.nats": torch.stack(costs).float()}


def _beginning(subject: Subject) -> dict[str, Tensor]:
    text, _ = _test(subject)
    return {"text": torch.tensor(list(text[:KEPT].encode(errors="replace")), dtype=torch.uint8)}


def _test(subject: Subject) -> tuple[str, Tensor]:
    """The test text, and its tokens (1, T)."""
    text = text_of_code_points(subject.dataset.test)
    text = text if subject.thorough else text[:QUICK]
    numbers = vocabulary_of(subject.dataset, subject.view_name).encode(text)
    return text, torch.from_numpy(numbers)[None].to(next(subject.model.parameters()).device)
