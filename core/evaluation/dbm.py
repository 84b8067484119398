"""Scores of deep Boltzmann machines: the variational bound, with log Z by enumeration or by AIS in both directions.

AIS goes from the machine without connections to the machine itself; its chains hold the odd layers, and the even ones
are summed out (Salakhutdinov & Hinton 2009, sec. 3.2). Forward it is likelier to find log Z too low, and backward,
from samples of the machine, too high. Where the two disagree, neither is a score.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from core.evaluation.ais import EXACT_UNITS, LogZ, Schedule, all_states, annealing_schedule, estimate, schedule
from core.evaluation.score import Score, Subject, Unscored, alone, class_accuracy
from core.models.boltzmann.dbm import DBM
from core.models.boltzmann.units import OneOfC

CHAINS = 64
AGREEMENT = 0.5  # nats that forward and reverse AIS may differ by
BURN_IN = 500
_BATCH = 2_000

Report = Callable[[int, int], None]


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, DBM)


def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """The bound on the likelihood, the exact one where it can be had, log Z, and the base rates for comparison."""
    yield from alone("bound on test log-probability", _likelihood, subject)
    yield from alone("base-rate log-probability", _base_rate, subject)
    if subject.model.classes and subject.dataset.test_labels is not None:
        yield from class_accuracy(subject, "accuracy by mean field", "the likeliest class by mean field of all layers")


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """Nothing of its own: `core.evaluation.codes` has those of the codes."""
    return {}


def can_be_exact(model: DBM) -> bool:
    """True where the odd layers have no more states together than `EXACT_UNITS` binary units."""
    return _odd_bits(model) <= EXACT_UNITS


@torch.no_grad()
def exact_log_z(model: DBM) -> float:
    """log Z in nats by summing over all states of the odd layers, in float64. Raises ValueError for too many."""
    even = range(0, len(model.sizes), 2)
    parts = [-model.free_energy(layers, even) for layers in _odd_states(model)]
    return float(torch.cat(parts).logsumexp(0))


@torch.no_grad()
def exact_log_marginal(model: DBM, v: Tensor) -> Tensor:
    """log sum over all hidden states of exp(-E(v, h)) for v (N, D), in float64: log p(v) + log Z."""
    v, even = v.flatten(1).double(), range(2, len(model.sizes), 2)
    weight, total = model.weights[0].double(), None
    for layers in _odd_states(model):
        layers[0] = torch.zeros_like(layers[0])
        rest = -model.free_energy(layers, even)  # (S,) of the hidden layers alone
        part = (rest + v @ (weight @ layers[1].t())).logsumexp(1)
        total = part if total is None else torch.logaddexp(total, part)
    return total + v @ model.biases[0].double() - model.units[0].own(v)


@torch.no_grad()
def ais(model: DBM, generator: Generator, pieces: Schedule, chains: int, report: Report | None = None) -> LogZ:
    """log Z by AIS from the machine without connections."""
    base, betas = model.base_inputs(), schedule(pieces).tolist()
    layers = model.base_state(chains, generator)
    log_weights = _anneal(model, layers, base, betas, generator, report)
    return estimate(log_weights, _base_log_z(model, base), len(betas) - 1)


@torch.no_grad()
def reverse_ais(model: DBM, generator: Generator, pieces: Schedule, chains: int, report: Report | None = None) -> LogZ:
    """log Z by AIS backwards, from the persistent chains after `BURN_IN` sweeps more to the machine without
    connections. As good as those are samples of the machine."""
    base, betas = model.base_inputs(), schedule(pieces).flip(0).tolist()
    rows = torch.arange(chains, device=base[0].device) % model.config.chains
    layers = [chain[rows] for chain in model.chains]
    for _ in range(BURN_IN):
        layers = model.gibbs_sweep(layers, generator)
    log_weights = _anneal(model, layers, base, betas, generator, report)
    return estimate(log_weights, _base_log_z(model, base), len(betas) - 1, direction=-1)


def disagreement(forward: LogZ, reverse: LogZ) -> str:
    """Why these two estimates of log Z are no basis of a score; "" where they are one."""
    gap = abs(forward.value - reverse.value)
    if gap > AGREEMENT:
        return f"not estimated: forward and reverse AIS differ by {gap:.2f} nats, more than {AGREEMENT}"
    return min(forward, reverse, key=lambda estimate: estimate.effective_chains).doubt


def _likelihood(subject: Subject) -> Iterator[Score | Unscored]:
    model = subject.model
    test = subject.view("test").all(subject.generator())
    name, seed = subject.data_name("test", len(test)), subject.seed
    bound, inference = _mean_bound(model, test)
    pieces, chains = annealing_schedule(subject), subject.estimators.chains or CHAINS
    forward = ais(model, subject.generator(), pieces, chains, subject.reporter("log Z by AIS"))
    reverse = reverse_ais(model, subject.generator(), pieces, chains, subject.reporter("log Z by reverse AIS"))
    wrong, what = disagreement(forward, reverse), "bound on test log-probability"
    if can_be_exact(model):
        log_z = exact_log_z(model)
        value = float(exact_log_marginal(model, test).mean()) - log_z
        how = "sum over all states"
        yield Score("test log-probability", value, "nats/image", "exact", name, seed=seed, note=how)
        yield Score(
            what, bound - log_z, "nats/image", "lower bound", name, seed=seed, note=f"{inference}; log Z: {how}"
        )
        yield Score("log Z", log_z, "nats", "exact", "", seed=seed, note=how)
    if wrong:
        claims = (
            f"{bound - z.value:.1f} ({z.effective_chains:.1f} of {z.chains} effective)" for z in (forward, reverse)
        )
        claimed = "{} by AIS, {} by reverse AIS".format(*claims)
        yield Unscored("log Z by AIS" if can_be_exact(model) else what, f"{wrong}; claimed, nats/image: {claimed}")
        return
    if not can_be_exact(model):
        note, error = f"{inference}; log Z: {forward.how}", forward.standard_error
        yield Score(what, bound - forward.value, "nats/image", "upper-leaning estimate", name, error, seed, note)
        note, error = f"{inference}; log Z: reverse {reverse.how}", reverse.standard_error
        yield Score("reverse bound", bound - reverse.value, "nats/image", "lower bound", name, error, seed, note)
    yield Score("log Z by AIS", forward.value, "nats", "estimate", "", forward.standard_error, seed, forward.how)
    note = f"reverse {reverse.how}"
    yield Score("log Z by reverse AIS", reverse.value, "nats", "estimate", "", reverse.standard_error, seed, note)


def _base_rate(subject: Subject) -> Iterator[Score]:
    test = subject.view("test").all(subject.generator())
    base, v, units = subject.model.base_bias.double(), test.flatten(1).double(), subject.model.units[0]
    value = float((v @ base - units.own(v)).mean() - units.log_sum(base))
    note, name = "independent pixels with the training means", subject.data_name("test", len(test))
    yield Score("base-rate log-probability", value, "nats/image", "exact", name, seed=subject.seed, note=note)


def _mean_bound(model: DBM, x: Tensor) -> tuple[float, str]:
    """Mean of the bound without log Z, and how the beliefs were found."""
    found = [model.mean_field(part.double()) for part in x.split(_BATCH)]
    value = float(torch.cat([model.unnormalised_bound(one.layers) for one in found]).mean())
    most, residual = max(one.iterations for one in found), max(one.residual for one in found)
    state = "settled" if all(one.settled for one in found) else "not settled"
    return value, f"mean field, {most} iterations, {state} with residual {residual:.1g}"


def _odd_bits(model: DBM) -> float:
    """log2 of the number of states of the odd layers."""
    odd = zip(model.units[1::2], model.sizes[1::2], strict=True)
    return sum(math.log2(size) if isinstance(units, OneOfC) else size for units, size in odd)


def _odd_states(model: DBM) -> Iterator[list[Tensor]]:
    """States whose odd layers go through all values, in chunks; even layers are zeros."""
    if not can_be_exact(model):
        raise ValueError(f"2^{_odd_bits(model):.0f} states of the odd layers: at most 2^{EXACT_UNITS} are summed up")
    device, sizes = model.base_bias.device, model.sizes
    last = len(sizes) - 1
    grouped = last % 2 == 1 and isinstance(model.units[last], OneOfC)
    binary = [size for i, size in enumerate(sizes) if i % 2 and not (grouped and i == last)]
    classes = torch.eye(sizes[last], dtype=torch.float64, device=device) if grouped else [None]
    for states in all_states(sum(binary)):
        states = states.to(device)
        for one in classes:
            odd = iter([*states.split(binary, 1), *([] if one is None else [one.expand(len(states), -1)])])
            yield [next(odd) if i % 2 else states.new_zeros(len(states), n) for i, n in enumerate(sizes)]


def _base_log_z(model: DBM, base: list[Tensor]) -> float:
    return sum(float(units.log_sum(b.double())) for units, b in zip(model.units, base, strict=True))


def _anneal(
    model: DBM,
    layers: list[Tensor],
    base: list[Tensor],
    betas: list[float],
    generator: Generator,
    report: Report | None,
) -> Tensor:
    """Log importance weights (chains,) of going through the inverse temperatures, up or down; float64."""
    log_weights = torch.zeros(len(layers[0]), dtype=torch.float64, device=base[0].device)
    for k, (before, beta) in enumerate(zip(betas, betas[1:], strict=False)):
        inputs = _inputs(model, layers)
        after, now = (_log_marginal(model, layers, inputs, base, at) for at in (beta, before))
        log_weights += after - now
        layers = _sweep(model, layers, inputs, base, beta, generator)
        if report is not None and k % 50 == 0:
            report(k, len(betas) - 1)
    return log_weights


def _inputs(model: DBM, layers: list[Tensor]) -> list[Tensor | None]:
    """Inputs of the even layers given the odd ones."""
    return [None if i % 2 else model.layer_input(layers, i) for i in range(len(layers))]


def _log_marginal(
    model: DBM, layers: list[Tensor], inputs: list[Tensor | None], base: list[Tensor], beta: float
) -> Tensor:
    """log of the annealed machine's unnormalised probability of the odd layers: (N,), float64."""
    total = torch.zeros(len(layers[0]), dtype=torch.float64, device=base[0].device)
    for i, (units, given) in enumerate(zip(layers, inputs, strict=True)):
        if i % 2:
            total += (units @ (beta * model.biases[i] + (1 - beta) * base[i])).double()  # no odd layer is Gaussian
        else:
            total += model.units[i].log_sum(beta * given + (1 - beta) * base[i], torch.float64)
    return total


def _sweep(
    model: DBM, layers: list[Tensor], inputs: list[Tensor | None], base: list[Tensor], beta: float, generator: Generator
) -> list[Tensor]:
    """The even layers drawn given the odd ones, then the odd ones, in the annealed machine."""

    def draw(given: Tensor, i: int) -> Tensor:
        return model.units[i].draw(beta * given + (1 - beta) * base[i], generator)

    layers = [units if i % 2 else draw(inputs[i], i) for i, units in enumerate(layers)]
    return [draw(model.layer_input(layers, i), i) if i % 2 else units for i, units in enumerate(layers)]
