"""RBMs, opened once for all visitors."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.shared.model_store import OpenModel, open_model


def rbm(name: str) -> OpenModel:
    """The RBM `name` with its model. Raises `CheckpointError` for others."""
    return open_model(name, Capability.HAS_GIBBS_CHAIN, otherwise="has no Gibbs chains here")
