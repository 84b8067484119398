"""The latent space of a variational autoencoder."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, largest_first

EXHIBIT = Exhibit(
    name="latent",
    order=4,
    title="Latent space",
    icon=":material/explore:",
    about=(
        "What a variational autoencoder knows, as a plane to drag through: the image follows the pointer. Go from one "
        "image to another along five ways at once, move each unit by itself, turn up beta until the posterior "
        "collapses, see what the gradient passes through, and look for the training image behind each sample."
    ),
    link="Explore its latent space",
    requires=frozenset({Capability.HAS_POSTERIOR, Capability.DECODES}),
    images_only=True,
    suits=lambda c: c.code_size > 1,
    rank=lambda c: (c.code_size != 2, c.manifest.preset.model.get("beta", 1) != 1, largest_first(c)),
)
