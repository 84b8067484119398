"""The frame around every page: settings of the browser tab, navigation, and the page itself."""

from pathlib import Path

import streamlit as st

from core.store.checkpoints import CheckpointError
from pages.registry import HOME, exhibits, page
from pages.shared.visitors import Forbidden

st.set_page_config(
    page_title="Representation Playground", page_icon=str(Path(__file__).with_name("icon.png")), layout="wide"
)

# Streamlit keeps 6rem free above every page: on a projector those are the chains' rows
st.html(
    "<style>.stMainBlockContainer { padding-top: 3.6rem; padding-bottom: 3rem; }"
    # what is wider than a phone scrolls by itself, the page never does
    ".stMarkdown table { display: block; overflow-x: auto; } .stMarkdown .katex-display { overflow: auto hidden; }"
    " .stImage img { max-width: 100%; height: auto; }"
    # without their icons the names of all pages stand side by side on a laptop
    "@media (max-width: 1640px) {"
    " [data-testid=stTopNavLink] > span:has([data-testid=stIconMaterial]) { display: none } }"
    "@media (max-width: 1320px) { [data-testid=stTopNavLink] { padding: 0 4px } }</style>"
)

shown = st.navigation(
    [
        st.Page(page(HOME), title="Playground", icon=":material/home:", default=True),
        *(st.Page(e.page, title=e.title, icon=e.icon, url_path=e.name) for e in exhibits()),
        st.Page(page("status"), title="Status", url_path="status", visibility="hidden"),
    ],
    position="top",
)
if shown.url_path:  # each tab its own title; a page that shows a model adds the model's
    st.set_page_config(page_title=f"{shown.title} · Representation Playground")
try:
    shown.run()
except CheckpointError as error:  # a damaged checkpoint, met where it is used
    st.error(error.public, icon=":material/error:")
except Forbidden as error:
    st.error(str(error), icon=":material/lock:")
