"""A preset: everything that determines a trained model, under one name."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from core.config.fields import SettingError, check_settings, parse_setting, require, setting

FORMAT = 2  # raised when the same settings no longer give the same model


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the same fields for every family."""

    epochs: int = setting(10, "Passes over the training data.", low=1)
    batch_size: int = setting(100, "Examples an update.", low=1)
    optimiser: Literal["sgd", "adam"] = setting("sgd", "Plain steps along the gradient (with momentum), or Adam.")
    lr: float = setting(0.05, "Learning rate at the start.", above=0, below=100)
    lr_schedule: Literal["constant", "linear", "cosine"] = setting("linear", "How it goes down: both ways to zero.")
    lr_hold: float = setting(0.0, "Share of the run before it begins to go down.", low=0, high=1)
    momentum: float = setting(0.0, "Share of the last step that is taken again (sgd only).", low=0, below=1)
    weight_decay: float = setting(0.0, "L2 penalty on weights, never on biases.", low=0)
    average: float = setting(
        0.0,
        "Decay of the running average of the weights that becomes the model; 0 takes the last ones.",
        low=0,
        below=1,
    )
    precision: Literal["float32", "bfloat16"] = setting("float32", "Numbers in the matrix products.")
    warp: float = setting(
        0.0,
        "Pictures are turned, stretched and moved at random when shown, by about this share of their size.",
        low=0,
        high=0.5,
        added=True,
    )
    clip: float = setting(0.0, "Largest norm of a step's gradient; 0 for any.", low=0, added=True)
    snapshots: int = setting(0, "How many sets of weights along the way are kept.", low=0, high=200)
    lr_changes: tuple[tuple[int, float], ...] = setting(
        (), "Step and learning rate, where it was changed by hand: step:lr,step:lr", added=True
    )
    stop: int = setting(0, "The last step, where a run was ended before all its epochs; 0 for none.", added=True, low=0)

    def __post_init__(self) -> None:
        check_settings(self)
        for step, lr in self.lr_changes:
            require(
                step >= 0 and 0 < lr < 100, "lr_changes", self.lr_changes, "steps from 0, each lr above 0, below 100"
            )


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
    origin: str = setting("", "Checkpoint whose weights the training starts from.", added=True)

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
    added = [f for f in dataclasses.fields(owner) if f.metadata.get("added")]
    return {k: v for k, v in plain.items() if not any(f.name == k and getattr(owner, k) == f.default for f in added)}
