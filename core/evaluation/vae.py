"""Scores and summary tensors of variational autoencoders: bounds on log p(x), what each dimension of the code says, how
far codes of examples lie from the prior, and how far single dimensions follow the factors that made the data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import torch
from torch import Generator, Tensor, nn

from core.evaluation.codes import CODED_EXAMPLES, MOST_NUMBERS
from core.evaluation.linear_gaussian import LINEAR, linear_gaussian
from core.evaluation.score import Score, Subject, Unscored, alone, standard_error, together
from core.models.autoencoders.vae import ACTIVE, VAE, build
from core.models.capabilities import HasPosterior
from core.numerics.projections import fit_pca

DRAWS = 10  # of every example's code, for the ELBO
WEIGHTS, QUICK_WEIGHTS = 5_000, 50  # of every example, for the importance-weighted bound
QUICK_IMAGES = 1_000
AXES = 10  # principal directions of the codes that are kept
BINS = 10  # equally full, that a continuous factor is cut into
MIG_EXAMPLES = 3_000
_AT_ONCE = 500  # examples


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, HasPosterior)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """Lower bounds on the log-probability beside what simple models reach, the KL and its two parts, active dimensions,
    and MIG where the factors behind the data are known."""
    test = subject.view("test").all(subject.generator())
    train = subject.view("train").batch(slice(0, 10_000), subject.generator())
    for split, x in (("test", test), ("train", train)):
        yield from alone(f"{split} ELBO", _elbos, subject, split, x)
    yield from alone("test log-probability", _importance_weighted, subject, test)
    yield from alone("base-rate log-probability", _base_rate, subject, train, test)
    if subject.model.config.likelihood == "gaussian":
        name, unit = subject.data_name("test", len(test)), _unit(subject)
        yield from alone(LINEAR, linear_gaussian, train, test, name, unit, subject.model.config.latent)
    yield from alone("KL and mutual information", _use, subject, test)
    if subject.dataset.test_factors:
        yield from alone("MIG", lambda: [_mig(subject, *_information(subject))])


@torch.no_grad()
def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """What pages show of the code, d being its size:

    codes, codes.log_var (n, d)     posterior of the first test examples, at most 2,000; codes.labels (n,) where known
    latent.kl (d,)                  mean KL of each dimension on them
    latent.mean (d,)                of the codes of training examples; around it latent.axes (a, d), their principal
                                    directions, latent.spread (a,) along each
    latent.class_means (C, d)       codes of each class, of latent.class_counts (C,) training examples (may be none)
    latent.information.FACTOR (d,)  share of what is to be known of a factor that each dimension tells
    """
    return together(subject, _posteriors, _codes, _told_of_factors)


def _posteriors(subject: Subject) -> dict[str, Tensor]:
    model = subject.model
    n = max(1, min(CODED_EXAMPLES, MOST_NUMBERS // model.config.latent))
    mean, log_var = model.posterior(subject.view("test").batch(slice(0, n), subject.generator()))
    arrays = {"codes": mean, "codes.log_var": log_var, "latent.kl": model.kl(mean, log_var).mean(0)}
    if (labels := subject.dataset.test_labels) is not None:
        arrays["codes.labels"] = torch.from_numpy(labels[:n]).to(torch.int32)
    return arrays


def _codes(subject: Subject) -> dict[str, Tensor]:
    """Where the codes of training examples lie."""
    train = subject.view("train").batch(slice(0, 10_000), subject.generator())
    codes = _posterior(subject.model, train)[0].cpu()
    arrays = {"latent.mean": codes.mean(0)}
    if (most := min(AXES, codes.shape[1], len(codes) - 1)) > 0:
        pca = fit_pca(codes, most)
        arrays |= {"latent.axes": pca.components, "latent.spread": pca.encode(codes).std(0)}
    if (labels := subject.dataset.train_labels) is not None:
        classes = max(len(subject.dataset.class_names), int(labels.max()) + 1)
        which = torch.from_numpy(labels[: len(codes)]).long()
        counts = torch.bincount(which, minlength=classes)
        sums = torch.zeros(classes, codes.shape[1]).index_add_(0, which, codes)
        arrays |= {"latent.class_means": sums / counts.clamp_min(1)[:, None], "latent.class_counts": counts.int()}
    return arrays


def _told_of_factors(subject: Subject) -> dict[str, Tensor]:
    if (found := _information(subject)) is None:
        return {}
    information, entropies = found
    return {f"latent.information.{name}": row / entropies[name] for name, row in information.items()}


def factor_information(
    mean: Tensor, log_var: Tensor, factors: dict[str, Tensor], generator: Generator
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """I(z_j; v) of every dimension j and factor v, as {v: (d,)}, and the entropies {v: H(v)}, in nats.

        I(z_j; v) = E_n log q(z_j | v_n) - log q(z_j),   z_j ~ q(z_j | x_n)

    with q(z_j) the mean of all posteriors, q(z_j | v) that of those whose example has this v: Chen, Li, Grosse &
    Duvenaud 2018, sec. 4.1. Factors (N,) are whole numbers; N examples are taken as all there are.
    """
    groups = {name: nn.functional.one_hot(values.long()).to(mean.dtype) for name, values in factors.items()}
    shares = {name: group.sum(0) for name, group in groups.items()}
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    z, precision = mean + (0.5 * log_var).exp() * noise, (-0.5 * log_var).exp()
    information = {name: mean.new_zeros(mean.shape[1]) for name in factors}
    for j in range(mean.shape[1]):
        for rows in torch.arange(len(z), device=z.device).split(_AT_ONCE):
            away = (z[rows, j, None] - mean[None, :, j]) * precision[None, :, j]
            density = (-0.5 * away.square()).exp() * precision[None, :, j]  # (rows, N); a constant drops out
            plain = density.mean(1).log()
            for name, group in groups.items():
                own = group[rows].argmax(1, keepdim=True)
                among = (density @ group / shares[name].clamp_min(1)).gather(1, own)[:, 0]
                information[name][j] += (among.log() - plain).sum() / len(z)
    entropies = {}
    for name, share in shares.items():
        p = share[share > 0] / len(z)
        entropies[name] = float(-(p * p.log()).sum())
    return information, entropies


def log_aggregated(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """log q(z) = log 1/N sum_n q(z | x_n) at codes z (M, d), nats: (M,), for N posteriors, mean and log_var (N, d).

    The square is taken apart, so that all pairs are two matrix products: in float64, as much cancels.
    """
    z, mean, log_var = z.double(), mean.double(), log_var.double()
    precision = (-log_var).exp()
    constant = (mean.square() * precision + log_var + math.log(2 * math.pi)).sum(1)
    found = []
    for part in z.split(_AT_ONCE):
        away = part.square() @ precision.T - 2 * part @ (mean * precision).T + constant  # (M, N)
        found.append((-0.5 * away).logsumexp(1) - math.log(len(mean)))
    return torch.cat(found)


def code_information(mean: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    """log q(z_n | x_n) - log q(z_n), z_n ~ q(z | x_n), with q(z) the mean of the N posteriors: (N,), nats.

        E_n KL(q(z | x_n) || p(z)) = I(n; z) + KL(q(z) || p(z))      (Hoffman & Johnson 2016)

    Their mean estimates I without bias: what a code says of which of the N examples it belongs to, at most log N. So it
    is a lower bound on what codes say of examples out of many more (Poole et al. 2019).
    """
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype).double()
    z = mean + (0.5 * log_var.double()).exp() * noise
    own = -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(1)
    return own - log_aggregated(z, mean, log_var)


def _elbos(subject: Subject, split: str, x: Tensor) -> Iterator[Score]:
    each = _elbo(subject.model, x, subject.generator())
    note = "; ".join(filter(None, [f"{DRAWS} codes per example", _bound_note(subject)]))
    spread, name = standard_error(each), subject.data_name(split, len(x))
    yield Score(f"{split} ELBO", float(each.mean()), _unit(subject), "lower bound", name, spread, subject.seed, note)


def _importance_weighted(subject: Subject, test: Tensor) -> Iterator[Score]:
    k, some = (WEIGHTS, test) if subject.thorough else (QUICK_WEIGHTS, test[:QUICK_IMAGES])
    k = subject.estimators.importance_samples or k
    if subject.model.config.net == "conv":
        some = some[:QUICK_IMAGES]  # its decoder takes ten times as long
    bounds, effective = _iwae_bounds(subject, some, k)
    # Var log mean w = Var(w) / (k E(w)^2), which is 1 / effective - 1 / k, for each example
    spread = float((1 / effective - 1 / k).clamp_min(0).sum().sqrt() / len(some))
    ess = f"effective sample size {float(effective.median()):,.0f}"
    note = f"importance-weighted bound, {k:,} codes per example ({ess})"
    note = "; ".join(filter(None, [note, _bound_note(subject)]))
    name, value = subject.data_name("test", len(some)), float(bounds.mean())
    yield Score("test log-probability", value, _unit(subject), "lower bound", name, spread, subject.seed, note)


def _bound_note(subject: Subject) -> str:
    """What to know of a bound: what it is the probability of, and whether another one was trained."""
    what = {"grey": "mean over binarisations of the greys", "real": "density of the preprocessed values"}
    config = subject.model.config
    weighed = f"trained with β = {config.beta:g}" + " on the total correlation" * (config.objective == "tc")
    notes = [what.get(subject.view("test").kind, ""), weighed if config.beta != 1 else ""]
    return "; ".join(filter(None, notes))


def _base_rate(subject: Subject, train: Tensor, test: Tensor) -> Iterator[Score]:
    """What an empty code reaches."""
    model, name = subject.model, subject.data_name("test", len(test))
    empty = build(model.config).eval()
    empty.start_from(train.cpu())
    nothing = torch.zeros(1, model.config.latent)
    each = torch.cat([empty.log_likelihood(part, nothing.expand(len(part), -1)) for part in test.cpu().split(_AT_ONCE)])
    note = "independent pixels with the training means"
    value = float(each.double().mean())
    yield Score("base-rate log-probability", value, _unit(subject), "exact", name, note=note)


def _use(subject: Subject, test: Tensor) -> Iterator[Score]:
    """How much the code says: which example it is, and where codes lie; how many of its dimensions say anything."""
    model, name = subject.model, subject.data_name("test", len(test))
    mean, log_var = _posterior(model, test)
    each = model.kl(mean, log_var).sum(1).double()
    spread = standard_error(each)
    note = "of the posterior from the prior, summed over dimensions"
    kl, unit, seed, n = float(each.mean()), _unit(subject), subject.seed, len(each)
    yield Score("KL", kl, unit, "measured", name, spread, seed, note)
    if n > 1:
        information = code_information(mean, log_var, subject.generator())
        spread = standard_error(information)
        note = f"between code and example, one code for each of N = {n:,}; cannot exceed log N = {math.log(n):.2f}"
        yield Score("mutual information", float(information.mean()), unit, "lower bound", name, spread, seed, note)
        note = f"of the mean of {n:,} posteriors from the prior: KL minus mutual information (Hoffman & Johnson 2016); "
        note += "too high by as much as that bound is too low"
        value = kl - float(information.mean())
        yield Score("KL of the aggregated posterior", value, unit, "upper-leaning estimate", name, spread, seed, note)
    active = int((mean.var(0) > ACTIVE).sum()) if len(mean) > 1 else 0
    note = f"of {mean.shape[1]}; variance of the posterior mean above {ACTIVE} (Burda, Grosse & Salakhutdinov 2016)"
    yield Score("active dimensions", active, "dimensions", "measured", name, seed=subject.seed, note=note)


@lru_cache(maxsize=1)  # the scores and the summary of a subject share it
@torch.no_grad()
def _information(subject: Subject) -> tuple[dict[str, Tensor], dict[str, float]] | None:
    """`factor_information` on test examples evenly taken; None where no factors are known."""
    factors = subject.dataset.test_factors
    if not factors:
        return None
    shown = subject.view("test")
    some = torch.arange(0, len(shown), max(1, len(shown) // MIG_EXAMPLES))[:MIG_EXAMPLES]
    x = shown.batch(some.to(shown.values.device), subject.generator())
    whole = {}
    for name, values in factors.items():
        values = torch.from_numpy(values)[some].to(x.device)
        if values.is_floating_point():
            edges = values.double().quantile(torch.arange(1, BINS, device=x.device).double() / BINS)
            values = torch.bucketize(values.double(), edges)
        whole[name] = values
    return factor_information(*_posterior(subject.model, x), whole, subject.generator())


def _mig(subject: Subject, information: dict[str, Tensor], entropies: dict[str, float]) -> Score:
    """Mean over factors of (largest - second largest I(z_j; v)) / H(v): Chen et al. 2018, eq. 6."""
    gaps = {}
    for name, row in information.items():
        first, second = torch.cat([row, row.new_zeros(1)]).topk(2).values.tolist()
        gaps[name] = (first - second) / max(entropies[name], 1e-12)
    n = min(MIG_EXAMPLES, len(subject.dataset.test))
    note = f"Chen et al. 2018; {', '.join(f'{name} {gap:.2f}' for name, gap in gaps.items())}; "
    note += f"continuous factors in {BINS} bins. MIG rewards one dimension per factor: a "
    note += "cyclic factor (an angle) needs two, and dependent factors share theirs"
    name = subject.data_name("test", n)
    return Score("MIG", sum(gaps.values()) / len(gaps), "share", "measured", name, seed=subject.seed, note=note)


def _elbo(model: VAE, x: Tensor, generator: Generator) -> Tensor:
    """The mean ELBO of examples x by each of several draws: (DRAWS,)."""
    total = torch.zeros(DRAWS, dtype=torch.float64, device=x.device)
    for part in x.split(_AT_ONCE):
        mean, log_var = model.posterior(part)
        for draw in range(DRAWS):
            noise = torch.randn(len(part), 1, mean.shape[1], generator=generator, device=x.device)
            fit = model.log_likelihood(part, model.draw(mean, log_var, noise))[:, 0]
            total[draw] += (fit - model.kl(mean, log_var).sum(1)).double().sum()
    return total / len(x)


def _iwae_bounds(subject: Subject, x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Importance-weighted bounds (N,) in float64, and how many of the k weights carry each."""
    generator, found = subject.generator(), []
    numbers = {} if x.device.type == "cpu" else {"numbers": 2**27}  # a GPU is quicker the more it is given at once
    for part in x.split(50 if x.device.type == "cpu" else _AT_ONCE):
        if subject.report is not None:
            subject.report("importance-weighted bound", sum(len(b) for b, _ in found), len(x))
        found.append(subject.model.log_mean_weight(part, k, generator, **numbers))
    bounds, effective = (torch.cat(parts).double() for parts in zip(*found, strict=True))
    return bounds, effective


def _posterior(model: VAE, x: Tensor) -> tuple[Tensor, Tensor]:
    parts = [model.posterior(part) for part in x.split(_AT_ONCE)]
    mean, log_var = (torch.cat(both) for both in zip(*parts, strict=True))
    return mean, log_var


def _unit(subject: Subject) -> str:
    return "nats/image" if len(subject.dataset.event_shape) == 2 else "nats/example"
