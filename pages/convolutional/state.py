"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SHIFT = 64  # pixels, at most


@dataclass(frozen=True)
class ConvolutionalState:
    """What a link to the page of convolutional machines carries. The player in the browser writes it.

    pick        test image, by row
    drawing, hidden   an image instead, and the pixels that the machine is not shown, packed to text
    filter      the one whose maps are shown large
    dx, dy      how far the image is shifted, in pixels
    size        of sampled images: how many times the feature maps of the data
    clamped     "image": chains keep what is shown of the image
    """

    mode: Literal["features", "shift", "samples"] = "features"
    pick: int = field(default=0, metadata={"range": (0, 100_000)})
    drawing: str = ""
    hidden: str = ""
    filter: int = field(default=0, metadata={"range": (0, 1_023)})
    dx: int = field(default=0, metadata={"range": (-SHIFT, SHIFT)})
    dy: int = field(default=0, metadata={"range": (-SHIFT, SHIFT)})
    size: Literal["1", "2", "4"] = "1"
    clamped: Literal["", "image"] = ""
    seed: int = 0
