"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class CompareState:
    """What a link to the page carries, the data set aside. The player in the browser writes it, and reads the texts.

    reps        keys of the representations, with commas between, the reference first; "" for the usual ones
    method      of all maps; n_neighbors and min_dist of UMAP, perplexity of t-SNE; yaw and pitch of 3-D maps, degrees
    colour      class, a known factor (which one: `factor`), what a model says of each example (`under`), or change of
                neighbourhood against the reference
    k           neighbours that neighbourhoods and overlaps are made of
    pick        chosen examples: row numbers in base 36 with points between them, or `q:` and what was searched for
    hide        classes that are hidden, by number
    morph       place of the slider: 0 the first representation, 1 the second ...
    lower       measure below the diagonal of the matrix
    layers      whether the matrix has all layers of the chosen models
    pair        the two representations of the open cell, by number, with a point between
    reading     what is read out: classes from few labels, known factors, confusions of two representations
    probe       what reads them out
    versus      the two representations whose confusions are compared, by number, with a point between
    cell        the cell that is open there: true class and class read, by number
    drawing     an image drawn on the pad, packed to text
    sort        column that the table of likelihoods is sorted by
    """

    mode: Literal["maps", "alike", "image", "readout", "likelihoods"] = "maps"
    reps: str = ""
    method: Literal["pca", "pca-3d", "umap", "umap-3d", "tsne"] = "pca"
    yaw: int = field(default=30, metadata={"range": (-180, 180)})
    pitch: int = field(default=20, metadata={"range": (-90, 90)})
    n_neighbors: int = field(default=15, metadata={"range": (2, 200)})
    min_dist: float = field(default=0.1, metadata={"range": (0, 0.99)})
    perplexity: float = field(default=30, metadata={"range": (2, 200)})
    colour: Literal["class", "factor", "value", "change"] = "class"
    factor: str = ""
    under: str = ""
    k: int = field(default=10, metadata={"range": (1, 30)})
    pick: str = ""
    hide: tuple[int, ...] = ()
    morph: float = field(default=0, metadata={"range": (0, 5)})
    lower: Literal["overlap", "procrustes", "rsa"] = "overlap"
    layers: Literal["off", "on"] = "off"
    pair: str = ""
    reading: Literal["labels", "factors", "confusions"] = "labels"
    probe: Literal["knn", "linear"] = "knn"
    versus: str = ""
    cell: str = ""
    drawing: str = ""
    sort: Literal["value", "model", "parameters", "seconds", "sample"] = "value"
