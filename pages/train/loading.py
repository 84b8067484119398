"""What a training would take here, and whether it can begin."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.config.presets import Preset


def check(preset: Preset) -> None:
    """Raise `DataError`, `SettingError` or `CheckpointError` where the preset cannot be trained."""
    from core.jobs.worker import check

    check(preset)


class EstimateError(RuntimeError):
    """The few steps of a training that an estimate needs could not be made; the message says why."""


def estimate(preset: Preset) -> dict[str, Any]:
    """What the training will take here (`core.jobs.worker.Estimate` as a dict). Raises `EstimateError`."""
    return _estimate(json.dumps(preset.to_json(), sort_keys=True))


@lru_cache(maxsize=64)
def _estimate(preset: str) -> dict[str, Any]:
    # a process of its own: steps in the server's threads would stall every visitor
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(preset)
        file.flush()
        command = [sys.executable, "-m", "core", "estimate", file.name, "--json"]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise EstimateError(done.stderr.strip().removeprefix("error: ") or "the process ended early")
    return json.loads(done.stdout)
