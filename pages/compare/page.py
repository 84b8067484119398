"""Compare: the same examples through several representations, linked point by point."""

import streamlit as st

from pages.compare import EXHIBIT, about
from pages.compare.datasets import choose_dataset, is_here
from pages.compare.player import compare_player
from pages.compare.state import CompareState
from pages.shared import model_picker

dataset = choose_dataset(EXHIBIT.title)
state = model_picker.from_link(CompareState)
if is_here(dataset) and compare_player(dataset.name, state):
    model_picker.explain(about.WHAT, about.TRY)
st.set_page_config(page_title=f"{dataset.title} · {EXHIBIT.title}")
