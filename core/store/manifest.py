"""What a checkpoint's run.json says of its model, by fields; known without torch."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from core.config.capabilities import Capability
from core.config.score import Score, Unscored


@dataclass(frozen=True)
class PresetEntry:
    """The recipe that a model was trained by; `model` and `train` are the settings of its two configs, by name."""

    name: str
    title: str
    family: str
    dataset: str
    view: str
    model: dict[str, Any]
    train: dict[str, Any]
    seed: int = 0
    origin: str = ""
    variant_of: str = ""
    variant: str = ""

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of an example; () for a text."""
        return tuple(self.model["event_shape"])


@dataclass(frozen=True)
class Manifest:
    """The content of run.json.

    kind          of the data as the model sees them (`core.data.base.Kind`, or "tokens")
    seconds       that the training took
    unscored      scores that were left out
    kept_epoch    after which the weights were taken, None where they are the last
    finished      the day on which the training ended; `scored`, on which the scores were computed anew
    capabilities  what the model can do, None where an earlier version did not write it down (nor the three below)
    code_size     numbers of a code, None for a model without codes
    layers        numbers of each of its representations, by name, from the input up; None as above
    """

    preset: PresetEntry
    data_fingerprint: str
    data_title: str
    class_names: tuple[str, ...]
    kind: str
    device: str
    precision: str
    seconds: float
    sha256: dict[str, str]
    scores: tuple[Score, ...]
    unscored: tuple[Unscored, ...] = ()
    title: str = ""
    version: str = ""
    kept_epoch: int | None = None
    finished: str = ""
    scored: str = ""
    parameters: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    capabilities: frozenset[Capability] | None = None
    code_size: int | None = None
    layers: dict[str, int] | None = None
    family_name: str = ""

    @classmethod
    def from_json(cls, run: dict[str, Any]) -> Manifest:
        """The manifest from a run.json that `core.store.manifest_checks` has nothing against; fields and capabilities
        that this version does not know are passed over."""
        values = {f.name: run[f.name] for f in fields(cls) if f.name in run}
        recipe = run["preset"]
        values["preset"] = PresetEntry(**{f.name: recipe[f.name] for f in fields(PresetEntry) if f.name in recipe})
        values["class_names"] = tuple(run["class_names"])
        values["scores"] = tuple(Score(**{f.name: s[f.name] for f in fields(Score)}) for s in run["scores"])
        values["unscored"] = tuple(Unscored(s["name"], s["reason"]) for s in run.get("unscored", []))
        if "capabilities" in run:
            known = set(Capability)
            values["capabilities"] = frozenset(Capability(name) for name in run["capabilities"] if name in known)
        return cls(**values)
