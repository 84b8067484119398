"""Your data: bring images, arrays, tables, word counts or a text, see what becomes of them, keep them."""

import streamlit as st

from pages.data import upload

st.subheader("Your data", anchor=False)
upload.after_keeping()
left, right = st.columns([1, 1.5], gap="large")
with left:
    draft = upload.bring()
    settings = upload.choose(draft) if draft else None
with right:
    if draft and settings:
        if upload.preview(draft, settings) and st.button("Keep this data set", type="primary", icon=":material/save:"):
            upload.keep(draft, settings)
    elif upload.refused():
        st.info("Nothing was kept, and all that was here is as it was. Bring another file.", icon=":material/undo:")
    elif not draft:
        st.info(
            "Bring a file, and this side shows what becomes of it. What is kept stands in every list of data in this "
            "app, for training and for all pages that can take its kind. Nothing leaves the machine that runs the app.",
            icon=":material/upload_file:",
        )

st.subheader("Kept here", anchor=False)
upload.kept_sets()
st.subheader("Data sets that come with the app", anchor=False)
upload.builtin_sets()
