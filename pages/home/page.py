"""Home: a drawing that goes live through the models, and the way to every page."""

import streamlit as st

from pages.home.drawing import drawn
from pages.home.player import home_player
from pages.home.state import HomeState
from pages.registry import exhibits
from pages.shared import model_picker

st.title("Representation Playground")
st.markdown("Unsupervised learning finds structure in data without labels. Draw, and see what each model makes of it.")
shown = drawn()
if shown is not None:
    home_player(shown, model_picker.from_link(HomeState), {})
st.subheader("Explore", anchor=False)
for exhibit in exhibits():
    link, text = st.columns([1, 4], vertical_alignment="center")
    with link:
        st.page_link(exhibit.page, label=f"**{exhibit.title}**", icon=exhibit.icon)
    text.markdown(exhibit.about)
