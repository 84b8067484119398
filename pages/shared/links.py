"""Which page can show which checkpoint."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core import jobs
from core.config.mode import Ability
from core.jobs import JobError
from core.store.checkpoints import Checkpoint
from pages.registry import Exhibit, exhibits, page
from pages.shared import visitors


def to_pages(checkpoint: Checkpoint, here: Exhibit | None = None) -> None:
    """A link to each other page that can show the checkpoint."""
    for exhibit in exhibits():
        if exhibit is not here and exhibit.can_show(checkpoint):
            query = {"checkpoint": checkpoint.name}
            st.page_link(exhibit.page, label=exhibit.link, icon=exhibit.icon, query_params=query)


def to_status() -> None:
    """A link to the state of the server, for its operator."""
    if visitors.current().may(Ability.OPERATE):
        with suppress(StreamlitAPIException):  # the page is run by itself, outside the frame that knows the others
            st.page_link(page("status"), label="Status of the server", icon=":material/monitor_heart:")


def to_scores(checkpoint: Checkpoint, label: str) -> None:
    """A button that has all scores of the checkpoint computed in the background, where the visitor may have that."""
    if not visitors.current().may(Ability.TRAIN):
        return
    if st.button(label, icon=":material/calculate:", help="Compute all scores in the background; progress on Train"):
        try:
            run = jobs.submit_evaluation(checkpoint, **visitors.asks())
        except JobError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.page_link(page("train"), label=f"{run.title}: in progress", icon=":material/hourglass_top:")
