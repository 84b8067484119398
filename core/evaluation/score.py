"""Scores that say what they are, what is scored, and how one that cannot be computed is left out with its reason."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from core.config.fields import check_range, setting
from core.config.score import Score, Unscored
from core.data.base import Dataset
from core.data.preprocessing import PreprocessedSplit, preprocess

Report = Callable[[str, int, int], None]


CLASSIFIED = 2_000  # examples at a time
NOT_YET = Unscored("all scores", "not computed yet, or interrupted")


@dataclass(frozen=True)
class Judgement:
    """All that applies to a model: what could be computed, and what is left out."""

    scores: list[Score]
    unscored: list[Unscored]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """As run.json holds it."""
        return {name: [one.to_json() for one in getattr(self, name)] for name in ("scores", "unscored")}


@dataclass(frozen=True)
class EstimatorSettings:
    """What estimates cost and how sure they are, where it is not as usual; it stands in the notes of the scores."""

    temperatures: int | None = setting(None, "Temperatures of annealed importance sampling.", low=10, high=1_000_000)
    chains: int | None = setting(None, "Chains of annealed importance sampling.", low=2, high=100_000)
    importance_samples: int | None = setting(
        None, "Codes per example, for the importance-weighted bound.", low=1, high=1_000_000
    )

    def __post_init__(self) -> None:
        for entry in fields(self):
            if getattr(self, entry.name) is not None:
                check_range(entry, getattr(self, entry.name))


AS_USUAL = EstimatorSettings()


@dataclass(frozen=True)
class Subject:
    """A model to be scored, on its data as it saw them. `thorough` asks for the estimates of the literature."""

    model: nn.Module
    dataset: Dataset
    view_name: str
    seed: int = 0
    thorough: bool = True
    report: Report | None = None
    estimators: EstimatorSettings = AS_USUAL

    def view(self, split: str) -> PreprocessedSplit:
        """The split as the model sees it, on the model's device."""
        return preprocess(self.dataset, self.view_name, split).to(next(self.model.parameters()).device)

    def generator(self) -> torch.Generator:
        """A fresh one on the model's device, at the subject's seed."""
        return torch.Generator(device=next(self.model.parameters()).device).manual_seed(self.seed)

    def reporter(self, what: str) -> Callable[[int, int], None] | None:
        """What tells how far `what` is, done of total; None where nobody listens."""
        return None if self.report is None else lambda done, total: self.report(what, done, total)

    def data_name(self, split: str, n: int) -> str:
        """How a score names its examples."""
        seed = f", binarised with seed {self.seed}" if self.view_name == "dynamic" else ""
        return f"{self.dataset.name} {split}, {n:,} examples, {self.view_name}{seed}"


def alone(name: str, compute: Callable[..., Iterable[Score | Unscored]], *arguments: Any) -> Iterator[Score | Unscored]:
    """What `compute(*arguments)` yields; where it fails, `name` is `Unscored` with the reason, and all goes on."""
    try:
        for score in compute(*arguments):
            yield score if isinstance(score, Unscored) else _finite(score)
    except Exception as error:  # noqa: BLE001 (whatever happens to one score, the model and the other scores stand)
        yield Unscored(name, reason(error))


def class_accuracy(subject: Subject, name: str, note: str) -> Iterator[Score | Unscored]:
    """Share of the test examples whose class is the one that `classify` of the model finds likeliest."""
    yield from alone(name, _class_accuracy, subject, name, note)


def _class_accuracy(subject: Subject, name: str, note: str) -> Iterator[Score]:
    test = subject.view("test").all(subject.generator())
    found = torch.cat([subject.model.classify(part).argmax(1) for part in test.split(CLASSIFIED)]).cpu()
    value = float((found == torch.from_numpy(subject.dataset.test_labels)).float().mean())
    data = subject.data_name("test", len(test))
    yield Score(name, value, "share right", "measured", data, seed=subject.seed, note=note)


def together(subject: Subject, *parts: Callable[[Subject], dict[str, Tensor]]) -> dict[str, Tensor]:
    """The arrays of all parts; a part that fails, and an array that is empty or not finite, is left out,
    as scores are."""
    arrays: dict[str, Tensor] = {}
    for part in parts:
        with contextlib.suppress(Exception):
            arrays |= {k: v for k, v in part(subject).items() if v.numel() and bool(v.isfinite().all())}
    return arrays


def reason(error: Exception) -> str:
    """Why something could not be computed, in a sentence without a full stop."""
    if isinstance(error, OverflowError):
        return "the value overflows"
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return "not enough memory"
    return (f"{error}".strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:300]


def standard_error(each: Tensor) -> float | None:
    """That of the mean of `each` (N,), None for a single one."""
    return float(each.double().std()) / math.sqrt(len(each)) if len(each) > 1 else None


def _finite(score: Score) -> Score | Unscored:
    if not math.isfinite(score.value):
        return Unscored(score.name, f"the result is {score.value}")
    return score if math.isfinite(score.spread or 0) else replace(score, spread=None)
