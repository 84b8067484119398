"""Gibbs chains: an RBM's Markov chains, moving, and everything about them within reach."""

from dataclasses import replace

import streamlit as st

from pages.components.gibbs import gibbs_player
from pages.ui import figures, loaders
from pages.ui.state import GibbsState, from_query

head, choice, facts = st.columns([1.15, 2, 3], vertical_alignment="bottom")
head.subheader("Gibbs chains", anchor=False)

found, set_aside = loaders.gibbs_checkpoints()
for message in set_aside:
    st.warning(f"Set aside: {message}", icon=":material/report:")
if not found:
    st.info("No trained machine is here yet. `python -m core train digits-rbm` makes one in about a minute.")
    st.stop()

by_name = {checkpoint.name: checkpoint for checkpoint in found}
asked = st.query_params.get("checkpoint", found[0].name)
if asked not in by_name:
    st.warning(f"The link asks for the checkpoint {asked!r}, which is not here; this is {found[0].name}.")
    asked = found[0].name
state, problems = from_query(GibbsState, st.query_params)
for problem in problems:
    st.warning(problem)

# the player writes the choice into the address, with all that it holds itself
name = choice.selectbox(
    "Machine",
    list(by_name),
    index=list(by_name).index(asked),
    format_func=lambda n: by_name[n].title,
    key="gibbs_machine",
    label_visibility="collapsed",
)
checkpoint = by_name[name]
facts.caption(figures.one_line(checkpoint))

dataset = checkpoint.run["preset"]["dataset"]
about = loaders.dataset_summary(dataset)
if not about["here"]:
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Download {about['title']} ({about['download_mb']:.0f} MB)"
        pressed = st.button(label, icon=":material/download:")
        st.caption("Its test images are not on this machine yet. All else works without them.")
    if pressed:
        loaders.download_with_progress(dataset)
    if state.start in ("test", "class"):
        st.info("The link starts from test images, which are not here yet: these are the model's own samples.")
        state = replace(state, start="model")

if gibbs_player(checkpoint, state, about["here"]):
    figures.explain_gibbs(checkpoint)
    figures.weights_and_energies(checkpoint)
    figures.score_table(checkpoint)
