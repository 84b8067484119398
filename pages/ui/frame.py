"""The frame around every page: settings of the browser tab, navigation, and the page itself."""

import streamlit as st

st.set_page_config(page_title="Representation Playground", page_icon=":material/blur_on:", layout="wide")

page = st.navigation(
    [
        st.Page("../home.py", title="Playground", icon=":material/home:", default=True),
        st.Page("../gibbs.py", title="Gibbs chains", icon=":material/grain:", url_path="gibbs"),
    ],
    position="top",
)
page.run()
