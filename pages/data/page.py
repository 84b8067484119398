"""Your data: bring images, arrays, tables, word counts or a text, see what becomes of them, keep them."""

import streamlit as st

from core.config.mode import Ability
from pages.data.builtin_sets import show_builtin_sets
from pages.data.preview import show_preview
from pages.data.saved_sets import save, show_next_steps, show_saved_sets
from pages.data.settings_form import settings_form
from pages.shared import visitors
from pages.shared.uploader import choose_file, could_not_read


def add_data() -> None:
    """Take a file, with its settings beside what they make of it."""
    left, right = st.columns([1, 1.5], gap="large")
    with left:
        draft = choose_file()
        settings = settings_form(draft) if draft else None
    with right:
        if draft and settings:
            if show_preview(draft, settings) and st.button("Save data set", type="primary", icon=":material/save:"):
                save(draft, settings)
        elif could_not_read():
            st.info("Nothing was saved or changed. Try another file.", icon=":material/undo:")
        elif not draft:
            st.info(
                "Upload a file to see a preview here. Saved data sets appear in every list of data in this app. "
                "They stay on the machine that runs the app.",
                icon=":material/upload_file:",
            )


st.subheader("Your data", anchor=False)
show_next_steps()
if refused := visitors.current().reason_against(Ability.UPLOAD):
    st.info(refused, icon=":material/lock:")
else:
    who = visitors.current()
    if who.mode.separate and not who.may(Ability.OPERATE):
        st.caption(
            "On this server only you see what you bring, in this browser; whoever has a link to it can look at it. You "
            f"may keep {who.mode.uploads_each} data sets and {who.mode.runs_each} trainings."
        )
    add_data()

st.subheader("Saved data sets", anchor=False)
show_saved_sets()
st.subheader("Built-in data sets", anchor=False)
show_builtin_sets()
