"""Variational autoencoders: how fast is the estimate of log p(x), and how many codes are decoded a second?

    python -m benchmarks.vae_speed                  about two minutes on one core
    python -m benchmarks.vae_speed --examples 8 --repeats 5

The estimate is log 1/k sum_i w_i with k = 5,000 codes an example, beside the loop over examples and draws that one
would write first (one code decoded at a time) and beside one that takes all draws of an example at once. They take
turns in one process, on the same images; every round gives a ratio, and their median is told. The loop over draws
would take minutes for 5,000 codes: it is timed over fewer, and its time goes up with their number. Weights are those of
the reference models where they are here, else fresh ones: the speed is the same.
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import platform
import statistics
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.distributions import Independent, Normal

from core import models
from core.models.autoencoders.vae import VAE
from core.numerics import device
from core.store import checkpoints

DRAWS = 5_000
TIMED = 200  # draws of the loop over draws
BATCHES = (1, 64, 4_096)


def model_of(name: str) -> tuple[VAE, str]:
    """The reference model of a preset, or a fresh one; and which of the two it is."""
    found = [c for c in checkpoints.available()[0] if c.manifest.preset.name == name]
    if found:
        return found[0].model(), "trained"
    return VAE(models.preset(name).model).eval().requires_grad_(False), "fresh"


def by_loop(model: VAE, x: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """The bounds (N,) as one would write them first: an example, a draw, a weight at a time."""
    bounds = []
    for one in x:
        mean, log_var = model.posterior(one[None])
        posterior = Independent(Normal(mean, (0.5 * log_var).exp()), 1)
        prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
        weights = []
        for _ in range(k):
            noise = torch.randn(mean.shape, generator=generator)
            z = mean + (0.5 * log_var).exp() * noise
            weights.append(model.log_likelihood(one[None], z) + prior.log_prob(z) - posterior.log_prob(z))
        bounds.append(torch.cat(weights).logsumexp(0) - math.log(k))
    return torch.stack(bounds)


def by_example(model: VAE, x: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """The bounds (N,), all draws of an example at once."""
    bounds = []
    for one in x:
        mean, log_var = model.posterior(one[None])
        noise = torch.randn((1, k, mean.shape[1]), generator=generator)
        bounds.append(model.log_weights(one[None], mean, log_var, noise).logsumexp(1) - math.log(k))
    return torch.cat(bounds)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def estimates(model: VAE, count: int, repeats: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds an example of the three ways, and the median of how many times as long the other two take."""
    generator = torch.Generator().manual_seed(0)
    x = model.sample(count, generator)  # means between 0 and 1 are taken as examples by every likelihood here
    ways: dict[str, Callable[[], object]] = {
        "here": lambda: model.log_mean_weight(x, DRAWS, generator),
        "all draws of an example at once": lambda: by_example(model, x, DRAWS, generator),
        "loop over examples and draws": lambda: by_loop(model, x[:1], TIMED, generator),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(repeats + 1):
        for name, work in ways.items():
            share = DRAWS / TIMED if "loop" in name else 1 / count
            found = seconds(work) * share
            if round_:  # the first is to get warm
                times[name].append(found)
    ratios = {
        name: statistics.median(t / here for t, here in zip(found, times["here"], strict=True))
        for name, found in times.items()
    }
    return {name: statistics.median(found) for name, found in times.items()}, ratios


def decoded(model: VAE, batch: int, patience: float) -> float:
    """Pictures a second from codes, `batch` at a time."""
    z = torch.randn(batch, model.config.latent, generator=torch.Generator().manual_seed(0))
    model.decode(z)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < patience or not done:
        model.decode(z)
        done += batch
    return done / (time.perf_counter() - began)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=4, help="in a round (default 4)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--patience", type=float, default=2.0, help="seconds for each speed of decoding (default 2)")
    options = parser.parse_args()
    torch.set_num_threads(device.training_threads())
    console = Console(width=120)
    bounds = Table("model", "log p(x) of an example by", "seconds", "times as long as here", box=None)
    speeds = Table("model", *(f"{batch:,} at a time" for batch in BATCHES), title="pictures decoded a second", box=None)
    for name in ("mnist-vae-2", "sprites-vae-10"):
        model, kind = model_of(name)
        config = model.config
        title = f"{name} ({kind}; {config.net}, {'-'.join(map(str, config.layers))}-{config.latent})"
        # convolutions take ten times as long: one example a round
        found, ratios = estimates(model, options.examples if config.net == "dense" else 1, options.repeats)
        for way, value in found.items():
            bounds.add_row(title if way == "here" else "", way, f"{value:.3f}", f"{ratios[way]:.1f}")
        speeds.add_row(title, *(f"{decoded(model, batch, options.patience):,.0f}" for batch in BATCHES))
    console.print(bounds)
    console.print(speeds)
    console.print(
        f"{DRAWS:,} codes an example, {options.repeats} rounds; {torch.get_num_threads()} thread(s), {os.cpu_count()} "
        f"cores, load {os.getloadavg()[0]:.1f}, {platform.machine()}, torch {torch.__version__}, "
        f"{datetime.date.today()}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
