"""Autoencoder: what a code of a few numbers keeps, beside PCA; what each layer keeps; what pretraining does."""

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
    st.info("No trained autoencoder is here yet. `python -m core train digits-autoencoder-16` makes one in a minute.")
    st.stop()
st.query_params["checkpoint"] = checkpoint.name


def beside_pca() -> None:
    """What needs the data: the same examples through each way to a code, and through some layers only."""
    try:
        with st.spinner("Loading the examples…"):
            comparison = loading.comparison(checkpoint)
    except DataError as error:
        downloads.say(error)
        return
    what = "passages" if comparison.documents else "images"
    st.markdown(f"#### The same {what} through the same number of numbers")
    state = model_picker.from_link(AutoencoderState, {"digit": comparison.classes})
    examples = figures.reconstructions(checkpoint, comparison, state)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### How many numbers does it take?")
        figures.error_by_size(checkpoint, comparison)
    with right:
        st.markdown("#### What each layer keeps")
        figures.walk(checkpoint, comparison, examples)


missing = "The comparison with PCA needs the data that this model was trained on. How it was trained is shown below."
if model_picker.data_is_here(checkpoint, missing, TITLE, found):
    beside_pca()

among = loading.training_variants(checkpoint)
if len(among) > 1:
    st.markdown("#### The same net, trained in other ways")
    figures.variants_table(among)
else:
    st.markdown("#### How it was trained")
names = {other.name: name for name, other in among.items()}
training_player(list(names), key="ways", names=names)
figures.explain_autoencoders()
links.to_pages(checkpoint, EXHIBIT)
