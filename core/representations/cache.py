"""Vectors on disk, by content: `.representations/DATASET/KEY.npy` beside the checkpoints, opened as memory maps.

float32: in float16 one of 70 nearest neighbours of MNIST's pixels is another one (`benchmarks/representations.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from core.store import checkpoints, disk

FOLDER = ".representations"  # beside the checkpoints; the dot keeps it out of their list
LIMIT = 4 * 2**30  # bytes that are kept; what was not asked for longest goes first
_FORMAT = 1  # raised when the same question no longer has the same answer


def root() -> Path:
    """The folder of all that is kept."""
    return checkpoints.root() / FOLDER


def file_of(dataset: str, determined: list[Any]) -> Path:
    """The file of what is determined by these values."""
    key = hashlib.sha256(json.dumps([_FORMAT, *determined]).encode()).hexdigest()[:24]
    return root() / dataset / f"{key}.npy"


def read(file: Path, rows: int, size: int | None) -> np.ndarray | None:
    """The vectors in the file (rows, size), as a memory map; None where there is none, or it is damaged."""
    try:
        found = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if found.dtype != np.float32 or found.ndim != 2 or len(found) != rows or size not in (None, found.shape[1]):
        return None
    with suppress(OSError):
        os.utime(file)
    return found


def write(file: Path, rows: int, size: int, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Fill a file with parts, each of places (m,) and vectors (m, size), and open it. It appears when it is whole; what
    is given up leaves nothing. Where nothing can be kept, the vectors are in memory."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent.parent / ".gitignore").write_text("*\n")  # they can all be made again
        disk.sweep_leftovers(file.parent)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
        target = np.lib.format.open_memmap(temporary, "w+", np.float32, (rows, size))
    except OSError:
        temporary, target = None, np.empty((rows, size), np.float32)
    if temporary is None:
        _fill(target, parts)
        return target
    with disk.removed_on_failure(temporary):
        _fill(target, parts)
        target.flush()
        temporary.replace(file)
    _trim(keep=file)
    return np.load(file, mmap_mode="r", allow_pickle=False)


def _fill(target: np.ndarray, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
    for places, vectors in parts:
        target[places] = vectors


def _trim(keep: Path) -> None:
    """Remove what was asked for longest ago, as far as more than `LIMIT` is kept."""
    with suppress(OSError):
        files = [(f.stat().st_mtime, f.stat().st_size, f) for f in keep.parent.parent.glob("*/*.npy") if f != keep]
        kept = keep.stat().st_size
        for _, size, file in sorted(files, reverse=True):
            kept += size
            if kept > LIMIT:
                file.unlink()
