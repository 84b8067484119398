"""Writing texts token by token: what it gains to keep what was read; and how fast such models learn.

    python -m benchmarks.text_sampling
    python -m benchmarks.text_sampling --batch 1 8 --threads 2 --models 384 160

"Cached" draws tokens by `core.models.language.base.generate`: a token's work each. "Whole context" is the plain way,
all tokens so far for every token, none of it kept: some lengths, evenly spread, are timed, and all of them
follow from their mean. Both ways run in one process and give the same logits (the largest difference is shown). Sizes:
384 is the six layers that a well-known small program trains on the same text, the others are those of our presets;
committed checkpoints of texts come after them.

"Training" are whole steps (loss, gradient, Adam) of 16 stretches of 256 tokens, in the precision of the presets where
the processor has it. Its operations are counted as six for each weight of a matrix and token, and for a Transformer
twelve for each number of a token's width, layer and token looked at (half of the stretch, on average); "share" is of
the best that a product of two square matrices reached just before, in the same precision.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import sys

import torch
from rich.console import Console
from rich.table import Column, Table

from benchmarks.pixel_sampling import clock
from core.models.language.base import LanguageModel, generate
from core.models.language.recurrent import Recurrent, RecurrentConfig
from core.models.language.transformer import Transformer, TransformerConfig
from core.numerics import device
from core.numerics.sampling import SamplingConfig
from core.store import checkpoints

SIZES = {
    "384": lambda: Transformer(TransformerConfig(width=384, layers=6, heads=6)),
    "160": lambda: Transformer(TransformerConfig()),
    "lstm": lambda: Recurrent(RecurrentConfig()),
    "gru": lambda: Recurrent(RecurrentConfig(cell="gru")),
}
NAMES = {
    "384": "Transformer, 6 layers of 384",
    "160": "Transformer, 6 layers of 160",
    "lstm": "LSTM of 512",
    "gru": "GRU of 512",
}
WINDOW, BATCH = 256, 16  # of a training step


@torch.no_grad()
def sampled(
    model: LanguageModel, n: int, count: int, lengths: int, repeats: int, where: torch.device, busy: bool
) -> dict[str, float]:
    """Seconds of n texts of `count` tokens both ways, and how far the logits of both ways are apart."""
    noise = torch.rand(n, count, generator=torch.Generator().manual_seed(0)).to(where)
    cached, full = [], []
    drawn: list[torch.Tensor] = []
    for attempt in range(repeats + 1):  # the first to warm up
        began = clock(where, busy)
        drawn = [tokens for _, tokens in generate(model, model.start(n), count, noise, SamplingConfig())]
        if attempt:
            cached.append(clock(where, busy) - began)
    text = torch.stack(drawn, 1)
    tried = torch.linspace(1, count, min(lengths, count)).long().unique().tolist()
    for length in tried:
        began = clock(where, busy)
        if isinstance(model, Transformer):
            model(text[:, :length])
        else:
            model.read(model.start(n), text[:, :length])
        full.append(clock(where, busy) - began)
    whole, step = model.start(n), model.start(n)
    logits = model.read(whole, text)
    apart = max(float((model.read(step, text[:, t : t + 1])[:, 0] - logits[:, t]).abs().max()) for t in range(count))
    return {"cached": min(cached), "full": statistics.mean(full) * count, "apart": apart}


def peak(where: torch.device, kind: torch.dtype, busy: bool, side: int = 1024, repeats: int = 12) -> float:
    """The most operations a second of a product of two square matrices."""
    a, b = (torch.randn(side, side, device=where).to(kind) for _ in range(2))
    found = []
    for _ in range(repeats):
        began = clock(where, busy)
        a @ b
        found.append(clock(where, busy) - began)
    return 2 * side**3 / min(found)


def operations(model: LanguageModel) -> float:
    """Of a training step, a token: see above."""
    weights = sum(p.numel() for name, p in model.named_parameters() if p.ndim == 2 and not name.startswith("embed"))
    if isinstance(model, Transformer):  # its table of tokens is also its last layer
        config = model.config
        return 6 * (weights + model.embed.weight.numel()) + 12 * config.layers * config.width * WINDOW / 2
    return 6 * weights


def trained(model: LanguageModel, steps: int, where: torch.device, kind: torch.dtype, busy: bool) -> float:
    """Tokens a second while training."""
    generator = torch.Generator(device=where).manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    x = torch.randint(0, 128, (BATCH, WINDOW), generator=generator, device=where)
    model.train()
    found = []
    for _ in range(steps + 1):
        began = clock(where, busy)
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(where.type, dtype=kind, enabled=kind != torch.float32):
            loss = model.loss(x, generator)["loss"]
        loss.backward()
        optimiser.step()
        found.append(clock(where, busy) - began)
    model.eval()
    return x.numel() / statistics.median(found[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8], help="texts at once (default 1 8)")
    parser.add_argument("--models", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--no-checkpoints", action="store_true", help="only the sizes above, with random weights")
    parser.add_argument("--tokens", type=int, default=255, help="tokens of a text (default 255)")
    parser.add_argument("--lengths", type=int, default=16, help="whole contexts that are timed (default 16)")
    parser.add_argument("--repeats", type=int, default=3, help="draws, of which the quickest counts (default 3)")
    parser.add_argument("--steps", type=int, default=5, help="training steps, whose median counts (default 5)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--busy", action="store_true", help="count the processor's seconds, where others use it too")
    parser.add_argument("--device", default="auto", help="auto (default), cuda, mps or cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    where, busy = device.choose(options.device), options.busy
    torch.manual_seed(0)
    models: dict[str, LanguageModel] = {NAMES[name]: SIZES[name]() for name in options.models}
    if not options.no_checkpoints:
        for checkpoint in checkpoints.available()[0]:
            model = checkpoint.model()
            if isinstance(model, LanguageModel):
                models[checkpoint.name] = model
    columns = ("texts", "cached, tokens/s", "whole context, tokens/s", "ratio", "apart")
    table = Table(Column("model", no_wrap=True), *columns, title="Writing", title_justify="left")
    for name, model in models.items():
        model = model.to(where).eval()
        for n in options.batch:
            found = sampled(model, n, options.tokens, options.lengths, options.repeats, where, busy)
            each = (f"{n * options.tokens / found[way]:,.0f}" for way in ("cached", "full"))
            table.add_row(name, str(n), *each, f"{found['full'] / found['cached']:,.1f}x", f"{found['apart']:.1e}")
            print(f"{name}, {n}: {found}", file=sys.stderr)
    kind = torch.bfloat16 if device.bfloat16_is_fast(where) else torch.float32
    learning = Table(Column("model", no_wrap=True), "tokens/s", "Gop/s", "peak", "share", title="Training")
    for name in options.models:
        model = SIZES[name]().to(where)
        best = peak(where, kind, busy)  # anew each time, so that both sides see the same machine
        rate = trained(model, options.steps, where, kind, busy)
        done = rate * operations(model)
        learning.add_row(
            NAMES[name], f"{rate:,.0f}", f"{done / 1e9:,.0f}", f"{best / 1e9:,.0f}", f"{100 * done / best:.0f}%"
        )
    console = Console()
    console.print(table, learning)
    console.print(
        f"Whole contexts: {options.lengths} lengths up to {options.tokens}. Training in {kind}. "
        f"{device.describe(where)}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, {datetime.date.today()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}; " + ("processor time" if busy else "time on the clock")
    )


if __name__ == "__main__":
    main()
