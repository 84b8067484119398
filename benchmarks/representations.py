"""CKA and k-NN overlap of several representations, beside a plain NumPy script; what float16 would change; one layer.

    python -m benchmarks.representations
    python -m benchmarks.representations --examples 5000 --threads 1

Made vectors (a few factors through random layers, so that neighbours mean something): no data set is needed.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from core.representations.similarity import Terms, overlaps, similarity_matrix

K = 10


def made(count: int, n: int, d: int) -> list[np.ndarray]:
    """`count` representations (n, d) of the same n examples."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(n, 12)).astype(np.float32)
    parts = (np.tanh(factors @ rng.normal(size=(12, d)) / 3 + rng.normal(size=d)) for _ in range(count))
    return [(part + 0.1 * rng.normal(size=(n, d))).astype(np.float32) for part in parts]


def plain_cka(parts: list[np.ndarray]) -> np.ndarray:
    """Debiased CKA as a careful NumPy script has it: in feature space, each representation's own term once."""
    n = len(parts[0])
    x = [part - part.mean(0) for part in parts]
    x = [part / np.linalg.norm(part) for part in x]
    squares = [np.square(part).sum(1, dtype=np.float64) for part in x]

    def debiased(i: int, j: int) -> float:
        product = np.square(x[i].T @ x[j]).sum(dtype=np.float64)
        return product - n / (n - 2) * (squares[i] @ squares[j]) + 1 / ((n - 1) * (n - 2))

    own = [debiased(i, i) for i in range(len(x))]
    found = np.eye(len(x))
    for i, j in combinations(range(len(x)), 2):
        found[i, j] = found[j, i] = debiased(i, j) / np.sqrt(own[i] * own[j])
    return found


def plain_overlap(parts: list[np.ndarray], k: int) -> np.ndarray:
    """k-NN overlap with NumPy: all distances of some rows at a time, `argpartition`, sets as sorted rows."""
    near = []
    for x in parts:
        x = x - x.mean(0)
        squares = np.square(x).sum(1)
        lists = []
        for start in range(0, len(x), 1_000):
            apart = squares - 2 * x[start : start + 1_000] @ x.T
            apart[np.arange(len(apart)), np.arange(start, start + len(apart))] = np.inf
            lists.append(np.argpartition(apart, k, 1)[:, :k])
        near.append(np.concatenate(lists))
    found = np.eye(len(parts))
    for i, j in combinations(range(len(parts)), 2):
        found[i, j] = found[j, i] = (near[i][:, :, None] == near[j][:, None]).any(2).mean()
    return found


def timed(work: Callable[[], np.ndarray], runs: int = 3) -> tuple[str, np.ndarray]:
    """The shortest of some runs and the least processor time, in seconds; and what came out."""
    wall, busy, found = [], [], np.empty(0)
    for _ in range(runs):
        began, before = time.perf_counter(), time.process_time()
        found = work()
        wall.append(time.perf_counter() - began)
        busy.append(time.process_time() - before)
    return f"{min(wall):.2f} ({min(busy):.2f})", found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--representations", type=int, default=6)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--threads", type=int, help="default: as many as PyTorch takes")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    parts = made(options.representations, options.examples, options.size)
    table = Table("what", "seconds", "NumPy, seconds", "largest difference")
    for measure, plain in (("cka", plain_cka), ("overlap", lambda parts: plain_overlap(parts, K))):
        ours, found = timed(lambda measure=measure: similarity_matrix([Terms(part) for part in parts], measure, K))
        theirs, expected = timed(lambda plain=plain: plain(parts))
        table.add_row(measure, ours, theirs, f"{np.abs(found - expected).max():.1e}")
    console = Console()
    shape = f"{options.representations} x {options.examples:,} x {options.size}"
    machine = f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"
    console.print(f"{shape}, {machine} (NumPy: by OMP_NUM_THREADS); in brackets the processors' time", highlight=False)
    console.print(table)
    halved = overlaps(parts[0], parts[0].astype(np.float16), K)
    console.print(f"In float16 {1 - halved[-1]:.2%} of the {K} nearest neighbours are others.", highlight=False)


if __name__ == "__main__":
    main()
