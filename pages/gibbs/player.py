"""The player of Gibbs chains: a component that fetches frames by itself and lets them be touched.

Its scripts (player.js and what that imports) are served at /ui; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.store.checkpoints import Checkpoint
from pages.gibbs.state import GibbsState
from pages.shared import scripts
from pages.shared.component import declare
from pages.shared.theme import CLASS_COLOURS

_mount = declare("gibbs", "Gibbs chains", "gibbs/view/player.css")


def gibbs_player(checkpoint: Checkpoint, state: GibbsState, data_is_here: bool) -> bool:
    """Show chains of an RBM checkpoint, starting as `state` says.

    True once its first picture stands: what a page has below the player can wait for that, and does not delay it.
    """
    config: dict[str, Any] = checkpoint.manifest.preset.model
    mounted = _mount(
        key="gibbs",
        data={
            "script": scripts.address("gibbs"),
            "api": f"./api/gibbs/{checkpoint.name}",
            "version": checkpoint.version,
            "checkpoint": checkpoint.name,
            "height": config["event_shape"][0],
            "width": config["event_shape"][1],
            "hidden": config["hidden"],
            "binary": config["visible"] == "bernoulli",
            "training": {
                "name": f"{config['negative'].upper()}-{config['steps']}",
                "persistent": config["negative"] != "cd",
            },
            "classes": list(checkpoint.manifest.class_names),
            "colours": list(CLASS_COLOURS),
            "state": asdict(state),
            "dataHere": data_is_here,
        },
        default={"shown": False},
        on_shown_change=lambda: None,
    )
    return bool(mounted.shown)
