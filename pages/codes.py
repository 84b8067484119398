"""Codes: what an autoencoder of any kind makes of its images, as linked maps that can be searched and taken apart."""

import streamlit as st

from pages.components.atlas import atlas_player
from pages.ui import head, maps
from pages.ui.exhibits import CODES

# the player writes the choice into the address, with all that it holds itself
TITLE = "Codes"
found, set_aside = CODES.checkpoints()
checkpoint = head.choose(TITLE, "Model", found, set_aside, maps.one_line, widths=(0.6, 2.6, 2.8))
if checkpoint is None:
    st.info("No model with a code is here yet. Train one on the Train page: `python -m core list` names what there is.")
    st.page_link("../train.py", label="Train", icon=":material/model_training:")
    st.stop()
state = head.from_link(maps.CodesState)

missing = "The images that the points stand for are not on this machine yet."
if head.data_is_here(checkpoint, missing, TITLE, found) and atlas_player(checkpoint, state):
    maps.explain(checkpoint)
