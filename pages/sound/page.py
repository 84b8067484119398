"""Sound: a model of samples draws a sound, which is heard while it grows, can be forced and branched."""

import streamlit as st

from pages.registry import page
from pages.shared import links, model_picker
from pages.sound import EXHIBIT, about, comparison
from pages.sound.player import sound_player
from pages.sound.state import SoundState

# the player writes the choice into the address, with all that it holds itself
found = EXHIBIT.checkpoints()
checkpoint = model_picker.choose("Sound", "Model", *found, about.one_line, widths=(0.8, 2.3, 2.9))
if checkpoint is None:
    st.info("No model of sounds yet. `python -m core train tones-wavenet` trains one.")
    st.page_link(page("train"), label="Train", icon=":material/model_training:")
    st.stop()
state = model_picker.from_link(SoundState)

if sound_player(checkpoint, state):
    model_picker.explain(about.WHAT, about.TRY)
    comparison.show(checkpoint, found[0])
    links.to_pages(checkpoint, EXHIBIT)
