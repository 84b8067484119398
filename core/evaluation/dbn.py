"""Scores of deep belief networks: stacks of RBMs whose top machine is binary.

For layers h1 .. hK between the example and the top machine, whose visibles hK are, and q(h1 .. hK | v) drawn on the way
up, each layer factorial given the one below (Salakhutdinov & Murray 2008, sec. 3 and eq. 23):

    log p(v) >= E_q[ log p(v|h1) + ... + log p(hK-1|hK) + log p*(hK) - log q(h1|v) - ... - log q(hK|hK-1) ] - log Z

log Z is that of the top machine alone, exact or by AIS. With labels p*(hK) is summed over them. The entropy stands as
-log q of the draw itself: where the bound is tight every draw then gives log p(v), and the mean of few is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.evaluation.ais import (
    CHAINS,
    EXACT_UNITS,
    LogZ,
    Schedule,
    ais_log_z,
    annealing_schedule,
    can_be_exact,
    exact_log_z,
    log_prob,
    reverse_bound,
)
from core.evaluation.score import Score, Subject, Unscored, alone, class_accuracy, standard_error
from core.models.boltzmann.base import RBM
from core.models.boltzmann.layers import LabelledRBM
from core.models.boltzmann.stack import RBMStack
from core.models.capabilities import StacksMachines
from core.numerics.sampling import bernoulli

BOUND_IMAGES = 100
_BATCH = 2_000


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, StacksMachines) and model.is_belief_net


def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """The bound on the likelihood, also by reverse AIS, the first layer's own likelihood, the accuracy of labels."""
    yield from alone("bound on log-probability", _bounds, subject)
    if subject.thorough and len(subject.model.machines) > 1:
        yield from alone("first layer alone", _first_layer, subject)
    yield from alone("base-rate log-probability", _base_rate, subject)
    if isinstance(subject.model.machines[-1], LabelledRBM) and subject.dataset.test_labels is not None:
        note = "the label with the lowest free energy in the top RBM"
        yield from class_accuracy(subject, "accuracy by free energy", note)


def _bounds(subject: Subject) -> Iterator[Score | Unscored]:
    model, generator = subject.model, subject.generator()
    test, name = _bits(subject, "test", generator)
    top = model.machines[-1]
    log_z = _log_z(subject, top, "log Z by AIS")
    if log_z.doubt:
        yield Unscored("bound on test log-probability", log_z.doubt)
        return
    draws = 10 if subject.thorough else 2
    sure = log_z.exact and len(model.machines) == 1
    nature = "exact" if sure else "lower bound" if log_z.exact else "upper-leaning estimate"
    how = f"variational bound, {draws} samples of the hidden layers per example; log Z of the top RBM: {log_z.how}"
    what = "bound on {} log-probability"
    value, error = mean_bound(model, test, log_z, draws, generator)
    spread = math.hypot(error, log_z.standard_error)
    yield Score(what.format("test"), value, "nats/image", nature, name, spread, subject.seed, how)
    train, train_name = _bits(subject, "train", generator, 10_000)
    train_value, error = mean_bound(model, train, log_z, draws, generator)
    spread = math.hypot(error, log_z.standard_error)
    yield Score(what.format("train"), train_value, "nats/image", nature, train_name, spread, subject.seed, how)
    kind = "exact" if log_z.exact else "estimate"
    error = None if log_z.exact else log_z.standard_error
    yield Score("log Z of the top RBM", log_z.value, "nats", kind, "", error, subject.seed, log_z.how)
    if subject.thorough and not log_z.exact:
        yield from alone("reverse bound", lambda: [_reverse(subject, test[:BOUND_IMAGES], log_z, value, name)])


def _first_layer(subject: Subject) -> Iterator[Score | Unscored]:
    first = subject.model.machines[0]
    test, name = _bits(subject, "test", subject.generator())
    alone_z = _log_z(subject, first, "log Z of the first layer")
    if alone_z.doubt:
        yield Unscored("first layer alone", alone_z.doubt)
        return
    own = float(log_prob(first, test, alone_z).mean())
    kind = "exact" if alone_z.exact else "upper-leaning estimate"
    error = None if alone_z.exact else alone_z.standard_error
    note = f"the first layer as an RBM: {alone_z.how}"
    yield Score("first layer alone", own, "nats/image", kind, name, error, subject.seed, note)


