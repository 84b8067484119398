"""Deep machines, opened once for all visitors, and which stands beside which."""

from __future__ import annotations

import numpy as np

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.deep import EXHIBIT
from pages.registry import list_checkpoints
from pages.shared.model_store import OpenModel, can, open_model, test_images

PREFERRED = 8  # images that excite a unit most
KINDS = ("RBM", "Deep belief network", "Deep Boltzmann machine")
LOG_Z = ("log Z", "log Z by AIS")


def machine(name: str) -> OpenModel:
    """The machine `name` with its model. Raises `CheckpointError` for others."""
    return open_model(name, Capability.HAS_CONNECTIONS, otherwise="has no layers that could be shown here")


def partner(checkpoint: Checkpoint) -> Checkpoint | None:
    """The belief net beside an undirected machine: of the same data as the machine sees them, nearest in size."""
    if not can(checkpoint, Capability.HAS_MEAN_FIELD):
        return None
    ours = checkpoint.manifest
    fitting = [
        c
        for c in EXHIBIT.checkpoints()[0]
        if not can(c, Capability.HAS_MEAN_FIELD)
        and c.manifest.data_fingerprint == ours.data_fingerprint
        and c.manifest.preset.view == ours.preset.view
        and c.manifest.preset.event_shape == ours.preset.event_shape
    ]
    return min(fitting, key=lambda c: (abs(c.manifest.parameters - ours.parameters), c.name), default=None)


def machines(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """An RBM, a belief net and a deep Boltzmann machine of the same images, by kind: the machine itself, and of the
    other kinds those nearest in size."""
    ours = checkpoint.manifest
    found: dict[str, list[Checkpoint]] = {}
    for c in list_checkpoints()[0]:
        same = c.manifest.data_fingerprint == ours.data_fingerprint and c.manifest.preset.view == ours.preset.view
        if same and c.manifest.preset.event_shape == ours.preset.event_shape and (kind := kind_of(c)):
            found.setdefault(kind, []).append(c)
    nearest = {
        kind: min(some, key=lambda c: (c.name != checkpoint.name, abs(c.manifest.parameters - ours.parameters), c.name))
        for kind, some in found.items()
    }
    return {kind: nearest[kind] for kind in KINDS if kind in nearest}


def kind_of(checkpoint: Checkpoint) -> str:
    """What kind of machine of binary units it is; "" where it is none that can be sampled here."""
    if can(checkpoint, Capability.HAS_GIBBS_CHAIN, Capability.HAS_CONNECTIONS) and checkpoint.manifest.kind == "binary":
        return KINDS[0]
    if not EXHIBIT.can_show(checkpoint):
        return ""
    return KINDS[2] if can(checkpoint, Capability.HAS_MEAN_FIELD) else KINDS[1]


def log_z(checkpoint: Checkpoint) -> float | None:
    """Of the whole machine, exact or by AIS, in nats; None where it was not estimated."""
    if not can(checkpoint, Capability.HAS_MEAN_FIELD):
        return None
    return next((score.value for name in LOG_Z if (score := checkpoint.score(name))), None)


def preferred(name: str) -> list[np.ndarray]:
    """For every hidden layer the rows (units, k) of the held-out pictures that excite each unit most."""
    import torch

    from core.analysis import checkpoint_codec

    opened = machine(name)
    images, _ = test_images(opened.checkpoint)
    x = torch.from_numpy(np.stack([checkpoint_codec.image_input(opened.checkpoint, image) for image in images]))
    with torch.no_grad():
        layers = [values for _, values in opened.model.activations(x)]
    return [values.topk(min(PREFERRED, len(x)), 0).indices.t().numpy() for values in layers]
