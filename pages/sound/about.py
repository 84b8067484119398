"""Texts of the page: its subtitle, what it is, what to try."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint

WHAT = r"""
A sound is a row of samples, thousands in a second. WaveNet (van den Oord et al. 2016) predicts each from all before it,
as one of 256 mu-law levels, so any recording has an exact probability:

$$\log p(x) \;=\; \sum_t \log p\big(x_t \mid x_0, \ldots, x_{t-1}\big)$$

To draw a sound, draw the next sample, append it and repeat. Each layer sees its input now and $d$ samples ago, with
dilations $d = 1, 2, 4, \ldots$, so the reach doubles from layer to layer. A queue of $d$ values per layer keeps what
was computed (Paine et al. 2016): a sample then costs one step per layer instead of the whole receptive field. The
network runs in your browser.

Two baselines say what that is worth. **Linear prediction** expects a weighted sum of the last 16 samples, and an error
about as large as the last ones. A **GRU** has as many weights as the WaveNet, but one state for all that it has heard.

Mu-law levels are finer near silence, as the ear is, and still coarse: their rounding adds stripes to the spectrogram of
a pure tone. Models this small draw the sound of speech rather than words: read what was drawn, and see as what.
"""


TRY = (
    "1. Press play. The sound is heard while it is drawn; another seed gives another sound.\n"
    "2. Zoom in until single samples can be told apart (ctrl and scroll). The shade behind them is the probability of "
    "every level; where is the model certain?\n"
    "3. Click a level that was improbable: earlier samples stay, what follows is drawn anew. Undo, and hear both.\n"
    "4. Lower the temperature to 0.5. What becomes of hiss, what of loudness?\n"
    "5. Begin with half of a recording and let the model go on, as another speaker.\n"
    "6. With a WaveNet, switch off the largest dilations, then the smallest. Which carry pitch, which carry noise?\n"
    "7. **What it hears**: where does a recording surprise the model? Which class makes it likeliest, and after how "
    "many milliseconds?\n"
    "8. Draw a wave with the pointer and let the model go on. Does it take up the pitch?\n"
    "9. Let linear prediction and the GRU go on with the same half of a recording. What does each lose first, the "
    "word, the voice or the pitch?"
)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    manifest = checkpoint.manifest
    text = f"{manifest.data_title}, {checkpoint.family_name}. "
    bits = checkpoint.score("test bits per sample")
    if bits:
        text += f"Test recordings: **{bits.value:.2f} bits** per sample ({bits.nature})"
        told = checkpoint.score("class told by likelihood")
        text += f"; the likeliest class is the right one for {told.value:.0%}." if told else "."
    return text
