"""The player of autoregressive image models: panels of what to do with them.

Its scripts (player.js and what that imports) are served at /ui, and fetch films and readings by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from typing import Any

from core.store.checkpoints import Checkpoint
from pages.pixels.state import PixelsState
from pages.shared.component import declare, show

_mount = declare(
    "pixels",
    "Images sampled pixel by pixel",
    "shared/view/tabs.css",
    "pixels/view/player.css",
    "pixels/view/reading.css",
)


def pixel_player(checkpoint: Checkpoint, state: PixelsState, beside: dict[str, Any]) -> bool:
    """A checkpoint's model at work, as `state` says; `beside` is what `pages.pixels.about.beside` found. See `show`."""
    return show(_mount, "pixels", checkpoint, state, {"api": "./api/pixels", "gif": "./api/gif", **beside})
