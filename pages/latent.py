"""Latent space: a variational autoencoder's plane to drag through, ways between images, each unit on its own."""

import streamlit as st

from pages.components.latent import latent_player
from pages.ui import head, latent, links
from pages.ui.exhibits import LATENT

# the player writes the choice into the address, with all that it holds itself
found = LATENT.checkpoints()
checkpoint = head.choose("Latent space", "Model", *found, latent.one_line, widths=(1.3, 2.1, 2.6))
if checkpoint is None:
    st.info("No variational autoencoder is here yet. `python -m core train digits-vae-2` makes one in half a minute.")
    st.page_link("../train.py", label="Train", icon=":material/model_training:")
    st.stop()
state = head.from_link(latent.LatentState)

here = head.data_is_here(checkpoint, "Test images not downloaded. Everything else works.")
if latent_player(checkpoint, state, latent.beside(checkpoint, here)):
    head.explain(latent.WHAT, latent.TRY)
    links.to_pages(checkpoint, LATENT)
