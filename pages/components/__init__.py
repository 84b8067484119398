"""Components that are drawn in the browser: a folder each, with Python, scripts and styles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.store.checkpoints import Checkpoint
from pages.ui.theme import CLASS_COLOURS

# Streamlit calls the default export again with every message; the player lives as long as its element. The script
# named in the data does the rest: its `mount(parentElement, component)` returns an object with `update` and `destroy`
BOOT = """
const players = new WeakMap();
export default function (component) {
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


SHARED = ("shared/tokens.css", "shared/controls.css")  # what every player's look begins with


def declare(name: str, label: str, *styles: str) -> Callable[..., Any]:
    """The player in the folder `name`, as Streamlit mounts it; `styles` are files of the components,
    after those that all share."""
    here = Path(__file__).parent
    return st.components.v2.component(
        f"{name}_player",
        html=f'<div class="player {name}" tabindex="0" aria-label="{label}"></div>',
        css="".join((here / file).read_text() for file in (*SHARED, *styles)),
        js=BOOT,
    )


def show(mount: Callable[..., Any], name: str, checkpoint: Checkpoint, state: Any, data: dict[str, Any]) -> bool:
    """Show a checkpoint in the player that `declare` made, as the page's `state` says; `data` is what else it is told.

    True once its first picture stands: what a page has below can wait for that, and does not delay it.
    """
    told = {
        "script": f"./ui/{name}/player.js",
        "checkpoint": checkpoint.name,
        "version": checkpoint.version,
        "colours": list(CLASS_COLOURS),
        "state": asdict(state),
    }
    mounted = mount(key=name, data=told | data, default={"shown": False}, on_shown_change=lambda: None)
    return bool(mounted.shown)
