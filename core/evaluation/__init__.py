"""Scores that say what they are, and portraits: small arrays that show a model without its data.

Each module in this folder with a function ``applies(model)`` takes part: its ``scores(subject)`` yields
`Score`, its ``portrait(subject)`` gives named tensors.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.data import Dataset
from core.views import View, view

Nature = Literal["exact", "estimate", "upper-leaning estimate", "lower bound", "measured"]
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Score:
    """One number about a model, with all that is needed to read it.

    nature    "exact", "estimate", "upper-leaning estimate" (AIS: log Z is likelier too low, so the score too
              high), "lower bound", or "measured" (errors, accuracies)
    spread    one standard error of the number as an estimate, where it is one
    data      which examples: split, number, how they were made binary
    """

    name: str
    value: float
    unit: str
    nature: Nature
    data: str
    spread: float | None = None
    seed: int | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Subject:
    """A model to be judged, on its data as it saw them. `thorough` asks for the estimates of the literature."""

    model: nn.Module
    dataset: Dataset
    view_name: str
    seed: int = 0
    thorough: bool = True
    report: Report | None = None

    def shown(self, split: str) -> View:
        """The split as the model sees it, on the model's device."""
        return view(self.dataset, self.view_name, split).to(next(self.model.parameters()).device)

    def generator(self) -> torch.Generator:
        """A fresh one on the model's device, at the subject's seed."""
        return torch.Generator(device=next(self.model.parameters()).device).manual_seed(self.seed)

    def reporter(self, what: str) -> Callable[[int, int], None] | None:
        """What tells how far `what` is, done of total; None where nobody listens."""
        return None if self.report is None else lambda done, total: self.report(what, done, total)

    def data_name(self, split: str, n: int) -> str:
        """How a score names its examples."""
        seed = f", bits drawn with seed {self.seed}" if self.view_name == "dynamic" else ""
        return f"{self.dataset.name} {split}, {n:,} examples, {self.view_name}{seed}"


def scores(subject: Subject) -> list[Score]:
    """Every score that applies to the subject."""
    return [score for module in _judges(subject.model) for score in module.scores(subject)]


def portrait(subject: Subject) -> dict[str, Tensor]:
    """The arrays that pages show of the subject."""
    return {k: v for module in _judges(subject.model) for k, v in module.portrait(subject).items()}


def _judges(model: nn.Module) -> Iterator[Any]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "applies") and module.applies(model):
            yield module
