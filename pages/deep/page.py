"""Deep machines: several layers of units, their beliefs pass by pass, their chains, what each unit responds to."""

import streamlit as st

from pages.deep import EXHIBIT, about
from pages.deep.player import deep_player
from pages.deep.state import DeepState
from pages.shared import links, model_picker, scores

# the player writes the choice into the address, with all that it holds itself
found, set_aside = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Deep machines", "Model", found, set_aside, about.one_line)
if checkpoint is None:
    st.info("No deep machine yet. `python -m core train digits-dbm` trains one in some minutes.")
    st.stop()
state = model_picker.from_link(DeepState)

model_picker.data_is_here(checkpoint, "Test images not downloaded. Draw, or watch the chains.")
if deep_player(checkpoint, state):
    about.machines_beside(checkpoint)
    model_picker.explain(about.WHAT, about.TRY)
    scores.score_table(checkpoint)
    links.to_pages(checkpoint, EXHIBIT)
