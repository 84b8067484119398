"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MOST = 64  # images sampled at once


@dataclass(frozen=True)
class PixelsState:
    """What a link to the page carries. The player in the browser writes it, and reads the texts among it.

    images, seed, temperature, order, order_seed, only     what is sampled; `only` a class by its number, "" for each
                                                           class in turn
    t           pixels that are shown; -1 to play from the first
    pick        the image that is shown large
    edits       pixels that were changed: image, number in the order, value, noise, with points between; `_` between
                changes
    source      what is given: nothing, a part of a test image, a part of a drawing
    example, drawing    the test image by its number; the drawing packed to text: both are also what is read
    keep, region        which part of it is given; the brushed part packed to text
    read, other         which image is read: a test image, the drawing, an item of the data set `other`
    vary, level         what is made of it before it is read; the level of a constant image
    hardest             whether the pixels that cost most are framed
    hole, missing       which part is missing; the brushed one packed to text
    tries               which of many drawings of the same
    first               places that free running is given; -1 for half
    place               the pixel whose receptive field is shown; -1 for the middle
    """

    mode: Literal["paint", "surprise", "order", "forcing", "field"] = "paint"
    images: int = field(default=16, metadata={"range": (1, MOST)})
    seed: int = 0
    temperature: float = 1.0
    order: str = ""
    order_seed: int = field(default=0, metadata={"range": (0, 2**31 - 1)})
    only: str = ""
    t: int = field(default=-1, metadata={"range": (-1, 10_000_000)})
    pick: int = field(default=0, metadata={"range": (0, MOST - 1)})
    speed: Literal["0.5", "1", "2", "4", "8", "16", "32"] = "4"
    loop: Literal["off", "on"] = "off"
    glow: Literal["fading", "on", "off"] = "fading"
    edits: str = ""
    source: Literal["nothing", "test", "drawing"] = "nothing"
    example: int = field(default=0, metadata={"range": (0, MOST - 1)})
    drawing: str = ""
    keep: Literal["top", "left", "brushed"] = "top"
    region: str = ""
    read: Literal["test", "drawing", "other"] = "test"
    other: str = ""
    vary: Literal["plain", "noisy", "shifted", "inverted", "constant"] = "plain"
    level: int = field(default=0, metadata={"range": (0, 255)})
    hardest: Literal["off", "on"] = "off"
    hole: Literal["lower", "right", "middle", "upper", "left", "brushed"] = "right"
    missing: str = ""
    tries: int = field(default=0, metadata={"range": (0, 10_000)})
    first: int = field(default=-1, metadata={"range": (-1, 1_000_000)})
    place: int = field(default=-1, metadata={"range": (-1, 1_000_000)})
