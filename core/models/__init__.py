"""Model families, found by discovery, and what a model may be able to do.

A family is one module in a folder here with these names: ``FAMILY`` and ``NAME`` (how it is called), ``build(config)``
(makes the module from a frozen config), ``Config`` (that config's class), ``refit(config, kind, event_shape)`` (the
config for other data), ``LOSS`` and ``METRICS`` (what its curves mean), ``FIXED_TRAINING`` where one pass without
settings trains it, ``FIRST_LOOK`` where a small one suits data that nobody has seen (`core.models.first_look`), and
``PRESETS`` at the bottom.
What a model can do is a protocol of `core.models.capabilities`.

May import `core.config`, `core.numerics` and `core.data`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import pkgutil
from collections.abc import Collection
from functools import cache
from types import ModuleType
from typing import Any, get_type_hints

import torch
from torch import nn

from core.config.fields import SettingError, require, stored_name, suits
from core.config.presets import Preset, TrainConfig
from core.data.base import DatasetInfo
from core.data.preprocessing import STRIDE, WINDOW, levels_of, views_of
from core.data.tokenizers import SIZES
from core.data.validation import FEW, SHARE
from core.models.capabilities import Metric

LEAST_UPDATES, MOST_UPDATES = 1_000, 20_000  # of a training that is fitted to other data


@cache
def families() -> dict[str, ModuleType]:
    """The family modules by name."""
    modules = (importlib.import_module(found.name) for found in pkgutil.walk_packages(__path__, f"{__name__}."))
    found = {module.FAMILY: module for module in modules if hasattr(module, "FAMILY")}
    return dict(sorted(found.items()))


@cache
def presets() -> dict[str, Preset]:
    """Every preset of every family, by name."""
    return {preset.name: preset for module in families().values() for preset in module.PRESETS}


def preset(name: str) -> Preset:
    """The preset called `name`. Raises `SettingError` with the known names."""
    try:
        return presets()[name]
    except KeyError:
        raise SettingError(f"unknown preset {name!r}; known: {', '.join(presets())}") from None


def refit(preset: Preset, info: DatasetInfo, view: str) -> Preset:
    """The preset for another data set, shown by `view`. Raises `SettingError` where its family takes no such data."""
    family = families()[preset.family]
    config = family.refit(preset.model, views_of(info)[view], info.event_shape)
    if info.train and hasattr(family, "suit"):
        config = family.suit(config, info.train, info.classes)
    name, title = f"{info.name}-{preset.family}", f"{info.title} · {family.NAME[0].upper()}{family.NAME[1:]}"
    train = suit_training(preset.train, _examples(info)) if info.train else preset.train
    if not fixed_training(preset.family) and (not info.train or _examples(info) >= FEW):
        train = dataclasses.replace(train, validation=SHARE)
    made = dataclasses.replace(preset, name=name, title=title, dataset=info.name, model=config, train=train, origin="")
    return in_view(made, info, view)


def templates(info: DatasetInfo) -> dict[str, Preset]:
    """Presets for this data set by name; where it has none, one of each family, refitted to it."""
    every = sorted(presets().values(), key=lambda p: p.family != "rbm")  # the first of the story comes first
    if own := {p.name: p for p in every if p.dataset == info.name}:
        return own
    found: dict[str, tuple[bool, Preset]] = {}
    for view, kind in views_of(info).items():
        # a preset for the same kind of data comes with settings that suit it
        for preset in sorted(every, key=lambda p: kind not in p.model.accepts):
            with contextlib.suppress(SettingError):
                made = refit(preset, info, view)
                first_choice = made.model.accepts[0] == kind
                if made.name not in found or (first_choice and not found[made.name][0]):
                    found[made.name] = first_choice, made
    return {name: preset for name, (_, preset) in found.items()}


def in_view(preset: Preset, info: DatasetInfo, view: str) -> Preset:
    """The preset with its data shown by another view that its model accepts: categories follow it, and only grey or
    real-valued pictures are augmented."""
    warps = len(info.event_shape) == 2 and views_of(info)[view] in ("grey", "real")
    train = preset.train if warps else dataclasses.replace(preset.train, warp=0.0)
    return dataclasses.replace(preset, view=view, model=shown_by(preset.model, view), train=train)


def suit_training(train: TrainConfig, examples: int) -> TrainConfig:
    """The training for so many examples: batches of a tenth of them at most, and as many epochs as make 1,000 updates
    at least and 20,000 at most, the number of epochs staying where it is between."""
    batch = max(1, min(train.batch_size, examples // 10))
    in_epoch = max(1, examples // batch)
    epochs = min(max(train.epochs, -(-LEAST_UPDATES // in_epoch)), max(1, MOST_UPDATES // in_epoch))
    return dataclasses.replace(train, batch_size=batch, epochs=epochs)


def _examples(info: DatasetInfo) -> int:
    """Training examples: of a text, the stretches that it is read by."""
    return info.train if info.kind != "text" else max(1, 1 + (info.train - WINDOW) // STRIDE)


def shown_by(config: Any, view: str) -> Any:
    """The config of a family for the categories that the view makes: levels of a pixel, tokens of a text."""
    categories = {"levels": levels_of(view), "tokens": SIZES.get(view, 0)}
    return dataclasses.replace(config, **{name: number for name, number in categories.items() if number})


def origin_of(preset: Preset) -> Preset | None:
    """The preset whose checkpoint this one starts from, where `origin` names one (not a certain checkpoint)."""
    if not preset.origin or "@" in preset.origin:
        return None
    if preset.origin not in presets():
        raise SettingError(f"origin={preset.origin!r}: the name of a preset, or checkpoint@version")
    return presets()[preset.origin]


def main_metric(family: str, metrics: Collection[str]) -> tuple[str, Metric]:
    """Name and meaning of the first of the `metrics` that can be better or worse: what an epoch is chosen by. Raises
    `SettingError`."""
    for name, metric in families()[family].METRICS.items():
        if metric.better and name in metrics:
            return name, metric
    raise SettingError(f"keep_best=True: {family} has no curve that says which epoch is better")


def fixed_training(family: str) -> bool:
    """Whether a training of this family is one pass without settings (the module says `FIXED_TRAINING`)."""
    return getattr(families()[family], "FIXED_TRAINING", False)


def build(family: str, config: Any, seed: int = 0) -> nn.Module:
    """A fresh, untrained model; `seed` determines the weights that PyTorch's layers draw when they are made."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return families()[family].build(config)


