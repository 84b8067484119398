"""Autoencoder: what a code of a few numbers keeps, beside PCA; what each layer keeps; what pretraining does."""

import streamlit as st

from core.data import DataError
from pages.components.training import training_player
from pages.ui import codes, links, loaders
from pages.ui.state import AutoencoderState, from_query

head, choice, facts = st.columns([1.15, 2, 3], vertical_alignment="bottom")
head.subheader("Autoencoder", anchor=False)

found = loaders.autoencoders()
if not found:
    st.info("No trained autoencoder is here yet. `python -m core train digits-autoencoder-16` makes one in a minute.")
    st.stop()
state, problems = from_query(AutoencoderState, st.query_params)
by_name = {checkpoint.name: checkpoint for checkpoint in found}
if state.checkpoint and state.checkpoint not in by_name:
    problems.append(f"The link asks for the checkpoint {state.checkpoint!r}, which is not here.")
for problem in problems:
    st.warning(problem)
name = choice.selectbox(
    "Autoencoder",
    list(by_name),
    index=list(by_name).index(state.checkpoint) if state.checkpoint in by_name else 0,
    format_func=lambda n: by_name[n].title,
    label_visibility="collapsed",
)
checkpoint = by_name[name]
st.query_params["checkpoint"] = name
facts.caption(codes.one_line(checkpoint))

about = loaders.dataset_summary(checkpoint.run["preset"]["dataset"])
if not about["here"]:
    st.caption(f"{about['title']} is not on this machine yet; the comparison needs its images.")
    if st.button(f"Download {about['title']} ({about['download_mb']:.0f} MB)", icon=":material/download:"):
        loaders.download_with_progress(checkpoint.run["preset"]["dataset"])
    st.stop()

st.markdown("#### The same images through the same number of numbers")
try:
    with st.spinner("Fitting PCA and its logistic cousin to the same data: a few seconds, once…"):
        rivals = loaders.rivals(checkpoint)
except DataError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
codes.reconstructions(checkpoint, rivals, state)

left, right = st.columns(2, gap="large")
with left:
    st.markdown("#### How many numbers does it take?")
    codes.error_by_size(checkpoint, rivals)
with right:
    st.markdown("#### What each layer keeps")
    codes.walk(checkpoint, state)

if other := loaders.twin(checkpoint):
    st.markdown("#### With and without pretraining")
    codes.pretraining_in_words(checkpoint, other)
    training_player([checkpoint.name, other.name], key="twins")
codes.explain_autoencoders()
links.to_pages(checkpoint)
