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
    chain       the one whose layers are shown
    label       class that chains are clamped to; -1 for none
    top         units of the top layer that chains are clamped to, packed to text
    clamped     "image": chains keep what is shown of the image
    ablated     layer and unit of each that is ablated, in pairs
    layer, unit one unit: clamped on, or shown by what it responds to
    """

    mode: Literal["traffic", "posterior", "chains", "mixing", "samples", "units"] = "traffic"
    pick: int = field(default=0, metadata={"range": (0, 100_000)})
    drawing: str = ""
    hidden: str = ""
    feedback: float = field(default=1.0, metadata={"range": (0, 1)})
    start: Literal["up", "half"] = "up"
    chains: Literal["", "16", "64"] = ""
    pace: Literal["sweep", "fast"] = "sweep"
    seed: int = 0
    chain: int = field(default=0, metadata={"range": (0, 63)})
    temperature: float = field(default=1.0, metadata={"range": (0.3, 2)})
    label: int = field(default=-1, metadata={"range": (-1, 999)})
    top: str = ""
    clamped: Literal["", "image"] = ""
    ablated: tuple[int, ...] = ()
    layer: int = field(default=0, metadata={"range": (0, 100)})
    unit: int = field(default=-1, metadata={"range": (-1, 100_000)})
