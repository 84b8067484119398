"""A deep autoencoder beside PCA, and the same architecture trained differently."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, is_of_images

EXHIBIT = Exhibit(
    name="autoencoder",
    order=2,
    title="Autoencoder",
    icon=":material/compress:",
    question="What does depth buy over PCA?",
    about=(
        "Nonlinear PCA: compress every image to the same code size and compare reconstructions. One deep architecture "
        "pretrained as a stack of RBMs, from random initialisation, with GELU units, and by plain SGD; what "
        "each layer preserves."
    ),
    link="Compare it with PCA",
    requires=frozenset({Capability.ENCODES, Capability.DECODES_FROM_LAYERS}),
    suits=lambda c: is_of_images(c) or c.manifest.kind == "counts",
)
