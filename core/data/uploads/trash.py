"""Data sets that are deleted, and brought back within a day."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

from core.data.errors import DataError
from core.data.uploads.saved import (
    SAVED_NAME,
    SavedDataset,
    folders_in,
    place_folder,
    read_saved,
    root,
    write_errors_named,
)

TRASH_SECONDS = 24 * 3600.0  # for which a deleted set can be brought back


def delete(name: str) -> str:
    """Move the set to the trash, damaged or not; returns what `undelete` takes. Raises `DataError`."""
    if not SAVED_NAME.fullmatch(name) or not (root() / name).is_dir():
        raise DataError(f"no saved data set is called {name!r}")
    _empty_trash()
    token = f"{name}~{time.time_ns()}"
    with write_errors_named(name):
        (root() / ".trash").mkdir(exist_ok=True)
        os.rename(root() / name, root() / ".trash" / token)
    return token


def undelete(token: str) -> str:
    """Bring a deleted set back; returns its name (another one if a new set has taken it). Raises `DataError`."""
    name, _, _ = token.partition("~")
    folder = root() / ".trash" / token
    if not re.fullmatch(rf"{SAVED_NAME.pattern}~\d+", token) or not folder.is_dir():
        raise DataError(f"{name!r} is no longer in the trash; deleted data sets are kept for a day")
    with write_errors_named(name):
        return place_folder(folder, name)


def list_deleted() -> list[SavedDataset]:
    """Sets deleted in the last day, newest first; `folder.name` is what `undelete` takes."""
    found = []
    for folder in folders_in(root() / ".trash", []):
        deleted = _deleted_at(folder)
        if deleted and time.time() - deleted < TRASH_SECONDS:
            try:
                about = read_saved(folder).about
            except DataError:  # damaged ones are not worth bringing back
                continue
            found.append(SavedDataset(folder.name.partition("~")[0], folder, about, deleted))
    return sorted(found, key=lambda k: -(k.deleted or 0))


def _deleted_at(folder: Path) -> float | None:
    name, _, moment = folder.name.partition("~")
    return int(moment) / 1e9 if SAVED_NAME.fullmatch(name) and moment.isdigit() else None


def _empty_trash() -> None:
    for folder in folders_in(root() / ".trash", []):
        deleted = _deleted_at(folder)
        if deleted and time.time() - deleted >= TRASH_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
