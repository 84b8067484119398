"""The first page: what there is, and the way in."""

import streamlit as st

from pages.components.gibbs import gibbs_player
from pages.ui import loaders
from pages.ui.state import GibbsState

st.title("Representation Playground")
st.markdown(
    "Unsupervised learning asks a machine to look at data without being told what is there, and to find a good way "
    "to *represent* it. Here the classic answers run live, to be watched, paused, poked and taken apart."
)
found, _ = loaders.gibbs_checkpoints()
if found:
    st.page_link("../gibbs.py", label="**Open the Gibbs chains**", icon=":material/grain:")
    gibbs_player(found[0], GibbsState(chains=48, fps=10), data_is_here=False, small=True)
    st.caption(
        f"{found[0].title}. Each tile is a Markov chain that this restricted Boltzmann machine drives, live: no image "
        "here was ever drawn by a person. The frame's colour is the class that a linear classifier reads from it."
    )
st.subheader("What there is to see")
st.markdown(
    "- **Gibbs chains** — hidden and visible layers take turns, and images appear. Start from noise, a test image or "
    "your own drawing; hold part of an image and let the machine fill in the rest; heat it, cool it, switch hidden "
    "units off; see why contrastive divergence, persistent chains and parallel tempering differ.\n"
    "- **Autoencoder** — an extension of PCA: the same images through the same number of numbers, with and without "
    "pretraining as a stack of Boltzmann machines; what each layer keeps.\n"
    "- **Codes** — maps of what a model makes of its data, beside PCA, UMAP and t-SNE, linked point by point; let the "
    "decoder draw what lies between; watch the map form during training.\n"
    "- **Train** — choose data, model and settings, and watch it learn; compare runs; go on from any of them.\n"
    "- **Your data** — bring images, vectors, word counts or a text, and train on them."
)
