"""Gibbs chains of restricted Boltzmann machines, watched while they run."""

from __future__ import annotations

import numpy as np

from core.config.capabilities import Capability
from pages.registry import Exhibit, largest_first, score_of

EXHIBIT = Exhibit(
    name="gibbs",
    order=1,
    title="Gibbs chains",
    icon=":material/grain:",
    about=(
        "Hidden and visible layers take turns, and images appear. Start from noise, a test image or your own drawing; "
        "hold part of an image and let the machine fill in the rest; heat it, cool it, switch hidden units off; see "
        "why contrastive divergence, persistent chains and parallel tempering differ."
    ),
    link="See its chains",
    requires=frozenset({Capability.HAS_GIBBS_CHAIN}),
    images_only=True,
    rank=lambda c: (c.manifest.kind == "real", largest_first(c), -score_of(c, "test log-probability", -np.inf)),
)
