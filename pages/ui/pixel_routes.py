"""What the routes of the page Pixel by pixel answer: films of painting; what a model reads in an image.

Nothing is kept for a visitor: a request carries all that its answer follows from. Nothing here imports torch before the
first answer needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core import checkpoints
from core.data import DataError
from pages.ui import loaders
from pages.ui.pixels import MOST
from pages.ui.wire import BadRequest, message, pack

# -- what there is --------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """What the model is, the orders that it knows (flat indices), and test examples as it sees them, where some are."""
    from core import orders

    model, checkpoint = loaders.painter(name), checkpoints.load(name)
    height, width = model.config.event_shape
    classes = list(checkpoint.run["class_names"]) if model.classes else []
    if model.classes and len(classes) != model.classes:
        classes = [str(i) for i in range(model.classes)]
    header = {"height": height, "width": width, "levels": model.levels, "proper": model.proper}
    header |= {"classes": classes, "orders": {o: orders.ORDERS[o] for o in model.orders}}
    examples, labels = _examples(name)
    header["labels"] = [] if labels is None else labels.tolist()
    header["names"] = list(checkpoint.run["class_names"])
    return pack(header, {"examples": ("u8", examples), "order": ("u16", model.order.numpy())}, level=6)


def _examples(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Test examples in levels (m, D), from the portrait, else from the data, else none; their classes where known."""
    import torch

    from core import data, views

    checkpoint = checkpoints.load(name)
    portrait = loaders.arrays(name, checkpoint.version, "portrait.safetensors")
    if "examples" in portrait:
        return portrait["examples"], portrait.get("examples.labels")
    try:
        dataset = data.load(checkpoint.preset.dataset)
    except DataError:
        return np.zeros((0, int(np.prod(checkpoint.run["preset"]["model"]["event_shape"]))), np.uint8), None
    shown = views.view(dataset, checkpoint.preset.view, "test")
    some = shown.batch(slice(0, MOST), torch.Generator().manual_seed(0)).flatten(1)
    return some.to(torch.uint8).numpy(), None if shown.labels is None else shown.labels[:MOST].numpy()


# -- films of painting ----------------------------------------------------------------------------


def film(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[bytes]:
    """A film, a row's worth of places at a time. The header says

    images        numbers of the images, each of which has noise of its own by `seed`
    temperature, order (its name) and order_seed, labels (a class for each image, where the model is told classes)
    after         how many places of the order the asker knows already; they must be given

    and the planes `given`, `held` (D,) which levels are given, and where.
    """
    import torch

    from core import painting

    model = loaders.painter(name)
    places, order = len(model.order), order_of(model, header)
    images = _wholes("images", header.get("images"), 1, MOST, 10**9)
    temperature = header.get("temperature", 1.0)
    if not isinstance(temperature, int | float) or not 0.01 <= temperature <= 100:
        raise BadRequest(f"temperature={temperature!r}: expected a number from 0.01 to 100")
    labels = None
    if model.classes:
        found = _wholes("labels", header.get("labels"), len(images), len(images), model.classes - 1)
        labels = torch.tensor(found)
    given = None
    if "given" in planes:
        values, held = levels_of(model, planes["given"]), planes["held"]
        if held.dtype != np.uint8 or held.shape != (places,):
            raise BadRequest(f"held of shape {held.shape}: expected {places} bytes")
        given = torch.where(torch.from_numpy(held > 0), torch.from_numpy(values).long(), -1)
    (seed,) = _wholes("seed", [header.get("seed", 0)], 1, 1, 2**31 - 1)
    (after,) = _wholes("after", [header.get("after", 0)], 1, 1, places)
    noise = painting.noise(seed, images, places)
    width = model.config.event_shape[1]
    strokes = painting.paint(model, noise, labels, order, temperature, given, after, at_once=width)
    return _film(order, strokes)


def _film(order: Any, strokes: Iterator[Any]) -> Iterator[bytes]:
    """The first message has the order; each of the others what was told and painted at some places that follow."""
    yield message({}, {"order": ("u16", order.numpy())})
    for stroke in strokes:
        logits = stroke.logits.float()
        # of a bit the log-odds, else log p of each level
        told = logits[..., 1] - logits[..., 0] if logits.shape[2] == 2 else logits.log_softmax(2)
        planes = {
            "values": ("u8", stroke.values.numpy()),
            "told": ("f16", told.clamp(-60_000, 60_000).numpy()),
            "nats": ("f32", stroke.nats.numpy()),
        }
        yield message({"first": stroke.first}, planes)


def order_of(model: Any, header: dict[str, Any]) -> Any:
    """The order that a request names by `order` and `order_seed`, the model's own where it names none: (D,)."""
    from core import orders

    name = header.get("order") or model.orders[0]
    if name not in model.orders:
        raise BadRequest(f"order={str(name)[:40]!r}: this model knows {', '.join(model.orders)}")
    (seed,) = _wholes("order_seed", [header.get("order_seed", 0)], 1, 1, 2**31 - 1)
    if name == model.orders[0] and not (model.any_order and name == "random"):
        return model.order
    return orders.order(name, model.config.event_shape, seed)


def levels_of(model: Any, values: np.ndarray) -> np.ndarray:
    """Levels (..., D) that came with a request, checked."""
    places = len(model.order)
    if values.dtype != np.uint8 or values.shape[-1:] != (places,):
        raise BadRequest(f"levels of shape {values.shape}: expected bytes, {places} an image")
    if values.size and int(values.max()) >= model.levels:
        raise BadRequest(f"levels up to {int(values.max())}: this model has {model.levels}, from 0")
    return values


def _wholes(what: str, found: Any, fewest: int, most: int, high: int) -> list[int]:
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    expected = f"expected {count} whole numbers from 0 to {high:,}"
    if not isinstance(found, list) or not fewest <= len(found) <= most:
        raise BadRequest(f"{what}: {expected}")
    if not all(type(n) is int and 0 <= n <= high for n in found):
        raise BadRequest(f"{what}={str(found)[:40]}: {expected}")
    return found


# -- what a model reads in an image ---------------------------------------------------------------


# GET and POST by name: see `pages.ui.routes`
PIXELS = {"about": about}
PIXELS_ASKED = {"film": film}
