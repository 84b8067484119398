"""The player of trainings: one run, or up to four compared, with its curves and pictures, live.

Its scripts (player.js and what that imports) are served at /ui, and look at the runs by themselves; here
stands only what Streamlit mounts.
"""

from __future__ import annotations

from core import jobs
from core.store import checkpoints
from pages.shared import scripts
from pages.shared.component import declare

MOST_RUNS = 4

# As far apart for the colour-blind as Okabe & Ito's, of a lightness that stands out on white and on black
COLOURS = ("#1f83d6", "#d97706", "#0f9d76", "#c2559d")

_mount = declare("training", "Training runs", "train/view/player.css", "train/view/curves.css")


def training_player(runs: list[str], key: str = "training", names: dict[str, str] | None = None) -> dict[str, str]:
    """Show runs (or finished checkpoints) by their ids: how far they are, their curves and pictures, and controls.

    `names` are short ones, by id, for where a title would be cut off. The page runs again only when a run's state
    changes. Returns the states that the player has seen change, by id ("gone" for what is not there any more): empty at
    first.
    """
    if not 1 <= len(runs) <= MOST_RUNS:
        raise ValueError(f"{len(runs)} runs: expected 1 to {MOST_RUNS}")
    mounted = _mount(
        key=key,
        data={
            "script": scripts.address("train"),
            "api": "./api/runs",
            "runs": list(runs),
            "states": {name: _state(name) for name in runs},
            "colours": list(COLOURS),
            "names": names or {},
        },
        default={"changed": {}},
        on_changed_change=lambda: None,
    )
    return {name: state for name, state in (mounted.changed or {}).items() if name in runs}


def _state(name: str) -> str:
    """What the page has seen: the player tells it of what comes after."""
    try:
        return jobs.get_run(name).status().state
    except jobs.JobError:
        return "finished" if checkpoints.exists(name) else "gone"
