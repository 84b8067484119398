"""The atlas of codes: the same points on two to four linked maps, a film of their training, and a pad to draw on.

Its scripts (player.js and what that imports) are served at /ui, and fetch points, maps and pictures by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.codes.state import CodesState
from pages.shared.component import declare, show

_mount = declare(
    "codes",
    "Maps of codes",
    "shared/view/maps.css",
    "codes/view/player.css",
    "codes/view/maps.css",
    "codes/view/selection.css",
)


def codes_player(checkpoint: Checkpoint, state: CodesState, train_here: bool) -> bool:
    """The codes of a checkpoint on maps, as `state` says, with those of training data where these are here (see
    `show`)."""
    told = {"api": f"./api/maps/{checkpoint.name}", "runs": "./api/runs", "trainHere": train_here}
    return show(_mount, "codes", checkpoint, state, told)
