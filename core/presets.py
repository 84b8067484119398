"""A preset: everything that determines a trained model, under one name."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_type_hints

FORMAT = 2  # raised when the same settings no longer give the same model

# marks a setting that came after FORMAT was raised last: at its default it leaves the keys of older presets as they are
ADDED = {"added": True}


class SettingError(ValueError):
    """A setting is unknown or outside its range; the message names it, its value and the rule."""


def require(holds: bool, name: str, value: object, rule: str) -> None:
    """Raise `SettingError` that names the setting, its value and the rule, unless the rule holds."""
    if not holds:
        raise SettingError(f"{name}={value!r}: {rule}")


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the same fields for every family.

    epochs, batch_size  passes over the data; examples an update
    optimiser           "sgd" (with `momentum`) or "adam"
    lr, lr_schedule     first learning rate, and how it goes down: "constant", "linear" or "cosine" (both to zero)
    lr_hold             share of the run during which the learning rate stays at `lr` before it goes down
    weight_decay        L2 penalty on weights (never on biases)
    average             decay of the running average of the weights that becomes the model; 0 takes the last ones
    precision           "float32", or "bfloat16" for the matrix products
    snapshots           how many states along the way are kept for scrubbing through training
    lr_changes          (step, lr) pairs: from that step on the schedule starts from this `lr` instead
    stop                the last step, where a run was ended before all its epochs; 0 for none
    """

    epochs: int = 10
    batch_size: int = 100
    optimiser: Literal["sgd", "adam"] = "sgd"
    lr: float = 0.05
    lr_schedule: Literal["constant", "linear", "cosine"] = "linear"
    lr_hold: float = 0.0
    momentum: float = 0.0
    weight_decay: float = 0.0
    average: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"
    snapshots: int = 0
    lr_changes: tuple[tuple[int, float], ...] = field(default=(), metadata=ADDED)
    stop: int = field(default=0, metadata=ADDED)

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "epochs", self.epochs, "at least 1")
        require(self.batch_size >= 1, "batch_size", self.batch_size, "at least 1")
        require(0 < self.lr < 100, "lr", self.lr, "above 0 and below 100")
        require(0 <= self.lr_hold <= 1, "lr_hold", self.lr_hold, "between 0 and 1")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "at least 0 and below 1")
        require(self.weight_decay >= 0, "weight_decay", self.weight_decay, "at least 0")
        require(0 <= self.average < 1, "average", self.average, "at least 0 and below 1")
        require(0 <= self.snapshots <= 200, "snapshots", self.snapshots, "between 0 and 200")
        require(self.stop >= 0, "stop", self.stop, "a step, or 0 for all epochs")
        for step, lr in self.lr_changes:
            require(
                step >= 0 and 0 < lr < 100, "lr_changes", self.lr_changes, "steps from 0, each lr above 0, below 100"
            )
        check_choices(self)


OWN = ("dataset", "view", "seed", "origin")  # the preset's own settings, beside those of its two configs


@dataclass(frozen=True)
class Preset:
    """A named recipe. `model` is the frozen config of a family in `core.models`.

    origin    the checkpoint whose weights the training starts from, as `name@version`; "" for a fresh start
    """

    name: str
    title: str
    family: str
    dataset: str
    view: str
    model: Any
    train: TrainConfig = field(default_factory=TrainConfig)
    seed: int = 0
    origin: str = field(default="", metadata=ADDED)

    def to_json(self) -> dict[str, Any]:
        """Plain data, from which `core.models.preset_from_json` makes an equal preset."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def key(self, data_fingerprint: str) -> str:
        """Eight hex digits that change with anything that determines the trained model."""
        plain = self.to_json()
        what = {k: v for k, v in _without_added(self, plain).items() if k not in ("name", "title")}
        what |= {part: _without_added(getattr(self, part), plain[part]) for part in ("model", "train")}
        text = json.dumps({"format": FORMAT, "data": data_fingerprint, **what}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def override(self, settings: dict[str, str]) -> Preset:
        """The preset with some settings replaced, given as text (`{"hidden": "300", "epochs": "5"}`).

        Names are those of the model's config, of `TrainConfig`, or `dataset`, `view`, `seed`, `origin`.
        """
        parts: dict[str, dict[str, Any]] = {"model": {}, "train": {}, "": {}}
        for name, text in settings.items():
            for part, owner in (("model", self.model), ("train", self.train), ("", self)):
                known = {f.name: f for f in dataclasses.fields(owner)}
                if name in known and (part or name in OWN):
                    parts[part][name] = parse_setting(type(owner), name, text)
                    break
            else:
                names = [f.name for f in (*dataclasses.fields(self.model), *dataclasses.fields(self.train))]
                raise SettingError(f"unknown setting {name!r}; this preset has: {', '.join([*names, *OWN])}")
        return dataclasses.replace(
            self,
            model=dataclasses.replace(self.model, **parts["model"]),
            train=dataclasses.replace(self.train, **parts["train"]),
            **parts[""],
        )


def _without_added(owner: Any, plain: dict[str, Any]) -> dict[str, Any]:
    added = [f for f in dataclasses.fields(owner) if f.metadata == ADDED]
    return {k: v for k, v in plain.items() if not any(f.name == k and getattr(owner, k) == f.default for f in added)}


def parse_setting(owner: type, name: str, text: str) -> Any:
    """Read `text` as a value of the field `name` of the dataclass `owner`. Raises `SettingError`."""
    hint = get_type_hints(owner)[name]
    kind = hint if isinstance(hint, type) else None
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        if kind in (int, float, str):
            return kind(text)
        if hint == tuple[tuple[int, float], ...]:
            pairs = (pair.split(":") for pair in text.split(",") if pair.strip())
            return tuple((int(first), float(second)) for first, second in pairs)
        if getattr(hint, "__origin__", None) is tuple:
            return tuple(int(part) for part in text.replace("x", ",").split(",") if part.strip())
    except (KeyError, ValueError):
        raise SettingError(f"{name}={text!r}: expected a value of type {getattr(hint, '__name__', hint)}") from None
    return text  # a Literal: the config checks its own choices


def check_choices(config: Any) -> None:
    """Raise `SettingError` where a field declared as a `Literal` holds another value."""
    for name, hint in get_type_hints(type(config)).items():
        if getattr(hint, "__origin__", None) is Literal:
            choices = get_args(hint)
            value = getattr(config, name)
            require(value in choices, name, value, f"one of {', '.join(map(str, choices))}")
