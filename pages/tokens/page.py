"""Next token: a language model generates text, which can be stepped through, forced and branched."""

import streamlit as st

from pages.registry import page
from pages.shared import links, model_picker
from pages.tokens import EXHIBIT, about
from pages.tokens.player import token_player
from pages.tokens.state import TokensState

# the player writes the choice into the address, with all that it holds itself
found = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Next token", "Model", *found, about.one_line, widths=(1.1, 2.3, 2.6))
if checkpoint is None:
    st.info("No language model yet. `python -m core train help-ngram` trains one in seconds.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(TokensState)

if token_player(checkpoint, state):
    model_picker.explain(about.WHAT, about.TRY)
    links.to_pages(checkpoint, EXHIBIT)
