"""The words of the page Pixel by pixel: what its link carries, what its player is told, what stands below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.store.checkpoints import Checkpoint
from pages.ui import loaders

MOST = 64  # images painted at once

_NAMES = {"made": "MADE", "nade": "NADE", "pixelcnn": "gated PixelCNN", "pixelrnn": "PixelRNN"}

WHAT = r"""
Any distribution over images factorises into one conditional per pixel: the first by itself, each next one given all
before it. A network is trained to predict them, and its score is an exact probability:

$$\log p(x) \;=\; \sum_t \log p\big(x_{o(t)} \mid x_{o(0)}, \ldots, x_{o(t-1)}\big)$$

To sample an image is to sample the pixels in that order. Nothing is ever revised, so one early pixel can decide what
the picture becomes.
"""

TRY = (
    "1. Lower the speed and watch the bars: where is the model certain, where could it go either way? Those pixels "
    "glow.\n"
    "2. Scrub back to a glowing pixel and choose the other bar. Everything before it stays, what follows is "
    "resampled.\n"
    "3. Press **F** there: eight continuations of one past. Which of them does the model find likely?\n"
    "4. Turn the temperature to 0.5, then to 2. What becomes of the bars, and of the digits?\n"
    "5. Give the upper half of a test image. How many digits could it have been?\n"
    "6. **Surprise**: which pixels carry the bits? What does an empty image cost, beside a digit?\n"
    "7. **Order matters**: let the upper half be missing. Which model's completions fit the part that was given?\n"
    "8. **Teacher forcing**: from the same start, where do free-running samples begin to cost more than the truth?\n"
    "9. **Receptive field**: move over the image. With wrong masks, what does the score say, and what the samples?"
)


@dataclass(frozen=True)
class PixelsState:
    """What a link to the page carries. The player in the browser writes it, and reads the texts among it.

    images, seed, temperature, order, order_seed, only     what is painted; `only` a class by its number, "" for each
                                                           class in turn
    t           places that are painted; -1 for a film that plays from its beginning
    pick        the image that is shown large
    edits       places that were rewritten: image, number of the place in the order, value, noise, with points between;
                `_` between rewrites
    source      what is there before the first stroke: nothing, a part of a test image, a part of a drawing
    example, drawing    the test image by its number; the drawing packed to text: both are also what is read
    keep, region        which part of it is kept; the brushed part packed to text
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


def beside(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the player is told besides the checkpoint."""
    data = loaders.dataset_summary(checkpoint.run["preset"]["dataset"])
    return {"dataHere": data["here"], "dataset": data["title"]}


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    run, preset = checkpoint.run, checkpoint.run["preset"]
    text = f"{run['data_title']}, {_NAMES[preset['family']]}, {preset['model']['levels']} levels per pixel. "
    if preset["model"].get("masks") == "wrong":
        return text + "Its **masks are wrong**: each prediction sees its own pixel."
    score, bits = checkpoint.score("test log-probability"), checkpoint.score("test bits per dimension")
    if score and bits:
        value, unit = f"{score['value']:.2f}".replace("-", "−"), score["unit"].replace("/", " per ")
        text += f"Test log-probability **{value}** {unit} ({score['nature']}), "
        text += f"{bits['value']:.3f} bits per pixel."
    return text
