"""Scores of models that separate class from style: how often the class is wrong, and the bound on log p(x) with the
class summed out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.evaluation.score import Score, Subject, Unscored, alone, standard_error
from core.models.autoencoders.likelihoods import bernoulli
from core.models.capabilities import BoundsLikelihood, SeparatesStyle

DRAWS = 10  # of a style for every example and class
QUICK_IMAGES = 1_000
_AT_ONCE = 200  # examples


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, SeparatesStyle) and isinstance(model, BoundsLikelihood)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """The error of the class, and the bound beside what independent pixels reach."""
    test = subject.view("test").all(subject.generator())
    if subject.dataset.test_labels is not None:
        yield from alone("class error", _error, subject, test)
    yield from alone("test ELBO", _elbo, subject, test if subject.thorough else test[:QUICK_IMAGES])
    yield from alone("base-rate log-probability", _base_rate, subject, test)


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """Nothing of its own: `core.evaluation.codes` has those of the codes."""
    return {}


def _error(subject: Subject, test: Tensor) -> Iterator[Score]:
    labels = torch.from_numpy(subject.dataset.test_labels)
    found = torch.cat([subject.model.classify(part).argmax(1) for part in test.split(_AT_ONCE)]).cpu()
    wrong = (found != labels).double()
    note = f"after {subject.model.config.labels:,} examples whose class was given"
    name, value = subject.data_name("test", len(test)), float(wrong.mean())
    yield Score("class error", value, "share wrong", "measured", name, standard_error(wrong), subject.seed, note)


def _elbo(subject: Subject, test: Tensor) -> Iterator[Score]:
    generator = subject.generator()
    each = torch.cat([subject.model.elbo(part, generator, DRAWS) for part in test.split(_AT_ONCE)]).double()
    note = f"class summed out; {DRAWS} codes per example and class"
    if subject.view("test").kind == "grey":
        note += "; mean over binarisations of the greys"
    name, value = subject.data_name("test", len(test)), float(each.mean())
    yield Score("test ELBO", value, "nats/image", "lower bound", name, standard_error(each), subject.seed, note)


def _base_rate(subject: Subject, test: Tensor) -> Iterator[Score]:
    train = subject.view("train").batch(slice(0, 60_000), subject.generator())
    logits = train.flatten(1).mean(0).clamp(1e-3, 1 - 1e-3).logit()
    each = bernoulli(test.flatten(1)[:, None], logits.expand(len(test), 1, -1)).double()
    note, name = "independent pixels with the training means", subject.data_name("test", len(test))
    yield Score("base-rate log-probability", float(each.mean()), "nats/image", "exact", name, note=note)
