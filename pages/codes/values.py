"""A number for each point, part by part: the activation of a unit, or what the model says of the example."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from pages.codes import loading
from pages.shared.codec import BadRequest, message, whole

KINDS = ("unit", "score")
PAUSE = 0.2  # seconds of work between two messages


def described(embedded: Any) -> dict[str, list[dict[str, Any]]]:
    """What can be asked for of a model: its layers with their units, and its scores."""
    from core.analysis.point_values import scores_of
    from core.representations.catalogue import layer_title, layers_of

    layers = layers_of(embedded.checkpoint).items()
    return {
        "layers": [{"name": layer, "title": layer_title(layer), "size": size} for layer, size in layers],
        "scores": [{"name": one.name, "title": one.title, "unit": one.unit} for one in scores_of(embedded.checkpoint)],
    }


def in_parts(embedded: Any, header: dict[str, Any]) -> Iterator[bytes]:
    """Messages with the numbers of some points each, from number `first` on: of the unit `unit` of the layer `of` where
    `kind` is "unit", of the score `of` where it is "score". Raises `BadRequest`, `SettingError`."""
    from core.representations.catalogue import layers_of

    kind, of = header.get("kind"), header.get("of")
    if kind not in KINDS:
        raise BadRequest(f"kind={str(kind)[:40]!r}: expected {' or '.join(KINDS)}")
    of, unit = str(of)[:100], 0
    if kind == "unit" and (size := layers_of(embedded.checkpoint).get(of)):
        unit = whole(header, "unit", 0, size - 1)
    loading.point_values(embedded, kind, of, unit, 0)  # refuses what the model does not have
    return _messages(embedded, kind, of, unit)


def _messages(embedded: Any, kind: str, of: str, unit: int) -> Iterator[bytes]:
    from core.analysis.point_values import PART

    n, first, parts, told = len(embedded), 0, [], time.monotonic()
    for start in range(0, n, PART):
        parts.append(loading.point_values(embedded, kind, of, unit, start))
        if start + PART >= n or time.monotonic() - told > PAUSE:
            yield message({"first": first}, {"values": ("f32", np.concatenate(parts))})
            first, parts, told = start + PART, [], time.monotonic()
