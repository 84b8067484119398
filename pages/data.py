"""Your data: bring images, arrays, tables, word counts or a text, see what becomes of them, keep them."""

import streamlit as st

from pages.ui import own_data

st.subheader("Your data", anchor=False)
own_data.after_keeping()
left, right = st.columns([1, 1.5], gap="large")
with left:
    draft = own_data.bring()
    settings = own_data.choose(draft) if draft else None
with right:
    if draft and settings:
        if own_data.preview(draft, settings) and st.button(
            "Keep this data set", type="primary", icon=":material/save:"
        ):
            own_data.keep(draft, settings)
    elif own_data.refused():
        st.info("Nothing was kept, and all that was here is as it was. Bring another file.", icon=":material/undo:")
    elif not draft:
        st.info(
            "Bring a file, and this side shows what becomes of it. What is kept stands in every list of data in this "
            "app, for training and for all pages that can take its kind. Nothing leaves the machine that runs the app.",
            icon=":material/upload_file:",
        )

st.subheader("Kept here", anchor=False)
own_data.kept_sets()
st.subheader("Data sets that come with the app", anchor=False)
own_data.builtin_sets()
