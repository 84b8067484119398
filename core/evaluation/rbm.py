"""Scores and summary tensors of restricted Boltzmann machines."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.evaluation.ais import (
    CHAINS,
    LogZ,
    ais_log_weights,
    ais_log_z,
    annealing_schedule,
    can_be_exact,
    exact_log_z,
    log_prob,
    reverse_bound,
    schedule,
)
from core.evaluation.linear_gaussian import LINEAR, linear_gaussian
from core.evaluation.linear_probe import accuracy, fit_probe
from core.evaluation.score import Score, Subject, Unscored, alone, standard_error, together
from core.models.capabilities import GibbsModel

FANTASIES = 256  # samples of the model itself, kept so that chains can start without the data
FANTASY_SWEEPS = 1_000
HISTOGRAM_IMAGES = 1_000
BOUND_IMAGES = 100
READABLE = 0.7  # accuracy from which on a probe's reading is worth colouring chains with


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, GibbsModel)


def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """Likelihood, reconstruction, and what a linear classifier reads from the hidden units."""
    model = subject.model
    test = subject.view("test").all(subject.generator())
    name = subject.data_name("test", len(test))
    if model.config.visible == "softmax":
        yield from alone("perplexity", _perplexity, subject, test[:50])
    else:
        yield from _likelihood(subject, test, name)
    yield from alone("reconstruction", _curves, subject, test, name)
    if subject.dataset.train_labels is not None:
        yield from alone("linear probe accuracy", lambda: [_probe(subject)[2]])


def _curves(subject: Subject, test: Tensor, name: str) -> Iterator[Score]:
    """What the training's curves show, on all test examples."""
    for key, value in subject.model.metrics(test, subject.generator()).items():
        if key == "free_energy":  # means something only beside that of other examples
            continue
        unit = {"pseudo_log_likelihood": "nats/image", "reconstruction": "squared error/image"}.get(key, "")
        note = "one random pixel per image" if key == "pseudo_log_likelihood" else "one mean-field step up and down"
        yield Score(key.replace("_", " "), value, unit, "measured", name, seed=subject.seed, note=note)


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """fantasy (256, D): samples of the model. hidden_use (H,): mean activity on training examples.
    free_energy.train / .test / .noise (<= 1000,): noise has each pixel drawn on its own with its training mean.
    probe.weight (H, classes), probe.bias (classes,): reads the class from the hidden probabilities; left out where
    it reads it badly (bars and stripes cannot be told apart linearly).
    """
    return together(subject, _activity, _fantasies, _reading)


def _activity(subject: Subject) -> dict[str, Tensor]:
    model, generator = subject.model, subject.generator()
    train, test = (subject.view(split).batch(slice(0, 10_000), generator) for split in ("train", "test"))
    return {
        "hidden_use": model.hidden_probs(train).mean(0),
        "free_energy.train": model.free_energy(train[:HISTOGRAM_IMAGES]),
        "free_energy.test": model.free_energy(test[:HISTOGRAM_IMAGES]),
    }


def _fantasies(subject: Subject) -> dict[str, Tensor]:
    model, generator = subject.model, subject.generator()
    if model.config.visible == "softmax":
        return {}
    start = model.chains[0] if hasattr(model, "chains") else model.base_sample(FANTASIES, generator)
    v = start[torch.arange(FANTASIES, device=start.device) % len(start)]
    for sweep in range(FANTASY_SWEEPS):
        v, _ = model.gibbs_step(v, generator)
        if subject.report is not None and sweep % 100 == 0:
            subject.report("model samples", sweep, FANTASY_SWEEPS)
    return {"fantasy": v, "free_energy.noise": model.free_energy(model.base_sample(HISTOGRAM_IMAGES, generator))}


def _reading(subject: Subject) -> dict[str, Tensor]:
    if subject.dataset.train_labels is None:
        return {}
    weight, bias, score = _probe(subject)
    return {"probe.weight": weight, "probe.bias": bias} if score.value > READABLE else {}


def _likelihood(subject: Subject, test: Tensor, name: str) -> Iterator[Score | Unscored]:
    train = subject.view("train").batch(slice(0, 10_000), subject.generator())
    yield from alone("log-probability", _by_log_z, subject, train, test, name)
    yield from alone("base-rate log-probability", _base_rate, subject, test, name)
    if subject.model.config.visible == "gaussian":
        yield from alone(LINEAR, linear_gaussian, train, test, name, "nats/image")


