"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class CompareState:
    """What a link to the page carries, the data set aside. The player in the browser writes it, and reads the texts.

    reps        keys of the representations, with commas between, the reference first; "" for the usual ones
    method      of all maps; n_neighbors and min_dist of UMAP, perplexity of t-SNE
    colour      class, a known factor (which one: `factor`), or change of neighbourhood against the reference
    k           neighbours that neighbourhoods and overlaps are made of
    pick        chosen examples: row numbers in base 36 with points between them, or `q:` and what was searched for
    hide        classes that are hidden, by number
    morph       place of the slider: 0 the first representation, 1 the second ...
    lower       measure below the diagonal of the matrix
    layers      whether the matrix has all layers of the chosen models
    pair        the two representations of the open cell, by number, with a point between
    drawing     an image drawn on the pad, packed to text
    sort        column that the table of likelihoods is sorted by
    """

    mode: Literal["maps", "alike", "image", "readout", "likelihoods"] = "maps"
    reps: str = ""
    method: Literal["pca", "umap", "tsne"] = "pca"
    n_neighbors: int = field(default=15, metadata={"range": (2, 200)})
    min_dist: float = field(default=0.1, metadata={"range": (0, 0.99)})
    perplexity: float = field(default=30, metadata={"range": (2, 200)})
    colour: Literal["class", "factor", "change"] = "class"
    factor: str = ""
    k: int = field(default=10, metadata={"range": (1, 30)})
    pick: str = ""
    hide: tuple[int, ...] = ()
    morph: float = field(default=0, metadata={"range": (0, 5)})
    lower: Literal["overlap", "procrustes", "rsa"] = "overlap"
    layers: Literal["off", "on"] = "off"
    pair: str = ""
    drawing: str = ""
    sort: Literal["value", "model", "parameters", "seconds"] = "value"
