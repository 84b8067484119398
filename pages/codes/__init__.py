"""Maps of codes, linked point by point."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, is_of_images

EXHIBIT = Exhibit(
    name="codes",
    order=5,
    title="Codes",
    icon=":material/scatter_plot:",
    question="How does a map of digits form?",
    about=(
        "2-D maps of a model's codes beside PCA, UMAP and t-SNE, linked point by point. Decode the empty regions, and "
        "watch the map form during training."
    ),
    link="See its codes",
    requires=frozenset({Capability.ENCODES, Capability.DECODES}),
    rank=lambda c: (c.code_size != 2, not is_of_images(c), Capability.DECODES_FROM_LAYERS not in c.capabilities),
)
