"""RBM training beside scikit-learn's BernoulliRBM: epochs a second, and the log-probability reached.

    python -m benchmarks.rbm_training                      a few minutes
    python -m benchmarks.rbm_training --epochs 10 --images 60000 --temperatures 14500

784 visible and 500 hidden units, batches of 100, one Gibbs step an update, on MNIST where it is in the data folder,
else on the made "curves"; grey levels above one half are on. All run in this one process and take turns, an epoch
each, so that whatever else the machine does falls on all alike; ratios are of the fastest epochs. Ours runs through
`core.training.fit`, the loop of every training. scikit-learn's trains by PCD-1 with as many chains as a batch has
examples; ours by PCD-1 with as many chains, or by CD-1. Learning rates mean the same in both: a step along the mean
gradient of the batch.

The same AIS judges them all: at the end, and ours after each epoch until scikit-learn's last score is passed. "Seconds
to match" are the training time until then, and how many times that fits into scikit-learn's.

The rows "products alone" do nothing but the five matrix products of a CD-1 step (one up, one down, one up, two for the
gradient): nothing trains such a machine faster on the same processor with the same library.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from core import data
from core.config.presets import TrainConfig
from core.data.preprocessing import PreprocessedSplit, preprocess
from core.evaluation.ais import ais_log_z, log_prob
from core.models.boltzmann.rbm import RBM, RBMConfig, build
from core.numerics import device
from core.numerics.matmul import affine
from core.training import TrainState, fit

HIDDEN, BATCH = 500, 100


class Ours:
    """An RBM of `core`, an epoch at a time."""

    def __init__(
        self, name: str, train: PreprocessedSplit, options: argparse.Namespace, where: str, **settings: str | bool
    ) -> None:
        self.name, self.seconds, self.reached = name, [], []
        precision = settings.pop("precision")
        config = RBMConfig((28, 28), hidden=HIDDEN, steps=1, chains=BATCH, **settings)
        schedule = TrainConfig(options.epochs, BATCH, lr=options.lr, lr_schedule="constant", precision=precision)
        self.state = TrainState(build(config), schedule, 0, torch.device(where))
        self.reports = fit(self.state, train)

    def epoch(self) -> None:
        began = time.perf_counter()
        next(p for p in self.reports if p.epoch_done)
        self.seconds.append(time.perf_counter() - began)
        self.reached.append(self.state.result())

    def machine(self, epoch: int = -1) -> RBM:
        model = build(self.state.model.config)
        model.load_state_dict(self.reached[epoch])
        return model.eval().requires_grad_(False)


class ScikitLearn:
    """scikit-learn's machine; `fit` with one iteration and the weights kept is one epoch of its own loop."""

    def __init__(self, name: str, train: np.ndarray, options: argparse.Namespace) -> None:
        from sklearn.neural_network import BernoulliRBM

        self.name, self.train, self.seconds = name, train, []
        self.random = np.random.RandomState(0)
        self.machine_ = BernoulliRBM(HIDDEN, learning_rate=options.lr, batch_size=BATCH, random_state=self.random)
        self.machine_.n_iter = 1
        self.mean = train.mean(0)

    def epoch(self) -> None:
        rows = self.train[self.random.permutation(len(self.train))]  # it does not shuffle; not timed
        began = time.perf_counter()
        if not self.seconds:
            self.machine_.fit(rows)
        else:
            for first in range(0, len(rows), BATCH):  # the loop of its `fit`, which would start again from nothing
                self.machine_._fit(rows[first : first + BATCH], self.random)
        self.seconds.append(time.perf_counter() - began)

    def machine(self) -> RBM:
        model = build(RBMConfig((28, 28), hidden=HIDDEN, negative="cd"))
        with torch.no_grad():
            model.W.copy_(torch.from_numpy(self.machine_.components_.T))
            model.visible_bias.copy_(torch.from_numpy(self.machine_.intercept_visible_))
            model.hidden_bias.copy_(torch.from_numpy(self.machine_.intercept_hidden_))
            model._base_from(torch.from_numpy(self.train), torch.from_numpy(self.mean))  # where AIS starts from
        return model.eval().requires_grad_(False)


class Products:
    """The matrix products of an epoch of CD-1, and nothing else."""

    def __init__(self, images: int, precision: str, where: str) -> None:
        self.name, self.seconds = f"products alone, {precision}, {where}", []
        self.steps, self.where = images // BATCH, where
        numbers = {"device": where, "dtype": getattr(torch, precision)}
        self.v, self.h = torch.rand(BATCH, 784, **numbers), torch.rand(BATCH, HIDDEN, **numbers)
        self.both_v, self.both_h = torch.cat([self.v] * 2), torch.cat([self.h] * 2)
        self.W = torch.rand(784, HIDDEN, **numbers)

    def epoch(self) -> None:
        began = time.perf_counter()
        for _ in range(self.steps):
            affine(self.v, self.W)
            affine(self.h, self.W.t())
            affine(self.v, self.W)
            affine(self.both_v.t(), self.both_h)
        if self.where == "cuda":
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - began)


