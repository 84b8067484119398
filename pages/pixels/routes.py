"""What the routes of the page Pixel by pixel answer: films of painting; what a model reads in an image.

Nothing is kept for a visitor: a request carries all that its answer follows from. Nothing here imports torch before the
first answer needs it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from core.data.errors import DataError
from core.store import checkpoints
from pages.pixels.state import MOST
from pages.shared import cost, loaders
from pages.shared.codec import BadRequest, message, pack, whole_number
from pages.shared.endpoints import asked, given

# -- what there is --------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """What the model is, the orders that it knows (flat indices), and test examples as it sees them, where some are."""
    from core.models.autoregressive import pixel_orders

    model, checkpoint = loaders.painter(name), checkpoints.load(name)
    height, width = model.config.event_shape
    classes = list(checkpoint.manifest.class_names) if model.classes else []
    if model.classes and len(classes) != model.classes:
        classes = [str(i) for i in range(model.classes)]
    header = {"height": height, "width": width, "levels": model.levels, "proper": model.proper}
    header |= {"classes": classes, "orders": {o: pixel_orders.ORDERS[o] for o in model.orders}, "own": model.orders[0]}
    header["anyOrder"] = model.any_order
    examples, labels = _examples(name)
    header["labels"] = [] if labels is None else labels.tolist()
    header["names"] = list(checkpoint.manifest.class_names)
    return pack(header, {"examples": ("u8", examples), "order": ("u16", model.order.numpy())}, level=6)


def _examples(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Test examples in levels (m, D), from the summary, else from the data, else none; their classes where known."""
    import torch

    from core import data
    from core.data import preprocessing

    checkpoint = checkpoints.load(name)
    summary = loaders.arrays(name, checkpoint.version, "portrait.safetensors")
    if "examples" in summary:
        return summary["examples"], summary.get("examples.labels")
    try:
        dataset = data.load(checkpoint.preset.dataset)
    except DataError:
        return np.zeros((0, int(np.prod(checkpoint.manifest.preset.event_shape))), np.uint8), None
    shown = preprocessing.preprocess(dataset, checkpoint.preset.view, "test")
    some = shown.batch(slice(0, MOST), torch.Generator().manual_seed(0)).flatten(1)
    return some.to(torch.uint8).numpy(), None if shown.labels is None else shown.labels[:MOST].numpy()


# -- films of painting ----------------------------------------------------------------------------


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

    model = loaders.painter(name)
    places, order = len(model.order), order_of(model, header)
    images = _wholes("images", header.get("images"), 1, MOST, 10**9)
    _affordable(model, len(images))
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
        given = torch.from_numpy(np.where(held > 0, values.astype(np.int64), -1))
    (seed,) = _wholes("seed", [header.get("seed", 0)], 1, 1, 2**31 - 1)
    after = header.get("after", 0)
    if after is not None:
        (after,) = _wholes("after", [after], 1, 1, places)
    noise = pixel_sampling.noise(seed, images, places)
    width = model.config.event_shape[1]
    strokes = pixel_sampling.paint(model, noise, labels, order, temperature, given, after, at_once=width)
    first = next(strokes, None)  # what cannot be painted is refused before anything was sent
    return _film(order, [] if first is None else itertools.chain([first], strokes))


def _film(order: Any, strokes: Iterable[Any]) -> Iterator[bytes]:
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
    from core.models.autoregressive import pixel_orders

    name = header.get("order") or model.orders[0]
    if name not in model.orders:
        raise BadRequest(f"order={str(name)[:40]!r}: this model knows {', '.join(model.orders)}")
    (seed,) = _wholes("order_seed", [header.get("order_seed", 0)], 1, 1, 2**31 - 1)
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


def _wholes(what: str, found: Any, fewest: int, most: int, high: int) -> list[int]:
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    expected = f"expected {count} whole numbers from 0 to {high:,}"
    if not isinstance(found, list) or not fewest <= len(found) <= most:
        raise BadRequest(f"{what}: {expected}")
    if not all(type(n) is int and 0 <= n <= high for n in found):
        raise BadRequest(f"{what}={str(found)[:40]}: {expected}")
    return found


