"""The player of labels. Its scripts are served at /ui and compute everything in the browser; here stands only what
Streamlit mounts."""

from __future__ import annotations

from pages.labels.state import LabelsState
from pages.shared.component import declare, show
from pages.shared.represented import shown

_mount = declare("labels", "Labels", "shared/view/tabs.css", "labels/view/player.css")


def labels_player(dataset: str, state: LabelsState) -> bool:
    """A data set without its labels, as `state` says. See `show`."""
    return show(_mount, "labels", shown(dataset), state, {"api": "./api/labels"})
