"""What Streamlit mounts of a page's browser part: the scripts and styles in its folder `view`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import streamlit as st

from pages.shared import scripts
from pages.shared.theme import CLASS_COLOURS

# Streamlit calls the default export again with every message; the player lives as long as its element. The script
# named in the data does the rest: its `mount(parentElement, component)` returns an object with `update` and `destroy`
BOOT = """
const players = new WeakMap();
export default function (given) {
  const component = { ...given, data: given.data[0] };
  const { parentElement, data } = component;
  let entry = players.get(parentElement);
  if (!entry) {
    entry = { latest: component, player: null, gone: false };
    players.set(parentElement, entry);
    import(new URL(data.script, document.baseURI).href).then((module) => {
      if (!entry.gone) entry.player = module.mount(parentElement, entry.latest);
    });
  } else {
    entry.latest = component;
    entry.player?.update(component);
  }
  return () => {
    entry.gone = true;
    entry.player?.destroy();
    players.delete(parentElement);
  };
}
"""


SHARED = ("shared/view/tokens.css", "shared/view/controls.css")  # what every player's look begins with


def declare(name: str, label: str, *styles: str) -> Callable[..., Any]:
    """A player as Streamlit mounts it, an element of the class `name`; `styles` are files below `pages`, which come
    after those that all players share."""
    here = Path(__file__).parents[1]
    component = st.components.v2.component(
        f"{name}_player",
        html=f'<div class="player {name}" tabindex="0" aria-label="{label}"></div>',
        css="".join((here / file).read_text() for file in (*SHARED, *styles)),
        js=BOOT,
    )
    # in a tuple: of a dictionary Streamlit asks whether its lists are tables, and imports pandas for it, half a second
    return lambda data, **about: component(data=(data,), **about)


class Shown(Protocol):
    """What a player shows, a checkpoint as a rule."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...


def show(mount: Callable[..., Any], page: str, checkpoint: Shown, state: Any, data: dict[str, Any]) -> bool:
    """Show a checkpoint in the player that `declare` made for the folder `page`, as the page's `state` says; `data` is
    what else it is told.

    True once its first picture stands: what a page has below can wait for that, and does not delay it.
    """
    return bool(mounted(mount, page, told(page, checkpoint, state) | data, shown=False).shown)


def told(page: str, checkpoint: Shown, state: Any) -> dict[str, Any]:
    """What every player of a checkpoint is told."""
    return {
        "script": scripts.address(page),
        "checkpoint": checkpoint.name,
        "version": checkpoint.version,
        "colours": list(CLASS_COLOURS),
        "state": asdict(state),
    }


def mounted(mount: Callable[..., Any], key: str, data: dict[str, Any], **values: Any) -> Any:
    """Mount a player under `key`, told `data`. The result has `values`, by name, as the player has set them last: the
    page runs again when it sets one."""
    return mount(key=key, data=data, default=values, **{f"on_{name}_change": _nothing for name in values})


def _nothing() -> None:
    """What Streamlit calls for a value to be kept."""
