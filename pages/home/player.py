"""Home's player: a pad, and what models make of the drawing. Its scripts are served at /ui; here stands only what
Streamlit mounts."""

from __future__ import annotations

from typing import Any

from pages.home.drawing import Drawn
from pages.home.state import HomeState
from pages.shared.component import declare, show

_mount = declare("home", "Draw a digit", "home/view/player.css")


def home_player(drawn: Drawn, state: HomeState, beside: dict[str, Any]) -> bool:
    """The pad with its tiles, as `state` says; `beside` is what else it shows. See `show`."""
    return show(_mount, "home", drawn, state, {"api": "./api", **drawn.told(), **beside})
