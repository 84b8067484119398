"""What requests of the page Pixel by pixel say, checked; and the examples that its models were tested on."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.errors import DataError
from core.store import checkpoints
from pages.pixels import loading
from pages.pixels.state import MOST
from pages.shared import cost
from pages.shared.codec import BadRequest
from pages.shared.model_store import arrays


def order_of(model: Any, header: dict[str, Any]) -> Any:
    """The order that a request names by `order` and `order_seed`, the model's own where it names none: (D,)."""
    from core.models.autoregressive import pixel_orders

    name = header.get("order") or model.orders[0]
    if name not in model.orders:
        raise BadRequest(f"order={str(name)[:40]!r}: this model knows {', '.join(model.orders)}")
    (seed,) = whole_numbers("order_seed", [header.get("order_seed", 0)], 1, 1, 2**31 - 1)
    if name == model.orders[0] and not (model.any_order and name == "random"):
        return model.order
    return pixel_orders.order(name, model.config.event_shape, seed)


def levels_of(model: Any, values: np.ndarray) -> np.ndarray:
    """Levels (..., D) that came with a request, checked."""
    places = len(model.order)
    if values.dtype != np.uint8 or values.shape[-1:] != (places,):
        raise BadRequest(f"levels of shape {values.shape}: expected bytes, {places} an image")
    if values.size and int(values.max()) >= model.levels:
        raise BadRequest(f"levels up to {int(values.max())}: this model has {model.levels}, from 0")
    return values


def whole_numbers(what: str, found: Any, fewest: int, most: int, high: int) -> list[int]:
    """The list `found`, checked: so many whole numbers from 0 to `high`. Raises `BadRequest`."""
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    expected = f"expected {count} whole numbers from 0 to {high:,}"
    if not isinstance(found, list) or not fewest <= len(found) <= most:
        raise BadRequest(f"{what}: {expected}")
    if not all(type(n) is int and 0 <= n <= high for n in found):
        raise BadRequest(f"{what}={str(found)[:40]}: {expected}")
    return found


def check_cost(model: Any, images: int) -> None:
    """Raise where so many images, drawn or read place by place, would take too long."""
    cost.within(cost.passes(model, images * len(model.order)), f"{images} images of {len(model.order):,} pixels")


def image_of(name: str, planes: dict[str, np.ndarray]) -> Any:
    """The image that a request brings, as levels: (D,)."""
    import torch

    values = planes["image"]
    if values.ndim != 1:
        raise BadRequest(f"image of shape {values.shape}: expected one row of levels")
    return torch.from_numpy(levels_of(loading.pixel_model(name), values).astype(np.int64))


def label_of(header: dict[str, Any]) -> int | None:
    """The class that a request names, where it does."""
    label = header.get("label")
    return None if label is None else whole_numbers("label", [label], 1, 1, 999)[0]


def seed_of(header: dict[str, Any]) -> int:
    """The seed that a request names, else 0."""
    return whole_numbers("seed", [header.get("seed", 0)], 1, 1, 2**31 - 1)[0]


def examples_of(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Test examples in levels (m, D), from the summary, else from the data, else none; their classes where known."""
    import torch

    from core import data
    from core.data import preprocessing

    checkpoint = checkpoints.load(name)
    summary = arrays(name, checkpoint.version, "portrait.safetensors")
    if "examples" in summary:
        return summary["examples"], summary.get("examples.labels")
    try:
        dataset = data.load_test(checkpoint.preset.dataset)
    except DataError:
        return np.zeros((0, int(np.prod(checkpoint.manifest.preset.event_shape))), np.uint8), None
    shown = preprocessing.preprocess(dataset, checkpoint.preset.view, "test")
    some = shown.batch(slice(0, MOST), torch.Generator().manual_seed(0)).flatten(1)
    return some.to(torch.uint8).numpy(), None if shown.labels is None else shown.labels[:MOST].numpy()
