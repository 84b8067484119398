"""Codes: what an autoencoder of any kind makes of its images, as linked maps that can be searched and taken apart."""

import streamlit as st

from pages.codes import EXHIBIT, about
from pages.codes.player import atlas_player
from pages.codes.state import CodesState
from pages.registry import page
from pages.shared import model_picker

# the player writes the choice into the address, with all that it holds itself
TITLE = "Codes"
found, set_aside = EXHIBIT.checkpoints()
checkpoint = model_picker.choose(TITLE, "Model", found, set_aside, about.one_line, widths=(0.6, 2.6, 2.8))
if checkpoint is None:
    st.info("No model with a code is here yet. Train one on the Train page: `python -m core list` names what there is.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(CodesState)

missing = "The images that the points stand for are not on this machine yet."
if model_picker.data_is_here(checkpoint, missing, TITLE, found) and atlas_player(checkpoint, state):
    about.explain(checkpoint)
