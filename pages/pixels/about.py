"""Texts of the page: its subtitle, what it is, what to try."""

from __future__ import annotations

from typing import Any

from core.store.checkpoints import Checkpoint
from pages.shared import downloads

WHAT = r"""
Any distribution over images factorises into one conditional per pixel, each given all pixels before it in some order.
A network trained to predict these conditionals gives every image an exact probability:

$$\log p(x) \;=\; \sum_t \log p\big(x_{o(t)} \mid x_{o(0)}, \ldots, x_{o(t-1)}\big)$$

To sample an image, sample its pixels in that order. No pixel is ever revised, so a single early pixel can decide what
the image becomes.
"""


TRY = (
    "1. Lower the speed and watch the bars. Where is the model certain, where undecided? Uncertain pixels glow.\n"
    "2. Scrub back to a glowing pixel and click the other bar: everything before it stays, what follows is "
    "resampled.\n"
    "3. Press **F** there for eight continuations of the same pixels. Which are most probable?\n"
    "4. Set the temperature to 0.5, then to 2. How do the bars change, and the digits?\n"
    "5. Start from the top half of a test image. How many digits could it have been?\n"
    "6. **Surprisal**: which pixels carry the bits? Does an empty image need fewer bits than a digit?\n"
    "7. **Inpainting**: remove the upper half. Which model's completions fit the part that was given?\n"
    "8. **Teacher forcing**: after the same given pixels, do free-running samples need more bits than the true image?\n"
    "9. **Receptive field**: move over the image. With wrong masks, how good is the score, how good are samples?"
)


def beside(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the player needs besides the checkpoint."""
    data = downloads.dataset_summary(checkpoint.manifest.preset.dataset)
    return {"dataHere": data["here"], "dataset": data["title"]}


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its family, what it was trained on, its score."""
    manifest, preset = checkpoint.manifest, checkpoint.manifest.preset
    text = f"{manifest.data_title}, {checkpoint.family_name}, {preset.model['levels']} levels per pixel. "
    if preset.model.get("masks") == "wrong":
        return text + "Its **masks are wrong**: each prediction sees the pixel it predicts."
    score, bits = checkpoint.score("test log-probability"), checkpoint.score("test bits per dimension")
    if score and bits:
        value, unit = f"{score.value:.2f}".replace("-", "−"), score.unit.replace("/", " per ")
        text += f"Test log-probability **{value}** {unit} ({score.nature}), "
        text += f"{bits.value:.3f} bits per pixel."
    return text
