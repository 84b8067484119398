"""How checkpoints are called."""

from __future__ import annotations

from core import data
from core.config.ownership import owned_name
from core.config.presets import Preset
from core.store.checkpoint import root


def checkpoint_name(preset: Preset, fingerprint: str | None = None, owner: str = "") -> str:
    """The name of the preset's checkpoint and run, with a key of all that determines it: settings, data, and the
    recipe that its first weights come from; with a mark where it has an `owner` (`core.config.ownership`). Loads the
    data where their `fingerprint` is not given. Raises `DataError`.
    """
    from core.models import origin_of  # here, as it brings torch

    determined = fingerprint or data.load(preset.dataset).fingerprint
    if (before := origin_of(preset)) is not None:
        determined += checkpoint_name(before, fingerprint)
    return owned_name(f"{preset.name}-{preset.key(determined)}", owner)


def origin_name(origin: Preset, owner: str = "") -> str:
    """The checkpoint of a preset that another one starts from: everybody's where it is here, else the owner's."""
    name = checkpoint_name(origin)
    return name if (root() / name / "run.json").exists() else owned_name(name, owner)
