"""Drawing sound sample by sample: with everything anew, with queues, and with queues in compiled loops.

    python -m benchmarks.sound
    python -m benchmarks.sound --busy --models fsdd-wavenet

"Naive" computes the whole receptive field for every sample, "cached" keeps what each layer saw
(`core.models.audio.wavenet_cached`), "compiled" does the same in loops (`core.models.audio.wavenet_compiled`, without
the seconds of compiling). All three run in one process, draw by the same noise and give the same sound; how far their
logits are apart is shown. The last column is how many times faster the quickest way is than the sound that it draws.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform

import torch
from rich.console import Console
from rich.table import Column, Table

from benchmarks.pixel_sampling import clock
from core.models.audio.base import AudioModel
from core.models.audio.wavenet import WaveNet, WaveNetConfig
from core.models.audio.wavenet_compiled import CompiledWaveNet
from core.models.language.base import generate
from core.numerics.sampling import SamplingConfig, inverse_cdf
from core.store import checkpoints

CPU = torch.device("cpu")


@torch.no_grad()
def naive_logits(model: AudioModel, x: torch.Tensor) -> torch.Tensor:
    """Logits (1, L) after x (1, T), from the samples that matter and nothing that was kept."""
    seen = model.with_beginning(x)[:, -model.receptive_field :]
    return model.forward_cached(seen, model.init_cache(1, None, None), 0)[:, -1]


@torch.no_grad()
def measured(model: AudioModel, count: int, naive: int, repeats: int, busy: bool) -> dict[str, float]:
    """Seconds a sample of each way, and how far their logits are apart."""
    noise = torch.rand(1, count, generator=torch.Generator().manual_seed(0))
    compiled = CompiledWaveNet(model)
    compiled.draw(model.start(1), noise[0, :2])
    cached, loops = [], []
    for _ in range(repeats):
        began = clock(CPU, busy)
        steps = list(generate(model, model.start(1), count, noise, SamplingConfig()))
        cached.append((clock(CPU, busy) - began) / count)
        began = clock(CPU, busy)
        drawn, logits = compiled.draw(model.start(1), noise[0])
        loops.append((clock(CPU, busy) - began) / count)
    x = torch.stack([x for _, x in steps], 1)
    apart = float((torch.cat([each for each, _ in steps]) - logits).abs().max())
    assert torch.equal(x[0], drawn), "both ways draw the same sound"
    began = clock(CPU, busy)
    for t in range(count - naive, count):
        logits = naive_logits(model, x[:, :t])
        assert int(inverse_cdf(logits.softmax(1), noise[:, t])) == int(x[0, t]), "as does the naive way"
    return {
        "naive": (clock(CPU, busy) - began) / naive,
        "cached": min(cached),
        "compiled": min(loops),
        "apart": max(apart, float((logits - steps[-1][0]).abs().max())),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", help="checkpoints (default: all of recordings)")
    parser.add_argument("--samples", type=int, default=4_000, help="of a sound (default 4000)")
    parser.add_argument("--naive", type=int, default=100, help="samples that the naive way draws (default 100)")
    parser.add_argument("--repeats", type=int, default=3, help="draws, of which the quickest counts (default 3)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--busy", action="store_true", help="count the processor's seconds, where others use it too")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    models = {"18 layers of 32 channels, random": WaveNet(WaveNetConfig(classes=10, speakers=6)).eval()}
    for checkpoint in checkpoints.available()[0]:
        if checkpoint.manifest.preset.family == "wavenet" and checkpoint.manifest.preset.name in (
            options.models or [checkpoint.manifest.preset.name]
        ):
            models[checkpoint.name] = checkpoint.model()
    columns = ("weights", "naive", "cached", "compiled", "compiled / naive", "apart", "times real time")
    table = Table(Column("model", no_wrap=True), *columns, title="Samples a second", title_justify="left")
    for name, model in models.items():
        found = measured(model, options.samples, options.naive, options.repeats, options.busy)
        table.add_row(
            name,
            f"{sum(p.numel() for p in model.parameters()):,}",
            *(f"{1 / found[way]:,.0f}" for way in ("naive", "cached", "compiled")),
            f"{found['naive'] / found['compiled']:,.0f}x",
            f"{found['apart']:.1e}",
            f"{1 / found['compiled'] / model.rate:.1f}x",
        )
    console = Console()
    console.print(table)
    console.print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {options.threads} thread(s), load "
        f"{os.getloadavg()[0]:.1f}, {datetime.date.today()}, Python {platform.python_version()}, torch "
        f"{torch.__version__}; " + ("processor time" if options.busy else "time on the clock")
    )


if __name__ == "__main__":
    main()
