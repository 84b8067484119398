"""`sample`: images into a grid, a text, or a sound."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.console import (
    add_device,
    console,
)
from core.config.fields import SettingError
from core.store import checkpoints
from core.store.checkpoints import CheckpointError

if TYPE_CHECKING:
    from core.models.audio.base import AudioModel
    from core.models.language.base import LanguageModel

MOST = 10_000


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    sampling = commands.add_parser(
        "sample", help="sample a grid of images (PNG), a text or a sound (WAV) from a checkpoint"
    )
    sampling.add_argument("checkpoint", help="a name from `list checkpoints`, or a folder")
    sampling.add_argument(
        "-n", type=int, default=64, help="number of images, of tokens, or of a sound's samples (default 64)"
    )
    sampling.add_argument(
        "--out", type=Path, help="output file: PNG for images, WAV for a sound; texts are printed if omitted"
    )
    sampling.add_argument("--prompt", default="", help="start of the text")
    sampling.add_argument("--temperature", type=float, default=1.0, help="sampling temperature (texts and sounds)")
    sampling.add_argument("--seed", type=int, default=0)
    add_device(sampling)
    sampling.add_argument("--of", type=int, help="the class to sample, for a class-conditional model")
    sampling.add_argument("--speaker", type=int, help="whose voice, for a model of speakers (default: drawn)")
    sampling.set_defaults(run=_sample)


def _sample(options: argparse.Namespace) -> None:
    import torch

    from core.analysis.image_grid import grid, write_png
    from core.models.audio.base import AudioModel
    from core.models.capabilities import Sampler
    from core.models.language.base import LanguageModel
    from core.models.training_protocols import ClassConditional
    from core.numerics import device

    if not 1 <= options.n <= MOST:
        raise SettingError(f"-n {options.n}: between 1 and {MOST:,}")
    checkpoint = checkpoints.load(options.checkpoint)
    where = device.choose(options.device)
    model = checkpoint.model(where)
    if isinstance(model, LanguageModel):
        _write_text(checkpoint, model, options)
        return
    if isinstance(model, AudioModel):
        _write_sound(checkpoint, model, options)
        return
    if options.out is None:
        raise SettingError("sample: --out is missing, the PNG file to write")
    if not isinstance(model, Sampler):
        raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} cannot generate samples")
    shape = checkpoint.preset.model.event_shape
    if len(shape) != 2:
        raise CheckpointError(f"{checkpoint.name}: its examples have shape {shape}, which is not an image")
    labels = {}
    if options.of is not None:
        classes = model.classes if isinstance(model, ClassConditional) else 0
        if not 0 <= options.of < classes:
            rule = f"a number below {classes}" if classes else f"{checkpoint.name} is not class-conditional"
            raise SettingError(f"--of {options.of}: {rule}")
        labels = {"labels": torch.full((options.n,), options.of, device=where)}
    with torch.no_grad():
        samples = (
            model.sample(options.n, torch.Generator(device=where).manual_seed(options.seed), **labels).cpu().numpy()
        )
    arrays = checkpoint.arrays()
    write_png(grid(arrays["view.shift"] + arrays["view.scale"] * samples), options.out)
    console.print(f"{options.n} samples of {checkpoint.name} (seed {options.seed}) in {options.out}", highlight=False)


def _write_text(checkpoint: checkpoints.Checkpoint, model: LanguageModel, options: argparse.Namespace) -> None:
    """The prompt and n tokens more, on the terminal or in the file."""
    import numpy as np
    import torch

    from core.data.tokenizers import Vocabulary
    from core.models.language.base import generate
    from core.numerics.sampling import SamplingConfig

    vocabulary = Vocabulary.from_bytes(checkpoint.arrays()["view.vocabulary"])
    where = next(model.parameters()).device
    generator = torch.Generator(device=where).manual_seed(options.seed)
    noise = torch.rand(1, options.n, generator=generator, device=where)
    with torch.no_grad():
        context = model.prefill(torch.from_numpy(vocabulary.encode(options.prompt))[None].to(where))
        drawn = [
            int(tokens) for _, tokens in generate(model, context, options.n, noise, SamplingConfig(options.temperature))
        ]
    text = options.prompt + vocabulary.decode(np.array(drawn))
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text, encoding="utf-8")


def _write_sound(checkpoint: checkpoints.Checkpoint, model: AudioModel, options: argparse.Namespace) -> None:
    """n samples of one class and speaker, which are drawn where they are not given, as a WAV file of 16 bits."""
    import wave

    import torch

    from core.models.language.base import generate
    from core.numerics import mulaw
    from core.numerics.sampling import SamplingConfig

    if options.out is None:
        raise SettingError("sample: --out is missing, the WAV file to write")
    where = next(model.parameters()).device
    generator = torch.Generator(device=where).manual_seed(options.seed)
    given = []
    for name, wanted, count in (("of", options.of, model.classes), ("speaker", options.speaker, model.speakers)):
        if wanted is not None and not 0 <= wanted < count:
            rule = f"a number below {count}" if count else f"{checkpoint.name} is not conditioned on it"
            raise SettingError(f"--{name} {wanted}: {rule}")
        drawn = torch.randint(max(1, count), (1,), generator=generator, device=where)
        given.append(drawn if wanted is None else torch.full_like(drawn, wanted))
    noise = torch.rand(1, options.n, generator=generator, device=where)
    sampling = SamplingConfig(options.temperature)
    levels = torch.cat([x for _, x in generate(model, model.start(1, *given), options.n, noise, sampling)])
    samples = mulaw.decode(levels.cpu().numpy(), model.levels)
    with wave.open(str(options.out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(model.rate)
        file.writeframes((samples * (2**15 - 1)).round().astype("<i2").tobytes())
    conditions = ("class", model.classes), ("speaker", model.speakers)
    what = ", ".join(f"{name} {int(one)}" for (name, count), one in zip(conditions, given, strict=True) if count)
    told = f"{options.n / model.rate:.2f} s of {checkpoint.name}{f' ({what})' if what else ''} in {options.out}"
    console.print(told, highlight=False)
