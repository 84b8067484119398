"""Tensors that had other names in files of earlier versions."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn


def current_name(model: nn.Module, name: str) -> str:
    """The name that the model has now for a tensor of a file."""
    for before, now in getattr(model, "RENAMED", {}).items():
        name = name.replace(before, now)
    return name


class RenamedTensors(nn.Module):
    """A model that loads those files too: `RENAMED` says which parts of names they hold, and what these have become."""

    RENAMED: ClassVar[dict[str, str]] = {}

    def _load_from_state_dict(self, state: dict[str, Any], *rest: Any) -> None:
        for name in list(state):
            state[current_name(self, name)] = state.pop(name)
        super()._load_from_state_dict(state, *rest)
