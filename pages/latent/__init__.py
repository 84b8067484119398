"""The latent space of a variational autoencoder."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, largest_first

EXHIBIT = Exhibit(
    name="latent",
    order=6,
    title="Latent space",
    icon=":material/explore:",
    question="Can two numbers hold a digit?",
    about=(
        "Drag through the latent space of a variational autoencoder and watch the decoded image. Interpolate along "
        "five paths at once, move single dimensions, raise β until the posterior collapses, follow the gradient "
        "through the noise, and compare samples with the nearest training images."
    ),
    link="Explore its latent space",
    requires=frozenset({Capability.HAS_POSTERIOR, Capability.DECODES}),
    images_only=True,
    suits=lambda c: c.code_size > 1,
    rank=lambda c: (c.code_size != 2, c.manifest.preset.model.get("beta", 1) != 1, largest_first(c)),
)
