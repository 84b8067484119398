"""Your data: bring images, arrays, tables, word counts or a text, see what becomes of them, keep them."""

import streamlit as st

from pages.data.builtin_sets import show_builtin_sets
from pages.data.preview import show_preview
from pages.data.saved_sets import save, show_next_steps, show_saved_sets
from pages.data.settings_form import settings_form
from pages.data.uploader import choose_file, could_not_read

st.subheader("Your data", anchor=False)
show_next_steps()
left, right = st.columns([1, 1.5], gap="large")
with left:
    draft = choose_file()
    settings = settings_form(draft) if draft else None
with right:
    if draft and settings:
        if show_preview(draft, settings) and st.button("Keep this data set", type="primary", icon=":material/save:"):
            save(draft, settings)
    elif could_not_read():
        st.info("Nothing was kept, and all that was here is as it was. Bring another file.", icon=":material/undo:")
    elif not draft:
        st.info(
            "Bring a file, and this side shows what becomes of it. What is kept stands in every list of data in this "
            "app, for training and for all pages that can take its kind. Nothing leaves the machine that runs the app.",
            icon=":material/upload_file:",
        )

st.subheader("Kept here", anchor=False)
show_saved_sets()
st.subheader("Data sets that come with the app", anchor=False)
show_builtin_sets()