def preset_from_json(plain: dict[str, Any]) -> Preset:
    """The preset that `Preset.to_json` wrote. Raises `SettingError` for an unknown family or setting, and for a
    value of another type or out of its range."""
    family = plain.get("family")
    if not isinstance(family, str) or family not in families():
        raise SettingError(f"unknown model family {family!r:.60}; known: {', '.join(families())}")
    config = families()[family].Config
    parts = {"model": _from_plain(config, plain.get("model")), "train": _from_plain(TrainConfig, plain.get("train"))}
    own = {k: v for k, v in plain.items() if k not in parts}
    return _from_plain(Preset, own, **parts)


def _from_plain(owner: type, values: Any, **more: Any) -> Any:
    """An instance of the dataclass `owner` from plain data and `more`; JSON's lists become tuples again."""
    require(isinstance(values, dict), owner.__name__, type(values).__name__, "expected settings by their names")
    entries, hints = {f.name: f for f in dataclasses.fields(owner)}, get_type_hints(owner)
    names = {stored_name(f): f.name for f in entries.values()}
    values = {names.get(name, name): value for name, value in values.items()}
    if unknown := set(values) - set(entries):
        raise SettingError(f"{owner.__name__} has no setting {', '.join(sorted(unknown))[:200]}")
    needed = [name for name, f in entries.items() if f.default is f.default_factory is dataclasses.MISSING]
    if absent := [name for name in needed if name not in values and name not in more]:
        raise SettingError(f"{owner.__name__} lacks {', '.join(absent)}")
    for name, value in values.items():
        if not suits(value, hints[name]):
            kind = hints[name].__name__ if isinstance(hints[name], type) else str(hints[name])
            raise SettingError(f"{name}={value!r:.60}: expected {kind.removeprefix('typing.')}")
    tuples = {k for k in values if getattr(hints[k], "__origin__", None) is tuple}
    return owner(**{k: _as_tuple(v) if k in tuples else v for k, v in values.items()}, **more)


def _as_tuple(plain: list[Any]) -> tuple[Any, ...]:
    return tuple(_as_tuple(v) if isinstance(v, list | tuple) else v for v in plain)
