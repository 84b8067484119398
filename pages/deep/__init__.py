"""Deep machines: Boltzmann machines and belief nets of several layers, their beliefs and their chains."""

from __future__ import annotations

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import Exhibit, largest_first


def is_deep(checkpoint: Checkpoint) -> bool:
    """Whether it is a machine of binary units with two hidden layers and more that is a model of its data."""
    model = checkpoint.manifest.preset.model
    binary = model.get("visible") == "bernoulli" and model.get("code", "binary") == "binary"
    return binary and len(model.get("layers", ())) > 1 and not model.get("doubled", False)


EXHIBIT = Exhibit(
    name="deep",
    order=2,
    title="Deep machines",
    icon=":material/layers:",
    question="What does feedback from above change?",
    about=(
        "Several layers of units. Hide a part of an image and watch feedback from the upper layers fill "
        "it in, where a belief net has only one pass up; compare mean field with Gibbs sampling; clamp a unit on and "
        "see others explained away; sample with any layer clamped; see what each unit responds to."
    ),
    link="Watch its layers",
    requires=frozenset({Capability.HAS_CONNECTIONS, Capability.SAMPLES}),
    images_only=True,
    suits=is_deep,
    rank=lambda c: (Capability.HAS_MEAN_FIELD not in c.capabilities, largest_first(c), -c.manifest.parameters),
)
