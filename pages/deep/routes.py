"""What the routes of the page of deep machines answer: weights and biases of all layers; test images.

Nothing here imports torch before the first answer needs it. What depends on the weights alone can be kept by a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.data.errors import DataError
from core.store.checkpoints import CheckpointError
from pages.deep import loading
from pages.shared.codec import halves, pack
from pages.shared.endpoints import LONG, QUICK, given
from pages.shared.model_store import answer, test_planes

if TYPE_CHECKING:
    from core.models.capabilities import Connections


def about(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The connections between the layers (`core.models.capabilities.Connections`), from the visibles up; with test
    images and their classes, where these are here and `examples` in the query is not 0."""
    wanted = query.get("examples") != "0"
    try:
        return answer(_about, name, wanted), True
    except DataError:
        return answer(_about, name, False), False  # they may come


def _about(name: str, with_examples: bool) -> bytes:
    opened = loading.machine(name)
    manifest, found = opened.checkpoint.manifest, opened.model.connections()
    if not found.layers:
        raise CheckpointError(f"{name} ({opened.checkpoint.family_name}) has units that are not binary")
    height, width = manifest.preset.event_shape
    planes = planes_of(found)
    if with_examples:
        planes |= test_planes(opened.checkpoint)
    header = {
        "title": opened.checkpoint.title,
        "height": height,
        "width": width,
        "classes": list(manifest.class_names),
        "undirected": [connection.undirected for connection in found.layers],
    }
    return pack(header, planes, level=6)


def planes_of(found: Connections) -> dict[str, tuple[str, np.ndarray]]:
    """Weights and biases of every connection."""
    named = {str(i): connection for i, connection in enumerate(found.layers)}
    if found.classes:
        named["classes"] = found.classes
    planes = {}
    for key, connection in named.items():
        parts = {"weight": connection.weight, "up": connection.up_bias, "down": connection.down_bias}
        planes |= {f"{part}_{key}": halves(values.detach().float().numpy()) for part, values in parts.items()}
    return planes


def preferred(name: str, query: dict[str, str]) -> bytes:
    """Which test images excite each unit most, layer by layer. Raises `DataError`."""
    return answer(_preferred, name)


def _preferred(name: str) -> bytes:
    return pack({}, {f"layer_{i}": ("u16", rows) for i, rows in enumerate(loading.preferred(name), 1)}, level=6)


ROUTES = [
    given("deep/{name}/about", about, QUICK),
    given("deep/{name}/preferred", preferred, LONG),
]
