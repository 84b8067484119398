"""The words of the page Next token: what its link carries, what stands below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.store.checkpoints import Checkpoint

_NAMES = {"ngram": "n-gram", "recurrent": "recurrent network", "transformer": "Transformer"}
_VIEWS = {"characters": "character by character", "pairs": "in pieces of words"}

WHAT = r"""
Any distribution over texts can be told one token after the other, each given all before it. A model tells a number for
every token that could come next; its score on a text is an exact probability:

$$\log p(x) \;=\; \sum_t \log p\big(x_t \mid x_0, \ldots, x_{t-1}\big)$$

To write is to draw from what is told and to read on. **Temperature** divides the logarithms; **top-k**, **top-p** and
**min-p** cut off what is unlikely. What a character costs in bits compares across models that cut a text into different
tokens.
"""

TRY = (
    "1. Step through a few tokens and watch the bars: after a consonant, in the middle of a word, after a full stop. "
    "Where is the model sure?\n"
    "2. Click a bar that was not chosen. The past stays, and another future begins. Go back and take a third.\n"
    "3. Turn the temperature down to 0.2. What does the text fall into? And at 2?\n"
    "4. Keep only the five likeliest tokens (top-k), or a share of 0.9 (top-p): which mistakes vanish?\n"
    "5. **Surprisal**: paste something of your own. Which characters carry the bits, and do the models agree?\n"
    "6. **In columns**: one prompt and one seed, by temperature and by model. What does the n-gram not know?\n"
    "7. **Teacher forcing**: from where do free runs part from the truth?\n"
    "8. **Inside**: where does each head look, and is there a unit that counts the line?"
)


@dataclass(frozen=True)
class TokensState:
    """What a link to the page carries. The player in the browser writes it, and reads the texts among it.

    prompt      what the text begins with; "~" for how some paragraph of the test text does, "~~" for nothing
    seed, temperature, top_k, top_p, min_p      how tokens are drawn (`core.numerics.sampling.Choice`)
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


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    run, preset = checkpoint.run, checkpoint.run["preset"]
    model = preset["model"]
    name = model["cell"].upper() if "cell" in model else _NAMES[preset["family"]]
    text = f"{run['data_title']}, {_VIEWS.get(preset['view'], preset['view'])}: {name}. "
    nats, bits = checkpoint.score("nats a character"), checkpoint.score("bits a character")
    if nats and bits:
        text += f"A character of the test text costs **{bits['value']:.2f} bits** ({nats['value']:.3f} nats; exact)."
    return text
