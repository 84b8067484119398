"""The explorer of a latent space: a plane to drag through, pictures decoded in the browser, panels of what to do.

Its scripts (player.js and what that imports) are served at /ui, and fetch posteriors, layers and pictures
by themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from typing import Any

from core.store.checkpoints import Checkpoint
from pages.latent.state import LatentState
from pages.shared.component import declare, show

_mount = declare(
    "latent",
    "Latent space explorer",
    "latent/view/player.css",
    "latent/view/interpolate.css",
    "latent/view/dimensions.css",
    "latent/view/noise.css",
    "latent/view/generate.css",
)


def latent_player(checkpoint: Checkpoint, state: LatentState, beside: dict[str, Any]) -> bool:
    """A checkpoint's latent space, as `state` says; `beside` is what `pages.latent.about.beside` found (see `show`)."""
    return show(_mount, "latent", checkpoint, state, {"api": "./api/latent", "gif": "./api/gif", **beside})
