"""The player of language models: panels of what to do with a model that tells the next token.

Its scripts (player.js and what that imports) are served by `pages.ui.routes`, and fetch texts and readings by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.components import declare, show
from pages.ui.tokens import TokensState

_mount = declare(
    "tokens",
    "A text written token by token",
    "shared/tabs.css",
    "tokens/player.css",
    "tokens/runs.css",
    "tokens/inside.css",
)


def token_player(checkpoint: Checkpoint, state: TokensState) -> bool:
    """A checkpoint's model at work, as `state` says. See `show`."""
    return show(_mount, "tokens", checkpoint, state, {"api": "./api/tokens"})
