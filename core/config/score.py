"""What a score is: a number with all that is needed to read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Nature = Literal["exact", "estimate", "upper-leaning estimate", "lower bound", "measured"]


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
class Unscored:
    """A score that is left out, or several by what they share, and why."""

    name: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
