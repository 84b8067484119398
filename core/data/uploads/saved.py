"""Data sets in the data folder: what is there, each checked before it is believed."""

from __future__ import annotations

import json
import math
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.config.ownership import alternatives
from core.data.errors import DataError

FORMAT = 1
MAX_SETS = 100
SAVED_NAME = re.compile(r"own(-[a-z0-9]+)+")
ARRAYS = ("train", "test", "train_labels", "test_labels")
MEND = "delete it and upload the file again"
damaged_files: dict[tuple[str, int, int], str] = {}  # what `load` found out about files, by path, time and size
_FIELDS = {
    "title": str,
    "kind": str,
    "event_shape": list,
    "train": int,
    "test": int,
    "class_names": list,
    "vocabulary": list,
    "source": str,
    "settings": dict,
    "notes": list,
    "glimpse": list,
    "kept": int | float,
    "sha256": str,
    "bytes": int,
}


@dataclass(frozen=True)
class SavedDataset:
    """A set in the folder. `about` is the content of info.json; `deleted` the time it was deleted, or None."""

    name: str
    folder: Path
    about: dict[str, Any] = field(repr=False)
    deleted: float | None = None

    @property
    def title(self) -> str:
        return self.about["title"]

    @property
    def examples(self) -> int:
        return self.about["train"] + self.about["test"]

    @property
    def event_shape(self) -> tuple[int, ...]:
        return tuple(self.about["event_shape"])

    @property
    def version(self) -> str:
        """Changes with the content."""
        return self.about["sha256"][:16]

    @property
    def size(self) -> int:
        """Bytes of the examples, unpacked: of a text in UTF-8, of the others as arrays."""
        size = self.about.get("size")
        itemsize = {"real": 4, "counts": 4}.get(self.about["kind"], 1)
        return size if isinstance(size, int) else self.examples * math.prod(self.event_shape) * itemsize

    @property
    def thumbnail(self) -> Path | None:
        """A small picture of some examples, where they are images."""
        file = self.folder / "sheet.png"
        return file if file.is_file() else None

    def summary(self) -> str:
        """The set in one sentence."""
        a, shape = self.about, "×".join(map(str, self.event_shape))
        what = {
            "levels": f"images of {shape} pixels in {a['levels']} grey levels",
            "binary": f"binary images of {shape} pixels"
            if len(self.event_shape) == 2
            else f"binary vectors of {shape}",
            "real": f"vectors of {shape} values",
            "counts": f"documents over {shape} words",
            "text": "characters",
        }[a["kind"]]
        classes = f", {len(a['class_names'])} classes" if a["class_names"] else ""
        return f"{self.examples:,} {what}{classes}: {a['train']:,} for training, {a['test']:,} for testing."


def root() -> Path:
    """The folder of own sets (it need not exist yet)."""
    from core.data.download import data_folder

    return data_folder() / "own"


def list_saved() -> tuple[list[SavedDataset], list[str]]:
    """The sets that can be used, newest first, and a sentence on each that cannot."""
    good, problems = [], []
    for folder in folders_in(root(), problems):
        if SAVED_NAME.fullmatch(folder.name):
            try:
                good.append(read_saved(folder))
            except DataError as problem:
                if folder.is_dir():  # else it was deleted a moment ago
                    problems.append(str(problem))
    return sorted(good, key=lambda k: (-k.about["kept"], k.name)), problems


def folders_in(parent: Path, problems: list[str]) -> list[Path]:
    """The folders in `parent`; what keeps them from being read is added to `problems`."""
    try:
        return sorted(p for p in parent.iterdir() if p.is_dir())
    except FileNotFoundError:
        return []
    except OSError as problem:  # a folder that may not be read must not take every other data set along
        problems.append(f"{parent} cannot be read ({problem})")
        return []


def file_state(folder: Path) -> tuple[str, int, int]:
    """What changes when the data of a set do: path, time and size of their file."""
    stat = (folder / "data.npz").stat()
    return str(folder), stat.st_mtime_ns, stat.st_size


def read_saved(folder: Path) -> SavedDataset:
    """A folder by its info.json, checked. Raises `DataError`."""
    name = folder.name
    try:
        about = json.loads((folder / "info.json").read_text(encoding="utf-8"))
        state = file_state(folder)
    except (OSError, ValueError, RecursionError) as problem:
        raise DataError(f"{name}: the description or the data cannot be read ({problem}); {MEND}") from problem
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise DataError(f"{name}: info.json is not of this version's format; {MEND}")
    bad = [key for key, kind in _FIELDS.items() if not isinstance(about.get(key), kind)]
    if about.get("kind") not in ("binary", "real", "levels", "counts", "text"):
        bad.append("kind")
    if (about.get("kind") == "levels") != isinstance(about.get("levels"), int):
        bad.append("levels")
    if bad:
        raise DataError(f"{name}: info.json lacks {', '.join(bad)}, or holds something else there; {MEND}")
    if state[2] != about["bytes"]:
        raise DataError(f"{name}: data.npz has {state[2]:,} bytes, not {about['bytes']:,}; {MEND}")
    if state in damaged_files:
        raise DataError(f"{name}: {damaged_files[state]}; {MEND}")
    return SavedDataset(name, folder, about)


def find_saved(name: str) -> SavedDataset:
    """The saved set `name`. Raises `DataError`."""
    if not SAVED_NAME.fullmatch(name) or not (root() / name).is_dir():
        raise DataError(f"no saved data set is called {name!r}")
    return read_saved(root() / name)


@contextmanager
def write_errors_named(name: str) -> Iterator[None]:
    """Raise `DataError` with the set and its folder, where that cannot be written to."""
    try:
        yield
    except OSError as problem:
        raise DataError(f"{name}: {root()} cannot be written to ({problem.strerror or problem})") from problem


def place_folder(folder: Path, name: str) -> str:
    """Rename the folder to `name`, or to name-2, name-3, ... where that is taken (what cannot be guessed where it is
    somebody's); renaming decides who was first."""
    base = re.sub(r"-\d+$", "", name) if SAVED_NAME.fullmatch(re.sub(r"-\d+$", "", name)) else name
    for candidate in (name, *islice(alternatives(base, 10 * MAX_SETS), 1, None)):
        goal = root() / candidate
        if goal.exists():
            continue
        try:
            os.rename(folder, goal)
        except OSError:
            if not goal.exists():
                raise
        else:
            return candidate
    raise DataError(f"too many data sets are called {name!r}; choose another title")


def write_json(file: Path, about: dict[str, Any]) -> None:
    """Write as JSON, never half of it."""
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    temporary.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, file)
