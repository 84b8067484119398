"""From a player's message to frames of Gibbs chains: starts, clamps, classes, and bytes to draw."""

from __future__ import annotations

import math
import time
from typing import Any, get_type_hints

import numpy as np
import torch
from torch import Tensor

from core import data
from core.analysis import gibbs_chains, image_grid
from core.config.fields import require
from core.data.errors import DataError
from pages.gibbs import loading
from pages.shared import cost
from pages.shared.codec import BadRequest, pack, whole
from pages.shared.model_store import OpenModel

ENOUGH = 3.0  # seconds, after which the frames that are there are sent: the player asks for the others

STARTS = ("model", "noise", "test", "class", "drawing")


def frames(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Frames first .. first+count-1 as a message.

    header   settings (of `gibbs_chains.ChainSettings`), start (one of `STARTS`), class, chains, first, count
    planes   hidden: packed hidden layers of frame first-1; drawing (D,) grey; clamp_mask, clamp_grey (D,)
    answer   mean, sample (T, N, D) grey bytes (sample as bits for binary visibles); hidden (T, N, ceil(H/8)) bits;
             free_energy (T, N); class, confidence (T, N) where a probe came with the checkpoint; replicas for "pt"
    """
    opened = loading.rbm(name)
    if len(opened.checkpoint.manifest.preset.event_shape) != 2:
        raise BadRequest(f"{name}: its examples are not images; this page shows chains as images")
    visible, units = opened.model.W.shape
    settings = settings_of(header)
    first, count = whole(header, "first", 0, 2**31 - 1), whole(header, "count", 1, gibbs_chains.MAX_FRAMES)
    n = whole(header, "chains", 1, gibbs_chains.MAX_CHAINS)
    what = f"{n} chains, {settings.sweeps} Gibbs steps per frame"
    cost.within(gibbs_chains.multiply_adds(opened.model, settings, n), what, cost.MOST_A_FRAME)
    start = start_visibles(opened, header, planes.get("drawing"), n, settings.seed)
    hidden = None
    if first > 0:
        shape = (gibbs_chains.REPLICAS, n) if settings.sampler == "pt" else (n,)
        bits = planes.get("hidden")
        if bits is None or bits.shape[:-1] != shape:
            raise BadRequest(f"hidden: expected packed rows of shape {shape}, got {getattr(bits, 'shape', None)}")
        hidden = torch.from_numpy(gibbs_chains.unpack_bits(bits, units)).float()
    end = time.monotonic() + ENOUGH
    clamp, enough = _clamp(opened, planes), lambda: time.monotonic() > end
    made = gibbs_chains.run(opened.model, settings, start, first, count, hidden, clamp, enough)
    # frame by frame to bytes: a batch of float images would be tens of megabytes
    samples = _bits(made.sample) if opened.model.config.visible == "bernoulli" else _greys(opened, made.sample)
    answer = {
        "mean": _greys(opened, made.mean),
        "sample": samples,
        "hidden": _bits(made.hidden),
        "free_energy": ("f32", torch.stack(made.free_energy).numpy()),
    }
    if made.replicas:
        answer["replicas"] = _bits(made.replicas)
    if "probe.weight" in opened.summary:
        answer |= _classes(opened, made.sample)
    return pack({"first": first, "count": len(made.mean)}, answer)


def settings_of(header: dict[str, Any]) -> gibbs_chains.ChainSettings:
    """The settings that a message asks for. Raises `BadRequest` or `SettingError`, naming what is wrong."""
    found = header.get("settings", {})
    if not isinstance(found, dict):
        raise BadRequest("settings: expected an object")
    hints = get_type_hints(gibbs_chains.ChainSettings)
    for name, value in found.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        fits = {
            int: number and value == int(value),
            float: number,
            tuple[int, ...]: isinstance(value, list) and all(type(j) is int for j in value),
        }
        if name not in hints or not fits.get(hints[name], isinstance(value, str)):
            known = "" if name in hints else f"; known settings: {', '.join(hints)}"
            raise BadRequest(f"{name[:40]}={str(value)[:40]!r}: not a setting of a chain{known}")
    return gibbs_chains.ChainSettings(**{k: tuple(v) if k == "off" else v for k, v in found.items()})


def start_visibles(opened: OpenModel, header: dict[str, Any], drawing: np.ndarray | None, n: int, seed: int) -> Tensor:
    """The visible layers (n, D) of frame 0, in the model's units; the same for the same seed."""
    start = header.get("start", "model")
    visible = opened.model.W.shape[0]
    rng = np.random.default_rng(seed)
    if start == "model":
        fantasies = torch.from_numpy(opened.summary["fantasy"]).float()
        return fantasies[rng.permutation(len(fantasies))[np.arange(n) % len(fantasies)]]
    if start == "noise":
        if opened.model.config.visible == "bernoulli":
            return torch.from_numpy(rng.integers(0, 2, (n, visible))).float()
        return torch.from_numpy(rng.normal(size=(n, visible))).float()
    if start == "drawing":
        if drawing is None or drawing.shape != (visible,):
            raise BadRequest(f"drawing: expected {visible} pixels, got {getattr(drawing, 'shape', None)}")
        return _from_grey(opened, drawing).expand(n, -1)
    if start not in STARTS:
        raise BadRequest(f"start={start!r}: one of {', '.join(STARTS)}")
    return _data_images(opened, header.get("class") if start == "class" else None, n, rng)


def _data_images(opened: OpenModel, wanted: Any, n: int, rng: np.random.Generator) -> Tensor:
    name = opened.checkpoint.manifest.preset.dataset
    entry = data.info(name)
    if not entry.test_is_here():
        raise DataError(f"{entry.title} is not downloaded: use the button above")
    dataset = data.load_test(name)
    array, labels = dataset.test, dataset.test_labels
    rows = np.arange(len(array))
    if wanted is not None:
        names = list(dataset.class_names)
        if str(wanted) not in names:
            raise BadRequest(f"class={wanted!r}: one of {', '.join(names)}")
        rows = np.flatnonzero(labels == names.index(str(wanted)))
        if len(rows) == 0:  # held-out people: a class that only the training set has
            array = dataset.train
            rows = np.flatnonzero(dataset.train_labels == names.index(str(wanted)))
    picked = rows[rng.permutation(len(rows))[np.arange(n) % len(rows)]]
    top = (dataset.levels - 1) if dataset.levels else 1
    grey = array[picked].reshape(n, -1).astype(np.float32) / top
    if opened.model.config.visible == "bernoulli":
        return torch.from_numpy((rng.random(grey.shape) < grey).astype(np.float32))
    return torch.from_numpy((grey - opened.shift) / opened.scale)


def _clamp(opened: OpenModel, planes: dict[str, np.ndarray]) -> gibbs_chains.Clamp | None:
    mask, grey = planes.get("clamp_mask"), planes.get("clamp_grey")
    if mask is None or not mask.any():
        return None
    visible = opened.model.W.shape[0]
    if mask.shape != (visible,) or grey is None or grey.shape != (visible,):
        raise BadRequest(f"clamp: expected mask and grey of {visible} pixels each")
    return gibbs_chains.Clamp(torch.from_numpy(mask.astype(bool)), _from_grey(opened, grey))


def _from_grey(opened: OpenModel, grey: np.ndarray) -> Tensor:
    """Grey bytes to the model's units; binary visibles are on above one half."""
    x = torch.from_numpy(grey.astype(np.float32) / 255)
    if opened.model.config.visible == "bernoulli":
        return (x > 0.5).float()
    return (x - torch.from_numpy(opened.shift)) / torch.from_numpy(opened.scale)


def _greys(opened: OpenModel, layers: list[Tensor]) -> tuple[str, np.ndarray]:
    return "u8", np.stack([image_grid.to_bytes(opened.shift + opened.scale * v.numpy()) for v in layers])


def _bits(layers: list[Tensor]) -> tuple[str, np.ndarray]:
    return "bits", np.stack([gibbs_chains.pack_bits(layer.numpy()) for layer in layers])


def _classes(opened: OpenModel, samples: list[Tensor]) -> dict[str, tuple[str, np.ndarray]]:
    """The class that the checkpoint's linear probe reads from the hidden probabilities, and how sure it is."""
    weight, bias = (torch.from_numpy(opened.summary[f"probe.{k}"]).float() for k in ("weight", "bias"))
    read = [torch.softmax(opened.model.hidden_probs(v) @ weight + bias, 1).max(1) for v in samples]
    return {
        "class": ("u8", torch.stack([which for _, which in read]).numpy().astype(np.uint8)),
        "confidence": ("u8", (torch.stack([sure for sure, _ in read]).numpy() * 255).astype(np.uint8)),
    }


def gif(header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """A GIF of T frames of N grey tiles (T, N, D), each framed in the colour of its class (T, N).

    header: width, height of a tile; columns; fps; colours (list of "#rrggbb").
    """
    tiles, classes = planes["tiles"], planes["classes"]
    if tiles.ndim != 3 or classes.shape != tiles.shape[:2]:
        raise BadRequest(f"tiles {tiles.shape} and classes {classes.shape} do not fit together")
    if tiles.dtype != np.uint8 or classes.dtype != np.uint8:
        raise BadRequest(f"tiles and classes: expected bytes, not {tiles.dtype} and {classes.dtype}")
    frames_, n, _ = tiles.shape
    require(1 <= frames_ <= 300, "frames", frames_, "between 1 and 300")
    width, height = (whole(header, side, 1, 4_096) for side in ("width", "height"))
    columns, fps = whole(header, "columns", 1, n), whole(header, "fps", 1, 60)
    require(len(header["colours"]) <= 64, "colours", len(header["colours"]), "at most 64")
    colours = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in header["colours"]]
    return image_grid.tiled_gif(tiles.reshape(frames_, n, height, width), classes, colours, columns, fps)
