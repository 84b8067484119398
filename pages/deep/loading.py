"""Deep machines, opened once for all visitors, and which stands beside which."""

from __future__ import annotations

import numpy as np

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.deep import EXHIBIT
from pages.shared.model_store import OpenModel, can, open_model

PREFERRED = 8  # images that excite a unit most
MOST_EXAMPLES = 1_000
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


def log_z(checkpoint: Checkpoint) -> float | None:
    """Of the whole machine, exact or by AIS, in nats; None where it was not estimated."""
    if not can(checkpoint, Capability.HAS_MEAN_FIELD):
        return None
    return next((score.value for name in LOG_Z if (score := checkpoint.score(name))), None)


def examples(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Held-out pictures (n, h, w) uint8, and their classes (n,). Raises `DataError` where the data are not here."""
    from core.analysis import checkpoint_codec
    from core.data.greys import grey_images

    dataset = checkpoint_codec.dataset_of(machine(name).checkpoint)
    images = grey_images(dataset, dataset.test[:MOST_EXAMPLES])
    return images, None if dataset.test_labels is None else dataset.test_labels[: len(images)]


def preferred(name: str) -> list[np.ndarray]:
    """For every hidden layer the rows (units, k) of the held-out pictures that excite each unit most."""
    import torch

    from core.analysis import checkpoint_codec

    opened, (images, _) = machine(name), examples(name)
    x = torch.from_numpy(np.stack([checkpoint_codec.image_input(opened.checkpoint, image) for image in images]))
    with torch.no_grad():
        layers = [values for _, values in opened.model.activations(x)]
    return [values.topk(min(PREFERRED, len(x)), 0).indices.t().numpy() for values in layers]
