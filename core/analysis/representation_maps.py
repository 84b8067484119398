"""Maps of representations in two or three dimensions, kept by the content of their vectors: `.layouts/maps/KEY.npy`
beside the checkpoints.

PCA is computed where it is asked for; UMAP and t-SNE take a run (`core.jobs.submit_map`).
"""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from core import representations
from core.analysis.layouts import FOLDER, Report
from core.numerics.projections import SETTINGS, check, project
from core.store import checkpoints, disk

SOLID = "-3d"  # ends the names of methods with three dimensions
METHODS = {**SETTINGS, f"pca{SOLID}": SETTINGS["pca"], f"umap{SOLID}": SETTINGS["umap"]}  # with their settings
_FORMAT = 1  # raised when the same question no longer has the same answer


def plain_method(method: str) -> tuple[Any, int]:
    """The method of `core.numerics.projections` behind one of `METHODS`, and its dimensions."""
    return method.removesuffix(SOLID), 3 if method.endswith(SOLID) else 2


def map_key(vectors: np.ndarray, method: str, settings: dict[str, float]) -> str:
    """Sixteen hex digits that change with anything that determines the map of vectors (n, d). Raises `SettingError`."""
    digest = hashlib.sha256(
        json.dumps([_FORMAT, method, check(plain_method(method)[0], settings), vectors.shape]).encode()
    )
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()[:16]


def stored_map(key: str, n: int, dimensions: int = 2) -> np.ndarray | None:
    """The map (n, dimensions) of that key; None where there is none, or it is damaged."""
    try:
        found = np.load(_file(key), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == (n, dimensions) and found.dtype == np.float32 else None


def compute_map(
    representation: str,
    dataset: str,
    split: str,
    method: str,
    settings: dict[str, float],
    report: Report | None = None,
) -> np.ndarray:
    """The map (n, 2) or (n, 3) of a data set's representation, computed anew and kept. Raises `SettingError`,
    `DataError`, `CheckpointError`."""
    return make_map(
        representations.compute(representation, dataset, split, report=report).vectors, method, settings, report
    )


def make_map(vectors: np.ndarray, method: str, settings: dict[str, float], report: Report | None = None) -> np.ndarray:
    """The map (n, 2) or (n, 3) of vectors (n, d), computed anew and kept. Raises `SettingError`."""
    plain, dimensions = plain_method(method)
    coordinates = project(plain, vectors, report=report, dimensions=dimensions, **settings).coordinates
    file, content = _file(map_key(vectors, method, settings)), io.BytesIO()
    np.save(content, np.ascontiguousarray(coordinates, np.float32))
    with suppress(OSError):  # where nothing can be kept, it is still there to be seen
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent.parent / ".gitignore").write_text("*\n")  # they can all be made again
        disk.write_atomically(file, content.getvalue())
    return coordinates


def _file(key: str) -> Path:
    return checkpoints.root() / FOLDER / "maps" / f"{key}.npy"
