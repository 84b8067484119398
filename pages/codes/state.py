"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class CodesState:
    """What a link to the Codes page carries. The maps in the browser write it, and read the texts among it.

    maps          two to four names of maps, with settings: `code,umap-pixels:n_neighbors=30`
    place1 .. 4   what a panel shows: centre and zoom, `x,y,zoom`; empty where it shows all
    pick          chosen points: row numbers packed to text, or the area that was drawn
    isolate       whether the chosen points are shown alone
    factor        the known factor that colours stand for, score: the model's score, layer and unit: whose activation
    contours      whether contours of the density of points are drawn, names: of classes or clusters
    hide          classes that are hidden, by number
    at            place in the training, counted in saved epochs; empty for the final weights
    probe         a place that was clicked, and what the decoder draws there: `map~x~y`
    drawing       an image drawn on the pad, packed to text
    """

    split: Literal["test", "train", "all"] = "test"
    points: Literal["1000", "10000", "70000"] = "10000"
    maps: str = ""
    colour: Literal["class", "cluster", "error", "place", "factor", "score", "unit"] = "class"
    factor: str = ""
    score: str = ""
    layer: str = ""
    unit: int = field(default=0, metadata={"range": (0, 999_999)})
    show: Literal["auto", "dots", "images"] = "auto"
    near: Literal["pixels", "code", "off"] = "pixels"
    metric: Literal["euclidean", "cosine"] = "euclidean"
    ghost: Literal["off", "on"] = "off"
    contours: Literal["off", "on"] = "off"
    names: Literal["on", "off"] = "on"
    place1: str = ""
    place2: str = ""
    place3: str = ""
    place4: str = ""
    pick: str = ""
    isolate: Literal["off", "on"] = "off"
    hide: tuple[int, ...] = ()
    at: str = ""
    probe: str = ""
    drawing: str = ""
