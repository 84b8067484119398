"""Compare: the same examples through several representations, linked point by point."""

import streamlit as st

from pages.compare import EXHIBIT, about
from pages.compare.player import compare_player
from pages.compare.state import CompareState
from pages.shared import model_picker
from pages.shared.dataset_picker import choose_dataset, is_here

dataset = choose_dataset(EXHIBIT.title, "The same examples through several representations, linked point by point.")
state = model_picker.from_link(CompareState)
if is_here(dataset, EXHIBIT.title) and compare_player(dataset.name, state):
    model_picker.explain(about.WHAT, about.TRY)
st.set_page_config(page_title=f"{dataset.title} · {EXHIBIT.title}")
