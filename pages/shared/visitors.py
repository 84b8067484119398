"""Who the visitor is, as far as counting his waiting runs goes."""

from __future__ import annotations

import streamlit as st

from core import jobs


def visitor() -> str:
    """The visitor of this session by his network address, as the routes know him too (`core.jobs.visitor_id`)."""
    address = st.context.ip_address  # none for this machine itself
    return jobs.visitor_id(address if isinstance(address, str) else "127.0.0.1")
