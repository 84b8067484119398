"""Which page can show which checkpoint."""

from __future__ import annotations

import streamlit as st

from core.jobs import queue
from core.jobs.queue import JobError
from core.store.checkpoints import Checkpoint
from pages.ui.loaders import CODECS, PAINTERS, WRITERS
from pages.ui.visitors import visitor


def _is_gibbs(checkpoint: Checkpoint) -> bool:
    preset = checkpoint.run["preset"]
    return preset["family"] == "rbm" and len(preset["model"]["event_shape"]) == 2


def _has_codes(checkpoint: Checkpoint) -> bool:
    return checkpoint.run["preset"]["family"] in CODECS


def _is_autoencoder(checkpoint: Checkpoint) -> bool:
    preset = checkpoint.run["preset"]
    return preset["family"] == "autoencoder" and len(preset["model"]["event_shape"]) == 2


def _has_latent_space(checkpoint: Checkpoint) -> bool:
    preset = checkpoint.run["preset"]
    return preset["family"] == "vae" and len(preset["model"]["event_shape"]) == 2 and preset["model"]["latent"] > 1


def _paints_pixels(checkpoint: Checkpoint) -> bool:
    preset = checkpoint.run["preset"]
    return preset["family"] in PAINTERS and len(preset["model"]["event_shape"]) == 2


def _writes_texts(checkpoint: Checkpoint) -> bool:
    return checkpoint.run["preset"]["family"] in WRITERS


# page, label, icon, whether it can show the checkpoint
PAGES = (
    ("../gibbs.py", "See its chains", ":material/grain:", _is_gibbs),
    ("../autoencoder.py", "See it beside PCA", ":material/compress:", _is_autoencoder),
    ("../codes.py", "See its codes", ":material/scatter_plot:", _has_codes),
    ("../latent.py", "Explore its latent space", ":material/explore:", _has_latent_space),
    ("../pixels.py", "Watch it paint", ":material/brush:", _paints_pixels),
    ("../tokens.py", "Watch it write", ":material/edit_note:", _writes_texts),
)


def to_pages(checkpoint: Checkpoint, here: str = "") -> None:
    """A link to each other page that can show the checkpoint."""
    for page, label, icon, can_show in PAGES:
        if can_show(checkpoint) and page != here:
            st.page_link(page, label=label, icon=icon, query_params={"checkpoint": checkpoint.name})


def to_scores(checkpoint: Checkpoint, label: str) -> None:
    """A button that has all scores of the checkpoint computed in the background."""
    if st.button(label, icon=":material/calculate:", help="With all other scores, in the background: see Train."):
        try:
            run = queue.ask_scores(checkpoint, visitor=visitor())
        except JobError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.page_link("../train.py", label=f"{run.title}: on its way", icon=":material/hourglass_top:")
