"""Vectors on disk, by content: `.representations/DATASET/KEY.npy` beside the checkpoints, opened as memory maps.

float32: rounded to float16, 66 layers of the models of the small digits keep 99.97% of their 10 nearest neighbours in
the median, but 4% where the units have almost collapsed (the autoencoder by plain SGD), which is to be seen as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def writing(file: Path, rows: int, size: int) -> Iterator[np.ndarray]:
    """An array (rows, size) to be filled, which becomes the file at the end of the block: it appears when it is whole,
    and what is given up leaves nothing. Where nothing can be kept, the array is in memory."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent.parent / ".gitignore").write_text("*\n")  # they can all be made again
        disk.sweep_leftovers(file.parent)
        temporary = disk.temporary_path(file, str(threading.get_ident()))
        target = np.lib.format.open_memmap(temporary, "w+", np.float32, (rows, size))
    except OSError:
        yield np.empty((rows, size), np.float32)
        return
    with disk.removed_on_failure(temporary):
        yield target
        target.flush()
        temporary.replace(file)
    _trim(keep=file)


def _trim(keep: Path) -> None:
    """Remove what was asked for longest ago, as far as more than `LIMIT` is kept."""
    with suppress(OSError):
        files = [(f.stat().st_mtime, f.stat().st_size, f) for f in keep.parent.parent.glob("*/*.npy") if f != keep]
        kept = keep.stat().st_size
        for _, size, file in sorted(files, reverse=True):
            kept += size
            if kept > LIMIT:
                file.unlink()
