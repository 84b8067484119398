"""The explorer of a latent space: a plane to drag through, pictures decoded in the browser, panels of what to do.

Its scripts (player.js and what that imports) are served by `pages.ui.routes`, and fetch posteriors, layers and pictures
by themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.checkpoints import Checkpoint
from pages.components import BOOT
from pages.ui.latent import LatentState
from pages.ui.theme import CLASS_COLOURS

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "latent_player",
    html='<div class="player latent" tabindex="0" aria-label="Explorer of a latent space"></div>',
    css=(_HERE.parent / "gibbs" / "player.css").read_text() + (_HERE / "player.css").read_text(),  # one look for all
    js=BOOT,
)


def latent_player(checkpoint: Checkpoint, state: LatentState, beside: dict[str, Any]) -> bool:
    """Show the latent space of a checkpoint, as `state` says; `beside` is what `pages.ui.latent.beside` found.

    True once its first picture stands: what a page has below can wait for that, and does not delay it.
    """
    mounted = _mount(
        key="latent",
        data={
            "script": "./ui/latent/player.js",
            "api": "./api/latent",
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
