"""Latent space: a variational autoencoder's plane to drag through, ways between images, each unit on its own."""

import streamlit as st

from pages.latent import EXHIBIT, about
from pages.latent.player import latent_player
from pages.latent.state import LatentState
from pages.registry import page
from pages.shared import links, model_picker

# the player writes the choice into the address, with all that it holds itself
found = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Latent space", "Model", *found, about.one_line, widths=(1.3, 2.1, 2.6))
if checkpoint is None:
    st.info("No variational autoencoder yet. `python -m core train digits-vae-2` trains one in half a minute.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(LatentState)

here = model_picker.data_is_here(checkpoint, "Test images not downloaded. Everything else works.")
if latent_player(checkpoint, state, about.beside(checkpoint, here)):
    model_picker.offer_training_part(checkpoint, "Only for the nearest training images on the tab Generate.")
    model_picker.explain(about.WHAT, about.TRY)
    links.to_pages(checkpoint, EXHIBIT)
