"""Models of images, opened once for all visitors."""

from __future__ import annotations

from typing import Any

from core.config.capabilities import Capability
from core.store.checkpoints import CheckpointError
from pages.registry import is_of_images
from pages.shared.model_store import open_model


def pixel_model(name: str) -> Any:
    """The model of a checkpoint that draws images pixel by pixel. Raises `CheckpointError` for others."""
    otherwise = "paints no images pixel by pixel"
    opened = open_model(name, Capability.STEPS_PIXELS, otherwise=otherwise)
    if not is_of_images(opened.checkpoint):
        raise CheckpointError(f"{name} {otherwise}: it is of the family {opened.checkpoint.family_name}")
    return opened.model


def likelihood_model(name: str) -> Any:
    """The model of any checkpoint whose images are to be given a probability."""
    return open_model(name).model
