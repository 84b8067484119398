"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class DeepState:
    """What a link to the page of deep machines carries. The player in the browser writes it.

    pick        test image, by row
    drawing, hidden   an image instead, and the pixels that the machine is not shown, packed to text
    feedback    scales the input of hidden layers from above
    start       of mean field: one pass up, or all beliefs one half
    chains      how many; empty for as many as the browser can move at every frame
    label       class that chains are clamped to; -1 for none
    layer, unit one unit: clamped on, or shown by what it responds to
    """

    mode: Literal["traffic", "posterior", "chains", "units"] = "traffic"
    pick: int = field(default=0, metadata={"range": (0, 100_000)})
    drawing: str = ""
    hidden: str = ""
    feedback: float = field(default=1.0, metadata={"range": (0, 1)})
    start: Literal["up", "half"] = "up"
    chains: Literal["", "16", "64"] = ""
    pace: Literal["sweep", "fast"] = "sweep"
    seed: int = 0
    label: int = field(default=-1, metadata={"range": (-1, 999)})
    layer: int = field(default=0, metadata={"range": (0, 100)})
    unit: int = field(default=-1, metadata={"range": (-1, 100_000)})
