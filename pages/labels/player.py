"""The player of labels. Its scripts are served at /ui and compute everything in the browser; here stands only what
Streamlit mounts."""

from __future__ import annotations

from dataclasses import dataclass

from pages.labels.state import LabelsState
from pages.shared.component import declare, show
from pages.shared.represented import version

_mount = declare("labels", "Labels", "shared/view/tabs.css", "labels/view/player.css")


@dataclass(frozen=True)
class _Shown:
    """What is shown, in the place of a checkpoint."""

    name: str
    version: str


def labels_player(dataset: str, state: LabelsState) -> bool:
    """A data set without its labels, as `state` says. See `show`."""
    return show(_mount, "labels", _Shown(dataset, version(dataset)), state, {"api": "./api/labels"})
