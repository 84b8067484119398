"""The way from a checkpoint's examples to codes and back: pictures as its model sees them, codes decoded, greys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from core import data
from core.config.fields import require
from core.data.base import Dataset
from core.data.errors import DataError
from core.models.capabilities import Codec
from core.numerics.kept import kept
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError

MOST_WEIGHTS = 3_000_000  # numbers in a decoder that a browser is given


def codec_of(checkpoint: Checkpoint) -> Codec:
    """The checkpoint's model, kept in memory. Raises `CheckpointError` where it has no code."""
    model = _model(checkpoint.folder, checkpoint.version)
    if not isinstance(model, Codec):
        raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} has no codes to map")
    return model


@kept("models with codes")
def _model(folder: Path, version: str) -> torch.nn.Module:
    return checkpoints.load(folder).model()


@torch.no_grad()
def decode(checkpoint: Checkpoint, z: ArrayLike) -> np.ndarray:
    """What the model makes of codes z (N, d): (N, *event_shape) float32, in the units of its view (`to_grey` turns them
    into pictures)."""
    return codec_of(checkpoint).decode(torch.from_numpy(np.array(z, np.float32))).numpy()


def to_grey(checkpoint: Checkpoint, values: np.ndarray) -> np.ndarray:
    """Examples (N, *event_shape) in the units of the view as greys, uint8."""
    shift, scale = grey_scale(checkpoint.folder, checkpoint.version)
    return np.clip(np.rint((shift + scale * values) * 255), 0, 255).astype(np.uint8)


def image_input(checkpoint: Checkpoint, image: np.ndarray) -> np.ndarray:
    """A picture (h, w) of greys, uint8 or from 0 to 1, as the model sees it: float32."""
    expected = tuple(checkpoint.preset.model.event_shape)
    require(image.shape == expected, "image", image.shape, f"an image of shape {expected}")
    x = image.astype(np.float32) / 255 if image.dtype == np.uint8 else image.astype(np.float32)
    if checkpoint.manifest.kind == "binary":
        return (x > 0.5).astype(np.float32)
    shift, scale = grey_scale(checkpoint.folder, checkpoint.version)
    return ((x - shift) / scale).astype(np.float32)


@torch.no_grad()
def encode_image(checkpoint: Checkpoint, image: np.ndarray) -> np.ndarray:
    """The code (d,) of a picture (h, w), uint8 or from 0 to 1."""
    return codec_of(checkpoint).encode(torch.from_numpy(image_input(checkpoint, image))[None])[0].numpy()


def decoder_weights(checkpoint: Checkpoint) -> list[tuple[np.ndarray, np.ndarray, str]] | None:
    """The decoder layer by layer, from the code to the example: weight (out, in), bias (out,), and the unit's name
    ("linear", "sigmoid", "tanh", "relu", "gelu", "softmax"; "levels": the mean level of each pixel, of which out holds
    the log-odds, pixel by pixel). None where it has more than `MOST_WEIGHTS` numbers, or is
    no plain chain of layers. (`to_grey` of what comes out is a picture.)"""
    layers = codec_of(checkpoint).decoder_layers()
    if not layers or sum(layer.weight.numel() + layer.bias.numel() for layer in layers) > MOST_WEIGHTS:
        return None
    return [(x.weight.detach().float().numpy(), x.bias.detach().float().numpy(), x.unit) for x in layers]


@kept("grey scales of codes")
def grey_scale(folder: Path, version: str) -> tuple[np.ndarray, np.ndarray]:
    """shift and scale of grey = shift + scale * value."""
    arrays = checkpoints.load(folder).arrays()
    return arrays["view.shift"].astype(np.float32), arrays["view.scale"].astype(np.float32)


def dataset_of(checkpoint: Checkpoint) -> Dataset:
    """The data that the checkpoint was trained on; where only their test part is here, asking for the training part
    raises `DataError`. Raises `DataError` where no part is here, or they are others."""
    name = checkpoint.preset.dataset
    if not data.info(name).test_is_here():
        raise DataError(f"{name} is not downloaded, so its codes cannot be computed")
    dataset = data.load_test(name)
    if dataset.fingerprint != checkpoint.manifest.data_fingerprint:
        raise DataError(f"{checkpoint.name} was trained on a different version of the data {name}")
    return dataset


def pixel_features(checkpoint: Checkpoint, values: np.ndarray) -> np.ndarray:
    """Examples (n, *event_shape) as rows (n, D) between which distances are taken."""
    flat = values.reshape(len(values), -1).astype(np.float32)
    if checkpoint.manifest.kind != "counts":
        return flat
    return np.sqrt(flat / np.maximum(flat.sum(1, keepdims=True), 1))


def reconstruction_error(checkpoint: Checkpoint, x: Tensor, back: Tensor) -> Tensor:
    """Squared error (N,) of each example x (N, *event_shape), summed over its numbers; word counts as shares."""
    x, back = x.flatten(1), back.flatten(1)
    if checkpoint.manifest.kind == "counts":
        x = x / x.sum(1, keepdim=True).clamp_min(1)
    return (x - back).square().sum(1)
