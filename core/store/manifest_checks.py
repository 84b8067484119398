"""What a checkpoint's run.json may say, and which shapes its arrays may have: nothing is believed unchecked.

Each function gives "" where all is well, else what is wrong. Needs no torch, but for the settings of a model.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from core.config.fields import suits
from core.config.presets import FORMAT, TrainConfig

MAX_PLACES = 2**18  # numbers in an example
MAX_CATEGORIES = 2**22  # numbers in an example, times the categories of each
MAX_LAYERS = 200


_FILES = ("weights.safetensors", "portrait.safetensors")


def _text(most: int = 1_000) -> Callable[[Any], bool]:
    return lambda value: suits(value, str) and len(value) <= most


def _number(value: Any) -> bool:
    return suits(value, float)


def _finite(value: Any) -> bool:
    return _number(value) and math.isfinite(value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text(), value))


def _left_out(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"name", "reason"} and all(map(_text(), value.values()))


def _digests(value: Any) -> bool:
    return isinstance(value, dict) and all(re.fullmatch("[0-9a-f]{64}", str(value.get(file))) for file in _FILES)


# what run.json holds, and what must be so of each
_FIELDS: dict[str, Callable[[Any], bool]] = {
    "preset": lambda value: isinstance(value, dict),
    "data_fingerprint": _text(),
    "data_title": _text(),
    "class_names": _names,
    "kind": lambda value: value in ("binary", "levels", "grey", "real", "counts", "tokens", "audio"),
    "device": _text(),
    "precision": _text(),
    "seconds": lambda value: _finite(value) and value >= 0,
    "scores": lambda value: isinstance(value, list) and len(value) <= 10_000,
    "sha256": _digests,
}
_OPTIONAL: dict[str, Callable[[Any], bool]] = {
    "title": _text(),
    "finished": _text(),
    "scored": _text(),
    "parameters": lambda value: suits(value, int) and value >= 0,
    "versions": lambda value: isinstance(value, dict) and all(map(_text(), value.values())),
    "capabilities": lambda value: isinstance(value, list) and len(value) <= 100 and all(map(_text(100), value)),
    "code_size": lambda value: value is None or (suits(value, int) and 0 < value <= MAX_PLACES),
    "layers": lambda value: (
        isinstance(value, dict)
        and len(value) <= 1_000
        and all(re.fullmatch("[a-z0-9-]{1,40}", k) and suits(v, int) and 0 < v <= MAX_PLACES for k, v in value.items())
    ),
    "family_name": _text(100),
    "version": lambda value: suits(value, str) and bool(re.fullmatch("[0-9a-f]{16}", value)),
    "unscored": lambda value: isinstance(value, list) and len(value) <= 1_000 and all(map(_left_out, value)),
}
_SCORE: dict[str, Callable[[Any], bool]] = {
    "name": _text(),
    "value": _number,
    "unit": _text(),
    "nature": _text(),
    "data": _text(),
    "note": _text(10_000),
    "spread": lambda value: value is None or _number(value),
    "seed": lambda value: suits(value, int | None),
}
_PRESET: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("name", "title", "family", "dataset", "view"), _text()),
    "seed": lambda value: suits(value, int),
    "model": lambda value: isinstance(value, dict),
    "train": lambda value: isinstance(value, dict),
}
# the summary tensors: D is the size of an example, H that of the hidden layer, d that of the code, C the number of
# classes; n, m and others are free, but the same wherever they stand
_SUMMARY = {
    "fantasy": "f D",
    "hidden_use": "H",
    **{f"free_energy.{part}": part for part in ("train", "test", "noise")},
    "probe.weight": "H C",
    "probe.bias": "C",
    "codes": "n d",
    "codes.log_var": "n d",
    "codes.errors": "n",
    "codes.labels": "n",
    "latent.kl": "d",
    "latent.mean": "d",
    "latent.axes": "a d",
    "latent.spread": "a",
    "latent.class_means": "c d",
    "latent.class_counts": "c",
    "samples": "s D",
    "samples.labels": "s",
    "examples": "e D",
    "examples.labels": "e",
    "reach.left": "r",
    "reach.nats": "r",
    "text": "t",
}


@lru_cache(maxsize=1_000)  # lists are made again and again
def problem(text: str) -> str:
    """What is wrong with the text of a run.json, which is JSON."""
    run = json.loads(text)
    if not isinstance(run, dict) or run.get("format") != FORMAT:
        found = run.get("format") if isinstance(run, dict) else None
        return f"made in format {found!r:.60}, this version reads {FORMAT}"
    bad = [name for name, fits in _FIELDS.items() if name not in run or not fits(run[name])]
    bad += [name for name, fits in _OPTIONAL.items() if name in run and not fits(run[name])]
    if bad:
        return f"run.json lacks {', '.join(bad)}, or holds something else there"
    preset = run["preset"]
    bad = [name for name, fits in _PRESET.items() if name not in preset or not fits(preset[name])]
    if bad or not _is_shape(preset["model"].get("event_shape")):
        return f"the preset in run.json lacks {', '.join(bad) or 'event_shape'}, or holds something else there"
    if not all(isinstance(s, dict) and all(n in s and fits(s[n]) for n, fits in _SCORE.items()) for s in run["scores"]):
        return "run.json has an incomplete or odd score"
    return ""


def _is_shape(value: Any) -> bool:
    """Whether it is the shape of an example: () of a text, else sizes of at least 1."""
    whole = isinstance(value, list) and len(value) <= 2 and all(suits(n, int) and n >= 1 for n in value)
    return whole and math.prod(value) <= MAX_PLACES


@lru_cache(maxsize=1_000)
def problem_of_settings(text: str) -> str:
    """What is wrong with a preset, given as JSON: a setting is missing, unknown, of another type or out of its range,
    or makes a model of a size that none has. Loads torch."""
    from core.models import families, preset_from_json

    plain = json.loads(text)
    try:
        preset = preset_from_json(plain)
    except (KeyError, TypeError, ValueError) as error:
        return f"the preset in run.json is not usable ({error})"
    for part, owner in (("model", families()[preset.family].Config), ("train", TrainConfig)):
        known = [f.name for f in dataclasses.fields(owner) if not f.metadata.get("added")]
        if absent := [name for name in known if name not in plain[part]]:
            return f"the preset in run.json lacks {', '.join(absent)}"
    layers, places = plain["model"].get("layers", 0), math.prod(preset.model.event_shape)
    if (len(layers) if isinstance(layers, list) else layers) > MAX_LAYERS:
        return f"the model has more than {MAX_LAYERS} layers"
    if places * plain["model"].get("levels", 1) > MAX_CATEGORIES:
        return f"examples of {places:,} numbers with that many levels are too large"
    return ""


def problem_of_summary(preset: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> str:
    """What is wrong with the shapes of the summary tensors: one is another than its name says."""
    sizes = {"D": math.prod(preset["model"]["event_shape"])}
    if isinstance(hidden := preset["model"].get("hidden"), int):
        sizes["H"] = hidden
    for name, shape in shapes.items():
        expected = _SUMMARY.get(name, "").split()
        fits = not expected or (
            len(expected) == len(shape)
            and all(sizes.setdefault(letter, size) == size for letter, size in zip(expected, shape, strict=True))
        )
        if not fits or 0 in shape:
            wanted = ", ".join(f"{sizes.get(letter, letter)}" for letter in expected)
            return f"{name} in portrait.safetensors has shape {shape}, not ({wanted})"
    return ""
