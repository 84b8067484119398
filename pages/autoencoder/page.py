"""Autoencoder: what a small code preserves, beside PCA; what each layer preserves; what pretraining does."""

import streamlit as st

from core.data.errors import DataError
from pages.autoencoder import EXHIBIT, figures, loading
from pages.autoencoder.state import AutoencoderState
from pages.shared import downloads, links, model_picker
from pages.train.player import training_player

TITLE = "Autoencoder"
among, set_aside = EXHIBIT.checkpoints()
found = sorted(among, key=lambda c: not downloads.dataset_summary(c.manifest.preset.dataset)["here"])
checkpoint = model_picker.choose(TITLE, "Autoencoder", found, set_aside, figures.one_line)
if checkpoint is None:
    st.info("No trained autoencoder yet. `python -m core train digits-autoencoder-16` trains one in a minute.")
    st.stop()
st.query_params["checkpoint"] = checkpoint.name


def beside_pca() -> None:
    """What needs the data: reconstructions of the same examples by each model, and from each layer."""
    try:
        with st.spinner("Loading examples…"):
            comparison = loading.comparison(checkpoint)
    except DataError as error:
        downloads.say(error)
        return
    st.markdown("#### Reconstructions at equal code size")
    state = model_picker.from_link(AutoencoderState, {"digit": comparison.classes})
    examples = figures.reconstructions(checkpoint, comparison, state)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### Reconstruction error vs. code size")
        figures.error_by_size(checkpoint, comparison)
    with right:
        st.markdown("#### What each layer preserves")
        figures.walk(checkpoint, comparison, examples)


missing = "Download the data to compare with PCA. The training curves below need no data."
if model_picker.data_is_here(checkpoint, missing, TITLE, found):
    beside_pca()

among = loading.training_variants(checkpoint)
if len(among) > 1:
    st.markdown("#### Same architecture, different training")
    figures.variants_table(among)
else:
    st.markdown("#### Training")
names = {other.name: name for name, other in among.items()}
training_player(list(names), key="ways", names=names)
figures.explain_autoencoders()
links.to_pages(checkpoint, EXHIBIT)
