"""What the player of sounds asks for: the network itself, recordings, and which class makes a recording likeliest.

Sounds are drawn in the browser. Nothing here imports torch before the first answer needs it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from core.data.errors import DataError
from pages.shared import cost
from pages.shared.codec import BadRequest, pack, whole, whole_number
from pages.shared.endpoints import asked, given
from pages.sound import loading
from pages.sound.state import LONGEST

PLACES = 200  # along a recording, at which the classes are compared


def about(name: str, query: dict[str, str]) -> bytes | tuple[bytes, bool]:
    """What the model is and is conditioned on, and the recordings of the test part that are offered: label, speaker
    and samples of each. Without data, `missing` says so, and the answer is not kept."""
    opened = loading.sound_model(name)
    model, manifest = opened.model, opened.checkpoint.manifest
    header: dict[str, Any] = {
        "rate": model.rate,
        "levels": model.levels,
        **_structure(model),
        "weights": sum(p.numel() for p in model.parameters()),
        "classes": list(manifest.class_names)[: model.classes],
        "speakers": [f"speaker {i}" for i in range(model.speakers)],
        "most": _most(model.rate),
        "reach": _reach(opened.summary),
        "missing": "",
    }
    try:
        dataset = loading.recordings(opened.checkpoint)
    except DataError as error:
        return pack(header | {"recordings": [], "missing": str(getattr(error, "public", error))}, {}), False
    rows = loading.offered(dataset)
    speakers = dataset.test_factors.get("speaker")
    header["speakers"] = list(dataset.speakers)[: model.speakers]
    header["recordings"] = [
        {
            "row": int(row),
            "label": -1 if dataset.test_labels is None else int(dataset.test_labels[row]),
            "speaker": -1 if speakers is None else int(speakers[row]),
            "length": int(dataset.test_lengths[row]),
        }
        for row in rows
    ]
    header["class_names"], header["speaker_names"] = list(dataset.class_names), list(dataset.speakers)
    return pack(header, {}, level=6)


def weights(name: str, query: dict[str, str]) -> bytes:
    """The network, layer by layer (`core.models.audio.wavenet`: `stacked_weights`)."""
    return loading.weights(name)


def recording(name: str, query: dict[str, str]) -> bytes:
    """Levels (T,) of one recording of the test part. Raises `DataError`."""
    dataset = loading.recordings(loading.sound_model(name).checkpoint)
    row = whole_number("row", query.get("row", ""), 0, len(dataset.test) - 1)
    return pack({}, {"levels": ("u8", dataset.test[row, : dataset.test_lengths[row]])})


def classes(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Bits of a recording under every class, spoken by `speaker` (-1: the mean of all): bits (classes, n), cumulated up
    to the `places` (n,)."""
    import torch

    model, levels = loading.sound_model(name).model, _levels_of(name, planes)
    if not model.classes:
        raise BadRequest(f"{name} is not conditioned on classes")
    speaker = whole(header, "speaker", -1, model.speakers - 1)
    cost.within(cost.passes(model, model.classes * len(levels)), f"{model.classes} times {len(levels):,} samples")
    x = torch.from_numpy(levels.astype(np.int64)).expand(model.classes, -1)
    speakers = None if speaker < 0 else torch.full((model.classes,), speaker)
    log_probs = model.log_probs(x, torch.arange(model.classes), speakers).double().numpy()
    bits = -log_probs.cumsum(1) / np.log(2)
    places = np.unique(np.linspace(1, len(levels), min(PLACES, len(levels))).astype(int))
    return pack({"places": places.tolist()}, {"bits": ("f32", bits[:, places - 1])})


def _structure(model: Any) -> dict[str, Any]:
    """What its kind of network consists of; empty lists and zeros stand for what it has not.

    dilations, channels, skips      of a network with dilated layers
    receptive_field     samples; None where a prediction depends on all before it
    state, hidden       numbers of a recurrent state, and of the layer between it and the levels
    coefficients        of linear prediction, that of the last sample first
    """
    from core.models.capabilities import HasRecurrentState, PredictsLinearly

    reach = model.receptive_field
    found: dict[str, Any] = {"channels": 0, "skips": 0, "state": 0, "hidden": 0, "coefficients": []}
    found |= {"dilations": loading.dilations(model), "receptive_field": None if math.isinf(reach) else reach}
    if found["dilations"]:
        _, found["skips"], found["channels"] = model.stacked_weights()["skip"].shape
    elif isinstance(model, HasRecurrentState):
        found |= {"state": model.state_size, "hidden": len(model.stacked_weights()["hidden"])}
    elif isinstance(model, PredictsLinearly):
        found["coefficients"] = [round(float(a), 4) for a in model.coefficients]
    return found


def _reach(summary: dict[str, np.ndarray]) -> list[tuple[int, float]]:
    """What a test sample costs, in bits, when only so many samples before it are left; empty where that was not
    measured."""
    if "reach.left" not in summary:
        return []
    bits = summary["reach.nats"] / np.log(2)
    return [(int(left), round(float(cost), 3)) for left, cost in zip(summary["reach.left"], bits, strict=True)]


def _most(rate: int) -> int:
    """Samples of the longest sound."""
    return rate * LONGEST // 1_000


def _levels_of(name: str, planes: dict[str, np.ndarray]) -> np.ndarray:
    """The plane "levels", (T,) of the model's levels. Raises `BadRequest`."""
    levels, model = planes["levels"], loading.sound_model(name).model
    most = _most(model.rate)
    if levels.dtype != np.uint8 or levels.ndim != 1 or not 1 <= len(levels) <= most:
        raise BadRequest(f"levels of shape {levels.shape}: expected 1 to {most:,} samples, as bytes")
    if int(levels.max()) >= model.levels:
        raise BadRequest(f"levels up to {int(levels.max())}: this model has {model.levels}, from 0")
    return levels


ROUTES = [
    given("sound/{name}/about", about),
    given("sound/{name}/weights", weights),
    given("sound/{name}/recording", recording),
    asked("sound/{name}/classes", classes),
]
