"""Autoencoder: what a small code preserves, beside PCA; what each layer preserves; what pretraining does."""

import streamlit as st

from pages.autoencoder import EXHIBIT, about, loading
from pages.autoencoder.player import autoencoder_player
from pages.autoencoder.state import AutoencoderState
from pages.shared import downloads, links, model_picker
from pages.train.player import training_player

TITLE = "Autoencoder"
among, set_aside = EXHIBIT.checkpoints()
found = sorted(among, key=lambda c: not downloads.dataset_summary(c.manifest.preset.dataset)["here"])
# the player writes the choice into the address, with all that it holds itself
checkpoint = model_picker.choose(TITLE, "Autoencoder", found, set_aside, about.one_line)
if checkpoint is None:
    st.info("No trained autoencoder yet. `python -m core train digits-autoencoder-16` trains one in a minute.")
    st.stop()

missing = "Download the data to compare with PCA. The training curves below need no data."
if model_picker.data_is_here(checkpoint, missing, TITLE, found):
    state = model_picker.from_link(AutoencoderState, {"digit": checkpoint.manifest.class_names})
    shown = autoencoder_player(checkpoint, state)
else:
    st.query_params["checkpoint"] = checkpoint.name
    shown = True

if shown:
    among = loading.trainings(checkpoint)
    if len(among) > 1:
        st.markdown("#### Same architecture, different training")
        about.variants_table(among)
    else:
        st.markdown("#### Training")
    names = {other.name: name for name, other in among.items()}
    training_player(list(names), key="ways", names=names)
    about.explain_autoencoders(checkpoint)
    links.to_pages(checkpoint, EXHIBIT)
