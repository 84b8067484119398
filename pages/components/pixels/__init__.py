"""The player of models that paint pixel by pixel: panels of what to do with them.

Its scripts (player.js and what that imports) are served by `pages.ui.routes`, and fetch films and readings by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from typing import Any

from core.store.checkpoints import Checkpoint
from pages.components import declare, show
from pages.ui.pixels import PixelsState

_mount = declare(
    "pixels",
    "Images painted pixel by pixel",
    "shared/tabs.css",
    "pixels/player.css",
    "pixels/reading.css",
)


def pixel_player(checkpoint: Checkpoint, state: PixelsState, beside: dict[str, Any]) -> bool:
    """A checkpoint's model at work, as `state` says; `beside` is what `pages.ui.pixels.beside` found. See `show`."""
    return show(_mount, "pixels", checkpoint, state, {"api": "./api/pixels", "gif": "./api/gif", **beside})
