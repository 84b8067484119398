"""What the routes of the page of convolutional machines answer: filters and biases; test images; a dense RBM.

Nothing here imports torch before the first answer needs it. What depends on the weights alone can be kept by a browser.
"""

from __future__ import annotations

import numpy as np

from core.data.errors import DataError
from core.store.checkpoints import CheckpointError
from pages.convolutional import loading
from pages.shared.codec import halves, pack
from pages.shared.endpoints import QUICK, given
from pages.shared.model_store import answer, open_model, test_planes


def about(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The machine (`core.models.capabilities.FeatureMaps`), and test images with their classes where they are here."""
    try:
        return answer(_about, name, True), True
    except DataError:
        return answer(_about, name, False), False  # they may come


def _about(name: str, with_examples: bool) -> bytes:
    opened = loading.machine(name)
    manifest, found = opened.checkpoint.manifest, opened.model.feature_maps()
    height, width = manifest.preset.event_shape
    weights = {"filters": found.filters, "hidden_bias": found.hidden_bias}
    planes = {part: ("f32", values.detach().float().numpy()) for part, values in weights.items()}
    if not found.binary:  # greys of visibles, pixel by pixel
        sides = np.ones(height * width, np.float32)
        planes |= {"shift": ("f32", opened.shift * sides), "scale": ("f32", opened.scale * sides)}
    if with_examples:
        planes |= test_planes(opened.checkpoint)
    header = {
        "title": opened.checkpoint.title,
        "height": height,
        "width": width,
        "classes": list(manifest.class_names),
        "pool": found.pool,
        "binary": found.binary,
        "visibleBias": float(found.visible_bias),
    }
    return pack(header, planes, level=6)


def dense(name: str, query: dict[str, str]) -> bytes:
    """Weights (visible, hidden) and hidden biases of the dense RBM beside the machine. Raises `CheckpointError`."""
    return answer(_dense, name)


def _dense(name: str) -> bytes:
    other = loading.dense(loading.machine(name).checkpoint)
    if other is None:
        raise CheckpointError(f"{name}: no RBM of the same images is here")
    (connection,) = open_model(other.name).model.connections().layers
    parts = {"weight": connection.weight, "bias": connection.up_bias}
    return pack({}, {part: halves(values.detach().float().numpy()) for part, values in parts.items()}, level=6)


ROUTES = [
    given("convolutional/{name}/about", about, QUICK),
    given("convolutional/{name}/dense", dense, QUICK),
]
