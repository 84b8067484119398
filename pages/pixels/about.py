"""What the page says of a model and of itself."""

from __future__ import annotations

from typing import Any

from core.store.checkpoints import Checkpoint
from pages.shared import downloads

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


def beside(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the player is told besides the checkpoint."""
    data = downloads.dataset_summary(checkpoint.manifest.preset.dataset)
    return {"dataHere": data["here"], "dataset": data["title"]}


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    manifest, preset = checkpoint.manifest, checkpoint.manifest.preset
    text = f"{manifest.data_title}, {checkpoint.family_name}, {preset.model['levels']} levels per pixel. "
    if preset.model.get("masks") == "wrong":
        return text + "Its **masks are wrong**: each prediction sees its own pixel."
    score, bits = checkpoint.score("test log-probability"), checkpoint.score("test bits per dimension")
    if score and bits:
        value, unit = f"{score.value:.2f}".replace("-", "−"), score.unit.replace("/", " per ")
        text += f"Test log-probability **{value}** {unit} ({score.nature}), "
        text += f"{bits.value:.3f} bits per pixel."
    return text
