"""Scores and summary tensors of models of recordings: what a sample of unseen recordings costs, which class makes them
likeliest, and how far back the model looks."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.data.preprocessing import PreprocessedSplit
from core.evaluation.generated_sounds import generated_scores
from core.evaluation.score import Score, Subject, Unscored, alone, standard_error, together
from core.models.audio.base import bits_per_sample
from core.models.capabilities import StepsSamples

QUICK = 30  # recordings, at most, where scores are to be there at once
SAMPLES = 2**18  # that are read at a time
PLACES = 400  # of the test recordings, where the past is cut


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, StepsSamples)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """Exact log-probability of whole test recordings, in bits per sample, beside that of samples on their own; and the
    class that makes each likeliest, and whether what is generated is of the class that was asked for."""
    test = _test(subject)
    yield from alone("test bits per sample", _bits, subject, test)
    yield from alone("base-rate bits per sample", _base_rate, subject, test)
    if subject.model.classes:
        yield from alone("class told by likelihood", _classes, subject, test)
    if subject.model.classes > 1 and subject.thorough:
        yield from alone("generated class as asked", generated_scores, subject)


def _bits(subject: Subject, test: PreprocessedSplit) -> Iterator[Score]:
    report, nats = subject.reporter("reading recordings"), []
    for row in range(len(test)):
        x, labels, speakers = recording(subject.model, test, row)
        nats.append(-float(subject.model.log_probs(x, labels, speakers).double().sum()))
        if report is not None:
            report(row + 1, len(test))
    lengths = test.lengths.double()
    value = bits_per_sample(sum(nats), int(lengths.sum()))
    each = torch.tensor(nats, dtype=torch.float64).to(lengths) / math.log(2) - value * lengths
    spread = float(each.square().mean().sqrt() / math.sqrt(len(each)) / lengths.mean()) if len(each) > 1 else None
    given = " and ".join(w for w, n in (("class", subject.model.classes), ("speaker", subject.model.speakers)) if n)
    note = "; ".join(["whole recordings, as loud as they are", *([f"{given} given"] if given else [])])
    yield Score("test bits per sample", value, "bits/sample", "exact", _name(subject, test), spread, note=note)


def _base_rate(subject: Subject, test: PreprocessedSplit) -> Iterator[Score]:
    counts = torch.ones(subject.model.levels, dtype=torch.float64)
    train = subject.view("train")
    for row in range(len(train)):
        counts += torch.bincount(train.values[row, : int(train.lengths[row])].long().cpu(), minlength=len(counts))
    log_p, found = (counts / counts.sum()).log(), 0.0
    for row in range(len(test)):
        found -= float(log_p[test.values[row, : int(test.lengths[row])].long().cpu()].sum())
    value = bits_per_sample(found, int(test.lengths.sum()))
    note = "independent samples with their training frequencies"
    yield Score("base-rate bits per sample", value, "bits/sample", "exact", _name(subject, test), note=note)


def _classes(subject: Subject, test: PreprocessedSplit) -> Iterator[Score]:
    report, right = subject.reporter("telling classes"), []
    for row in range(len(test)):
        x, _, speakers = recording(subject.model, test, row)
        right.append(float(class_log_probs(subject.model, x, speakers).argmax() == int(test.labels[row])))
        if report is not None:
            report(row + 1, len(test))
    right = torch.tensor(right)
    note = "the class of highest likelihood" + ("; speaker given" if subject.model.speakers else "")
    value, spread = float(right.mean()), standard_error(right)
    yield Score("class told by likelihood", value, "share right", "measured", _name(subject, test), spread, note=note)


def class_log_probs(model: nn.Module, x: Tensor, speakers: Tensor | None = None) -> Tensor:
    """log p(x | y) of one recording x (1, T) for every class y: (C,), nats."""
    labels = torch.arange(model.classes, device=x.device)
    at_once = max(1, SAMPLES // x.shape[1])
    found = []
    for part in labels.split(at_once):
        spoken = None if speakers is None else speakers.expand(len(part))
        found.append(model.log_probs(x.expand(len(part), -1), part, spoken).double().sum(1))
    return torch.cat(found)


def recording(model: nn.Module, view: PreprocessedSplit, row: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """One recording (1, T) as long as it is, and its class and speaker (1,) each, where the model is conditioned on
    them."""
    x = view.values[row : row + 1, : int(view.lengths[row])].long()
    labels = view.labels[row : row + 1] if model.classes and view.labels is not None else None
    speakers = view.speakers[row : row + 1] if model.speakers and view.speakers is not None else None
    return x, labels, speakers


@torch.no_grad()
def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """reach.left (R,): how many samples of the past are left, reach.nats (R,): what the next sample then costs, mean
    over places of the test recordings."""
    return together(subject, _reach)


def _reach(subject: Subject) -> dict[str, Tensor]:
    model, test = subject.model, _test(subject)
    furthest = min(model.receptive_field, int(test.lengths.min()) - 1)
    left = [k for k in (0, *(2**i for i in range(20))) if k < furthest] + [furthest]
    rows = torch.arange(PLACES) % len(test)
    shares = torch.linspace(0, 1, PLACES, dtype=torch.float64)
    lengths = test.lengths.cpu()[rows].double()
    places = (furthest + shares * (lengths - 1 - furthest)).long()
    costs = []
    for k in left:
        found = []
        for some in torch.arange(PLACES).split(max(1, SAMPLES // (k + 1))):
            at, of = places[some], rows[some].to(test.values.device)
            past = test.values[of[:, None], (at[:, None] + torch.arange(-k, 1)).to(of)].long()
            labels = test.labels[of] if model.classes else None
            speakers = test.speakers[of] if model.speakers else None
            found.append(model.log_probs(past, labels, speakers)[:, -1])
        costs.append(-torch.cat(found).double().mean())
    return {"reach.left": torch.tensor(left).int(), "reach.nats": torch.stack(costs).float()}


def _test(subject: Subject) -> PreprocessedSplit:
    """The test recordings, of which some where scores are to be there at once."""
    view = subject.view("test")
    return view if subject.thorough else view.take(torch.arange(min(QUICK, len(view))))


def _name(subject: Subject, test: PreprocessedSplit) -> str:
    return f"{subject.dataset.name} test, {len(test):,} recordings, {int(test.lengths.sum()):,} samples"
