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
    about = downloads.dataset_summary(dataset.name)
    model_picker.offer_download(
        dataset.name, about, "Images not downloaded: every representation is computed from them."
    )
    model_picker.offer_instead([e for e in loading.datasets() if e.test_is_here()], _CHOICE, "dataset")
    return False
