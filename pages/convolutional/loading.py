"""Convolutional machines, opened once for all visitors, and the dense RBM that stands beside each."""

from __future__ import annotations

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints
from pages.shared.model_store import OpenModel, can, open_model


def machine(name: str) -> OpenModel:
    """The machine `name` with its model. Raises `CheckpointError` for others."""
    return open_model(name, Capability.HAS_FEATURE_MAPS, otherwise="has no feature maps that could be shown here")


def dense(checkpoint: Checkpoint) -> Checkpoint | None:
    """The largest RBM of the same images, each of whose hidden units has a weight to every pixel; None where there is
    none, or where a visible is not the same number in both."""
    ours = checkpoint.manifest
    fitting = [
        c
        for c in list_checkpoints()[0]
        if can(c, Capability.HAS_GIBBS_CHAIN, Capability.HAS_CONNECTIONS)
        and c.manifest.data_fingerprint == ours.data_fingerprint
        and c.manifest.preset.event_shape == ours.preset.event_shape
        and c.manifest.kind == ours.kind == "binary"
    ]
    return max(fitting, key=lambda c: (c.manifest.parameters, c.name), default=None)
