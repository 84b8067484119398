"""The player of deep machines. Its scripts are served at /ui and compute everything in the browser; here stands only
what Streamlit mounts."""

from __future__ import annotations

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.deep import about, loading
from pages.deep.state import DeepState
from pages.shared.component import declare, show
from pages.shared.model_store import can

_mount = declare("deep", "Deep machines", "shared/view/tabs.css", "deep/view/player.css")


def deep_player(checkpoint: Checkpoint, state: DeepState) -> bool:
    """A checkpoint's layers, as `state` says. See `show`."""
    beside = loading.partner(checkpoint)
    kinds = loading.machines(checkpoint).items()
    told = {
        "api": "./api/deep",
        "machines": [{"kind": k, "name": c.name, "version": c.version, "title": c.title} for k, c in kinds],
        "partner": beside and {"name": beside.name, "version": beside.version, "title": beside.title},
        "undirected": can(checkpoint, Capability.HAS_MEAN_FIELD),
        "logZ": loading.log_z(checkpoint),
        "estimates": about.estimates(checkpoint),
    }
    return show(_mount, "deep", checkpoint, state, told)
