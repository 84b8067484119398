"""The player of models that paint pixel by pixel: panels of what to do with them.

Its scripts (player.js and what that imports) are served by `pages.ui.routes`, and fetch films and readings by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.checkpoints import Checkpoint
from pages.components import BOOT
from pages.ui.pixels import PixelsState
from pages.ui.theme import CLASS_COLOURS

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "pixel_player",
    html='<div class="player pixels" tabindex="0" aria-label="Images painted pixel by pixel"></div>',
    css="".join(  # one look for all
        file.read_text()
        for file in (_HERE.parent / "gibbs" / "player.css", _HERE / "player.css", _HERE / "reading.css")
    ),
    js=BOOT,
)


def pixel_player(checkpoint: Checkpoint, state: PixelsState, beside: dict[str, Any]) -> bool:
    """Show a checkpoint's model at work, as `state` says; `beside` is what `pages.ui.pixels.beside` found.

    True once its first picture stands: what a page has below can wait for that, and does not delay it.
    """
    mounted = _mount(
        key="pixels",
        data={
            "script": "./ui/pixels/player.js",
            "api": "./api/pixels",
            "gif": "./api/gif",
            "checkpoint": checkpoint.name,
            "version": checkpoint.version,
            "colours": list(CLASS_COLOURS),
            "state": asdict(state),
            **beside,
        },
        default={"shown": False},
        on_shown_change=lambda: None,
    )
    return bool(mounted.shown)
