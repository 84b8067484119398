"""Does everything run on a GPU, how fast, and what can it train in the time given?

    python -m benchmarks.gpu --out FOLDER [--device cuda] [--checks] [--speeds] [--train PRESET ... --seconds S]

checks    each family in a small preset: trains, resumes, samples and is scored on the device; the loss of the same
          weights on the same data is compared with the CPU's
speeds    examples a second of a training step and of sampling, device beside CPU, larger presets
train     presets trained side by side, each in a process of its own and told to finish when the time is over; their
          checkpoints are packed into FOLDER

Needs no network: data come from PLAYGROUND_DATA, and what is not there is skipped and named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from core import data, models
from core.config.presets import Preset
from core.data.preprocessing import PreprocessedSplit, preprocess
from core.jobs import scoring, worker
from core.models.autoregressive import base
from core.models.capabilities import Codec, GibbsModel, Sampler
from core.models.language.base import LanguageModel
from core.numerics import device
from core.training import TrainState, fit

SMALL = {  # presets for each family and for what else its code does, and the epochs that take a few seconds
    "bars-rbm": 200,
    "digits-rbm": 20,
    "digits-rbm view=dynamic": 20,
    "faces-rbm": 5,
    "topics-rbm": 2,
    "digits-stack-2": 4,
    "digits-dbn": 6,
    "digits-autoencoder-2-random": 5,
    "topics-autoencoder-2-random": 2,
    "digits-vae-2": 5,
    "digits-vae-levels": 3,
    "sprites-vae-10": 1,
    "digits-made": 3,
    "digits-made-17-classes": 3,
    "digits-nade-17": 3,
    "digits-pixelcnn-17-classes": 1,
    "digits-pixelcnn-17-slices": 1,
    "digits-pixelcnn-17 view=dynamic levels=2": 1,
    "digits-pixelrnn-17-row": 1,
    "digits-pixelrnn-17-diagonal": 1,
    "help-ngram": 1,
    "help-gru": 1,
    "help-transformer": 1,
}
LARGE = (
    "mnist-rbm",
    "mnist-dbn",
    "mnist-autoencoder-30-random",
    "mnist-vae-50",
    "mnist-made",
    "mnist-nade",
    "mnist-pixelcnn",
    "mnist-pixelcnn-large",
    "mnist-pixelrnn-row",
    "shakespeare-lstm",
    "shakespeare-transformer",
)
console = Console(width=150)


def preset_of(text: str) -> Preset:
    """The preset `NAME [KEY=VALUE ...]`, from fresh weights."""
    name, *settings = text.split()
    return models.preset(name).override({"origin": "", **dict(item.split("=", 1) for item in settings)})


def present(text: str) -> bool:
    """Whether the data of a preset are on this machine."""
    return data.catalogue()[preset_of(text).dataset].is_here()


def wait(where: torch.device) -> None:
    """Let the device finish what was asked of it."""
    if where.type == "cuda":
        torch.cuda.synchronize(where)


# -- checks -----------------------------------------------------------------------------------------


def check_family(name: str, where: torch.device) -> str:
    """Train, resume, sample and score one preset on the device; what was compared, in words. Raises what goes wrong."""
    preset = preset_of(name).override({"epochs": str(SMALL.get(name, 1))})
    checkpoint = worker.train(preset, str(where))
    dataset = data.load(preset.dataset)
    train = preprocess(dataset, preset.view, "train")
    words = [_resumed(preset, train, where), _beside_cpu(preset, train, checkpoint, where)]
    model = checkpoint.model(where).eval()
    generator = torch.Generator(device=where).manual_seed(0)
    with torch.no_grad():
        if isinstance(model, Sampler):
            assert torch.isfinite(model.sample(8, generator)).all()
        if isinstance(model, Codec):
            x = train.to(where).batch(slice(0, 8), generator)
            assert torch.isfinite(model.decode(model.encode(x))).all()
        if isinstance(model, GibbsModel):
            v, _ = model.gibbs_step(train.to(where).batch(slice(0, 8), generator), generator)
            assert torch.isfinite(model.free_energy(v)).all()
        if isinstance(model, LanguageModel):
            context = model.start(2)
            model.read(context, train.values[:2, :20].long().to(where))
            assert torch.isfinite(context.logits).all()
    scores = scoring.evaluate(checkpoint, thorough=False, device_name=str(where)).scores
    return "; ".join([*words, f"{len(scores)} scores"])


def _resumed(preset: Preset, train: PreprocessedSplit, where: torch.device) -> str:
    """How far a training that was saved and loaded half way ends from one that was not."""
    short = preset.override({"epochs": "1", "snapshots": "0"})
    ends = []
    for cut in (False, True):
        state = TrainState(models.build(preset.family, preset.model), short.train, preset.seed, where)
        with tempfile.TemporaryDirectory() as folder:
            for progress in fit(state, train, report_every=0):
                if progress.step >= 6:
                    break
                if cut and progress.step == 3:
                    state.save(Path(folder))
                    state = TrainState(models.build(preset.family, preset.model), short.train, preset.seed, where)
                    state.load(Path(folder))
                    break
            if cut:
                for progress in fit(state, train, report_every=0):
                    if progress.step >= 6:
                        break
        ends.append(state.result())
    apart = max(float((ends[0][k].double() - ends[1][k].double()).abs().max()) for k in ends[0] if ends[0][k].numel())
    assert apart < 1e-3, f"resumed weights are {apart:.3g} apart"
    return f"resumed {'to the bit' if apart == 0 else f'within {apart:.1e}'}"


def _beside_cpu(preset: Preset, train: PreprocessedSplit, checkpoint, where: torch.device) -> str:  # noqa: ANN001
    """How far the loss of the same weights on the same examples is from the CPU's. Draws differ between devices, so
    that the loss of models that draw is a mean over several."""
    losses = {}
    for place in (torch.device("cpu"), where):
        model = checkpoint.model(place).eval()
        batch = train.to(place).batch(slice(0, 200), torch.Generator(device=place).manual_seed(0))
        told = {"labels": train.labels[:200].to(place)} if getattr(model, "classes", 0) else {}
        with torch.no_grad():
            values = []
            for seed in range(10):
                generator = torch.Generator(device=place).manual_seed(seed)
                values.append(float(model.loss(batch, generator, **told)["loss"]))
        losses[place.type] = sum(values) / len(values)
    cpu, other = losses["cpu"], losses[where.type]
    assert abs(cpu - other) <= 0.05 * max(abs(cpu), 5.0), f"loss {other:.5g} there, {cpu:.5g} on the CPU"
    return f"loss {other:.5g} beside {cpu:.5g}"


def checks(where: torch.device, names: list[str]) -> bool:
    table, fine = Table("preset", "", "what", title=f"Checks on {device.describe(where)}"), True
    for name in names:
        if not present(name):
            table.add_row(name, "skipped", f"no {preset_of(name).dataset} here")
            continue
        began = time.perf_counter()
        try:
            words = check_family(name, where)
            table.add_row(name, "ok", f"{words}; {time.perf_counter() - began:.1f} s")
        except Exception as error:
            fine = False
            traceback.print_exc()
            table.add_row(name, "[red]failed", f"{type(error).__name__}: {error}"[:300])
    console.print(table)
    return fine


# -- speeds -----------------------------------------------------------------------------------------


def steps_a_second(name: str, where: torch.device, seconds: float) -> float:
    """Updates a second of a training, after some to warm up."""
    preset = preset_of(name)
    train = preprocess(data.load(preset.dataset), preset.view, "train")
    state = TrainState(models.build(preset.family, preset.model), preset.train, preset.seed, where)
    began, first = 0.0, 0
    for progress in fit(state, train, report_every=seconds / 4):
        now = time.perf_counter()
        if not began and progress.step > 3:
            began, first = now, progress.step
        elif began and now - began > seconds:
            break
    return (progress.step - first) / (now - began)


def sampled_a_second(name: str, where: torch.device) -> float | None:
    """Examples (tokens) a second that an untrained model of this preset draws, 16 (8 texts) at once."""
    preset = models.preset(name)
    model = models.build(preset.family, preset.model).to(where).eval()
    generator = torch.Generator(device=where).manual_seed(0)
    draw: Callable[[], int]
    if isinstance(model, base.AutoregressiveModel):
        draw = lambda: len(model.sample(16, generator))  # noqa: E731
    elif isinstance(model, LanguageModel):

        def draw() -> int:
            from core.models.language.base import generate
            from core.numerics.sampling import SamplingConfig

            noise = torch.rand(8, 64, device=where)
            for _ in generate(model, model.start(8), 64, noise, SamplingConfig()):
                pass
            return 8 * 64
    else:
        return None
    with torch.no_grad():
        began = time.perf_counter()
        count = draw()
        wait(where)
        if time.perf_counter() - began < 5:
            began = time.perf_counter()
            count = draw()
            wait(where)
    return count / (time.perf_counter() - began)


def speeds(where: torch.device, names: list[str], seconds: float) -> None:
    columns = ("preset", "batch", "steps/s there", "steps/s CPU", "ratio", "samples/s there", "samples/s CPU")
    table = Table(*columns, title=f"{device.describe(where)} beside {device.describe(torch.device('cpu'))}")
    for name in names:
        if not present(name):
            table.add_row(name, "", "skipped: no data here")
            continue
        row = []
        for place in (where, torch.device("cpu")):
            try:
                step, drawn = steps_a_second(name, place, seconds), None
                if place.type != "cpu" or "large" not in name:
                    drawn = sampled_a_second(name, place)
                row.append((step, drawn))
            except Exception as error:
                traceback.print_exc()
                row.append((float("nan"), None))
                console.print(f"{name} on {place}: {error}")
        (there, drawn), (here, own) = row
        shown = ["" if value is None else f"{value:.3g}" for value in (drawn, own)]
        batch = str(models.preset(name).train.batch_size)
        table.add_row(name, batch, f"{there:.4g}", f"{here:.4g}", f"{there / here:.1f}", *shown)
    console.print(table)


# -- training ---------------------------------------------------------------------------------------


def train(asked: list[str], where: torch.device, seconds: float, out: Path) -> None:
    """Train `PRESET[:key=value,...]` side by side; finish what is not done when the time is over."""
    from core import jobs

    began, processes = time.perf_counter(), {}
    for text in asked:
        name, _, settings = text.partition(":")
        command = [sys.executable, "-m", "core", "train", name, "--device", str(where)]
        if settings:
            command += ["--set", *settings.split("+")]
        log = (out / f"{name}-{len(processes)}.log").open("w")
        processes[subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)] = text
    said: set[str] = set()
    while any(process.poll() is None for process in processes):
        time.sleep(2)
        if time.perf_counter() - began > seconds:
            for run in jobs.list_runs():
                if run.id not in said and run.status().state in jobs.LIVE_STATES:
                    run.send(desired_state="finish")
                    said.add(run.id)
        if time.perf_counter() - began > seconds + 60:
            for process in processes:
                process.terminate()
            break
    for process, text in processes.items():
        console.print(f"{text}: exit {process.wait()}")
    from core.store import checkpoints

    good, problems = checkpoints.available()
    names = {text.partition(":")[0] for text in asked}
    for checkpoint in good:
        if checkpoint.preset.name not in names:
            continue
        with tarfile.open(out / f"{checkpoint.name}.tar", "w") as packed:
            packed.add(checkpoint.folder, checkpoint.name)
        for score in checkpoint.manifest.scores[:2]:
            console.print(f"{checkpoint.name}: {score.name} {score.value:.3f} {score.unit}")
        for line in checkpoint.history()[-40:]:
            console.print(line, highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(str(problem))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--checks", nargs="*", metavar="PRESET")
    parser.add_argument("--speeds", nargs="*", metavar="PRESET")
    parser.add_argument("--train", nargs="*", default=[], metavar="PRESET[:KEY=VALUE+...]")
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    where = device.choose(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PLAYGROUND_CHECKPOINTS", tempfile.mkdtemp())
    torch.set_num_threads(min(8, os.cpu_count() or 1))
    fine = True
    if options.checks is not None:
        fine = checks(where, options.checks or list(SMALL))
    if options.speeds is not None:
        speeds(where, options.speeds or list(LARGE), 1.5)
    if options.train:
        train(options.train, where, options.seconds, options.out)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