def _by_log_z(subject: Subject, train: Tensor, test: Tensor, name: str) -> Iterator[Score | Unscored]:
    """What needs the partition function."""
    model, log_z = subject.model, _log_z(subject)
    if log_z.doubt:
        yield Unscored("test log-probability", log_z.doubt)
        return
    per_image = log_prob(model, test, log_z)
    nature = "exact" if log_z.exact else "upper-leaning estimate"
    how = log_z.how
    spread = None if log_z.exact else log_z.standard_error
    yield Score("test log-probability", float(per_image.mean()), "nats/image", nature, name, spread, subject.seed, how)
    value = float(log_prob(model, train, log_z).mean())
    train_name = subject.data_name("train", len(train))
    yield Score("train log-probability", value, "nats/image", nature, train_name, spread, subject.seed, how)
    yield Score("log Z", log_z.value, "nats", "exact" if log_z.exact else "estimate", "", spread, subject.seed, how)
    if subject.thorough and not log_z.exact:
        yield from alone("reverse bound", _reverse, subject, test[:BOUND_IMAGES], per_image, name)


def _base_rate(subject: Subject, test: Tensor, name: str) -> Iterator[Score]:
    model = subject.model
    base = -(model.base_energy(test).double() - model.config.hidden * math.log(2) + model.base_log_z())
    note = "independent pixels with the training means"
    value = float(base.mean())
    yield Score("base-rate log-probability", value, "nats/image", "exact", name, seed=subject.seed, note=note)


def _reverse(subject: Subject, some: Tensor, per_image: Tensor, name: str) -> Iterator[Score]:
    """A lower bound by reverse AIS, from its gap to AIS on the same images, as images differ far more among each other
    than the two estimates on one image do."""
    pieces = annealing_schedule(subject, 0.1 if subject.model.config.visible == "gaussian" else 0.5)
    bound = reverse_bound(subject.model, some, subject.generator(), pieces, 5, subject.reporter("reverse bound"))
    gap = per_image[: len(some)] - bound
    value, spread = float(per_image.mean() - gap.mean()), standard_error(gap)
    steps = sum(n for _, n in pieces)
    note = f"reverse AIS, {steps:,} temperatures, 5 chains per image: "
    note += f"{float(gap.mean()):.2f} below AIS on {len(gap)} images"
    yield Score("reverse bound", value, "nats/image", "lower bound", name, spread, subject.seed, note)


def _log_z(subject: Subject) -> LogZ:
    if can_be_exact(subject.model):
        return exact_log_z(subject.model)
    pieces, chains = annealing_schedule(subject), subject.estimators.chains or CHAINS
    return ais_log_z(subject.model, subject.generator(), pieces, chains, progress=subject.reporter("log Z by AIS"))


def _perplexity(subject: Subject, test: Tensor, chains: int = 20) -> Iterator[Score]:
    """exp(-mean log p(document) / words), as in Salakhutdinov & Hinton 2009, sec. 4: log Z for every length by AIS."""
    model, generator = subject.model, subject.generator()
    lengths = test.sum(1)
    distinct, which = lengths.unique(return_inverse=True)
    betas = schedule(((1.0, 1_000 if subject.thorough else 200),))
    log_w = ais_log_weights(
        model, betas, 0, generator, distinct.repeat_interleave(chains), subject.reporter("log Z by AIS")
    ).view(-1, chains)
    log_z = torch.logsumexp(log_w, 1) - math.log(chains) + model.base_log_z(distinct)
    per_word = (-model.free_energy(test).double() - log_z[which]) / lengths
    value = float(torch.exp(-per_word.mean()))
    note = f"log Z for each document length by AIS, {len(betas) - 1} temperatures, {chains} chains"
    name = subject.data_name("test", len(test))
    yield Score("perplexity", value, "per word", "estimate", name, seed=subject.seed, note=note)


def _probe(subject: Subject) -> tuple[Tensor, Tensor, Score]:
    """Weight and bias of a linear probe fitted on all training examples, and how well such a probe reads.

    The score is the accuracy on test examples, or, where the test classes are others (held-out people), on every
    third training example after fitting on the rest.
    """
    features, labels = _labelled_features(subject, "train")
    test_features, test_labels = _labelled_features(subject, "test")
    classes = len(subject.dataset.class_names)
    weight, bias = judged = fit_probe(features, labels, classes)
    split, note = "test", "logistic regression on the hidden probabilities"
    if not set(test_labels.tolist()) <= set(labels.tolist()):
        out = torch.arange(len(labels)) % 3 == 2
        judged = fit_probe(features[~out], labels[~out], classes)
        test_features, test_labels = features[out], labels[out]
        split, note = "train", note + ", fitted on the other two thirds"
    value = accuracy(test_features, test_labels, *judged)
    name = subject.data_name(split, len(test_labels))
    return weight, bias, Score("linear probe accuracy", value, "share right", "measured", name, note=note)


def _labelled_features(subject: Subject, split: str) -> tuple[Tensor, Tensor]:
    labels = getattr(subject.dataset, f"{split}_labels")
    x = subject.view(split).all(subject.generator())
    features = torch.cat([subject.model.hidden_probs(part) for part in x.split(5_000)])
    return features, torch.from_numpy(labels).to(features.device)
