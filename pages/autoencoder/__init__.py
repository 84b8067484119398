"""A deep autoencoder beside PCA, and the same architecture trained differently."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, is_of_images

EXHIBIT = Exhibit(
    name="autoencoder",
    order=4,
    title="Autoencoder",
    icon=":material/compress:",
    question="What does depth buy over PCA?",
    about=(
        "What does depth buy over PCA? Compress images, or your own drawing, to the same code size by PCA, logistic "
        "PCA and deep networks; guess how many numbers PCA needs to catch up; decode from any layer; drag the code."
    ),
    link="Compare it with PCA",
    requires=frozenset({Capability.ENCODES, Capability.DECODES_FROM_LAYERS}),
    suits=lambda c: is_of_images(c) or c.manifest.kind == "counts",
    rank=lambda c: (-c.manifest.parameters, not c.manifest.preset.origin),  # the deepest gain, pretrained
)