def _base_rate(subject: Subject) -> Iterator[Score]:
    first = subject.model.machines[0]
    test, name = _bits(subject, "test", subject.generator())
    base = -(first.base_energy(test).double() - first.config.hidden * math.log(2) + first.base_log_z())
    note = "independent pixels with the training means"
    value = float(base.mean())
    yield Score("base-rate log-probability", value, "nats/image", "exact", name, seed=subject.seed, note=note)


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """Nothing of its own: `core.evaluation.codes` has those of the codes."""
    return {}


@torch.no_grad()
def bound(model: RBMStack, v: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """One draw of the bound's terms for bits v (N, *event_shape), all but log Z: (N,), float64; and the drawn visibles
    of the top machine (N, U)."""
    u = v.flatten(1)
    total = torch.zeros(len(u), dtype=torch.float64, device=u.device)
    for machine in model.machines[:-1]:
        up = machine.hidden_input(u)
        h = bernoulli(torch.sigmoid(up), generator)
        down = machine.visible_input(h)
        total += (F.softplus(up) - up * h).sum(1, dtype=torch.float64)  # -log q(h | u)
        total += (u * down - F.softplus(down)).sum(1, dtype=torch.float64)  # log p(u | h)
        u = h
    top = model.machines[-1]
    own = top.label_logits(u).logsumexp(1) if isinstance(top, LabelledRBM) else -top.free_energy(u)
    return total + own.double(), u


def mean_bound(model: RBMStack, v: Tensor, log_z: LogZ, draws: int, generator: Generator) -> tuple[float, float]:
    """Mean over examples v (N, *event_shape) of the bound in nats, and the standard error that the draws leave."""
    parts = []
    for _ in range(draws):
        parts.append(torch.cat([bound(model, part, generator)[0] for part in v.split(_BATCH)]))
    each = torch.stack(parts)  # (draws, N)
    error = float((each.var(0).sum() / draws).sqrt() / len(v)) if draws > 1 else math.inf
    return float(each.mean()) - log_z.value, error


def top_log_z(
    machine: RBM,
    generator: Generator,
    pieces: Schedule,
    chains: int = CHAINS,
    progress: Callable[[int, int], None] | None = None,
) -> LogZ:
    """log Z of one machine: exact where a side is small enough (with labels, the hidden one), else by AIS."""
    if isinstance(machine, LabelledRBM):  # whose visibles are no free bits
        exact = machine.config.hidden <= min(EXACT_UNITS, len(machine.visible_bias))
    else:
        exact = can_be_exact(machine)
    return exact_log_z(machine) if exact else ais_log_z(machine, generator, pieces, chains, progress=progress)


def _log_z(subject: Subject, machine: RBM, what: str) -> LogZ:
    chains = subject.estimators.chains or CHAINS
    return top_log_z(machine, subject.generator(), annealing_schedule(subject), chains, subject.reporter(what))


def _reverse(subject: Subject, v: Tensor, log_z: LogZ, value: float, name: str) -> Score:
    """The bound, with reverse AIS for the top machine's part: compared on some draws, where the two differ least."""
    generator, top = subject.generator(), subject.model.machines[-1]
    _, u = bound(subject.model, v, generator)
    if isinstance(top, LabelledRBM):
        y = torch.multinomial(top.label_logits(u).softmax(1), 1, generator=generator)[:, 0]
        u = top.with_labels(u, y)
    pieces = annealing_schedule(subject, 0.5)
    gap = log_prob(top, u, log_z) - reverse_bound(top, u, generator, pieces, 5, subject.reporter("reverse bound"))
    note = f"the same bound with reverse AIS, {sum(n for _, n in pieces):,} temperatures, 5 chains per image: "
    note += f"{float(gap.mean()):.2f} below on {len(gap)} images"
    error = standard_error(gap)
    value = value - float(gap.mean())
    return Score("reverse bound", value, "nats/image", "lower bound", name, error, subject.seed, note)


def _bits(subject: Subject, split: str, generator: Generator, most: int | None = None) -> tuple[Tensor, str]:
    """Examples as bits, drawn from the greys where the view shows greys, and how scores name them."""
    shown = subject.view(split)
    x = shown.batch(slice(0, most), generator)
    name = subject.data_name(split, len(x))
    if shown.kind == "grey":
        return bernoulli(x, generator), f"{name}, binarised with seed {subject.seed}"
    return x, name
