"""Sounds drawn sample by sample."""

from __future__ import annotations

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import Exhibit, score_of

# what a network is made of: the player has a program for each
STRUCTURES = {
    Capability.HAS_DILATED_LAYERS: "dilated",
    Capability.HAS_RECURRENT_STATE: "recurrent",
    Capability.PREDICTS_LINEARLY: "linear",
}


def structure(checkpoint: Checkpoint) -> str:
    """One of `STRUCTURES`, or ""."""
    return next((name for capability, name in STRUCTURES.items() if capability in checkpoint.capabilities), "")


EXHIBIT = Exhibit(
    name="sound",
    order=9,
    title="Sound",
    icon=":material/graphic_eq:",
    question="Which sample of a voice comes next?",
    about=(
        "Hear a WaveNet, a GRU or linear prediction draw a sound sample by sample: choose what is said and who speaks, "
        "begin with a recording or a wave of your own, force a sample and branch, switch dilations off, and see which "
        "class makes a recording likeliest."
    ),
    link="Hear it draw a sound",
    requires=frozenset({Capability.STEPS_SAMPLES}),
    suits=lambda c: bool(structure(c)),
    rank=lambda c: (c.manifest.preset.dataset != "fsdd", score_of(c, "test bits per sample")),
)
