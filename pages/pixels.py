"""Pixel by pixel: an autoregressive model paints images, and its past can be rewritten."""

import streamlit as st

from pages.components.pixels import pixel_player
from pages.ui import head, links, pixels
from pages.ui.exhibits import PIXELS

# the player writes the choice into the address, with all that it holds itself
found = PIXELS.checkpoints()
checkpoint = head.choose("Pixel by pixel", "Model", *found, pixels.one_line, widths=(1.3, 2.1, 2.6))
if checkpoint is None:
    st.info("No autoregressive model of images is here yet. `python -m core train digits-made` makes one in a minute.")
    st.page_link("../train.py", label="Train", icon=":material/model_training:")
    st.stop()
state = head.from_link(pixels.PixelsState)

if pixel_player(checkpoint, state, pixels.beside(checkpoint)):
    head.explain(pixels.WHAT, pixels.TRY)
    links.to_pages(checkpoint, PIXELS)
