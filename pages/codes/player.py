"""The atlas of codes: the same points on two to four linked maps, a film of their training, and a pad to draw on.

Its scripts (player.js and what that imports) are served at /ui, and fetch points, maps and pictures by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.codes.state import CodesState
from pages.shared.component import declare, show

_mount = declare("codes", "Maps of codes", "codes/view/player.css", "codes/view/maps.css", "codes/view/selection.css")


def codes_player(checkpoint: Checkpoint, state: CodesState) -> bool:
    """The codes of a checkpoint on maps, as `state` says. See `show`."""
    return show(_mount, "codes", checkpoint, state, {"api": f"./api/maps/{checkpoint.name}", "runs": "./api/runs"})
