"""The third door: data brought to Home, read as on Your data, and seen there and then."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core import data
from core.config.fields import SettingError
from core.config.mode import Ability
from core.data.base import DatasetInfo
from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.saved import find_saved
from core.jobs.errors import JobError
from pages.home import own_data
from pages.home.player import own_player
from pages.registry import exhibits
from pages.shared import uploader, visitors
from pages.shared.markdown import escape_markdown

BROUGHT = "home_brought"  # name of the data set, in the session


def show_door(opened: bool, linked: str) -> None:
    """Where the door was opened, or data are there (`linked`: those that the link names): a field to upload a file
    into, and below what is seen of the data."""
    name = st.session_state.get(BROUGHT, linked)
    if not opened and not name:
        return
    with st.container(key="bring"):
        st.subheader("Bring your data", anchor=False)
        if refused := visitors.current().reason_against(Ability.UPLOAD):
            st.info(refused, icon=":material/lock:")
        else:
            _take_file()
        entry = _entry(name)
        own_player(entry, _notes(entry))


def _take_file() -> None:
    """Save the file that was uploaded, with the settings that suit it, and run the page again."""
    draft = uploader.choose_file()
    if draft is None:
        if uploader.could_not_read():
            st.info("Nothing was saved or changed. Try another file.", icon=":material/undo:")
        return
    if saved := uploader.save(draft, store.suggest_settings(draft)):
        st.session_state[BROUGHT] = saved[0]
        with suppress(DataError, SettingError, JobError):  # the player asks for it as well, and says what is wrong
            if visitors.current().may(Ability.TRAIN):
                own_data.ask(saved[0], {"method": "umap"})  # its process starts while the page is drawn anew
        st.rerun()
    for exhibit in exhibits():  # with other settings it may do
        if exhibit.name == "data":
            with suppress(StreamlitAPIException):  # the page is run by itself, outside the frame that knows the others
                st.page_link(exhibit.page, label="Choose the settings by hand", icon=exhibit.icon)


def _entry(name: str) -> DatasetInfo | None:
    """The data set called so; None, with a word on the page, where there is none."""
    try:
        return data.info(name) if name else None
    except DataError:
        st.session_state.pop(BROUGHT, None)
        st.warning(f"The data set {escape_markdown(repr(name[:60]))} was not found.")
        return None


def _notes(entry: DatasetInfo | None) -> list[str]:
    """What was noted while its file was read."""
    if entry is None or not store.SAVED_NAME.fullmatch(entry.name):
        return []
    with suppress(DataError):
        return [str(note) for note in find_saved(entry.name).about["notes"]]
    return []
