"""The player of the Autoencoder page. Its scripts are served at /ui and fetch everything by themselves; here stands
only what Streamlit mounts."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.autoencoder.state import AutoencoderState
from pages.shared.component import declare, show
from pages.shared.theme import CLASS_COLOURS, NOISE
from pages.train.player import COLOURS as RUNS

_mount = declare("autoencoder", "Reconstructions at equal code size", "autoencoder/view/player.css")


def autoencoder_player(checkpoint: Checkpoint, state: AutoencoderState) -> bool:
    """A checkpoint's network beside others and linear codes, as `state` says. See `show`."""
    colours = {"runs": list(RUNS), "linear": NOISE, "logistic": CLASS_COLOURS[4]}
    return show(_mount, "autoencoder", checkpoint, state, {"api": "./api/autoencoder", **colours})
