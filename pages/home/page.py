"""Home: a picture that moves, and a link to every page."""

import streamlit as st

from pages.gibbs import EXHIBIT as GIBBS
from pages.gibbs.player import gibbs_player
from pages.gibbs.state import GibbsState
from pages.registry import exhibits

st.title("Representation Playground")
st.markdown(
    "Unsupervised learning finds structure in data without labels: it learns how to *represent* them. Run the classic "
    "models live: pause them, perturb them, look inside."
)
found, _ = GIBBS.checkpoints()
if found:
    gibbs_player(found[0], GibbsState(chains=48, fps=10), data_is_here=False, small=True)
    st.caption(
        f"{found[0].title}. Each tile is a Gibbs chain of this restricted Boltzmann machine, running live: every image "
        "here is a sample from the model, not training data. Frame colour: class predicted by a linear probe on the "
        "hidden units."
    )
st.subheader("Explore", anchor=False)
for exhibit in exhibits():
    link, text = st.columns([1, 4], vertical_alignment="center")
    with link:
        st.page_link(exhibit.page, label=f"**{exhibit.title}**", icon=exhibit.icon)
    text.markdown(exhibit.about)
