"""The player of language models: panels of what to do with a model of the next token.

Its scripts (player.js and what that imports) are served at /ui, and fetch texts and readings by
themselves; here stands only what Streamlit mounts.
"""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.shared.component import declare, show
from pages.tokens.state import TokensState

_mount = declare(
    "tokens",
    "Text generated token by token",
    "shared/view/tabs.css",
    "tokens/view/player.css",
    "tokens/view/branches.css",
    "tokens/view/surprisal.css",
    "tokens/view/runs.css",
    "tokens/view/inside.css",
)


def token_player(checkpoint: Checkpoint, state: TokensState) -> bool:
    """A checkpoint's model at work, as `state` says. See `show`."""
    return show(_mount, "tokens", checkpoint, state, {"api": "./api/tokens"})
