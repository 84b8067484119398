"""Convolutional Boltzmann machines: filters, feature maps, what pooling keeps, images of any size."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit

EXHIBIT = Exhibit(
    name="convolutional",
    order=3,
    title="Convolutional RBM",
    icon=":material/grid_view:",
    question="What stays when a digit moves?",
    about=(
        "One filter sees every place of an image. Draw and watch the feature maps; shift the image and compare how far "
        "pooled codes and a dense RBM's hidden units move; sample images larger than any that were learned from, or "
        "let the machine fill in what you hide."
    ),
    link="See its feature maps",
    requires=frozenset({Capability.HAS_FEATURE_MAPS, Capability.SAMPLES}),
    images_only=True,
    rank=lambda c: (c.manifest.kind == "real", -c.manifest.parameters),
)
