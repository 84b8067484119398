"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class TokensState:
    """What a link to the page carries. The player in the browser writes it, and reads the texts among it.

    prompt      what the text begins with; "~" for how some paragraph of the test text does, "~~" for nothing
    seed, temperature, top_k, top_p, min_p      how tokens are drawn (`core.numerics.sampling.SamplingConfig`)
    path        the branches, packed to text by the player; branch: which of them is looked at
    t           tokens after the prompt that are read; -1 for a text that plays on
    text        what Surprisal and Inside read; "" for how the test text begins
    place       the token of it that is chosen; -1 for none yet
    along       what differs from column to column
    rivals      models that have a column, their names with commas between; "" for the page's own and five others
    layer, head     whose attention is shown: -1 for the mean of all, -2 for the largest; the layer of the unit shown
    unit, follow    that hidden unit, -1 for the one that best follows what is searched for; "" for place in the line
    length      tokens that columns are written on
    first       tokens that free runs are given; tries: which of many runs; stretch: of which part of the test text
    pick        whether free runs are drawn or always take the likeliest token
    """

    mode: Literal["write", "surprisal", "columns", "forcing", "inside"] = "write"
    prompt: str = "~"
    seed: int = field(default=0, metadata={"range": (0, 2**31 - 1)})
    temperature: float = field(default=0.8, metadata={"range": (0.05, 5)})
    top_k: int = field(default=0, metadata={"range": (0, 100_000)})
    top_p: float = field(default=1.0, metadata={"range": (0.01, 1)})
    min_p: float = field(default=0.0, metadata={"range": (0, 1)})
    path: str = ""
    branch: int = field(default=0, metadata={"range": (0, 50)})
    t: int = field(default=-1, metadata={"range": (-1, 100_000)})
    speed: Literal["1", "2", "5", "10", "20", "50"] = "10"
    colour: Literal["on", "off"] = "on"
    text: str = ""
    place: int = field(default=-1, metadata={"range": (-1, 1_000_000)})
    along: Literal["temperature", "model"] = "temperature"
    rivals: str = ""
    layer: int = field(default=-1, metadata={"range": (-1, 1_000)})
    head: int = field(default=-1, metadata={"range": (-2, 1_000)})
    unit: int = field(default=-1, metadata={"range": (-1, 1_000_000)})
    follow: str = ""
    first: int = field(default=64, metadata={"range": (0, 100_000)})
    tries: int = field(default=0, metadata={"range": (0, 10_000)})
    length: int = field(default=300, metadata={"range": (50, 2_000)})
    stretch: int = field(default=0, metadata={"range": (0, 10_000)})
    pick: Literal["drawn", "greedy"] = "drawn"