def contestants(train: PreprocessedSplit, options: argparse.Namespace) -> Iterator[Ours | ScikitLearn | Products]:
    """Ours in each precision that this machine has units for, and scikit-learn's."""
    yield ScikitLearn("scikit-learn PCD-1, float32", train.values.flatten(1).numpy().astype(np.float32), options)
    places = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    for where in places:
        for precision in ("float32", *(["bfloat16"] if device.bfloat16_is_fast(torch.device(where)) else [])):
            for negative, centred in (("pcd", True), ("pcd", False), ("cd", False)):
                name = f"ours {negative.upper()}-1{', centred' if centred else ''}, {precision}, {where}"
                yield Ours(name, train, options, where, negative=negative, centred=centred, precision=precision)
            yield Products(len(train), precision, where)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=4, help="epochs of each (default 4)")
    parser.add_argument("--images", type=int, default=10_000, help="training images (default 10,000)")
    parser.add_argument("--lr", type=float, default=0.05, help="learning rate of all (default 0.05)")
    parser.add_argument("--temperatures", type=int, default=1_000, help="of AIS (default 1,000); 0 leaves it out")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch and of BLAS")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    from threadpoolctl import threadpool_limits

    name = "mnist" if data.info("mnist").is_here() else "curves"
    dataset = data.load(name)
    whole = preprocess(dataset, "threshold")
    train = PreprocessedSplit(whole.name, whole.kind, whole.values[: options.images], whole.shift, whole.scale)
    test = preprocess(dataset, "threshold", "test").all(torch.Generator()).flatten(1)
    console = Console(width=120)
    with threadpool_limits(options.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rivals = list(contestants(train, options))
        for epoch in range(options.epochs):
            for rival in rivals:
                rival.epoch()
                console.print(f"epoch {epoch + 1}: {rival.name}: {rival.seconds[-1]:.2f} s", style="dim")
        quality, to_match = _judge(rivals, test, options.temperatures) if options.temperatures else ({}, {})

    fastest = [min(rival.seconds) for rival in rivals]
    table = Table("", "seconds an epoch", "median", "ratio", "test nats/image (AIS)", "seconds to match", box=None)
    for rival, best in zip(rivals, fastest, strict=True):
        cells = (f"{best:.3f}", f"{np.median(rival.seconds):.3f}", f"{fastest[0] / best:.2f}x")
        table.add_row(rival.name, *cells, quality.get(rival.name, ""), to_match.get(rival.name, ""))
    console.print(
        f"\n784x{HIDDEN}, batch {BATCH}, lr {options.lr}, {len(train):,} images of {name}, {options.epochs} epochs"
    )
    console.print(table)
    console.print(
        f"{device.describe(torch.device('cpu'))}, {platform.processor() or platform.machine()}, "
        f"{datetime.date.today()}, Python {platform.python_version()}, "
        + ", ".join(f"{p} {version(p)}" for p in ("torch", "numpy", "scikit-learn")),
        highlight=False,
    )


def _judge(
    rivals: list[Ours | ScikitLearn | Products], test: torch.Tensor, temperatures: int
) -> tuple[dict[str, str], dict[str, str]]:
    """By name: the score at the end, and the training time until ours passed scikit-learn's."""
    quality, to_match = {}, {}
    for rival in rivals:
        if isinstance(rival, Products):
            continue
        score, spread = _score(rival.machine(), test, temperatures)
        quality[rival.name] = f"{score:.2f} ± {spread:.2f}"
        if isinstance(rival, ScikitLearn):
            wanted, its_time = score, sum(rival.seconds)
        elif score >= wanted:
            epochs = next(
                n
                for n in range(1, len(rival.seconds) + 1)
                if _score(rival.machine(n - 1), test, temperatures)[0] >= wanted
            )
            seconds = sum(rival.seconds[:epochs])
            to_match[rival.name] = f"{seconds:.2f} ({epochs} epochs): {its_time / seconds:.1f}x"
    return quality, to_match


def _score(model: RBM, test: torch.Tensor, temperatures: int) -> tuple[float, float]:
    pieces = ((0.5, temperatures // 10), (0.9, temperatures * 3 // 10), (1.0, temperatures * 6 // 10))
    log_z = ais_log_z(model, torch.Generator().manual_seed(0), pieces, chains=100)
    return float(log_prob(model, test, log_z).mean()), log_z.standard_error


if __name__ == "__main__":
    main()
