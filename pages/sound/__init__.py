"""Sounds drawn sample by sample."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, score_of

EXHIBIT = Exhibit(
    name="sound",
    order=9,
    title="Sound",
    icon=":material/graphic_eq:",
    question="Which sample of a voice comes next?",
    about=(
        "Hear a WaveNet draw a sound sample by sample: choose what is said and who speaks, begin with a recording or a "
        "wave of your own, force a sample and branch, switch dilations off, and see which class makes a recording "
        "likeliest."
    ),
    link="Hear it draw a sound",
    requires=frozenset({Capability.STEPS_SAMPLES, Capability.HAS_DILATED_LAYERS}),
    rank=lambda c: (c.manifest.preset.dataset != "fsdd", score_of(c, "test bits per sample")),
)
