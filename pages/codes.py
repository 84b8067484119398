"""Codes: what an autoencoder or a stack makes of its images, as linked maps that can be searched and taken apart."""

import streamlit as st

from pages.components.atlas import atlas_player
from pages.ui import loaders, maps
from pages.ui.state import from_query

head, choice, facts = st.columns([0.6, 2.6, 2.8], vertical_alignment="bottom")
head.subheader("Codes", anchor=False)

found, set_aside = loaders.codec_checkpoints()
for message in set_aside:
    st.warning(f"Set aside: {message}", icon=":material/report:")
if not found:
    st.info("No autoencoder is here yet. Train one on the Train page, or in a shell: `python -m core list` names them.")
    st.page_link("../train.py", label="Train", icon=":material/model_training:")
    st.stop()

by_name = {checkpoint.name: checkpoint for checkpoint in found}
asked = st.query_params.get("checkpoint", found[0].name)
if asked not in by_name:
    st.warning(f"The link asks for the checkpoint {asked!r}, which is not here; this is {found[0].name}.")
    asked = found[0].name
state, problems = from_query(maps.CodesState, st.query_params)
for problem in problems:
    st.warning(problem)

# the player writes the choice into the address, with all that it holds itself
name = choice.selectbox(
    "Model",
    list(by_name),
    index=list(by_name).index(asked),
    format_func=lambda n: by_name[n].title,
    key="codes_model",
    label_visibility="collapsed",
)
checkpoint = by_name[name]
facts.caption(maps.one_line(checkpoint))

dataset = checkpoint.run["preset"]["dataset"]
about = loaders.dataset_summary(dataset)
if not about["here"]:
    st.info(f"The points are images of {about['title']}, which are not on this machine yet.")
    label = f"Download {about['title']} ({about['download_mb']:.0f} MB)"
    if about["download_mb"] and st.button(label, icon=":material/download:", type="primary"):
        loaders.download_with_progress(dataset)
elif atlas_player(checkpoint, state):
    maps.explain(checkpoint)
