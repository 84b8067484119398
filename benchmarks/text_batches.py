"""Texts of many requests sampled in one batch: tokens per second, beside one text alone.

    python -m benchmarks.text_batches
    python -m benchmarks.text_batches --texts 10 30 --models shakespeare-transformer

Every text has a prompt of another length, so that the contexts of a batch differ; reading the prompts is not timed.
Counted are seconds of the processor, of one thread. "Alone" is `core.analysis.text_generation.generate`. Both ways run
by turns in one process; the quicker of two runs counts.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import time

import torch
from rich.console import Console
from rich.table import Column, Table

from core.analysis import text_generation
from core.analysis.batched_generation import GenerationBatch, Request
from core.models.language.base import LanguageModel
from core.numerics.sampling import SamplingConfig
from core.store import checkpoints

REPEATS = 2


def requests(model: LanguageModel, n: int, count: int) -> list[Request]:
    """n requests for a text of `count` tokens, whose prompts have 40 to 340 tokens."""
    draw = torch.Generator().manual_seed(0)
    prompts = [torch.randint(min(model.tokens, 128), (1, 40 + 37 * i % 300), generator=draw) for i in range(n)]
    return [
        Request(model.prefill(prompt), text_generation.noise(i, 0, count), [SamplingConfig(0.8)])
        for i, prompt in enumerate(prompts)
    ]


def alone(model: LanguageModel, count: int) -> float:
    """Tokens per second of a text that is sampled without others."""
    (request,) = requests(model, 1, count)
    began = time.process_time()
    for _ in text_generation.generate(model, request.context, request.noise, request.configs):
        pass
    return count / (time.process_time() - began)


def together(model: LanguageModel, n: int, count: int) -> float:
    """Tokens per second of n texts in a batch, all of them counted."""
    batch = GenerationBatch(model)
    for request in requests(model, n, count):
        batch.join(request)
    began = time.process_time()
    while batch.requests:
        batch.step()
    return n * count / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, nargs="+", default=[1, 10, 30, 64], help="in a batch (default 1 10 30 64)")
    parser.add_argument("--tokens", type=int, default=30, help="of each text (default 30)")
    parser.add_argument("--models", nargs="*", help="presets (default all that are here)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = Table(Column("model", no_wrap=True), "alone", *(f"batch of {n}" for n in options.texts))
    for checkpoint in checkpoints.available()[0]:
        name = checkpoint.manifest.preset.name
        if options.models and name not in options.models:
            continue
        if not isinstance(model := checkpoint.model(), LanguageModel):
            continue
        rates = [alone(model, options.tokens), *(together(model, n, options.tokens) for n in options.texts)]
        for _ in range(REPEATS - 1):
            again = [alone(model, options.tokens), *(together(model, n, options.tokens) for n in options.texts)]
            rates = [max(both) for both in zip(rates, again, strict=True)]
        table.add_row(name, *(f"{rate:,.0f}" for rate in rates))
    console = Console()
    console.print(table)
    console.print(
        f"Tokens per second of one core. {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, {datetime.date.today()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
