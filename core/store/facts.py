"""What run.json says of a model so that pages need not build it: what it can do, and what it is called."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.config.presets import Preset


@lru_cache(maxsize=256)
def facts_of(preset: Preset) -> dict[str, Any]:
    """The entries "capabilities", "code_size" (None for a model without codes), "layers" (how many numbers each of its
    representations has, by name) and "family_name" of run.json; found on a model without memory for its weights."""
    import torch

    from core.models import families
    from core.models.capabilities import Encodes, HasLayers, capabilities_of

    family = families()[preset.family]
    with torch.device("meta"):
        model = family.build(preset.model)
    return {
        "capabilities": sorted(capabilities_of(model)),
        "code_size": model.code_size if isinstance(model, Encodes) else None,
        "layers": model.layer_sizes if isinstance(model, HasLayers) else {},
        "family_name": family.NAME,
    }
