"""Data sets that visitors bring: read, prepared, and kept in the data folder, where every process finds them.

    own/own-cats/data.npz     train, test and their labels; never a pickle
    own/own-cats/info.json    title, kind, shape, where it came from, how it was made, SHA-256 of data.npz
    own/own-cats/sheet.png    a few images to show in a list
    own/.trash/               deleted sets, for a day

A folder appears and vanishes whole, by renaming, so that two processes can keep sets of one name at once. From a
notebook:

    from core import data
    from core.data.uploads import store
    draft = store.read_folder("photos/cats")
    name = store.keep(store.prepare(draft, store.suggest(draft)))
    cats = data.load(name)
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
import os
import re
import shutil
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.errors import DataError
from core.data.uploads.builder import glance, prepare, sample
from core.data.uploads.reader import read, read_files, read_folder, suggest
from core.data.uploads.schema import (
    MAX_CELLS,
    MAX_CLASSES,
    MAX_COLUMNS,
    MAX_EXAMPLES,
    MAX_FILE_MB,
    MAX_KEPT_MB,
    MAX_PIXELS,
    MAX_UNPACKED_MB,
    MAX_WORDS,
    MIN_EXAMPLES,
    SIDES,
    TEXT_LENGTH,
    Draft,
    Prepared,
    Settings,
)

__all__ = [
    "Draft",
    "Kept",
    "Prepared",
    "Settings",
    "catalogue",
    "delete",
    "glance",
    "keep",
    "limits",
    "listing",
    "load",
    "prepare",
    "read",
    "read_files",
    "read_folder",
    "rename",
    "sample",
    "suggest",
    "text",
    "trash",
    "undelete",
]

FORMAT = 1
MAX_SETS = 100
TRASH_KEPT = 24 * 3600.0  # seconds for which a deleted set can be brought back
NAME = re.compile(r"own(-[a-z0-9]+)+")
SHEET = 16  # images in a sheet, in two rows
ARRAYS = ("train", "test", "train_labels", "test_labels")


def limits() -> dict[str, str]:
    """What is taken, by kind of file, with the limits that are enforced."""
    most = f"At most {MAX_FILE_MB} MB"
    return {
        "Images": "A zip file or a folder of PNG, JPEG, GIF, BMP, WebP, TIFF or PPM files. Folders in it become "
        f"classes. {most} packed and {MAX_UNPACKED_MB:,} MB unpacked, {MAX_PIXELS / 1e6:.0f} million pixels an image.",
        "Arrays": "A NumPy file (.npy, .npz): images (N, height, width), with colour channels or without, or vectors "
        f"(N, D). Labels may come with them as `y`, a split as `x_train`, `x_test` and so on. {most}.",
        "Tables": "A .csv file in UTF-8, a row an example: vectors, pixels, or word counts (a row a document, a column "
        f"a word). A column may say the class. JSON, JSON lines, word2vec's and libsvm's formats too, and vectors with "
        f"their metadata in a zip. {most} and {MAX_CELLS / 1e6:.0f} million cells.",
        "Text": f"A .txt file in UTF-8, {TEXT_LENGTH[0]} to {TEXT_LENGTH[1] / 1e6:.0f} million characters.",
        "Kept": f"{MIN_EXAMPLES} to {MAX_EXAMPLES:,} examples, at most {MAX_KEPT_MB} MB of them: square grey images of "
        f"{SIDES[0]} to {SIDES[1]} pixels a side, vectors of up to {MAX_COLUMNS:,} values, or counts of up to "
        f"{MAX_WORDS:,} words; up to {MAX_CLASSES} classes.",
    }


@dataclass(frozen=True)
class Kept:
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
    def sheet(self) -> Path | None:
        """A small picture of some examples, where they are images."""
        file = self.folder / "sheet.png"
        return file if file.is_file() else None

    def summary(self) -> str:
        """The set in one sentence."""
        a, shape = self.about, "×".join(map(str, self.event_shape))
        what = {
            "levels": f"images of {shape} pixels in {a['levels']} greys",
            "binary": f"binary images of {shape} pixels"
            if len(self.event_shape) == 2
            else f"binary vectors of {shape}",
            "real": f"vectors of {shape} values",
            "counts": f"documents over {shape} words",
            "text": "characters",
        }[a["kind"]]
        classes = f", {len(a['class_names'])} classes" if a["class_names"] else ""
        return f"{self.examples:,} {what}{classes}: {a['train']:,} to train on, {a['test']:,} to test."


# -- what is there ----------------------------------------------------------------------------------


def root() -> Path:
    """The folder of own sets (it need not exist yet)."""
    from core.data.download import data_folder

    return data_folder() / "own"


def listing() -> tuple[list[Kept], list[str]]:
    """The sets that can be used, newest first, and a sentence on each that cannot."""
    good, problems = [], []
    for folder in _folders(root(), problems):
        if NAME.fullmatch(folder.name):
            try:
                good.append(_described(folder))
            except DataError as problem:
                if folder.is_dir():  # else it was deleted a moment ago
                    problems.append(str(problem))
    return sorted(good, key=lambda k: (-k.about["kept"], k.name)), problems


def catalogue() -> dict[str, DatasetInfo]:
    """Entries for `core.data.catalogue`, by name."""
    return {
        kept.name: DatasetInfo(
            kept.name,
            kept.title,
            kept.about["kind"],
            kept.event_shape,
            kept.summary(),
            partial(load, kept.name),
            licence="your own",
            source=kept.about["source"],
            version=kept.version,
            train=kept.about["train"],
        )
        for kept in listing()[0]
    }


def load(name: str) -> Dataset:
    """The own set `name`, read anew. Raises `DataError` where it is not there or damaged."""
    kept = _find(name)
    about = kept.about
    try:
        content = (kept.folder / "data.npz").read_bytes()
    except OSError as problem:
        raise DataError(f"{name}: cannot read {kept.folder / 'data.npz'} ({problem})") from problem
    if (found := hashlib.sha256(content).hexdigest()) != about["sha256"]:
        problem = f"data.npz is not what was kept (SHA-256 {found[:12]}…, not {about['sha256'][:12]}…)"
        _spoilt[_state(kept.folder)] = problem
        raise DataError(f"{kept.folder.name}: {problem}; {_MEND}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {part: stored[part] for part in ARRAYS if part in stored}
        return Dataset(
            name,
            about["title"],
            about["kind"],
            kept.event_shape,
            class_names=tuple(about["class_names"]),
            levels=about["levels"],
            vocabulary=tuple(about["vocabulary"]),
            **arrays,
        )
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as problem:
        raise DataError(f"{name}: data.npz cannot be used ({problem}); {_MEND}") from problem


def text(name: str) -> str:
    """The whole text of the own set `name`: what is trained on, then what is tested on."""
    dataset = load(name)
    if dataset.kind != "text":
        raise DataError(f"{name} is no text but {dataset.kind}")
    return np.concatenate([dataset.train, dataset.test]).astype("<u4").tobytes().decode("utf-32-le")


_MEND = "delete it and bring the file again"
_spoilt: dict[tuple[str, int, int], str] = {}  # what `load` found out about files, by path, time and size
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


def _folders(parent: Path, problems: list[str]) -> list[Path]:
    try:
        return sorted(p for p in parent.iterdir() if p.is_dir())
    except FileNotFoundError:
        return []
    except OSError as problem:  # a folder that may not be read must not take every other data set along
        problems.append(f"{parent} cannot be read ({problem})")
        return []


def _state(folder: Path) -> tuple[str, int, int]:
    stat = (folder / "data.npz").stat()
    return str(folder), stat.st_mtime_ns, stat.st_size


def _described(folder: Path) -> Kept:
    """A folder by its info.json, checked. Raises `DataError`."""
    name = folder.name
    try:
        about = json.loads((folder / "info.json").read_text(encoding="utf-8"))
        state = _state(folder)
    except (OSError, ValueError, RecursionError) as problem:
        raise DataError(f"{name}: the description or the data cannot be read ({problem}); {_MEND}") from problem
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise DataError(f"{name}: info.json is not of this version's format; {_MEND}")
    bad = [key for key, kind in _FIELDS.items() if not isinstance(about.get(key), kind)]
    if about.get("kind") not in ("binary", "real", "levels", "counts", "text"):
        bad.append("kind")
    if (about.get("kind") == "levels") != isinstance(about.get("levels"), int):
        bad.append("levels")
    if bad:
        raise DataError(f"{name}: info.json lacks {', '.join(bad)}, or holds something else there; {_MEND}")
    if state[2] != about["bytes"]:
        raise DataError(f"{name}: data.npz has {state[2]:,} bytes, not {about['bytes']:,}; {_MEND}")
    if state in _spoilt:
        raise DataError(f"{name}: {_spoilt[state]}; {_MEND}")
    return Kept(name, folder, about)


def _find(name: str) -> Kept:
    if not NAME.fullmatch(name) or not (root() / name).is_dir():
        raise DataError(f"there is no data set of your own called {name!r}")
    return _described(root() / name)


# -- keeping, renaming, deleting --------------------------------------------------------------------


def keep(prepared: Prepared) -> str:
    """Write the set into the data folder; returns the name it can be loaded by. Raises `DataError`."""
    dataset = prepared.dataset
    kept, _ = listing()
    if len(kept) >= MAX_SETS:
        raise DataError(f"{len(kept)} data sets of your own are kept, which is the most; delete one first")
    temporary = root() / f".new-{uuid.uuid4().hex}"
    try:
        temporary.mkdir(parents=True)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{p: a for p in ARRAYS if (a := getattr(dataset, p)) is not None})
        content = buffer.getvalue()
        (temporary / "data.npz").write_bytes(content)
        if len(dataset.event_shape) == 2:
            (temporary / "sheet.png").write_bytes(_sheet(dataset))
        about = {
            "format": FORMAT,
            "title": dataset.title,
            "kind": dataset.kind,
            "event_shape": list(dataset.event_shape),
            "levels": dataset.levels,
            "train": len(dataset.train),
            "test": len(dataset.test),
            "class_names": list(dataset.class_names),
            "vocabulary": list(dataset.vocabulary),
            "source": prepared.source,
            "settings": dataclasses.asdict(prepared.settings),
            "notes": list(prepared.notes),
            "glimpse": _glimpse(dataset),
            "kept": time.time(),
            "fingerprint": dataset.fingerprint,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "size": _size(dataset),
        }
        _write_json(temporary / "info.json", about)
        return _place(temporary, _slug(dataset.title))
    except OSError as problem:
        shutil.rmtree(temporary, ignore_errors=True)
        raise DataError(
            f"{dataset.title!r} cannot be kept in {root()} ({problem.strerror or problem}). Set PLAYGROUND_DATA to a "
            "folder that can be written to and has room."
        ) from problem


def rename(name: str, title: str) -> None:
    """Give the set another title; its name, which links and runs hold, stays. Raises `DataError`."""
    kept = _find(name)
    title = Settings(title=title).title.strip()
    with _writing(name):
        _write_json(kept.folder / "info.json", {**kept.about, "title": title})


def delete(name: str) -> str:
    """Move the set to the trash, damaged or not; returns what `undelete` takes. Raises `DataError`."""
    if not NAME.fullmatch(name) or not (root() / name).is_dir():
        raise DataError(f"there is no data set of your own called {name!r}")
    _empty_trash()
    token = f"{name}~{time.time_ns()}"
    with _writing(name):
        (root() / ".trash").mkdir(exist_ok=True)
        os.rename(root() / name, root() / ".trash" / token)
    return token


def undelete(token: str) -> str:
    """Bring a deleted set back; returns its name (another one if a new set has taken it). Raises `DataError`."""
    name, _, _ = token.partition("~")
    folder = root() / ".trash" / token
    if not re.fullmatch(rf"{NAME.pattern}~\d+", token) or not folder.is_dir():
        raise DataError(f"{name!r} is not in the trash any more; deleted sets stay there for a day")
    with _writing(name):
        return _place(folder, name)


def trash() -> list[Kept]:
    """Sets deleted in the last day, newest first; `folder.name` is what `undelete` takes."""
    found = []
    for folder in _folders(root() / ".trash", []):
        deleted = _deleted_at(folder)
        if deleted and time.time() - deleted < TRASH_KEPT:
            try:
                about = _described(folder).about
            except DataError:  # damaged ones are not worth bringing back
                continue
            found.append(Kept(folder.name.partition("~")[0], folder, about, deleted))
    return sorted(found, key=lambda k: -(k.deleted or 0))


def _deleted_at(folder: Path) -> float | None:
    name, _, moment = folder.name.partition("~")
    return int(moment) / 1e9 if NAME.fullmatch(name) and moment.isdigit() else None


def _empty_trash() -> None:
    for folder in _folders(root() / ".trash", []):
        deleted = _deleted_at(folder)
        if deleted and time.time() - deleted >= TRASH_KEPT:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _writing(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise DataError(f"{name}: {root()} cannot be written to ({problem.strerror or problem})") from problem


def _place(folder: Path, name: str) -> str:
    """Rename the folder to `name`, or to name-2, name-3, ... where that is taken; renaming decides who was first."""
    base = re.sub(r"-\d+$", "", name) if NAME.fullmatch(re.sub(r"-\d+$", "", name)) else name
    candidates = [name, *(f"{base}-{i}" for i in range(2, 10 * MAX_SETS))]
    for candidate in candidates:
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


def _slug(title: str) -> str:
    """A folder's name from a title: "Über Cats!" -> "own-uber-cats"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "own-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "set")