# -- what a model reads in an image ---------------------------------------------------------------

SHOWN = 8  # ways of filling a hole, or of running freely, in one answer
PARTICLES = 64  # drawings that weights choose among
SEEN = 8  # examples that a receptive field is a mean over
WAYS = ("truth", "held", "renewed", "first")


def around(name: str, query: dict[str, str]) -> bytes:
    """What is beside the model: data of other kinds of the same size, models of the same images, the same net with the
    other masks, what test images cost in each order, and samples that it keeps."""
    from core import data
    from core.analysis import image_likelihood

    checkpoint, good = checkpoints.load(name), checkpoints.available()[0]
    loaders.painter(name)
    other = image_likelihood.twin(checkpoint, good)
    word = "test log-probability"
    orders = [
        {"order": s["name"].removeprefix(f"{word}, "), "nats": -s["value"], "spread": s["spread"], "note": s["note"]}
        for s in checkpoint.manifest.scores
        if s["name"].startswith(f"{word}, ") and "order" in s["name"]
    ]
    header = {
        "strangers": [{"name": s, "title": data.info(s).title} for s in image_likelihood.strangers(checkpoint)],
        "rivals": [c.name for c in image_likelihood.comparable(checkpoint, good)],
        "twin": other and {"name": other.name, "version": other.version},
        "nats": (found := checkpoint.score(word)) and -found["value"],
        "data": found and found["data"],
        "orders": orders,
    }
    samples = loaders.arrays(name, checkpoint.version, "portrait.safetensors").get("samples")
    planes = {} if samples is None else {"samples": ("u8", samples[:16])}
    return pack(header, planes), False  # other checkpoints come and go


def strange(name: str, query: dict[str, str]) -> bytes:
    """Test images of the data set `source`, in the model's levels."""
    from core.analysis import image_likelihood

    loaders.painter(name)
    levels, labels, names = image_likelihood.strange(checkpoints.load(name), query.get("source", ""), MOST)
    told = {"labels": [] if labels is None else labels.tolist(), "names": list(names)}
    return pack(told, {"levels": ("u8", levels)}, level=6)


