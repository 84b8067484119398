"""Maps of codes: how long from nothing to the first map, and how long the next one takes?

    python -m benchmarks.projections                  10,000 points of 30 numbers, some minutes
    python -m benchmarks.projections --points 60000 --methods ours umap-learn

Every method has a process of its own. "Cold" is from its start (imports, compiling) to the first map, "warm" is
a second map in the same process. Points are 30 principal components of MNIST where it is in the data folder, else a
mixture of ten Gaussians. Beside each time stands how far the map can be trusted, so that no speed is bought with it:
umap-learn takes 500 passes for up to 10,000 points and 200 for more, here it is 150 by default (but see "ours, 500").
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from importlib.metadata import version

METHODS = ("ours", "ours, 500", "umap-learn", "t-SNE", "t-SNE, scikit-learn", "PCA")


def points(n: int, seed: int = 0):  # noqa: ANN201
    """(n, 30) float32 and labels (n,)."""
    import numpy as np
    import torch

    from core import data
    from core.numerics.projections import fit_pca

    if data.info("mnist").is_here():
        mnist = data.load("mnist")
        images = np.concatenate([mnist.test, mnist.train])[:n].reshape(-1, 784).astype(np.float32) / 255
        x = torch.from_numpy(images)
        return fit_pca(x, 30).encode(x).numpy(), np.concatenate([mnist.test_labels, mnist.train_labels])[:n]
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, n)
    return (random.normal(size=(10, 30)) * 2)[labels].astype(np.float32) + random.normal(size=(n, 30)).astype(
        np.float32
    ), labels


def one_map(method: str, x, seed: int):  # noqa: ANN001, ANN201
    """The map of x by one method, with its usual settings."""
    if method == "umap-learn":
        from umap import UMAP

        return UMAP(random_state=seed).fit_transform(x)
    if method == "t-SNE, scikit-learn":
        from sklearn.manifold import TSNE

        return TSNE(random_state=seed).fit_transform(x)
    from core.numerics.projections import project

    name = {"t-SNE": "tsne", "PCA": "pca"}.get(method, "umap")
    settings = {"epochs": 500} if method == "ours, 500" else {}
    return project(name, x, seed, **settings).coordinates


def child(method: str, n: int) -> None:
    """One method in this process: seconds of the first map and the second, without the making of the points."""
    before = time.time() - float(os.environ["BENCHMARK_BEGAN"])  # the interpreter, and the imports up to here
    apart = time.time()
    with contextlib.redirect_stdout(sys.stderr):
        if method not in ("umap-learn", "t-SNE, scikit-learn"):
            import core.numerics.projections  # noqa: F401

            before += time.time() - apart
        x, labels = points(n)
        began = time.time()
        coordinates = one_map(method, x, 0)
        cold = before + time.time() - began
        began = time.time()
        one_map(method, x, 1)
        warm = time.time() - began
        from core.numerics.neighbors import knn_accuracy, trustworthiness

        found = {"cold": cold, "warm": warm, "accuracy": knn_accuracy(coordinates, labels)}
        found["trust"] = trustworthiness(x, coordinates)
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--child", choices=METHODS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    if options.child:
        child(options.child, options.points)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("method", "cold, s", "warm, s", "10-NN accuracy of the map", "trustworthiness")
    for method in options.methods:
        command = [sys.executable, "-m", "benchmarks.projections", "--points", str(options.points), "--child", method]
        began = {"BENCHMARK_BEGAN": repr(time.time())}
        done = subprocess.run(command, env={**os.environ, **began}, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        found = json.loads(done.stdout)
        values = (f"{found[k]:.2f}" for k in ("cold", "warm"))
        table.add_row(method, *values, *(f"{found[k]:.4f}" for k in ("accuracy", "trust")))
        print(f"{method}: {found}", file=sys.stderr)
    console = Console()
    console.print(table)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "umap-learn", "numba", "scikit-learn"))
    console.print(
        f"{options.points:,} points; {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, {datetime.date.today()}, Python {platform.python_version()}, {libraries}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
