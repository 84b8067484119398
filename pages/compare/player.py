"""The player of the comparison. Its scripts are served at /ui and fetch everything by themselves; here stands only
what Streamlit mounts."""

from __future__ import annotations

from pages.compare.state import CompareState
from pages.shared.component import declare, show
from pages.shared.represented import shown

_mount = declare(
    "compare",
    "Representations compared",
    "shared/view/tabs.css",
    "shared/view/maps.css",
    "compare/view/player.css",
    "compare/view/maps.css",
    "compare/view/tabs.css",
)


def compare_player(dataset: str, state: CompareState) -> bool:
    """A data set's representations, as `state` says. See `show`."""
    return show(_mount, "compare", shown(dataset), state, {"api": "./api/compare"})
