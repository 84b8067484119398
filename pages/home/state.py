"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HomeState:
    """Home. The player in the browser writes it.

    drawing     the drawing, packed to text; "" for the first example
    data        the data set that the visitor brought; "" for none
    """

    drawing: str = ""
    data: str = ""
