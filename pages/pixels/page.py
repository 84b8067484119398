"""Pixel by pixel: an autoregressive model samples images; pixels can be changed and resampled."""

import streamlit as st

from pages.pixels import EXHIBIT, about
from pages.pixels.player import pixel_player
from pages.pixels.state import PixelsState
from pages.registry import page
from pages.shared import links, model_picker

# the player writes the choice into the address, with all that it holds itself
found = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Pixel by pixel", "Model", *found, about.one_line, widths=(1.3, 2.1, 2.6))
if checkpoint is None:
    st.info("No autoregressive image model yet. `python -m core train digits-made` trains one in a minute.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(PixelsState)

if pixel_player(checkpoint, state, about.beside(checkpoint)):
    model_picker.explain(about.WHAT, about.TRY)
    links.to_pages(checkpoint, EXHIBIT)
