"""The partition function of an RBM: exact where one side is small, else annealed importance sampling.

log p(v) = -F(v) - log Z, in nats; for real-valued visibles a density, for word counts the probability of the
words in one order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from core.evaluation.score import Subject
from core.models.boltzmann.rbm import RBM

EXACT_UNITS = 20  # 2^20 states take about a second

Schedule = tuple[tuple[float, int], ...]  # (end, count): so many equal steps up to that inverse temperature

# Salakhutdinov & Murray 2008, sec. 5.1: 500 temperatures up to 0.5, 4,000 up to 0.9, 10,000 up to 1
PAPER_SCHEDULE: Schedule = ((0.5, 500), (0.9, 4_000), (1.0, 10_000))
TEMPERATURES, QUICK_TEMPERATURES = sum(count for _, count in PAPER_SCHEDULE), 1_450
CHAINS = 100
EFFECTIVE = 10  # chains that must carry an estimate: of fewer, its spread says nothing


@dataclass(frozen=True)
class LogZ:
    """log Z in nats with what is known of its error.

    value              the logarithm of the average importance weight, or the exact value
    standard_error     of `value`, by the delta method; 0 when exact
    effective_chains   (sum w)^2 / sum w^2; near 1, one lucky chain carries the estimate
    """

    value: float
    standard_error: float = 0.0
    effective_chains: float = math.inf
    chains: int = 0
    temperatures: int = 0

    @property
    def exact(self) -> bool:
        """True where every state was summed."""
        return self.chains == 0

    @property
    def doubt(self) -> str:
        """Why no score may rest on it; "" where one may."""
        if self.effective_chains > EFFECTIVE:
            return ""
        few = f"{self.effective_chains:.1f} of {self.chains} AIS chains are effective"
        return f"not estimated: {few}, {EFFECTIVE} or fewer"

    @property
    def how(self) -> str:
        """How it was found, for a score's note."""
        if self.exact:
            return "sum over all states"
        carried = f"{self.effective_chains:.0f} of them effective"
        return f"AIS, {self.temperatures:,} temperatures, {self.chains} chains, {carried}"


def annealing_schedule(subject: Subject, share: float = 1.0) -> Schedule:
    """The paper's, or a quick one, or one of as many temperatures as the subject asks for; a `share` of it."""
    usual = TEMPERATURES if subject.thorough else QUICK_TEMPERATURES
    return spaced(round(share * (subject.estimators.temperatures or usual)))