def _write_json(file: Path, about: dict[str, Any]) -> None:
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    temporary.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, file)


def _sheet(dataset: Dataset) -> bytes:
    """A PNG of the first training images side by side."""
    from PIL import Image

    top = (dataset.levels or 2) - 1
    images = np.rint(dataset.train[:SHEET].astype(np.float32) * (255 / top)).astype(np.uint8)
    scale = max(1, round(400 / (SHEET // 2) / images.shape[2]))  # small pixels would be blurred by a browser
    n, height, width = (images := images.repeat(scale, 1).repeat(scale, 2)).shape
    across = min(n, SHEET // 2)
    rows = math.ceil(n / across)
    sheet = np.full((rows * (height + scale) - scale, across * (width + scale) - scale), 128, np.uint8)
    for k, image in enumerate(images):
        y, x = k // across * (height + scale), k % across * (width + scale)
        sheet[y : y + height, x : x + width] = image
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()


def _size(dataset: Dataset) -> int:
    """See `Kept.size`."""
    if dataset.kind != "text":
        return dataset.train.nbytes + dataset.test.nbytes
    return sum(len(part.astype("<u4").tobytes().decode("utf-32-le").encode()) for part in (dataset.train, dataset.test))


def _glimpse(dataset: Dataset) -> list[Any]:
    """What a list shows of a set that is no images: frequent words, the first values, or the first characters."""
    if dataset.kind == "counts":
        totals = dataset.train.sum(0, dtype=np.int64) + dataset.test.sum(0, dtype=np.int64)
        return [[word, int(n)] for word, n in zip(dataset.vocabulary[:30], totals[:30], strict=True)]
    if dataset.kind == "text":
        return [dataset.train[:300].astype("<u4").tobytes().decode("utf-32-le")]
    if len(dataset.event_shape) == 1:
        return [[float(f"{v:.4g}") for v in row[:8]] for row in dataset.train[:3].tolist()]
    return []
