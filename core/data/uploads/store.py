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
    name = store.save(store.prepare(draft, store.suggest_settings(draft)))
    cats = data.load(name)
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import shutil
import time
import unicodedata
import uuid
import zipfile
from functools import partial

import numpy as np

from core.config.mode import max_uploads
from core.config.ownership import LONGEST, belongs_to, owned_name
from core.data.base import Dataset, DatasetInfo
from core.data.errors import DataError
from core.data.uploads.builder import prepare, preview, sample
from core.data.uploads.glimpse import glimpse, thumbnail_sheet
from core.data.uploads.reader import read, read_files, read_folder
from core.data.uploads.saved import (
    ARRAYS,
    FORMAT,
    MAX_SETS,
    MEND,
    SAVED_NAME,
    SavedDataset,
    damaged_files,
    file_state,
    find_saved,
    list_saved,
    place_folder,
    root,
    write_errors_named,
    write_json,
)
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
from core.data.uploads.suggestions import suggest_settings
from core.data.uploads.trash import delete, list_deleted, undelete

__all__ = [
    "SAVED_NAME",
    "Draft",
    "SavedDataset",
    "Prepared",
    "Settings",
    "catalogue",
    "delete",
    "preview",
    "save",
    "limits",
    "list_saved",
    "load",
    "prepare",
    "read",
    "read_files",
    "read_folder",
    "rename",
    "sample",
    "suggest_settings",
    "text",
    "list_deleted",
    "undelete",
]


def limits() -> dict[str, str]:
    """What is taken, by kind of file, with the limits that are enforced."""
    most = f"At most {MAX_FILE_MB} MB"
    return {
        "Images": "A zip file or a folder of PNG, JPEG, GIF, BMP, WebP, TIFF or PPM files. Folders in it become "
        f"classes. {most} packed and {MAX_UNPACKED_MB:,} MB unpacked, {MAX_PIXELS / 1e6:.0f} million pixels per image.",
        "Arrays": "A NumPy file (.npy, .npz): images (N, height, width), with or without colour channels, or vectors "
        f"(N, D). Labels can be included as `y`, a split as `x_train`, `x_test` and so on. {most}.",
        "Tables": "A .csv file in UTF-8 with one row per example: vectors, pixels, or word counts (one column per "
        f"word). One column can hold the class. Also JSON, JSON Lines, word2vec and libsvm files, and a zip of vectors "
        f"with their metadata. {most} and {MAX_CELLS / 1e6:.0f} million cells.",
        "Text": f"A .txt file in UTF-8, {TEXT_LENGTH[0]} to {TEXT_LENGTH[1] / 1e6:.0f} million characters.",
        "Saved as": f"{MIN_EXAMPLES} to {MAX_EXAMPLES:,} examples, at most {MAX_KEPT_MB} MB: square grey images of "
        f"{SIDES[0]} to {SIDES[1]} pixels per side, vectors of up to {MAX_COLUMNS:,} values, or counts of up to "
        f"{MAX_WORDS:,} words; up to {MAX_CLASSES} classes.",
    }


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
            classes=len(kept.about["class_names"]),
        )
        for kept in list_saved()[0]
    }


def load(name: str) -> Dataset:
    """The own set `name`, read anew. Raises `DataError` where it is not there or damaged."""
    kept = find_saved(name)
    about = kept.about
    try:
        content = (kept.folder / "data.npz").read_bytes()
    except OSError as problem:
        raise DataError(f"{name}: cannot read {kept.folder / 'data.npz'} ({problem})") from problem
    if (found := hashlib.sha256(content).hexdigest()) != about["sha256"]:
        problem = f"data.npz has changed since it was saved (SHA-256 {found[:12]}…, not {about['sha256'][:12]}…)"
        damaged_files[file_state(kept.folder)] = problem
        raise DataError(f"{kept.folder.name}: {problem}; {MEND}")
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
        raise DataError(f"{name}: data.npz cannot be used ({problem}); {MEND}") from problem


def text(name: str) -> str:
    """The whole text of the own set `name`: what is trained on, then what is tested on."""
    dataset = load(name)
    if dataset.kind != "text":
        raise DataError(f"{name} is not a text but {dataset.kind}")
    return np.concatenate([dataset.train, dataset.test]).astype("<u4").tobytes().decode("utf-32-le")


def save(prepared: Prepared, owner: str = "") -> str:
    """Write the set into the data folder, as the owner's (`core.config.ownership`) where there is one; returns the name
    that it can be loaded by. Raises `DataError`."""
    dataset = prepared.dataset
    kept, _ = list_saved()
    if len(kept) >= MAX_SETS:
        raise DataError(f"{len(kept)} data sets are saved, the maximum; delete one first")
    if owner and sum(belongs_to(one.name, owner) for one in kept) >= max_uploads():
        raise DataError(f"You keep {max_uploads()} data sets, the maximum here; delete one first")
    temporary = root() / f".new-{uuid.uuid4().hex}"
    try:
        temporary.mkdir(parents=True)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{p: a for p in ARRAYS if (a := getattr(dataset, p)) is not None})
        content = buffer.getvalue()
        (temporary / "data.npz").write_bytes(content)
        if len(dataset.event_shape) == 2:
            (temporary / "sheet.png").write_bytes(thumbnail_sheet(dataset))
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
            "glimpse": glimpse(dataset),
            "kept": time.time(),
            "fingerprint": dataset.fingerprint,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "size": _size(dataset),
        }
        write_json(temporary / "info.json", about)
        return place_folder(temporary, owned_name(_slug(dataset.title, LONGEST if owner else 40), owner))
    except OSError as problem:
        shutil.rmtree(temporary, ignore_errors=True)
        raise DataError(
            f"{dataset.title!r} cannot be saved in {root()} ({problem.strerror or problem}). Set PLAYGROUND_DATA to a "
            "folder that can be written to and has room."
        ) from problem


def rename(name: str, title: str) -> None:
    """Give the set another title; its name, which links and runs hold, stays. Raises `DataError`."""
    kept = find_saved(name)
    title = Settings(title=title).title.strip()
    with write_errors_named(name):
        write_json(kept.folder / "info.json", {**kept.about, "title": title})


def _slug(title: str, most: int) -> str:
    """A folder's name from a title: "Über Cats!" -> "own-uber-cats"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "own-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:most].strip("-") or "set")


def _size(dataset: Dataset) -> int:
    """See `Kept.size`."""
    if dataset.kind != "text":
        return dataset.train.nbytes + dataset.test.nbytes
    return sum(len(part.astype("<u4").tobytes().decode("utf-32-le").encode()) for part in (dataset.train, dataset.test))