def surprise(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Bits of every pixel of an image, or of what `vary` makes of it; and what all such variants cost."""
    from core.analysis import image_likelihood

    model, x = loaders.painter(name), _image(name, planes)
    how, seed, level = _variant(model, header)
    label = image_likelihood.label_of(model, x, _label(header))
    images = {f"{kind}": _varied(model, x, kind, seed, level) for kind in image_likelihood.VARIANTS}
    import torch

    batch = torch.stack(list(images.values()))
    bits = image_likelihood.bits(model, batch, None if label is None else label.expand(len(batch)))
    own = bits[list(images).index(how)]
    found = {
        "nats": float(own.sum()) * float(np.log(2)),
        "bits": float(own.mean()),
        "hardest": image_likelihood.carried(own),
        "label": None if label is None else int(label),
        "variants": dict(zip(images, (bits.sum(1) * float(np.log(2))).tolist(), strict=True)),
    }
    return pack(found, {"levels": ("u8", images[how].numpy()), "bits": ("f32", own.numpy())})


def readings(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What the image of `surprise` costs one of the models of the same images, by its name in `rival`."""
    from core.analysis import image_likelihood

    checkpoint, x = checkpoints.load(name), _image(name, planes)
    rivals = {c.name: c for c in image_likelihood.comparable(checkpoint, checkpoints.available()[0])}
    rival = rivals.get(header.get("rival"))
    if rival is None:
        raise BadRequest(f"rival={str(header.get('rival'))[:40]!r}: expected one of {', '.join(rivals)}")
    how, seed, level = _variant(loaders.painter(name), header)
    x = _varied(loaders.painter(name), x, how, seed, level)
    found = image_likelihood.reading(rival, loaders.likelihood(rival.name), x)
    told = {key: getattr(found, key) for key in ("nats", "nature", "note", "spread", "usual")}
    preset = rival.manifest.preset
    return pack({"name": rival.name, "title": rival.title, "family": preset.family, "view": preset.view, **told}, {})


def fill(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Ways in which the missing part of an image is filled. The header says

    hole      one of `core.analysis.image_likelihood.HOLES`; else the plane `missing` (D,) says where
    order     its name; way: "truth" (nothing is drawn), "held" (given pixels are held when their turn comes; beside it
              "weighted", of the same drawings those that the weights choose), "renewed" (by weight on the way), "first"
              (given pixels are told first, for models that know every order)
    """
    import torch

    from core.analysis import image_likelihood
    from core.models.autoregressive.base import log_prob, log_probs

    model, x = loaders.painter(name), _image(name, planes)
    order, way = order_of(model, header), header.get("way")
    if way not in WAYS or (way == "first" and not model.any_order):
        raise BadRequest(f"way={str(way)[:40]!r}: expected one of {', '.join(WAYS if model.any_order else WAYS[:-1])}")
    missing = _missing(model, header, planes)
    _affordable(model, PARTICLES)
    label = image_likelihood.label_of(model, x, _label(header))
    generator = torch.Generator().manual_seed(_seed(header))

    def cost(y: Any) -> float:
        return -float(log_prob(model, y, None if label is None else label.expand(len(y))).mean())

    if way == "truth":
        told = log_probs(model, x[None], label, order)[0][order]
        given = ~missing[order]
        began = (~given).cumsum(0) > 0
        found = {"after": -float(told[given & began].sum()), "nats": cost(x[None])}
        return pack({**found, "label": None if label is None else int(label)}, {"values": ("u8", x[None].numpy())})
    if way == "first":
        order = image_likelihood.given_first(order, missing)
    filled = image_likelihood.fill(model, x, missing, PARTICLES, generator, label, order, renew=way == "renewed")

    def told_of(shown: Any, weights: Any) -> dict[str, float]:
        return {
            "after": -float((weights * filled.after).sum()),
            "right": float((shown == x)[:, missing].float().mean()) if missing.any() else 1.0,
            "nats": cost(shown),
        }

    even, chosen = torch.full((PARTICLES,), 1 / PARTICLES), filled.drawn(SHOWN, generator)
    by_weight = told_of(chosen, filled.log_weights.softmax(0))
    found = {"evidence": -filled.evidence, "effective": filled.effective, "drawings": PARTICLES}
    if way == "renewed":
        found["different"] = len(filled.values.unique(dim=0))
        return pack({**found, **by_weight}, {"values": ("u8", chosen.numpy())})
    shown = filled.values[:SHOWN]
    planes = {"values": ("u8", shown.numpy())} | ({"weighted": ("u8", chosen.numpy())} if way == "held" else {})
    return pack({**found, **told_of(shown, even), "weighted": by_weight}, planes)


def ahead(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What is predicted of each pixel of an image from the true ones before it."""
    from core.analysis import image_likelihood

    model, x = loaders.painter(name), _image(name, planes)
    mean, best = image_likelihood.ahead(model, x[None], image_likelihood.label_of(model, x, _label(header)))
    return pack({}, {"mean": ("f32", mean[0].numpy()), "best": ("u8", best[0].numpy())})


def running(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Free runs from the first `t` places of an image."""
    import torch

    from core.analysis import image_likelihood

    model, x = loaders.painter(name), _image(name, planes)
    (t,) = _wholes("t", [header.get("t")], 1, 1, len(x))
    _affordable(model, SHOWN)
    label = image_likelihood.label_of(model, x, _label(header))
    generator = torch.Generator().manual_seed(_seed(header))
    free = image_likelihood.running(
        model, x.expand(SHOWN, -1), t, generator, None if label is None else label.expand(SHOWN)
    )
    return pack({}, {"free": ("u8", free.numpy())})


def drift(name: str, query: dict[str, str]) -> bytes:
    """How test images go on from their first `t` places, told and drawn; by place in the model's order."""
    import torch

    from core.analysis import image_likelihood

    model, (values, labels) = loaders.painter(name), _examples(name)
    if not len(values):
        raise DataError(f"{name}: no test images are here to measure on")
    t = whole_number("t", query.get("t", ""), 0, values.shape[1])
    _affordable(model, 2 * len(values))  # told, and drawn
    seed = whole_number("seed", query.get("seed", "0"), 0, 2**31 - 1)
    told = torch.from_numpy(np.array(labels)).long() if model.classes else None
    found = image_likelihood.drift(
        model, torch.from_numpy(np.array(values)).long(), t, torch.Generator().manual_seed(seed), told
    )
    planes = {key: ("f32", getattr(found, key).numpy()) for key in ("truth", "own", "ahead", "met")}
    return pack({"gap": found.gap, "error": found.error, "images": len(values)}, planes)


def field(name: str, query: dict[str, str]) -> bytes:
    """How much the prediction at `place` depends on each pixel, layer by layer: a mean over the first test images, or
    over samples where there are none."""
    import torch

    from core.analysis import image_likelihood

    model, (values, labels) = loaders.painter(name), _examples(name)
    place = whole_number("place", query.get("place", ""), 0, len(model.order) - 1)
    _affordable(model, SEEN)
    told = torch.arange(SEEN) % model.classes if model.classes else None
    if not len(values):
        generator = torch.Generator().manual_seed(0)
        values = model.sample(SEEN, generator).flatten(1).numpy()
    elif told is not None and labels is not None:
        told = torch.from_numpy(np.array(labels[:SEEN])).long()
    x = torch.from_numpy(np.array(values[:SEEN])).long()
    found = image_likelihood.field(model, place, x, None if told is None else told[: len(x)])
    by = "gradient" if hasattr(model, "receptive_field") else "change"
    return pack({"images": len(x), "by": by}, {"field": ("f32", found.numpy())})


def _affordable(model: Any, images: int) -> None:
    cost.within(cost.passes(model, images * len(model.order)), f"{images} images of {len(model.order):,} pixels")


def _image(name: str, planes: dict[str, np.ndarray]) -> Any:
    """The image that a request brings, as levels: (D,)."""
    import torch

    values = planes["image"]
    if values.ndim != 1:
        raise BadRequest(f"image of shape {values.shape}: expected one row of levels")
    return torch.from_numpy(levels_of(loaders.painter(name), values).astype(np.int64))


def _variant(model: Any, header: dict[str, Any]) -> tuple[str, int, int]:
    from core.analysis import image_likelihood

    how = header.get("vary", "plain")
    if how not in image_likelihood.VARIANTS:
        raise BadRequest(f"vary={str(how)[:40]!r}: expected one of {', '.join(image_likelihood.VARIANTS)}")
    (level,) = _wholes("level", [header.get("level", 0)], 1, 1, model.levels - 1)
    return how, _seed(header), level


def _varied(model: Any, x: Any, how: str, seed: int, level: int) -> Any:
    from core.analysis import image_likelihood

    return image_likelihood.varied(x, how, model.config.event_shape, model.levels, seed, level)


def _label(header: dict[str, Any]) -> int | None:
    label = header.get("label")
    return None if label is None else _wholes("label", [label], 1, 1, 999)[0]


def _seed(header: dict[str, Any]) -> int:
    return _wholes("seed", [header.get("seed", 0)], 1, 1, 2**31 - 1)[0]


def _missing(model: Any, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Any:
    import torch

    from core.analysis import image_likelihood

    if "missing" in planes:
        found = planes["missing"]
        if found.dtype != np.uint8 or found.shape != (len(model.order),):
            raise BadRequest(f"missing of shape {found.shape}: expected {len(model.order)} bytes")
        return torch.from_numpy(found > 0)
    return image_likelihood.hole(header.get("hole", ""), model.config.event_shape)


ROUTES = [
    given("pixels/{name}/about", about),
    given("pixels/{name}/around", around),
    given("pixels/{name}/strange", strange),
    given("pixels/{name}/drift", drift),
    given("pixels/{name}/field", field),
    asked("pixels/{name}/film", film),
    asked("pixels/{name}/surprise", surprise),
    asked("pixels/{name}/readings", readings),
    asked("pixels/{name}/fill", fill),
    asked("pixels/{name}/ahead", ahead),
    asked("pixels/{name}/running", running),
]
