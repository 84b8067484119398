"""Which page can show which checkpoint."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.jobs import JobError
from core.store.checkpoints import Checkpoint
from pages.registry import Exhibit, exhibits, page
from pages.shared.visitors import visitor


def to_pages(checkpoint: Checkpoint, here: Exhibit | None = None) -> None:
    """A link to each other page that can show the checkpoint."""
    for exhibit in exhibits():
        if exhibit is not here and exhibit.can_show(checkpoint):
            query = {"checkpoint": checkpoint.name}
            st.page_link(exhibit.page, label=exhibit.link, icon=exhibit.icon, query_params=query)


def to_scores(checkpoint: Checkpoint, label: str) -> None:
    """A button that has all scores of the checkpoint computed in the background."""
    if st.button(label, icon=":material/calculate:", help="Compute all scores in the background; progress on Train"):
        try:
            run = jobs.submit_evaluation(checkpoint, visitor=visitor())
        except JobError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.page_link(page("train"), label=f"{run.title}: in progress", icon=":material/hourglass_top:")
