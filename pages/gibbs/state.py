"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class GibbsState:
    """The chains page. The player in the browser writes these into the address as they change.

    frame    where the film stands; -1 for a film that plays on
    off      hidden units that are ablated
    chain    the one that is shown large; -1 for the one that the probe reads most confidently at frame 0
    drawing, held   images packed to text by the player: the drawn start; mask and values of the clamped pixels
    """

    start: Literal["model", "noise", "test", "class", "drawing"] = "model"
    digit: str = ""
    chains: int = 64
    seed: int = 0
    sampler: Literal["gibbs", "cd", "pt", "compare"] = "gibbs"
    cd: int = 10
    temperature: float = field(default=1.0, metadata={"range": (0.1, 5)})
    sweeps: int = 1
    fps: int = 12
    view: Literal["mean", "sample"] = "mean"
    off: tuple[int, ...] = ()
    chain: int = -1
    drawing: str = ""
    held: str = ""
    frame: int = -1
