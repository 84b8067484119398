"""Scores and summary tensors of autoregressive models: log p(x), exact, in each order that they know, and what becomes
of them when they go on from what they drew themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.evaluation.score import Score, Subject, Unscored, alone, standard_error, together
from core.models.autoregressive import pixel_orders
from core.models.autoregressive.base import (
    as_logits,
    base_outputs,
    bits_per_dim,
    class_log_probs,
    level_log_probs,
    log_prob,
    log_probs,
)
from core.models.capabilities import StepsPixels

QUICK = 1_000  # examples, at most, where scores are to be there at once
SEVERAL, QUICK_SEVERAL = 1_000, 100  # examples for what takes many passes: orders, classes, drawing
RANDOM_ORDERS, QUICK_RANDOM_ORDERS = 10, 2
SHOWN = 64  # samples and test examples among the summary tensors
_AT_ONCE = 100


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, StepsPixels)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """log p of test and training examples beside that of pixels on their own, other orders, what the class adds, and
    predictions from true and from own pixels."""
    test, labels = _examples(subject, "test", None if subject.thorough else QUICK)
    train, train_labels = _examples(subject, "train", QUICK)
    yield from alone("test log-probability", _test, subject, test, labels)
    yield from alone("train log-probability", _train, subject, train, train_labels)
    yield from alone("base-rate log-probability", _base_rate, subject, test)
    few = SEVERAL if subject.thorough else QUICK_SEVERAL
    test, labels = test[:few], None if labels is None else labels[:few]
    if len(subject.model.orders) > 1:
        yield from alone("test log-probability, other orders", _orders, subject, test, labels)
    if subject.model.classes:
        yield from alone("class error", _classes, subject, test, labels)
    yield from alone("teacher forcing and free running", _running, subject, test, labels)


def _test(subject: Subject, test: Tensor, labels: Tensor | None) -> Iterator[Score]:
    each = _log_probs(subject, test, labels, "log-probability")
    name = subject.data_name("test", len(test))
    yield _mean(subject, "test log-probability", each, name, _note(subject))
    if subject.model.is_normalized:
        bits, places = bits_per_dim(1.0, len(subject.model.order)), f"{len(subject.model.order)} dimensions"
        spread = None if len(each) < 2 else bits * standard_error(each)
        yield Score(
            "test bits per dimension", -bits * float(each.mean()), "bits/dim", "exact", name, spread, note=places
        )


def _train(subject: Subject, train: Tensor, labels: Tensor | None) -> Iterator[Score]:
    each = _log_probs(subject, train, labels, "training examples")
    yield _mean(subject, "train log-probability", each, subject.data_name("train", len(train)), _note(subject))


def _base_rate(subject: Subject, test: Tensor) -> Iterator[Score]:
    base = as_logits(base_outputs(subject.view("train").all(subject.generator()), subject.model.levels))
    each = level_log_probs(base.expand(len(test), -1, -1), test).sum(1)
    note, name = "independent pixels with their training frequencies", subject.data_name("test", len(test))
    value = float(each.double().mean())
    yield Score("base-rate log-probability", value, _unit(subject), "exact", name, note=note)


@torch.no_grad()
def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """samples, examples (64, D): levels that the model draws, and those of the first test examples, fewer where there
    are fewer; samples.labels, examples.labels (64,): their classes, of examples where they are known."""
    return together(subject, _samples, _examples_shown)


def _samples(subject: Subject) -> dict[str, Tensor]:
    model = subject.model
    arrays = {"samples": model.sample(SHOWN, subject.generator()).flatten(1).to(torch.uint8)}
    if model.classes:
        arrays["samples.labels"] = torch.arange(SHOWN, dtype=torch.int32) % model.classes
    return arrays


def _examples_shown(subject: Subject) -> dict[str, Tensor]:
    examples = subject.view("test").batch(slice(0, SHOWN), subject.generator()).flatten(1)
    arrays = {"examples": examples.to(torch.uint8)}
    if (labels := subject.dataset.test_labels) is not None:
        arrays["examples.labels"] = torch.from_numpy(labels[:SHOWN]).to(torch.int32)
    return arrays


def _orders(subject: Subject, test: Tensor, labels: Tensor | None) -> Iterator[Score]:
    """log p of the same examples in each order, and under the mixture of all of them, log mean_o p_o(x), which is at
    least their mean and a distribution of its own (Uria, Murray & Larochelle 2014, sec. 4.2)."""
    model, shape = subject.model, subject.dataset.event_shape
    name, found = subject.data_name("test", len(test)), []
    for order in model.orders:
        if order != "random":
            found.append(_log_probs(subject, test, labels, f"{order} order", pixel_orders.order(order, shape)))
            yield _mean(subject, f"test log-probability, {order} order", found[-1], name, pixel_orders.ORDERS[order])
    count = RANDOM_ORDERS if subject.thorough else QUICK_RANDOM_ORDERS
    drawn = []
    for seed in range(count):
        what = f"random order {seed + 1} of {count}"
        drawn.append(_log_probs(subject, test, labels, what, pixel_orders.order("random", shape, seed)))
    means = torch.stack(drawn).mean(1)
    note = f"mean over {count} random orders, from {float(means.min()):.2f} to {float(means.max()):.2f}"
    yield _mean(subject, "test log-probability, random orders", torch.stack(drawn).mean(0), name, note)
    mixed = torch.stack(found + drawn)
    each = mixed.logsumexp(0) - math.log(len(mixed))
    note = f"mixture: mean of p(x) over these {len(mixed)} orders"
    yield _mean(subject, "test log-probability, mixture of orders", each, name, note)


def _classes(subject: Subject, test: Tensor, labels: Tensor) -> Iterator[Score]:
    """log p(x) = log sum_y p(x | y) p(y), and how often the likeliest y is wrong; p(y) as in training."""
    known = torch.from_numpy(subject.dataset.train_labels).long()
    prior = torch.bincount(known, minlength=subject.model.classes).clamp_min(1).double().to(test.device)
    joint = torch.cat([class_log_probs(subject.model, part) for part in test.split(_AT_ONCE)]).double()
    joint += (prior / prior.sum()).log()
    name = subject.data_name("test", len(test))
    note = "summed over classes, weighted by their training frequencies"
    yield _mean(subject, "test log-probability, class unknown", joint.logsumexp(1), name, note)
    wrong = (joint.argmax(1) != labels).double()
    note = "predicts the class with the highest posterior (Bayes' rule)"
    value, spread = float(wrong.mean()), standard_error(wrong)
    yield Score("class error", value, "share wrong", "measured", name, spread, subject.seed, note)


def _running(subject: Subject, test: Tensor, labels: Tensor | None) -> Iterator[Score | Unscored]:
    """The second half of each example: predicted one place ahead of the truth, and drawn freely after the first half.
    Both count draws that meet the truth, so that they differ by nothing but what the model is fed."""
    model, generator, name = subject.model, subject.generator(), subject.data_name("test", len(test))
    half = model.order[(len(model.order) + 1) // 2 :]
    if not len(half):
        yield Unscored("teacher forcing and free running", "an example of one pixel has no second half")
        return
    truth = test.flatten(1).long()
    given = truth.clone()
    given[:, half] = -1
    right, met, free, own = [], [], [], []
    parts = list(range(0, len(test), _AT_ONCE))
    report = subject.reporter("free running")
    for first in parts:
        rows = slice(first, first + _AT_ONCE)
        classes = None if labels is None else labels[rows]
        logits = model.logits(test[rows], classes)[:, half]
        right.append((logits.argmax(2) == truth[rows][:, half]).double().mean(1))
        met.append(level_log_probs(logits, truth[rows][:, half]).exp().double().mean(1))
        drawn = model.sample(len(logits), generator, classes, given=given[rows]).flatten(1)
        free.append((drawn[:, half] == truth[rows][:, half]).double().mean(1))
        whole = model.sample(len(logits), generator, classes)
        own.append(log_prob(model, whole, classes).double())
        if report is not None:
            report(first + len(logits), len(test))

    def share(what: str, each: list[Tensor], note: str) -> Score:
        each = torch.cat(each)
        value, spread = float(each.mean()), standard_error(each)
        return Score(what, value, "share right", "measured", name, spread, subject.seed, note)

    yield share(
        "teacher forcing, most likely level", right, "second half of the order, each pixel predicted from the true ones"
    )
    yield share("teacher forcing, sampled level", met, "the same pixels, expected accuracy of a sampled level")
    yield share(
        "free running, sampled level", free, "the same pixels, sampled one after another from the first half on"
    )
    if model.is_normalized:
        drawn = f"{len(test):,} model samples"
        note = "minus the model's entropy; equals the test log-probability if the model matches the data"
        yield _mean(subject, "log-probability of its own samples", torch.cat(own), drawn, note, "estimate")


def _mean(subject: Subject, what: str, each: Tensor, data: str, note: str, nature: str | None = None) -> Score:
    """The mean over examples of log p, with its standard error."""
    if not subject.model.is_normalized:
        note, nature = "not a probability: each pixel sees itself", "measured"
    spread = standard_error(each)
    seed = subject.seed if subject.view_name == "dynamic" or nature == "estimate" else None
    return Score(what, float(each.mean()), _unit(subject), nature or "exact", data, spread, seed, note)


def _log_probs(subject: Subject, x: Tensor, labels: Tensor | None, what: str, order: Tensor | None = None) -> Tensor:
    """log p of each example, (N,) in float64."""
    report, found = subject.reporter(what), []
    for first in range(0, len(x), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        each = log_probs(subject.model, x[rows], None if labels is None else labels[rows], order)
        found.append(each.double().sum(1))
        if report is not None:
            report(min(first + _AT_ONCE, len(x)), len(x))
    return torch.cat(found)


def _examples(subject: Subject, split: str, most: int | None) -> tuple[Tensor, Tensor | None]:
    """The first examples of a split, and the classes of them that the model is conditioned on."""
    view = subject.view(split)
    labels = view.labels[:most] if subject.model.classes else None
    return view.batch(slice(0, most), subject.generator()), labels


def _note(subject: Subject) -> str:
    parts = [f"{subject.model.orders[0]} order"] if len(subject.model.orders) > 1 else []
    return "; ".join([*parts, *(["class given"] if subject.model.classes else [])])


def _unit(subject: Subject) -> str:
    return "nats/image" if len(subject.dataset.event_shape) == 2 else "nats/example"