def spaced(temperatures: int) -> Schedule:
    """So many temperatures, spaced as the paper's are."""
    first = [(end, max(1, count * temperatures // TEMPERATURES)) for end, count in PAPER_SCHEDULE[:-1]]
    return (*first, (1.0, temperatures - sum(count for _, count in first)))


def schedule(pieces: Schedule) -> Tensor:
    """Inverse temperatures from 0 to 1, as the pieces say. Float64."""
    betas, start = [torch.zeros(1, dtype=torch.float64)], 0.0
    for end, count in pieces:
        betas.append(torch.linspace(start, end, count + 1, dtype=torch.float64)[1:])
        start = end
    return torch.cat(betas)


def all_states(units: int, chunk: int = 2**14) -> Iterator[Tensor]:
    """Every binary vector of `units` units in order, in chunks (n, units) of float64."""
    powers = 2 ** torch.arange(units - 1, -1, -1)
    for first in range(0, 2**units, chunk):
        numbers = torch.arange(first, min(first + chunk, 2**units))
        yield (numbers[:, None] & powers).ne(0).double()


def can_be_exact(model: RBM) -> bool:
    """True where a side has at most `EXACT_UNITS` binary units."""
    sides = [model.config.hidden]
    if model.config.visible == "bernoulli":
        sides.append(len(model.visible_bias))
    return min(sides) <= EXACT_UNITS


@torch.no_grad()
def exact_log_z(model: RBM, length: float = 1.0) -> LogZ:
    """log Z by summing over all states of the smaller side, in float64. `length`: words, for counts.

    Raises ValueError where both sides have more than `EXACT_UNITS` units.
    """
    visible, hidden = len(model.visible_bias), model.config.hidden
    if not can_be_exact(model):
        raise ValueError(
            f"{visible} visible and {hidden} hidden units: exact enumeration takes at most {EXACT_UNITS} on one side"
        )
    if model.config.visible == "bernoulli" and visible < hidden:
        units, minus_log = visible, model.free_energy
    else:
        units, minus_log = hidden, lambda h: model.hidden_free_energy(h, length)
    device = model.W.device
    parts = [torch.logsumexp(-minus_log(states.to(device)), 0) for states in all_states(units)]
    return LogZ(float(torch.logsumexp(torch.stack(parts), 0)))


@torch.no_grad()
def ais_log_weights(
    model: RBM,
    betas: Tensor,
    chains: int,
    generator: Generator,
    lengths: Tensor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Log importance weights of annealed importance sampling from the base-rate model: (chains,), float64.

    Their mean weight estimates Z / Z_base without bias (Neal 2001; Salakhutdinov & Murray 2008, eq. 15-18).
    lengths (chains,): number of words of each chain's document, for counts.
    """
    if lengths is not None:
        words = torch.softmax(model.base_bias, 0).expand(len(lengths), -1)
        v = model.sample_visible(words, generator, 0.0, "base", like=lengths[:, None].to(words.dtype))
    else:
        v = model.base_sample(chains, generator)
    log_weights = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    steps = betas.tolist()
    for k, (before, beta) in enumerate(zip(steps, steps[1:], strict=False)):
        x = model.hidden_input(v)
        log_weights += _log_ratio(model, v, x, before, beta)
        h = draw_hidden(x, beta, generator)
        v = model.draw_visible(h, generator, v, beta, "base")
        if progress is not None and k % 50 == 0:
            progress(k, len(steps) - 1)
    return log_weights


def ais_log_z(
    model: RBM,
    generator: Generator,
    pieces: Schedule = PAPER_SCHEDULE,
    chains: int = CHAINS,
    length: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LogZ:
    """log Z by AIS with its standard error and effective number of chains. `length`: words, for counts."""
    lengths = None if length is None else torch.full((chains,), float(length), device=model.W.device)
    betas = schedule(pieces)
    log_w = ais_log_weights(model, betas, chains, generator, lengths, progress)
    base = float(model.base_log_z(None if lengths is None else lengths[:1]).squeeze())
    return estimate(log_w, base, len(betas) - 1)


def estimate(log_weights: Tensor, base_log_z: float, temperatures: int, direction: int = 1) -> LogZ:
    """What log importance weights (chains,) say of log Z. The mean weight is Z / Z_base (`direction` 1) or, on the way
    from the model to the base, its inverse (-1)."""
    chains = len(log_weights)
    relative = torch.exp(log_weights - log_weights.max())
    mean = relative.mean()
    return LogZ(
        value=base_log_z + direction * (float(torch.logsumexp(log_weights, 0)) - math.log(chains)),
        standard_error=float(relative.std() / mean / math.sqrt(chains)) if chains > 1 else math.inf,
        effective_chains=float(relative.sum() ** 2 / relative.square().sum()),
        chains=chains,
        temperatures=temperatures,
    )


@torch.no_grad()
def reverse_bound(
    model: RBM,
    v: Tensor,
    generator: Generator,
    pieces: Schedule,
    chains: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Stochastic lower bound on the log-probability of each v under the annealing model, (N,), float64.

    Reverse AIS estimator (Burda, Grosse & Salakhutdinov 2015): `chains` chains start at each v, cool backwards to the
    base-rate model, and the averaged weight estimates p_annealed(v) without bias. AIS tends to flatter a model
    and this bound to slight it, so the true value is likely to lie between the two.
    """
    n = len(v)
    state = model._flat(v).float().repeat_interleave(chains, 0)
    lengths = state.sum(1) if model.config.visible == "softmax" else None
    # weight of x_K = v, x_K-1, ..., x_0:  f_K(x_K) / Z_0  *  prod over k of  f_k-1(x_k-1) / f_k(x_k-1)
    log_weights = -model.free_energy(state).double() - model.base_log_z(lengths)
    betas = schedule(pieces).flip(0).tolist()
    x = model.hidden_input(state)
    for k, (beta, colder) in enumerate(zip(betas, betas[1:], strict=False)):
        h = draw_hidden(x, beta, generator)
        state = model.draw_visible(h, generator, state, beta, "base")
        x = model.hidden_input(state)
        log_weights -= _log_ratio(model, state, x, colder, beta)
        if progress is not None and k % 50 == 0:
            progress(k, len(betas) - 1)
    return torch.logsumexp(log_weights.view(n, chains), 1) - math.log(chains)


@torch.no_grad()
def log_prob(model: RBM, v: Tensor, log_z: LogZ | float, batch: int = 2_000) -> Tensor:
    """log p(v) = -F(v) - log Z in nats, (N,), float64."""
    value = log_z if isinstance(log_z, float) else log_z.value
    return torch.cat([-model.free_energy(part).double() - value for part in v.split(batch)])


def _log_ratio(model: RBM, v: Tensor, x: Tensor, before: float, beta: float) -> Tensor:
    """log f_beta(v) - log f_before(v) for the unnormalised marginals on the path to the base-rate model."""
    visible = (beta - before) * (model.visible_energy(v) - model.base_energy(v)).double()
    hidden = (F.softplus(beta * x) - F.softplus(before * x)).sum(1, dtype=torch.float64)
    return hidden - visible


def draw_hidden(x: Tensor, beta: float, generator: Generator) -> Tensor:
    noise = torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return (noise < torch.sigmoid(beta * x)).to(x.dtype)
