"""Labels: how far a few go, in pixels and in representations that were learned without any."""

import streamlit as st

from pages.labels import EXHIBIT, about
from pages.labels.player import labels_player
from pages.labels.state import LabelsState
from pages.shared import model_picker, represented
from pages.shared.dataset_picker import choose_dataset, is_here

dataset = choose_dataset(EXHIBIT.title, "A few labels, and representations that were learned without any.")
state = model_picker.from_link(LabelsState)
if not is_here(dataset, EXHIBIT.title):
    here = next(one for one in represented.datasets() if one.test_is_here())
    other = f"./{EXHIBIT.name}?dataset={here.name}&mode=one"
    st.markdown(f"[One example]({other}) needs no download: its drawings come with the app.")
elif labels_player(dataset.name, state):
    model_picker.explain(about.WHAT, about.TRY)
st.set_page_config(page_title=f"{dataset.title} · {EXHIBIT.title}")
