"""The frame around every page: settings of the browser tab, navigation, and the page itself."""

from pathlib import Path

import streamlit as st

st.set_page_config(
    page_title="Representation Playground", page_icon=str(Path(__file__).with_name("icon.png")), layout="wide"
)

# Streamlit keeps 6rem free above every page: on a projector those are the chains' rows
st.html("<style>.stMainBlockContainer { padding-top: 3.6rem; padding-bottom: 3rem; }</style>")

page = st.navigation(
    [
        st.Page("../home.py", title="Playground", icon=":material/home:", default=True),
        st.Page("../gibbs.py", title="Gibbs chains", icon=":material/grain:", url_path="gibbs"),
        st.Page("../autoencoder.py", title="Autoencoder", icon=":material/compress:", url_path="autoencoder"),
        st.Page("../codes.py", title="Codes", icon=":material/scatter_plot:", url_path="codes"),
        st.Page("../train.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("../data.py", title="Your data", icon=":material/upload_file:", url_path="data"),
    ],
    position="top",
)
page.run()
