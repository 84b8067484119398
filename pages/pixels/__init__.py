"""Images sampled pixel by pixel."""

from __future__ import annotations

from typing import Any

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import Exhibit, largest_first, score_of


def rank(checkpoint: Checkpoint) -> tuple[Any, ...]:
    """Large pictures first, the best model of each first."""
    config = checkpoint.manifest.preset.model
    bits = score_of(checkpoint, "test bits per dimension")  # lowest where wrong masks let a pixel see itself
    return (config.get("masks") == "wrong", largest_first(checkpoint), -config.get("levels", 2), bits)


EXHIBIT = Exhibit(
    name="pixels",
    order=7,
    title="Pixel by pixel",
    icon=":material/brush:",
    question="Can a digit be drawn pixel by pixel?",
    about=(
        "Sample an image one pixel at a time, each from the model's prediction given the pixels before it. Change a "
        "pixel and resample what follows; complete half an image in many ways; see which pixels carry the bits, how "
        "the order matters, and how large the receptive field is."
    ),
    link="Sample it pixel by pixel",
    requires=frozenset({Capability.STEPS_PIXELS}),
    images_only=True,
    rank=rank,
)
