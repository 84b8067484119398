"""Texts of the page: its subtitle, what it is, what to try."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint

_TOKENS = {"characters": "character tokens", "pairs": "byte-pair tokens"}


WHAT = r"""
Any distribution over texts factorises into one conditional per token, each given all tokens before it. A model predicts
the probability of every possible next token, so a text has an exact probability:

$$\log p(x) \;=\; \sum_t \log p\big(x_t \mid x_0, \ldots, x_{t-1}\big)$$

To generate a text, sample the next token, append it and repeat. **Temperature** divides the log-probabilities;
**top-k**, **top-p** (Holtzman et al. 2020) and **min-p** (Nguyen et al. 2024) exclude improbable tokens. Bits per
character are comparable between models with different tokens, bits per token are not.
"""


TRY = (
    "1. Step through a few tokens and watch the bars: after a consonant, inside a word, after a full stop. Where is "
    "the model certain?\n"
    "2. Click another bar: earlier tokens stay, a new branch begins. Go back and start a third.\n"
    "3. Lower the temperature to 0.2. Does the text repeat itself? And at 2?\n"
    "4. Allow only the five most probable tokens (top-k), or a total probability of 0.9 (top-p). Which errors vanish?\n"
    "5. **Surprisal**: paste your own text. Which characters carry the bits, and do the models agree?\n"
    "6. **Side by side**: one prompt and seed, several temperatures or models. What does the n-gram not know?\n"
    "7. **Teacher forcing**: how soon does free-running text leave the true text?\n"
    "8. **Inside**: what does each head attend to? Is there a unit that tracks the position in the line?"
)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    manifest, preset = checkpoint.manifest, checkpoint.manifest.preset
    model = preset.model
    name = model["cell"].upper() if "cell" in model else checkpoint.family_name
    text = f"{manifest.data_title}, {_TOKENS.get(preset.view, preset.view)}: {name}. "
    nats, bits = checkpoint.score("nats a character"), checkpoint.score("bits a character")
    if nats and bits:
        text += f"Test text: **{bits.value:.2f} bits** per character ({nats.value:.3f} nats; exact)."
    return text
