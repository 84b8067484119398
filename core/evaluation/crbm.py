"""Scores of convolutional RBMs: likelihood by enumeration or by AIS in both directions, a linear reading of the pooling
units, and how many filters are edge detectors.

AIS goes from the machine without filters to the machine itself, with all its energies but the visibles' own multiplied
by the inverse temperature. As for deep Boltzmann machines, where the two directions disagree neither is a score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.evaluation.ais import EXACT_UNITS, LogZ, Schedule, all_states, annealing_schedule, estimate, schedule
from core.evaluation.dbm import BURN_IN, CHAINS, Report, disagreement
from core.evaluation.linear_probe import accuracy, fit_probe
from core.evaluation.score import Score, Subject, Unscored, alone
from core.models.boltzmann.crbm import ConvRBM
from core.numerics.gabor import fit_gabor

EXPLAINED = 0.6  # R^2 from which on a filter counts as a Gabor function
_BATCH = 1_000


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, ConvRBM)


def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """The likelihood, the base rate, what a linear probe reads from the code, and the share of Gabor-like filters."""
    yield from alone("test log-probability", _likelihood, subject)
    yield from alone("base-rate log-probability", _base_rate, subject)
    labels = subject.dataset.train_labels, subject.dataset.test_labels
    if all(one is not None for one in labels) and set(labels[1].tolist()) <= set(labels[0].tolist()):
        yield from alone("linear probe accuracy", _probe, subject)
    if subject.model.config.size >= 5:  # a smaller filter is a Gabor function, whatever it is
        yield from alone("Gabor-like filters", _gabor_like, subject)


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """Nothing of its own: `core.evaluation.codes` has those of the codes."""
    return {}


def can_be_exact(model: ConvRBM) -> bool:
    """True where the visibles are binary and at most `EXACT_UNITS`."""
    return model.config.visible == "bernoulli" and math.prod(model.config.event_shape) <= EXACT_UNITS


@torch.no_grad()
def exact_log_z(model: ConvRBM) -> LogZ:
    """log Z by summing over all states of the visibles, in float64."""
    shape = model.config.event_shape
    parts = (states.view(-1, *shape) for states in all_states(math.prod(shape)))
    return LogZ(float(torch.cat([-model.free_energy(part.to(model.W.device)) for part in parts]).logsumexp(0)))


@torch.no_grad()
def ais(model: ConvRBM, generator: Generator, pieces: Schedule, chains: int, report: Report | None = None) -> LogZ:
    """log Z by AIS from the machine without filters."""
    betas = schedule(pieces).tolist()
    log_weights = _anneal(model, model.base_sample(chains, generator), betas, generator, report)
    return estimate(log_weights, base_log_z(model), len(betas) - 1)


@torch.no_grad()
def reverse_ais(
    model: ConvRBM, generator: Generator, pieces: Schedule, chains: int, report: Report | None = None
) -> LogZ:
    """log Z by AIS backwards, from chains of the machine: the persistent ones, or ones from noise, after `BURN_IN`
    sweeps. As good as those are samples of the machine."""
    betas = schedule(pieces).flip(0).tolist()
    if hasattr(model, "chains"):
        v = model.chains[torch.arange(chains, device=model.W.device) % len(model.chains)]
    else:
        v = model.base_sample(chains, generator)
    for _ in range(BURN_IN):
        v, _ = model.gibbs_step(v, generator)
    return estimate(_anneal(model, v, betas, generator, report), base_log_z(model), len(betas) - 1, direction=-1)


def base_log_z(model: ConvRBM) -> float:
    """log Z of the machine without filters, hidden units included."""
    blocks = math.prod(model.pooled_shape)
    return _visible_log_z(model) + blocks * math.log(1 + model.config.pool**2)


def _visible_log_z(model: ConvRBM) -> float:
    """log Z of the visibles of the machine without filters, hidden units left out."""
    binary, base = model.config.visible == "bernoulli", model.base_bias.double()
    of_one = float(F.softplus(base)) if binary else 0.5 * math.log(2 * math.pi)
    return math.prod(model.config.event_shape) * of_one


def _anneal(model: ConvRBM, v: Tensor, betas: list[float], generator: Generator, report: Report | None) -> Tensor:
    """Log importance weights (chains,) of going through the inverse temperatures, up or down; float64."""
    log_weights = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    for k, (before, beta) in enumerate(zip(betas, betas[1:], strict=False)):
        x = model.hidden_input(v)
        own = model.visible_energy(v).double() - model.visible_energy(v, model.base_bias).double()
        log_weights += (model.log_hidden(beta * x) - model.log_hidden(before * x)).double() - (beta - before) * own
        h = model.draw_hidden(beta * x, generator)
        v = model.draw_visible(beta * model.visible_input(h) + (1 - beta) * model.base_bias, generator)
        if report is not None and k % 50 == 0:
            report(k, len(betas) - 1)
    return log_weights


def _likelihood(subject: Subject) -> Iterator[Score | Unscored]:
    model, what, seed = subject.model, "test log-probability", subject.seed
    test = subject.view("test").all(subject.generator())
    name = subject.data_name("test", len(test))
    minus = float(torch.cat([model.free_energy(part).double() for part in test.split(_BATCH)]).mean())
    if can_be_exact(model):
        log_z = exact_log_z(model)
        yield Score(what, -minus - log_z.value, "nats/image", "exact", name, seed=seed, note=log_z.how)
        yield Score("log Z", log_z.value, "nats", "exact", "", seed=seed, note=log_z.how)
        return
    pieces, chains = annealing_schedule(subject), subject.estimators.chains or CHAINS
    forward = ais(model, subject.generator(), pieces, chains, subject.reporter("log Z by AIS"))
    reverse = reverse_ais(model, subject.generator(), pieces, chains, subject.reporter("log Z by reverse AIS"))
    if wrong := disagreement(forward, reverse):
        yield Unscored(what, wrong)
        return
    nature, error = "upper-leaning estimate", forward.standard_error
    yield Score(what, -minus - forward.value, "nats/image", nature, name, error, seed, forward.how)
    note, error = f"reverse {reverse.how}", reverse.standard_error
    yield Score("reverse bound", -minus - reverse.value, "nats/image", "lower bound", name, error, seed, note)
    yield Score("log Z", forward.value, "nats", "estimate", "", forward.standard_error, seed, forward.how)


def _base_rate(subject: Subject) -> Iterator[Score]:
    model, test = subject.model, subject.view("test").all(subject.generator())
    value = -float(model.visible_energy(test, model.base_bias).double().mean()) - _visible_log_z(model)
    name, note = subject.data_name("test", len(test)), "independent pixels, all with the training mean"
    yield Score("base-rate log-probability", value, "nats/image", "exact", name, seed=subject.seed, note=note)


def _probe(subject: Subject) -> Iterator[Score]:
    features, labels = zip(*(_labelled_codes(subject, split) for split in ("train", "test")), strict=True)
    judged = fit_probe(features[0], labels[0], len(subject.dataset.class_names))
    value = accuracy(features[1], labels[1], *judged)
    name = subject.data_name("test", len(labels[1]))
    yield Score(
        "linear probe accuracy", value, "share right", "measured", name, note="logistic regression on the pooling units"
    )


@torch.no_grad()
def _labelled_codes(subject: Subject, split: str) -> tuple[Tensor, Tensor]:
    x = subject.view(split).all(subject.generator())
    codes = torch.cat([subject.model.encode(part) for part in x.split(_BATCH)])
    return codes, torch.from_numpy(getattr(subject.dataset, f"{split}_labels")).to(codes.device)


def _gabor_like(subject: Subject) -> Iterator[Score]:
    filters = subject.model.W.detach()[:, 0].double().cpu().numpy()
    explained = [fit_gabor(one)[1] for one in filters]
    value = sum(r2 >= EXPLAINED for r2 in explained) / len(explained)
    note = f"a fitted Gabor function explains {EXPLAINED:.0%} of their variance and more; {len(filters)} filters"
    yield Score("Gabor-like filters", value, "share", "measured", "", note=note)
