"""Convolutional Boltzmann machines: filters and feature maps, what pooling keeps, samples of any size."""

import streamlit as st

from pages.convolutional import EXHIBIT, about
from pages.convolutional.player import convolutional_player
from pages.convolutional.state import ConvolutionalState
from pages.shared import links, model_picker, scores

# the player writes the choice into the address, with all that it holds itself
found, set_aside = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Convolutional RBM", "Model", found, set_aside, about.one_line)
if checkpoint is None:
    st.info("No convolutional machine yet. `python -m core train patches-crbm` trains one in some minutes.")
    st.stop()
state = model_picker.from_link(ConvolutionalState)

model_picker.data_is_here(checkpoint, "Test images not downloaded. Draw, or watch the samples.")
if convolutional_player(checkpoint, state):
    model_picker.explain(about.WHAT, about.TRY)
    scores.score_table(checkpoint)
    links.to_pages(checkpoint, EXHIBIT)
