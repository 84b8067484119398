"""Codes: what an autoencoder of any kind makes of its images, as linked maps that can be searched and taken apart."""

from dataclasses import replace

import streamlit as st

from pages.codes import EXHIBIT, about
from pages.codes.player import codes_player
from pages.codes.state import CodesState
from pages.registry import page
from pages.shared import downloads, model_picker

# the player writes the choice into the address, with all that it holds itself
TITLE = "Codes"
found, set_aside = EXHIBIT.checkpoints()
checkpoint = model_picker.choose(TITLE, "Model", found, set_aside, about.one_line, widths=(0.6, 2.6, 2.8))
if checkpoint is None:
    st.info("No model with an encoder and a decoder yet. Train one on the page Train.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(CodesState)

missing = "Images not downloaded: the maps need them."
if model_picker.data_is_here(checkpoint, missing, TITLE, found):
    train_here = downloads.dataset_summary(checkpoint.manifest.preset.dataset)["train_here"]
    if not train_here and state.split != "test":
        st.info("The link asks for training data, which are not downloaded: the maps show held-out data instead.")
        state = replace(state, split="test")
    if codes_player(checkpoint, state, train_here):
        model_picker.offer_training_part(checkpoint, "Only for maps of training data.")
        about.explain(checkpoint)
