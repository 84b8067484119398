"""What the page says of a model and of itself."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint

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


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    manifest, preset = checkpoint.manifest, checkpoint.manifest.preset
    model = preset.model
    name = model["cell"].upper() if "cell" in model else checkpoint.family_name
    text = f"{manifest.data_title}, {_VIEWS.get(preset.view, preset.view)}: {name}. "
    nats, bits = checkpoint.score("nats a character"), checkpoint.score("bits a character")
    if nats and bits:
        text += f"A character of the test text costs **{bits.value:.2f} bits** ({nats.value:.3f} nats; exact)."
    return text
