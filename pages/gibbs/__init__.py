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
    question="Can noise become a digit?",
    about=(
        "Alternate between hidden and visible layers of an RBM and watch samples form. Start from noise, a test image "
        "or your own drawing; clamp part of an image and let the model fill in the rest; change the temperature, "
        "ablate hidden units; compare contrastive divergence, persistent chains and parallel tempering."
    ),
    link="Run its Gibbs chains",
    requires=frozenset({Capability.HAS_GIBBS_CHAIN}),
    images_only=True,
    rank=lambda c: (c.manifest.kind == "real", largest_first(c), -score_of(c, "test log-probability", -np.inf)),
)
