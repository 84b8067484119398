"""What a model reads in an image: bits of every pixel, missing parts filled, one pixel ahead against free running, and
which pixels a prediction depends on."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.errors import DataError
from core.store import checkpoints
from pages.pixels import loading
from pages.pixels.requests import check_cost, examples_of, image_of, label_of, order_of, seed_of, whole_numbers
from pages.pixels.state import MOST
from pages.registry import list_checkpoints
from pages.shared import visitors
from pages.shared.codec import BadRequest, pack, whole_number
from pages.shared.model_store import arrays

DRAWINGS = 8  # ways of filling a hole, or of running freely, in one answer
PARTICLES = 64  # drawings that weights choose among
FIELD_IMAGES = 8  # examples that a receptive field is a mean over
WAYS = ("truth", "held", "renewed", "first")


def around(name: str, query: dict[str, str]) -> bytes:
    """What is beside the model: data of other kinds of the same size, models of the same images, the same net with the
    other masks, what test images cost in each order, and samples that it keeps."""
    from core import data
    from core.analysis import image_likelihood, image_sources

    checkpoint, good = checkpoints.load(name), list_checkpoints()[0]
    loading.pixel_model(name)
    other = image_likelihood.mask_counterpart(checkpoint, good)
    word = "test log-probability"
    orders = [
        {"order": s.name.removeprefix(f"{word}, "), "nats": -s.value, "spread": s.spread, "note": s.note}
        for s in checkpoint.manifest.scores
        if s.name.startswith(f"{word}, ") and "order" in s.name
    ]
    header = {
        "strangers": [
            {"name": s, "title": data.info(s).title}
            for s in image_sources.out_of_distribution_sets(checkpoint)
            if visitors.current().sees(s)
        ],
        "rivals": [c.name for c in image_likelihood.comparable_models(checkpoint, good)],
        "twin": other and {"name": other.name, "version": other.version},
        "nats": (found := checkpoint.score(word)) and -found.value,
        "data": found and found.data,
        "orders": orders,
    }
    samples = arrays(name, checkpoint.version, "portrait.safetensors").get("samples")
    planes = {} if samples is None else {"samples": ("u8", samples[:16])}
    return pack(header, planes), False  # other checkpoints come and go


def out_of_distribution_images(name: str, query: dict[str, str]) -> bytes:
    """Test images of the data set `source`, in the model's levels."""
    from core.analysis import image_sources

    loading.pixel_model(name)
    levels, labels, names = image_sources.out_of_distribution_images(
        checkpoints.load(name), query.get("source", ""), MOST
    )
    header = {"labels": [] if labels is None else labels.tolist(), "names": list(names)}
    return pack(header, {"levels": ("u8", levels)}, level=6)


