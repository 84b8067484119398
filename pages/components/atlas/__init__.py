"""The atlas of codes: the same points on two to four linked maps, a film of their training, and a pad to draw on.

Its scripts (player.js and what that imports) are served by `pages.ui.routes`, and fetch points, maps and pictures by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import streamlit as st

from core.checkpoints import Checkpoint
from pages.components import BOOT
from pages.ui.maps import CodesState
from pages.ui.theme import CLASS_COLOURS

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "atlas_player",
    html='<div class="player atlas" tabindex="0" aria-label="Maps of codes"></div>',
    css=(_HERE.parent / "gibbs" / "player.css").read_text() + (_HERE / "player.css").read_text(),  # one look for all
    js=BOOT,
)


def atlas_player(checkpoint: Checkpoint, state: CodesState) -> bool:
    """Show the codes of a checkpoint on maps, as `state` says.

    True once the first map stands: what a page has below can wait for that, and does not delay it.
    """
    mounted = _mount(
        key="atlas",
        data={
            "script": "./ui/atlas/player.js",
            "api": f"./api/maps/{checkpoint.name}",
            "runs": "./api/runs",
            "checkpoint": checkpoint.name,
            "version": checkpoint.version,
            "colours": list(CLASS_COLOURS),
            "state": asdict(state),
        },
        default={"shown": False},
        on_shown_change=lambda: None,
    )
    return bool(mounted.shown)
