"""The player of models of sound: panels of what to do with a model of the next sample.

Its scripts (player.js and what that imports) are served at /ui; they fetch the network once and draw sounds by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.shared.component import declare, show
from pages.sound.state import SoundState

_mount = declare("sound", "Sound drawn sample by sample", "shared/view/tabs.css", "sound/view/player.css")


def sound_player(checkpoint: Checkpoint, state: SoundState) -> bool:
    """A checkpoint's model at work, as `state` says. See `show`."""
    score = checkpoint.score("test bits per sample")
    return show(_mount, "sound", checkpoint, state, {"api": "./api/sound", "bits": score and score.value})