def bits_per_pixel(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Bits of every pixel of an image, or of what `vary` makes of it; and what all such variants cost."""
    from core.analysis import image_likelihood, image_sources

    model, x = loading.pixel_model(name), image_of(name, planes)
    how, seed, level = _perturbation(model, header)
    label = image_likelihood.label_of(model, x, label_of(header))
    images = {f"{kind}": _perturb(model, x, kind, seed, level) for kind in image_sources.PERTURBATIONS}
    import torch

    batch = torch.stack(list(images.values()))
    bits = image_likelihood.bits_per_pixel(model, batch, None if label is None else label.expand(len(batch)))
    own = bits[list(images).index(how)]
    found = {
        "nats": float(own.sum()) * float(np.log(2)),
        "bits": float(own.mean()),
        "hardest": image_likelihood.bits_share_of_hardest(own),
        "label": None if label is None else int(label),
        "variants": dict(zip(images, (bits.sum(1) * float(np.log(2))).tolist(), strict=True)),
    }
    return pack(found, {"levels": ("u8", images[how].numpy()), "bits": ("f32", own.numpy())})


def negative_log_likelihood(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What the image of `bits_per_pixel` costs one of the models of the same images, by its name in `rival`."""
    from core.analysis import image_likelihood

    checkpoint, x = checkpoints.load(name), image_of(name, planes)
    others = {c.name: c for c in image_likelihood.comparable_models(checkpoint, list_checkpoints()[0])}
    other = others.get(header.get("rival"))
    if other is None:
        raise BadRequest(f"rival={str(header.get('rival'))[:40]!r}: expected one of {', '.join(others)}")
    how, seed, level = _perturbation(loading.pixel_model(name), header)
    x = _perturb(loading.pixel_model(name), x, how, seed, level)
    found = image_likelihood.negative_log_likelihood(other, loading.likelihood_model(other.name), x)
    preset = other.manifest.preset
    what = {"name": other.name, "title": other.title, "family": preset.family, "view": preset.view}
    return pack(what | {key: getattr(found, key) for key in ("nats", "nature", "note", "spread", "usual")}, {})


def inpaint(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Ways in which the missing part of an image is filled. The header says

    hole      one of `core.analysis.inpainting.REGIONS`; else the plane `missing` (D,) says where
    order     its name; way: "truth" (nothing is drawn), "held" (given pixels are held when their turn comes; beside it
              "weighted", of the same drawings those that the weights choose), "renewed" (by weight on the way), "first"
              (given pixels are told first, for models that know every order)
    """
    import torch

    from core.analysis import image_likelihood, inpainting
    from core.models.autoregressive.base import log_prob, log_probs

    model, x = loading.pixel_model(name), image_of(name, planes)
    order, way = order_of(model, header), header.get("way")
    if way not in WAYS or (way == "first" and not model.any_order):
        raise BadRequest(f"way={str(way)[:40]!r}: expected one of {', '.join(WAYS if model.any_order else WAYS[:-1])}")
    missing = _missing(model, header, planes)
    check_cost(model, PARTICLES)
    label = image_likelihood.label_of(model, x, label_of(header))
    generator = torch.Generator().manual_seed(seed_of(header))

    def cost(y: Any) -> float:
        return -float(log_prob(model, y, None if label is None else label.expand(len(y))).mean())

    if way == "truth":
        each = log_probs(model, x[None], label, order)[0][order]
        given = ~missing[order]
        began = (~given).cumsum(0) > 0
        found = {"after": -float(each[given & began].sum()), "nats": cost(x[None])}
        return pack({**found, "label": None if label is None else int(label)}, {"values": ("u8", x[None].numpy())})
    if way == "first":
        order = inpainting.order_given_first(order, missing)
    particles = inpainting.inpaint(model, x, missing, PARTICLES, generator, label, order, resample=way == "renewed")

    def summary(images: Any, weights: Any) -> dict[str, float]:
        return {
            "after": -float((weights * particles.after).sum()),
            "right": float((images == x)[:, missing].float().mean()) if missing.any() else 1.0,
            "nats": cost(images),
        }

    even, chosen = torch.full((PARTICLES,), 1 / PARTICLES), particles.resample(DRAWINGS, generator)
    by_weight = summary(chosen, particles.log_weights.softmax(0))
    found = {"evidence": -particles.evidence, "effective": particles.effective, "drawings": PARTICLES}
    if way == "renewed":
        found["different"] = len(particles.values.unique(dim=0))
        return pack({**found, **by_weight}, {"values": ("u8", chosen.numpy())})
    shown = particles.values[:DRAWINGS]
    planes = {"values": ("u8", shown.numpy())} | ({"weighted": ("u8", chosen.numpy())} if way == "held" else {})
    return pack({**found, **summary(shown, even), "weighted": by_weight}, planes)


def one_step_ahead(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What is predicted of each pixel of an image from the true ones before it."""
    from core.analysis import free_running, image_likelihood

    model, x = loading.pixel_model(name), image_of(name, planes)
    mean, best = free_running.one_step_ahead(model, x[None], image_likelihood.label_of(model, x, label_of(header)))
    return pack({}, {"mean": ("f32", mean[0].numpy()), "best": ("u8", best[0].numpy())})


def free_runs(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Free runs from the first `t` places of an image."""
    import torch

    from core.analysis import free_running, image_likelihood

    model, x = loading.pixel_model(name), image_of(name, planes)
    (t,) = whole_numbers("t", [header.get("t")], 1, 1, len(x))
    check_cost(model, DRAWINGS)
    label = image_likelihood.label_of(model, x, label_of(header))
    generator = torch.Generator().manual_seed(seed_of(header))
    free = free_running.free_run(
        model, x.expand(DRAWINGS, -1), t, generator, None if label is None else label.expand(DRAWINGS)
    )
    return pack({}, {"free": ("u8", free.numpy())})


def exposure_bias(name: str, query: dict[str, str]) -> bytes:
    """How test images go on from their first `t` places, in truth and as drawn; by place in the model's order."""
    import torch

    from core.analysis import free_running

    model, (values, labels) = loading.pixel_model(name), examples_of(name)
    if not len(values):
        raise DataError(f"{name}: no test images are here to measure on")
    t = whole_number("t", query.get("t", ""), 0, values.shape[1])
    check_cost(model, 2 * len(values))  # predicted, and drawn
    seed = whole_number("seed", query.get("seed", "0"), 0, 2**31 - 1)
    classes = torch.from_numpy(np.array(labels)).long() if model.classes else None
    x = torch.from_numpy(np.array(values)).long()
    found = free_running.exposure_bias(model, x, t, torch.Generator().manual_seed(seed), classes)
    curves = {"truth": found.truth, "own": found.own, "ahead": found.match_probs, "met": found.match_share}
    planes = {key: ("f32", curve.numpy()) for key, curve in curves.items()}
    return pack({"gap": found.gap, "error": found.error, "images": len(values)}, planes)


def receptive_field(name: str, query: dict[str, str]) -> bytes:
    """How much the prediction at `place` depends on each pixel, layer by layer: a mean over the first test images, or
    over samples where there are none."""
    import torch

    from core.analysis import pixel_dependence

    model, (values, labels) = loading.pixel_model(name), examples_of(name)
    place = whole_number("place", query.get("place", ""), 0, len(model.order) - 1)
    check_cost(model, FIELD_IMAGES)
    classes = torch.arange(FIELD_IMAGES) % model.classes if model.classes else None
    if not len(values):
        generator = torch.Generator().manual_seed(0)
        values = model.sample(FIELD_IMAGES, generator).flatten(1).numpy()
    elif classes is not None and labels is not None:
        classes = torch.from_numpy(np.array(labels[:FIELD_IMAGES])).long()
    x = torch.from_numpy(np.array(values[:FIELD_IMAGES])).long()
    found = pixel_dependence.receptive_field(model, place, x, None if classes is None else classes[: len(x)])
    by = "gradient" if hasattr(model, "receptive_field") else "change"
    return pack({"images": len(x), "by": by}, {"field": ("f32", found.numpy())})


def _perturbation(model: Any, header: dict[str, Any]) -> tuple[str, int, int]:
    from core.analysis import image_sources

    how = header.get("vary", "plain")
    if how not in image_sources.PERTURBATIONS:
        raise BadRequest(f"vary={str(how)[:40]!r}: expected one of {', '.join(image_sources.PERTURBATIONS)}")
    (level,) = whole_numbers("level", [header.get("level", 0)], 1, 1, model.levels - 1)
    return how, seed_of(header), level


def _perturb(model: Any, x: Any, how: str, seed: int, level: int) -> Any:
    from core.analysis import image_sources

    return image_sources.perturb(x, how, model.config.event_shape, model.levels, seed, level)


def _missing(model: Any, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Any:
    import torch

    from core.analysis import inpainting

    if "missing" in planes:
        found = planes["missing"]
        if found.dtype != np.uint8 or found.shape != (len(model.order),):
            raise BadRequest(f"missing of shape {found.shape}: expected {len(model.order)} bytes")
        return torch.from_numpy(found > 0)
    return inpainting.inpainting_mask(header.get("hole", ""), model.config.event_shape)
