"""The first page: what there is, and the way in."""

import streamlit as st

from pages.gibbs import EXHIBIT as GIBBS
from pages.gibbs.player import gibbs_player
from pages.gibbs.state import GibbsState
from pages.registry import exhibits

st.title("Representation Playground")
st.markdown(
    "Unsupervised learning asks a machine to look at data without being told what is there, and to find a good way "
    "to *represent* it. Here the classic answers run live, to be watched, paused, poked and taken apart."
)
found, _ = GIBBS.checkpoints()
if found:
    gibbs_player(found[0], GibbsState(chains=48, fps=10), data_is_here=False, small=True)
    st.caption(
        f"{found[0].title}. Each tile is a Markov chain that this restricted Boltzmann machine drives, live: no image "
        "here was ever drawn by a person. The frame's colour is the class that a linear classifier reads from it."
    )
st.subheader("What there is to see", anchor=False)
for exhibit in exhibits():
    link, text = st.columns([1, 4], vertical_alignment="center")
    with link:
        st.page_link(exhibit.page, label=f"**{exhibit.title}**", icon=exhibit.icon)
    text.markdown(exhibit.about)
