"""Next token: a language model writes, and its text can be stepped, forced and branched."""

import streamlit as st

from pages.components.tokens import token_player
from pages.ui import head, links, tokens
from pages.ui.exhibits import TOKENS

# the player writes the choice into the address, with all that it holds itself
found = TOKENS.checkpoints()
checkpoint = head.choose("Next token", "Model", *found, tokens.one_line, widths=(1.1, 2.3, 2.6))
if checkpoint is None:
    st.info("No model of texts is here yet. `python -m core train help-ngram` makes one in seconds.")
    st.page_link("../train.py", label="Train", icon=":material/model_training:")
    st.stop()
state = head.from_link(tokens.TokensState)

if token_player(checkpoint, state):
    head.explain(tokens.WHAT, tokens.TRY)
    links.to_pages(checkpoint, TOKENS)
