"""Representations: named, cached maps from the examples of a data set to vectors, and how alike they are.

    from core import representations
    pixels = representations.compute("pixels", "digits")
    code = representations.compute("digits-vae-2~posterior-mean", "digits")
    similarity.cka(pixels.vectors, code.vectors)                    # from core.representations import similarity

Whatever can be represented is found by what a model can do, never by its family. Listing needs no torch.

May import `core.config`, `core.numerics`, `core.data`, `core.models`, `core.store` and `core.evaluation`.
"""

from __future__ import annotations

from core.representations.catalogue import RepresentationInfo, available, info
from core.representations.representation import Representation, compute, compute_all, map_images, stored

__all__ = [
    "Representation",
    "RepresentationInfo",
    "available",
    "compute",
    "compute_all",
    "info",
    "map_images",
    "stored",
]
