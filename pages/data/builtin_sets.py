"""The data sets that come with the app."""

from __future__ import annotations

import streamlit as st

from core import data
from pages.shared import downloads

KINDS = {
    "binary": "binary",
    "levels": "grey levels",
    "real": "real values",
    "counts": "word counts",
    "text": "text",
    "audio": "samples",
}


def show_builtin_sets() -> None:
    """What every copy of the app knows: shape, kind, licence, source, and a way to have what is not here."""
    wanted = None
    for e in data.builtin().values():
        shape = "×".join(f"{n:,}" for n in e.event_shape)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap=None):
                st.markdown(f"**{e.title}** · {' '.join(filter(None, (shape, KINDS[e.kind])))}")
                st.caption(f"{e.summary} Licence: {e.licence}. Source: {e.source}.")
            if e.is_here():
                st.caption(":material/check: available", width="content")
                continue
            if e.test_is_here():
                st.caption("test part available", width="content")
            if st.button(
                f"Download {e.title} ({e.download_mb:.0f} MB)", key=f"own_fetch_{e.name}", icon=":material/download:"
            ):
                wanted = e.name
    if wanted:
        downloads.download_with_progress(wanted)
