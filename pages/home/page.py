"""Home: a drawing that goes live through the models, and the ways to every page."""

import streamlit as st

from pages.home import bring, doors, history, recordings
from pages.home.drawing import drawn
from pages.home.player import home_player
from pages.home.state import HomeState
from pages.shared import model_picker

st.title("Representation Playground")
st.markdown("Unsupervised learning finds structure in data without labels. Draw, and see what each model makes of it.")
shown = drawn()
ways = doors.told(shown.models if shown else {})
beside = {"gallery": recordings.gallery(), "history": history.told(), "doors": ways}
state = model_picker.from_link(HomeState)
bring.show_door(home_player(shown, state, beside), state.data)
