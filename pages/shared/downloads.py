"""Data sets that pages need: whether they are here, and a bar while one is fetched."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from core.data.errors import DataError


def dataset_summary(name: str) -> dict[str, Any]:
    """Whether the data set's test part is here, and its training part; its title and the size of its download. Unknown
    ones are never here."""
    from core import data

    try:
        entry = data.info(name)
    except data.DataError:
        return {"here": False, "train_here": False, "title": name, "download_mb": 0.0}
    here, train_here = entry.test_is_here(), entry.is_here()
    return {"here": here, "train_here": train_here, "title": entry.title, "download_mb": entry.download_mb}


def download_with_progress(name: str) -> None:
    """Fetch a data set with a bar on the page; says what went wrong, or runs the page again."""
    from core import data

    bar = st.progress(0.0, f"Downloading {name}")

    def show(file: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(total, 1)), f"{file}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    try:
        data.fetch(name, show)
    except data.DataError as error:
        bar.empty()
        say(error)
    else:
        st.rerun()


def say(error: DataError) -> None:
    """What visitors may read of an error about data; where that is not all, the rest goes to the operator's log."""
    if error.public != str(error):
        print(error, file=sys.stderr, flush=True)
    st.error(error.public, icon=":material/cloud_off:")
