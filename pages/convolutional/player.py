"""The player of convolutional machines. Its scripts are served at /ui and compute everything in the browser; here
stands only what Streamlit mounts."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.convolutional import loading
from pages.convolutional.state import ConvolutionalState
from pages.shared.component import declare, show

_mount = declare("convolutional", "Convolutional RBM", "shared/view/tabs.css", "convolutional/view/player.css")


def convolutional_player(checkpoint: Checkpoint, state: ConvolutionalState) -> bool:
    """A checkpoint's filters and maps, as `state` says. See `show`."""
    beside = loading.dense(checkpoint)
    told = {"api": "./api/convolutional", "dense": beside.title if beside else ""}
    return show(_mount, "convolutional", checkpoint, state, told)
