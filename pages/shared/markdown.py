"""Text that came from outside, in what Streamlit draws."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>$~#])|(:)(?=\w)", lambda m: "\\" + m[0], text)


def show_notes(notes: Sequence[str]) -> None:
    """Draw what was noted while a file was read, a line each."""
    if notes:
        st.caption("  \n".join(f":material/info: {escape_markdown(note)}" for note in notes))
