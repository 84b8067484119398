"""Home's player: a pad with what models make of the drawing, and the ways on. Its scripts are served at /ui; here
stands only what Streamlit mounts."""

from __future__ import annotations

from typing import Any

from pages.home.drawing import Drawn
from pages.home.state import HomeState
from pages.shared.component import declare, show

_mount = declare("home", "Representation Playground", "home/view/player.css", "home/view/ways.css")


class _Nothing:
    """In the place of what is drawn for, where no model can show a drawing."""

    name = version = ""

    def told(self) -> dict[str, Any]:
        return {"width": 0, "height": 0, "tiles": []}


def home_player(drawn: Drawn | None, state: HomeState, beside: dict[str, Any]) -> bool:
    """The pad with its tiles, as `state` says; `beside` is what stands below. See `show`."""
    shown = drawn or _Nothing()
    return show(_mount, "home", shown, state, {"api": "./api", **shown.told(), **beside})
