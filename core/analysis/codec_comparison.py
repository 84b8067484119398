"""The same examples through codes of the same size: a deep autoencoder, the same net trained in other ways, logistic
PCA, PCA; and what each layer keeps.

The comparison of Hinton & Salakhutdinov 2006, figures 2, 4 and S: squared error summed over the pixels of an image,
mean over held-out examples; of documents the perplexity of their own words. Nothing is fitted here: errors and linear
codes stand in the checkpoint (`core.evaluation.codes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core import data, models
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.evaluation.codes import BASIS, FITTED_TO, basis
from core.models.autoencoders.linear_codes import LSA, PCA, LinearCode, LogisticPCA, perplexity
from core.models.boltzmann.stack import RBMStack
from core.models.capabilities import Codec
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError

SHOWN_FROM = 10_000  # held-out examples, of which a page shows some

PRETRAINED = "pretrained"  # what the net that the variants are compared with is called beside them
LINEAR = {"logistic PCA": LogisticPCA, "PCA": PCA, "latent semantic analysis": LSA}


@dataclass(frozen=True)
class CodecResult:
    """One way to a code of `size` numbers and back; `error` is the mean over held-out examples."""

    name: str
    codec: Codec
    size: int
    error: float


def examples(checkpoint: Checkpoint, split: str = "test", most: int = SHOWN_FROM) -> tuple[Tensor, np.ndarray | None]:
    """Examples (n, *event_shape) as the checkpoint's model sees them, and their labels. Raises `DataError`."""
    dataset = data.load_test(checkpoint.preset.dataset)
    labels = getattr(dataset, f"{split}_labels")
    shown = preprocess(dataset, checkpoint.preset.view, split).batch(slice(0, most), torch.Generator().manual_seed(0))
    return shown, None if labels is None else labels[:most]


def compare_codecs(checkpoint: Checkpoint) -> list[CodecResult]:
    """The checkpoint's model and the same net trained in other ways, logistic PCA where it was fitted, and PCA (of
    documents latent semantic analysis): all with codes of the same size. Raises `DataError`."""
    size = checkpoint.preset.model.layers[-1]
    among = training_variants(checkpoint)
    names = among if len(among) > 1 else {"autoencoder": checkpoint}
    score = "reconstruction perplexity" if of_words(checkpoint) else "reconstruction error"
    found = [CodecResult(name, c.model(), size, _error(c, score)) for name, c in names.items()]
    for name in LINEAR:
        if (code := linear_code(checkpoint, name)) is not None:
            found.append(CodecResult(name, code, size, _error(checkpoint, f"{name}, for comparison")))
    return found


def linear_code(checkpoint: Checkpoint, name: str) -> LinearCode | None:
    """The linear code of this name (see `LINEAR`) that stands in the checkpoint; None where it was not fitted."""
    state = _state(checkpoint, name)
    # where PCA has no more numbers than the code it is only the curve
    return LINEAR[name].of_state(state, tuple(checkpoint.preset.model.event_shape)) if len(state) > 1 else None


def _state(checkpoint: Checkpoint, name: str) -> dict[str, Tensor]:
    arrays = checkpoint.arrays("portrait.safetensors")
    return {
        k.removeprefix(f"{name}."): torch.from_numpy(v).float() for k, v in arrays.items() if k.startswith(f"{name}.")
    }


def linear_basis(among: Sequence[Checkpoint]) -> tuple[str, dict[str, np.ndarray]]:
    """PCA of images, or latent semantic analysis of documents, beyond the code sizes of the checkpoints `among`, which
    share their data: its name, the arrays of its `state`, and errors (m,), what is lost of held-out examples with
    1, 2, ... numbers.

    As it stands in one of them (BASIS, `core.evaluation.codes`); else fitted in the same way, where the training
    examples are here; else the largest that stands in one of them.
    """
    name = "latent semantic analysis" if of_words(among[0]) else "PCA"
    for checkpoint in among:
        if state := _state(checkpoint, BASIS):
            return name, {k: v.numpy() for k, v in state.items()}
    try:
        train, test = (
            examples(among[0], split, most)[0] for split, most in (("train", FITTED_TO), ("test", SHOWN_FROM))
        )
    except DataError:
        largest = max((_state(checkpoint, name) for checkpoint in among), key=lambda s: len(s.get("components", ())))
        return name, {k: v.numpy() for k, v in largest.items()}
    return name, {k: v.numpy() for k, v in basis(train, test, of_words(among[0]), among[0].preset.seed).items()}


def training_variants(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The checkpoint among those of the same net that were trained in other ways, as far as they are here."""
    found = {}
    for title, name in _variants(checkpoint).items():
        try:
            other = checkpoint if name == checkpoint.preset.name else checkpoints.load(name)
        except CheckpointError:
            continue
        if _net(other) == _net(checkpoint):  # a visitor's own may carry the same name, with other data or layers
            found[title] = other
    return found


def trainings(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The training variants, and those of which only the film was kept (`checkpoints.films`)."""
    found, films = training_variants(checkpoint), {film.preset.name: film for film in checkpoints.films()}
    for title, name in _variants(checkpoint).items():
        if title not in found and name in films and _net(films[name]) == _net(checkpoint):
            found[title] = films[name]
    return found


def _variants(checkpoint: Checkpoint) -> dict[str, str]:
    """What the training of each preset of the same net is called beside the others, and the preset's name."""
    own, known = checkpoint.preset.name, models.presets()
    first = known[own].variant_of or own if own in known else own
    return {PRETRAINED: first} | {p.variant: p.name for p in known.values() if p.variant_of == first}


def _net(checkpoint: Checkpoint) -> tuple[Any, ...]:
    preset = checkpoint.preset
    return preset.dataset, preset.view, preset.model.event_shape, preset.model.layers


@torch.no_grad()
def layerwise_reconstructions(checkpoint: Checkpoint, x: Tensor) -> Iterator[tuple[str, Tensor]]:
    """What comes back of examples x when the way up ends after each layer, from the first to the code.

    Before fine-tuning (the stack that an autoencoder started from) and after: there the way back begins at the layer of
    the decoder with the same width, which was never trained to be entered from there.
    """
    model, before = checkpoint.model(), models.origin_of(checkpoint.preset)
    stack = None
    if before is not None:
        with suppress(CheckpointError):
            stack = checkpoints.load(before.name).model()
    if isinstance(stack, RBMStack):
        for layers, units in enumerate(stack.config.layers, 1):
            yield f"RBM stack, layer {layers} ({units} units)", stack.down(stack.up(x, layers), layers)
    for layers, units in enumerate(model.config.layers, 1):
        yield f"{'fine-tuned, ' if before else ''}layer {layers} ({units} units)", model.decode_from_layer(x, layers)


def of_words(checkpoint: Checkpoint) -> bool:
    """Whether the model reads word counts and not pictures."""
    return checkpoint.manifest.kind == "counts"


def reconstruction_loss(checkpoint: Checkpoint, x: Tensor, back: Tensor) -> float:
    """What is lost of examples x in `back`: squared error an image, or perplexity a word."""
    if of_words(checkpoint):
        return perplexity(x, back)
    return float((back - x).square().flatten(1).sum(1).mean())


def reconstruct(codec: Codec, x: Tensor) -> Tensor:
    """decode(encode(x)), in parts so that memory stays bounded: the shape of x."""
    with torch.no_grad():
        return torch.cat([codec.decode(codec.encode(part)).view(part.shape) for part in x.split(2_000)])


def _error(checkpoint: Checkpoint, score: str) -> float:
    found = checkpoint.score(score)
    return found.value if found else float("nan")
