"""The head of a page that shows a data set: its title, the choice of the data, whether they are here."""

from __future__ import annotations

import streamlit as st

from core.data.base import DatasetInfo
from pages.shared import downloads, model_picker, represented


def choose_dataset(title: str, caption: str) -> DatasetInfo:
    """The page's first line: its title, the choice among all data sets (the link's, else the first), a `caption`."""
    head, choice, facts = st.columns((1.15, 2, 3), vertical_alignment="bottom")
    head.subheader(title, anchor=False)
    by_name = {entry.name: entry for entry in represented.datasets()}
    first = next(iter(by_name))
    asked = st.query_params.get("dataset", first)
    if asked not in by_name:
        st.warning(f"The data set {asked!r:.60} in the link was not found; showing {by_name[first].title}.")
        asked = first
    name = choice.selectbox(
        "Data set",
        list(by_name),
        format_func=lambda n: by_name[n].title,
        key=model_picker.begin(_key(title), asked, by_name),
        label_visibility="collapsed",
    )
    facts.caption(caption)
    return by_name[name]


def is_here(dataset: DatasetInfo, title: str) -> bool:
    """Whether its examples are on this machine; else a button fetches them, and others are offered."""
    if dataset.test_is_here():
        return True
    about = downloads.dataset_summary(dataset.name)
    model_picker.offer_download(
        dataset.name, about, "Not downloaded: every representation is computed from the examples."
    )
    model_picker.offer_instead([e for e in represented.datasets() if e.test_is_here()], _key(title), "dataset")
    return False


def _key(title: str) -> str:
    return f"choice-{title.lower()}"
