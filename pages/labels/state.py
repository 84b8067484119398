"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.data.one_shot import RUNS, WAYS


@dataclass(frozen=True)
class LabelsState:
    """What a link to the page of labels carries. The player in the browser writes it.

    labels      point and class of each label that was given, in pairs, in their order
    of          the representation that colours the map; "" for the first that was learned
    method      what makes predictions of a few labels
    query       which point is asked for next: the one that the classifier is least sure of, or any
    seed        of what is drawn, and of the weights of the tiny net
    example     that goes through the tiny net
    batches     that it was trained on
    step        passes of it that are shown, forwards and then backwards
    numbers     that are shown of it; "" for those that its last pass gives
    cell        the number that is picked, as layer.place; "" for the one that says most
    nudge       by which that is changed, where it is a parameter
    run, trial  of the one-shot task, from 1
    drawing     one of the visitor's own in its place; `meant`: the character, from 1, that it is to be, 0 for none
    runs        what was trained to see what it memorises, as its player writes it
    rows        images that are written in every class, by their places; none for the first
    row         which of them is written in another style, from 1
    whose       its style: of that image, or of the visitor's drawing `sketch`
    style       numbers of a style of the visitor's own, in hundredths from -4; none for the image's
    axes        the two of them that the pad changes, from 1
    """

    mode: Literal["few", "one", "style", "memorise", "backprop"] = "few"
    labels: tuple[int, ...] = ()
    of: str = ""
    method: Literal["spread", "linear", "nearest"] = "spread"
    query: Literal["uncertain", "random"] = "random"
    seed: int = 0
    example: int = field(default=0, metadata={"range": (0, 100_000)})
    batches: int = field(default=0, metadata={"range": (0, 5_000)})
    step: int = field(default=6, metadata={"range": (0, 11)})
    numbers: Literal["", "value", "gradient"] = ""
    cell: str = ""
    nudge: float = field(default=0.0, metadata={"range": (-1, 1)})
    runs: str = ""
    run: int = field(default=1, metadata={"range": (1, RUNS)})
    trial: int = field(default=1, metadata={"range": (1, WAYS)})
    drawing: str = ""
    meant: int = field(default=0, metadata={"range": (0, WAYS)})
    rows: tuple[int, ...] = ()
    row: int = field(default=1, metadata={"range": (1, 5)})
    whose: Literal["image", "own"] = "image"
    sketch: str = ""
    style: tuple[int, ...] = ()
    axes: tuple[int, ...] = ()
