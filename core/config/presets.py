"""A preset: everything that determines a trained model, under one name."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from core.config.fields import SettingError, check_settings, parse_setting, require, setting, stored_name

FORMAT = 2  # raised when the same settings no longer give the same model


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the same fields for every family."""

    epochs: int = setting(10, "Passes over the training data.", low=1)
    batch_size: int = setting(100, "Examples per update.", low=1)
    optimiser: Literal["sgd", "adam"] = setting("sgd", "SGD with momentum, or Adam.")
    lr: float = setting(0.05, "Initial learning rate.", above=0, below=100)
    lr_schedule: Literal["constant", "linear", "cosine"] = setting(
        "linear", "Learning rate decay; linear and cosine end at zero."
    )
    lr_hold: float = setting(0.0, "Fraction of training before the decay starts.", low=0, high=1)
    momentum: float = setting(0.0, "Momentum (sgd only).", low=0, below=1)
    weight_decay: float = setting(0.0, "L2 penalty on weights; biases are exempt.", low=0)
    average: float = setting(
        0.0,
        "Decay of the exponential moving average of the weights; 0 keeps the last weights.",
        low=0,
        below=1,
    )
    precision: Literal["float32", "bfloat16"] = setting("float32", "Precision of matrix products.")
    warp: float = setting(
        0.0,
        "Augmentation: random rotations, scalings and shifts, as a fraction of the image size.",
        low=0,
        high=0.5,
        added=True,
    )
    clip: float = setting(0.0, "Gradient norm clipping; 0: off.", low=0, added=True)
    snapshots: int = setting(0, "Number of snapshots saved during training.", low=0, high=200)
    lr_changes: tuple[tuple[int, float], ...] = setting(
        (), "Learning rate changes by hand: step:lr,step:lr", added=True
    )
    stop: int = setting(0, "Last step of a run that was ended early; 0: none.", added=True, low=0)
    validation: float = setting(
        0.0,
        "Fraction of the training examples set aside: curves and choices use them alone. "
        "0: train on all, curves on the first 1,000 test examples.",
        low=0,
        high=0.5,
        added=True,
    )
    keep_best: bool = setting(
        False, "Keep the weights of the epoch with the best validation curve, not the last ones.", added=True
    )

    def __post_init__(self) -> None:
        check_settings(self)
        for step, lr in self.lr_changes:
            require(
                step >= 0 and 0 < lr < 100, "lr_changes", self.lr_changes, "steps from 0, each lr above 0, below 100"
            )


WORDS = ("name", "title", "variant_of", "variant")  # what is said of a preset, which changes no model
OWN = ("dataset", "view", "seed", "origin")  # the preset's own settings, beside those of its two configs


@dataclass(frozen=True)
class Preset:
    """A named recipe. `model` is the frozen config of a family in `core.models`.

    origin        the checkpoint whose weights the training starts from, as `name@version`; "" for a fresh start
    variant_of    the preset of the same net that this one is compared with, and `variant`, in which way it is trained
    """

    name: str
    title: str
    family: str
    dataset: str
    view: str
    model: Any
    train: TrainConfig = field(default_factory=TrainConfig)
    seed: int = 0
    origin: str = setting("", "Checkpoint that training starts from.", added=True)
    variant_of: str = setting("", "Preset of the same network that this one is compared with.", added=True)
    variant: str = setting("", "What is different in this one.", added=True)

    def to_json(self) -> dict[str, Any]:
        """Plain data, from which `core.models.preset_from_json` makes an equal preset."""
        plain = json.loads(json.dumps(dataclasses.asdict(self)))
        for part in ("model", "train"):
            plain[part] = {stored_name(f): plain[part][f.name] for f in dataclasses.fields(getattr(self, part))}
        return plain

    def key(self, data_fingerprint: str) -> str:
        """Eight hex digits that change with anything that determines the trained model."""
        plain = self.to_json()
        what = {k: v for k, v in _without_added(self, plain).items() if k not in WORDS}
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
                known = {word: f.name for f in dataclasses.fields(owner) for word in (stored_name(f), f.name)}
                if name in known and (part or name in OWN):
                    parts[part][known[name]] = parse_setting(type(owner), known[name], text)
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
    added = [f for f in dataclasses.fields(owner) if f.metadata.get("added")]
    usual = {stored_name(f) for f in added if getattr(owner, f.name) == f.default}
    return {k: v for k, v in plain.items() if k not in usual}
