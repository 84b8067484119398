"""Gibbs chains: an RBM's Markov chains while they run, with clamped pixels, temperature, ablated units, drawings."""

from dataclasses import replace

import streamlit as st

from pages.gibbs import EXHIBIT, figures
from pages.gibbs.player import gibbs_player
from pages.gibbs.state import GibbsState
from pages.shared import model_picker, scores

# the player writes the choice into the address, with all that it holds itself
found, set_aside = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Gibbs chains", "Model", found, set_aside, figures.one_line)
if checkpoint is None:
    st.info("No trained RBM yet. `python -m core train digits-rbm` trains one in about a minute.")
    st.stop()
state = model_picker.from_link(GibbsState, {"digit": checkpoint.manifest.class_names})

here = model_picker.data_is_here(checkpoint, "Test images not downloaded. Everything else works.")
if not here and state.start in ("test", "class"):
    st.info("The link starts from test images, which are not downloaded: chains start from model samples instead.")
    state = replace(state, start="model")

if gibbs_player(checkpoint, state, here):
    figures.explain_gibbs(checkpoint)
    figures.weights_and_energies(checkpoint)
    scores.score_table(checkpoint)
