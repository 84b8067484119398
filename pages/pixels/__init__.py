"""Images painted pixel by pixel."""

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
    order=5,
    title="Pixel by pixel",
    icon=":material/brush:",
    about=(
        "An image is painted one pixel after the other, each drawn from what the model expects after those before it. "
        "Change a pixel and let the future branch; keep half of an image and have the rest filled in many times; see "
        "which pixels surprise the model, what the order does, and how far a prediction looks."
    ),
    link="Watch it paint",
    requires=frozenset({Capability.STEPS_PIXELS}),
    images_only=True,
    rank=rank,
)
