"""Scores that say what they are, and summary tensors: small arrays that show a model without its data.

Each module in this folder with a function ``supports(model)`` takes part: its ``scores(subject)`` yields
`Score`, and `Unscored` for what could not be computed; its ``summary_tensors(subject)`` gives named tensors.

May import `core.config`, `core.numerics`, `core.data` and `core.models`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from core.evaluation.score import NOT_YET, Judgement, Score, Subject, Unscored, alone

__all__ = ["NOT_YET", "Judgement", "Score", "Subject", "Unscored", "judge", "scores", "summary_tensors"]


def judge(subject: Subject) -> Judgement:
    """Every score that there is for the subject, each computed on its own: none takes another along, and none that is
    recorded is infinite or no number."""
    found = [s for module in _evaluators(subject.model) for s in alone("other scores", module.scores, subject)]
    return Judgement(
        [one for one in found if isinstance(one, Score)], [one for one in found if isinstance(one, Unscored)]
    )


def scores(subject: Subject) -> list[Score]:
    """Those of `judge` that could be computed."""
    return judge(subject).scores


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """The arrays that pages show of the subject."""
    return {k: v for module in _evaluators(subject.model) for k, v in module.summary_tensors(subject).items()}


def _evaluators(model: nn.Module) -> Iterator[Any]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "supports") and module.supports(model):
            yield module
