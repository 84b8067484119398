"""A deep autoencoder beside PCA, and the same net trained in other ways."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, is_of_images

EXHIBIT = Exhibit(
    name="autoencoder",
    order=2,
    title="Autoencoder",
    icon=":material/compress:",
    about=(
        "An extension of PCA: the same images through the same number of numbers. A deep net that begins as a stack of "
        "Boltzmann machines, the same net from random weights, with modern units, and as it was done before; what each "
        "layer keeps."
    ),
    link="See it beside PCA",
    requires=frozenset({Capability.ENCODES, Capability.DECODES_FROM_LAYERS}),
    suits=lambda c: is_of_images(c) or c.manifest.kind == "counts",
)
