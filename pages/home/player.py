"""Home's players: a pad with what models make of the drawing, and the ways on; and what is first seen of data that a
visitor brings. Their scripts are served at /ui; here stands only what Streamlit mounts."""

from __future__ import annotations

from typing import Any

from core.data.base import DatasetInfo
from pages.home.drawing import Drawn
from pages.home.state import HomeState
from pages.shared import scripts
from pages.shared.component import declare, mounted, told
from pages.shared.theme import CLASS_COLOURS

_mount = declare("home", "Representation Playground", "home/view/player.css", "home/view/ways.css")
_mount_own = declare("own", "Your data at a glance", "home/view/own.css")


class _Nothing:
    """In the place of what is drawn for, where no model can show a drawing."""

    name = version = ""

    def told(self) -> dict[str, Any]:
        return {"width": 0, "height": 0, "tiles": []}


def home_player(drawn: Drawn | None, state: HomeState, beside: dict[str, Any]) -> bool:
    """The pad with its tiles, as `state` says; `beside` is what stands below. True once the visitor has opened the door
    for own data."""
    shown = drawn or _Nothing()
    data = {**told("home", shown, state), "api": "./api", **shown.told(), **beside}
    return bool(mounted(_mount, "home", data, shown=False, bring=False).bring)


def own_player(entry: DatasetInfo | None, notes: list[str]) -> None:
    """Maps of a data set, and a small autoencoder of it as it learns; `notes` say how its file was read. Without a data
    set, what will be there."""
    about = {"title": entry.title, "summary": entry.summary, "kind": entry.kind} if entry else {}
    data = {
        "script": scripts.address("home", "own.js"),
        "api": "./api/home",
        "checkpoint": entry.name if entry else "",
        "version": entry.version if entry else "",
        "colours": list(CLASS_COLOURS),
        "state": {},
        "title": "",
        "summary": "",
        "kind": "",
        **about,
        "notes": notes,
    }
    mounted(_mount_own, "own", data, shown=False)
