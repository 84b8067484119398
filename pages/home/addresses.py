"""The ways from Home into the states of pages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from core.store.checkpoints import Checkpoint

MODEL = "{checkpoint}"  # in a query: the name of the model


def address(page: str, query: Mapping[str, str], model: Checkpoint | None = None) -> str:
    """The page in the state that `query` says, of `model` where the query speaks of one."""
    if model is not None:
        query = {name: value.replace(MODEL, model.name) for name, value in query.items()}
    text = urlencode(query, safe="~,:")
    return f"./{page}?{text}" if text else f"./{page}"
