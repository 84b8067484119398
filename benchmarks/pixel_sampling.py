"""Drawing images pixel by pixel: what it gains to compute every feature once.

    python -m benchmarks.pixel_sampling
    python -m benchmarks.pixel_sampling --images 16 64 --threads 2 --models small large

"Cached" draws whole images by `core.models.autoregressive.base.sample`. "Full pass" is the plain way, one pass of all
for every pixel: some passes are timed, and the time of all of them follows from their median. Both ways run by turns in
one process, and give the same logits (the largest difference is shown). Sizes are those that others report, 10 layers
of 128 channels and 15 of 16; every committed autoregressive checkpoint comes after them. "Cache" is what the
state of one image keeps, and "memory" the most that the process has held at any time, both ways together.
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import platform
import resource
import statistics
import sys
import time

import torch
from rich.console import Console
from rich.table import Column, Table
from torch import nn

from core.models.autoregressive.base import StepsAutoregressively, sample
from core.models.autoregressive.pixelcnn import PixelCNN, PixelCNNConfig
from core.models.autoregressive.pixelrnn import PixelRNN, PixelRNNConfig
from core.numerics import device
from core.store import checkpoints

SIZES = {
    "small": lambda: PixelCNN(PixelCNNConfig((28, 28), channels=16, layers=15)),
    "large": lambda: PixelCNN(PixelCNNConfig((28, 28), channels=128, layers=10)),
    "slices": lambda: PixelCNN(PixelCNNConfig((28, 28), slices=2)),
    "row": lambda: PixelRNN(PixelRNNConfig((28, 28), kind="row")),
    "diagonal": lambda: PixelRNN(PixelRNNConfig((28, 28), kind="diagonal")),
}
NAMES = {
    "small": "PixelCNN, 15 layers of 16",
    "large": "PixelCNN, 10 layers of 128",
    "slices": "PixelCNN in slices, 8 layers of 32",
    "row": "row LSTM, 7 layers of 16",
    "diagonal": "diagonal BiLSTM, 7 layers of 16",
}


def clock(where: torch.device, busy: bool) -> float:
    """Seconds, once everything asked of the device is done; of the processor's own work on a `busy` machine."""
    if where.type == "cuda":
        torch.cuda.synchronize(where)
    return time.process_time() if busy else time.perf_counter()


@torch.no_grad()
def measured(model: nn.Module, n: int, passes: int, repeats: int, where: torch.device, busy: bool) -> dict[str, float]:
    """Seconds of n images both ways, bytes of the cache an image, and how far the logits of both ways are apart."""
    generator = torch.Generator(device=where).manual_seed(0)
    labels = torch.arange(n, device=where) % model.classes if model.classes else None
    places = len(model.order)
    x = sample(model, n, generator, labels)  # a first time, to warm up
    cached, full = [], []
    for _ in range(repeats):
        began = clock(where, busy)
        x = sample(model, n, generator, labels)
        cached.append(clock(where, busy) - began)
        for _ in range(-(-passes // repeats)):
            began = clock(where, busy)
            logits = model.logits(x, labels)
            full.append(clock(where, busy) - began)
    state, apart = model.start(n, labels), 0.0
    for place in state.order.tolist():
        apart = max(apart, float((model.next_logits(state) - logits[:, place]).abs().max()))
        model.append(state, x[:, place])
    kept = sum(math.prod(part.shape[1:]) * part.element_size() for part in state.cache.values())
    return {"cached": min(cached), "full": statistics.median(full) * places, "cache": kept, "apart": apart}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[16], help="images at once (default 16)")
    parser.add_argument("--models", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--no-checkpoints", action="store_true", help="only the sizes above, with random weights")
    parser.add_argument("--passes", type=int, default=30, help="full passes that are timed (default 30)")
    parser.add_argument("--repeats", type=int, default=3, help="draws, of which the quickest counts (default 3)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--busy", action="store_true", help="count the processor's seconds, where others use it too")
    parser.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    where = device.choose(options.device)
    torch.manual_seed(0)
    models = {NAMES[name]: SIZES[name]() for name in options.models}
    if not options.no_checkpoints:
        for checkpoint in checkpoints.available()[0]:
            model = checkpoint.model()
            if isinstance(model, StepsAutoregressively):
                models[checkpoint.name] = model
    table = Table(Column("model", no_wrap=True), "images", "cached, s", "full passes, s", "ratio", "cache", "apart")
    for name, model in models.items():
        model = model.to(where).eval()
        for n in options.images:
            found = measured(model, n, options.passes, options.repeats, where, options.busy)
            ratio = f"{found['full'] / found['cached']:,.0f}x"
            times = (f"{found['cached']:.3f}", f"{found['full']:,.1f}")
            table.add_row(name, str(n), *times, ratio, f"{found['cache'] / 1e3:,.0f} kB", f"{found['apart']:.1e}")
            print(f"{name}, {n}: {found}", file=sys.stderr)
    console = Console()
    console.print(table)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e3 if sys.platform != "darwin" else 1e6)
    if where.type == "cuda":
        memory = torch.cuda.max_memory_allocated(where) / 1e6
    console.print(
        f"Full pass: the median of {options.passes} passes, times the number of pixels. Memory {memory:,.0f} MB. "
        f"{device.describe(where)}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, {datetime.date.today()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
