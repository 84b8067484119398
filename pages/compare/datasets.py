"""The head of the page: its title and the choice of a data set."""

from __future__ import annotations

import streamlit as st

from core.data.base import DatasetInfo
from pages.compare import loading
from pages.shared import downloads, model_picker

_CHOICE = "choice-compare"


def choose_dataset(title: str) -> DatasetInfo:
    """The page's first line: the data set of the link, else the first."""
    head, choice, facts = st.columns((1.15, 2, 3), vertical_alignment="bottom")
    head.subheader(title, anchor=False)
    by_name = {entry.name: entry for entry in loading.datasets()}
    first = next(iter(by_name))
    asked = st.query_params.get("dataset", first)
    if asked not in by_name:
        st.warning(f"The data set {asked!r:.60} in the link was not found; showing {first}.")
        asked = first
    name = choice.selectbox(
        "Data set",
        list(by_name),
        format_func=lambda n: by_name[n].title,
        key=model_picker.begin(_CHOICE, asked, by_name),
        label_visibility="collapsed",
    )
    facts.caption("The same examples through several representations, linked point by point.")
    return by_name[name]


def is_here(dataset: DatasetInfo) -> bool:
    """Whether its examples are on this machine; else a button fetches them, and others are offered."""
    if dataset.test_is_here():
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(f"Download {dataset.title} ({dataset.download_mb:.0f} MB)", icon=":material/download:")
        st.caption("Images not downloaded: every representation is computed from them.")
    if pressed:
        downloads.download_with_progress(dataset.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No download needed:", width="content")
        for other in [entry for entry in loading.datasets() if entry.test_is_here()][:3]:
            st.button(other.title, key=f"instead-{other.name}", on_click=_take, args=(other.name,))
    return False


def _take(name: str) -> None:
    st.session_state[_CHOICE] = name
    st.query_params["dataset"] = name
