"""The head of a page that shows one trained model: its title, the choice of the model, what the link says, its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.checkpoints import Checkpoint
from pages.ui import loaders
from pages.ui.state import from_query


def choose(
    title: str,
    label: str,
    found: list[Checkpoint],
    set_aside: list[str],
    describe: Callable[[Checkpoint], str],
    widths: tuple[float, float, float] = (1.15, 2, 3),
) -> Checkpoint | None:
    """The page's first line: its title, the choice among `found` (the link's, else the first) and a line about it.

    None where there is nothing to choose. `set_aside` are sentences about checkpoints that cannot be used.
    """
    head, choice, facts = st.columns(widths, vertical_alignment="bottom")
    head.subheader(title, anchor=False)
    for message in set_aside:
        st.warning(f"Set aside: {message}", icon=":material/report:")
    if not found:
        return None
    by_name = {checkpoint.name: checkpoint for checkpoint in found}
    asked = st.query_params.get("checkpoint", found[0].name)
    if asked not in by_name:
        st.warning(f"The link asks for the checkpoint {asked!r}, which is not here; this is {found[0].name}.")
        asked = found[0].name
    name = choice.selectbox(
        label,
        list(by_name),
        index=list(by_name).index(asked),
        format_func=lambda n: by_name[n].title,
        key=f"choice-{title}",
        label_visibility="collapsed",
    )
    facts.caption(describe(by_name[name]))
    return by_name[name]


def from_link(state: type) -> Any:
    """The state that the page's link describes; what of the link could not be read is said."""
    found, problems = from_query(state, st.query_params)
    for problem in problems:
        st.warning(problem)
    return found


def explain(what: str, tries: str) -> None:
    """What a page shows is, and what to try, side by side."""
    for column, title, text in zip(
        st.columns(2, gap="large"), ("What this is", "Try this"), (what, tries), strict=True
    ):
        column.subheader(title, anchor=False)
        column.markdown(text)


def data_is_here(checkpoint: Checkpoint, missing: str) -> bool:
    """Whether the data that the checkpoint was trained on are here; else `missing` stands beside a download button."""
    dataset = checkpoint.run["preset"]["dataset"]
    about = loaders.dataset_summary(dataset)
    if about["here"]:
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Download {about['title']} ({about['download_mb']:.0f} MB)"
        pressed = about["download_mb"] > 0 and st.button(label, icon=":material/download:")
        st.caption(missing)
    if pressed:
        loaders.download_with_progress(dataset)
    return False
