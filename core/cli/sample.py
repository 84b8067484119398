"""`sample`: images into a grid, or a text."""

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
    from core.models.language.base import LanguageModel


def add(commands: argparse._SubParsersAction) -> None:
    """Add what is here to the commands."""
    sampling = commands.add_parser("sample", help="sample a grid of images (PNG) or a text from a checkpoint")
    sampling.add_argument("checkpoint", help="a name from `list checkpoints`, or a folder")
    sampling.add_argument("-n", type=int, default=64, help="number of images, or of tokens (default 64)")
    sampling.add_argument("--out", type=Path, help="output file: PNG for images; texts are printed if omitted")
    sampling.add_argument("--prompt", default="", help="start of the text")
    sampling.add_argument("--temperature", type=float, default=1.0, help="sampling temperature (texts only)")
    sampling.add_argument("--seed", type=int, default=0)
    add_device(sampling)
    sampling.add_argument("--of", type=int, help="the class to sample, for a class-conditional model")
    sampling.set_defaults(run=_sample)


def _sample(options: argparse.Namespace) -> None:
    import torch

    from core.analysis.image_grid import grid, write_png
    from core.models.capabilities import ClassConditional, Sampler
    from core.models.language.base import LanguageModel
    from core.numerics import device

    if not 1 <= options.n <= 10_000:
        raise SettingError(f"-n {options.n}: between 1 and 10,000")
    checkpoint = checkpoints.load(options.checkpoint)
    where = device.choose(options.device)
    model = checkpoint.model(where)
    if isinstance(model, LanguageModel):
        _write_text(checkpoint, model, options)
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
