"""How checkpoints are called."""

from __future__ import annotations

from core import data
from core.config.presets import Preset


def checkpoint_name(preset: Preset, fingerprint: str | None = None) -> str:
    """The name of the preset's checkpoint and run, with a key of all that determines it: settings, data, and the
    recipe that its first weights come from. Loads the data where their `fingerprint` is not given. Raises `DataError`.
    """
    from core.models import origin_of  # here, as it brings torch

    determined = fingerprint or data.load(preset.dataset).fingerprint
    if (before := origin_of(preset)) is not None:
        determined += checkpoint_name(before, fingerprint)
    return f"{preset.name}-{preset.key(determined)}"
