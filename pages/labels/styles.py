"""Images taken apart into class and style by a semi-supervised model, opened once for all visitors; and what the routes
answer of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from core import data
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.numerics.kept import Kept
from core.store.checkpoints import Checkpoint
from pages.labels import loading
from pages.registry import list_checkpoints, score_of
from pages.shared.codec import grey_image, pack

EXAMPLES = 200  # images, at most

_packed: Kept[bytes] = Kept("styles of classes")


def model_for(dataset: str) -> Checkpoint:
    """The model of these data that separates class from style, of several the one that errs least. Raises
    `SettingError`."""
    fit = [c for c in list_checkpoints()[0] if Capability.SEPARATES_STYLE in c.capabilities]
    own = [c for c in fit if c.manifest.preset.dataset == dataset]
    if not own:
        others = sorted({data.info(c.manifest.preset.dataset).title for c in fit})
        there = f"There are such models of {', '.join(others)}; a" if others else "A"
        raise SettingError(
            f"No model of {data.info(dataset).title} tells class from style yet. "
            f"{there} semi-supervised VAE can be trained on the page Train."
        )
    return min(own, key=lambda c: (score_of(c, "class error"), c.name))


def styles(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """Images that were not trained on with style and class, all that the decoder consists of, and the images whose
    class was given. Raises `SettingError`, `DataError`, `CheckpointError`."""
    checkpoint = model_for(name)
    key = name, data.info(name).version, checkpoint.name, checkpoint.version, checkpoint.score("class error")
    return _packed.get(key, lambda: _pack(name, checkpoint)), False  # models come and go


def _pack(dataset: str, checkpoint: Checkpoint) -> bytes:
    from core.analysis import checkpoint_codec, style  # here, because they bring torch

    pool = loading.pool(dataset)
    shape = tuple(checkpoint.manifest.preset.event_shape)
    if pool.images is None or pool.images.shape[1:] != shape:
        raise SettingError(f"dataset={dataset!r}: style and class are shown of images alone")
    decoder = checkpoint_codec.decoder_weights(checkpoint)
    if decoder is None:
        raise SettingError(f"{checkpoint.name}: its decoder is too large for a browser")
    at = np.linspace(0, len(pool.at) - 1, min(EXAMPLES, len(pool.at))).round().astype(int)
    found = style.read(checkpoint, pool.images[at])
    given, given_labels = style.given_examples(checkpoint)
    names, score = checkpoint.manifest.class_names, checkpoint.score("class error")
    header = {
        "model": checkpoint.name,
        "title": checkpoint.title,
        "units": [unit for _, _, unit in decoder],
        "classes": [names[k] if k < len(names) else str(k) for k in range(found.classes.shape[1])],
        "error": None if score is None else score.value,
        "spread": None if score is None else score.spread,
        "data": "" if score is None else score.data,
    }
    planes: dict[str, tuple[str, np.ndarray]] = {
        "images": ("u8", pool.images[at]),
        "labels": ("f32", pool.labels[at].astype(np.float32)),
        "style": ("f32", found.style),
        "probs": ("f32", found.classes),
        "given": ("u8", given),
        "given_labels": ("f32", given_labels.astype(np.float32)),
    }
    greys = checkpoint_codec.grey_scale(checkpoint.folder, checkpoint.version)
    for part, value in zip(("shift", "scale"), greys, strict=True):
        planes[part] = "f32", np.broadcast_to(value.reshape(-1), (int(np.prod(shape)),))
    for i, (weight, bias, _) in enumerate(decoder):
        planes |= {f"weight{i}": ("f16", weight), f"bias{i}": ("f16", bias)}
    return pack(header, planes, level=6)


def style_of(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Style (d,) and probabilities of the classes (K,) of a drawing (plane "image", greys of bytes)."""
    from core.analysis import style

    checkpoint = model_for(name)
    image = grey_image(planes, tuple(checkpoint.manifest.preset.event_shape))
    found = style.read(checkpoint, image[None])
    return pack({}, {"style": ("f32", found.style[0]), "probs": ("f32", found.classes[0])})
