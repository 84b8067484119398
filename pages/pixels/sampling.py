"""What a model is, and films of images that it draws pixel by pixel."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from core.store import checkpoints
from pages.pixels import loading
from pages.pixels.requests import check_cost, examples_of, levels_of, order_of, whole_numbers
from pages.pixels.state import MOST
from pages.shared.codec import BadRequest, halves, message, pack


def about(name: str, query: dict[str, str]) -> bytes:
    """What the model is, the orders that it knows (flat indices), and test examples as it sees them, where some are."""
    from core.models.autoregressive import pixel_orders

    model, checkpoint = loading.pixel_model(name), checkpoints.load(name)
    height, width = model.config.event_shape
    classes = list(checkpoint.manifest.class_names) if model.classes else []
    if model.classes and len(classes) != model.classes:
        classes = [str(i) for i in range(model.classes)]
    header = {"height": height, "width": width, "levels": model.levels, "proper": model.is_normalized}
    header |= {"classes": classes, "orders": {o: pixel_orders.ORDERS[o] for o in model.orders}, "own": model.orders[0]}
    header["anyOrder"] = model.any_order
    examples, labels = examples_of(name)
    header["labels"] = [] if labels is None else labels.tolist()
    header["names"] = list(checkpoint.manifest.class_names)
    return pack(header, {"examples": ("u8", examples), "order": ("u16", model.order.numpy())}, level=6)


def film(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[bytes]:
    """A film, a row's worth of places at a time. The header says

    images        numbers of the images, each of which has noise of its own by `seed`
    temperature, order (its name) and order_seed, labels (a class for each image, where the model is told classes)
    after         how many places of the order the asker knows already; they must be given. null: all that are given
                  first

    and the planes `given`, `held` (D,) which levels are given, and where.
    """
    import torch

    from core.analysis import pixel_sampling

    model = loading.pixel_model(name)
    places, order = len(model.order), order_of(model, header)
    images = whole_numbers("images", header.get("images"), 1, MOST, 10**9)
    check_cost(model, len(images))
    temperature = header.get("temperature", 1.0)
    if not isinstance(temperature, int | float) or not 0.01 <= temperature <= 100:
        raise BadRequest(f"temperature={temperature!r}: expected a number from 0.01 to 100")
    labels = None
    if model.classes:
        found = whole_numbers("labels", header.get("labels"), len(images), len(images), model.classes - 1)
        labels = torch.tensor(found)
    given = None
    if "given" in planes:
        values, held = levels_of(model, planes["given"]), planes["held"]
        if held.dtype != np.uint8 or held.shape != (places,):
            raise BadRequest(f"held of shape {held.shape}: expected {places} bytes")
        given = torch.from_numpy(np.where(held > 0, values.astype(np.int64), -1))
    (seed,) = whole_numbers("seed", [header.get("seed", 0)], 1, 1, 2**31 - 1)
    after = header.get("after", 0)
    if after is not None:
        (after,) = whole_numbers("after", [after], 1, 1, places)
    noise = pixel_sampling.noise(seed, images, places)
    width = model.config.event_shape[1]
    parts = pixel_sampling.sample_pixels(model, noise, labels, order, temperature, given, after, at_once=width)
    first = next(parts, None)  # what cannot be drawn is refused before anything was sent
    return _film(order, [] if first is None else itertools.chain([first], parts))


def _film(order: Any, parts: Iterable[Any]) -> Iterator[bytes]:
    """The first message has the order; each of the others what was predicted and drawn at some places that follow."""
    yield message({}, {"order": ("u16", order.numpy())})
    for part in parts:
        logits = part.logits.float()
        # of a bit the log-odds, else log p of each level
        predicted = logits[..., 1] - logits[..., 0] if logits.shape[2] == 2 else logits.log_softmax(2)
        planes = {
            "values": ("u8", part.values.numpy()),
            "logits": halves(predicted.numpy()),
            "nats": ("f32", part.nats.numpy()),
        }
        yield message({"first": part.first}, planes)
