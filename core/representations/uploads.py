"""Matrices that a researcher brings: vectors of the examples of a data set, computed elsewhere.

    .npy               (N, d) numbers
    .csv, .tsv         a row for each example; also the two files of the TensorFlow Embedding Projector, vectors and
                       metadata, joined line by line
    .parquet           columns of numbers, or of lists of them

Rows are in the order of the split's examples, or say which example they are in a column of whole numbers from 0, called
"id" or "index" or named by whoever uploads. Columns of text are passed over. Nothing is ever unpickled.

    vectors = uploads.read("clip.npy", content)
    info = uploads.save(vectors, "mnist", "test", title="CLIP")
    representations.compute(info.key, "mnist")

They lie in `.vectors/DATASET/NAME` beside the checkpoints: vectors.npy and about.json, which appear together.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from core import data
from core.config.fields import require
from core.config.mode import max_uploads
from core.config.ownership import alternatives, belongs_to, owned_name
from core.data.errors import DataError
from core.data.uploads.archives import check_size
from core.data.uploads.arrays import npy
from core.data.uploads.formats import refusal
from core.data.uploads.schema import MAX_CELLS, MAX_FILE_MB, printable, short_path, some_of
from core.data.uploads.table import Table
from core.data.uploads.table_rows import Cells, RowReader
from core.data.uploads.table_text import decode_text
from core.data.uploads.vectors import join_metadata
from core.representations import examples
from core.representations.catalogue import UPLOADS, RepresentationInfo, list_uploads, upload_folder, uploads_root

MAX_SIZE = 20_000  # numbers of a vector
MAX_KEPT = 200  # uploads of one data set
IDS = ("id", "ids", "index", "example")  # what a column of ids may be called
_TITLE = 80  # characters


@dataclass(frozen=True, eq=False)
class Vectors:
    """What a file holds.

    values    (N, d) float32, finite
    ids       (N,) int64, which example each row is, or None where the file does not say
    notes     what was passed over
    """

    values: np.ndarray
    ids: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def read(name: str, content: bytes, metadata: tuple[str, bytes] | None = None, ids: str | None = None) -> Vectors:
    """Vectors from a file's bytes. Raises `DataError` that names the file, the place and what is wrong there.

    metadata    name and bytes of the Embedding Projector's second file
    ids         the column of ids, where it is not called by one of `IDS`
    """
    name, ending = short_path(name), PurePosixPath(name.lower()).suffix
    if not content:
        raise DataError(f"{name} is empty (0 bytes)")
    check_size(name, len(content), MAX_FILE_MB, "a file may have")
    if content[:4] == b"PAR1":
        return _from_columns(name, *_parquet(name, content), ids)
    if content[:6] == b"\x93NUMPY":
        values = npy(name, content)
        if values.ndim != 2 or values.dtype.kind not in "buif":
            raise DataError(f"{name} holds {values.dtype} of shape {values.shape}; expected numbers (N, d), a row each")
        return Vectors(_checked(name, values, _columns_of(values), lambda row: f"row {row + 1:,}"))
    if reason := refusal(content, ending):
        raise DataError(f"{name} {reason}")
    if ending not in (".csv", ".tsv", ".txt"):
        raise DataError(f"{name}: expected a .npy, .csv, .tsv or .parquet file")
    table, columns = _table(name, decode_text(name, content))
    notes: list[str] = []
    if metadata is not None:
        text = decode_text(short_path(metadata[0]), metadata[1])
        table, columns, notes = join_metadata(name, table, columns, text)
    found = _from_columns(name, table, columns, ids)
    return Vectors(found.values, found.ids, (*notes, *found.notes))


def align(vectors: Vectors, dataset: str, split: str = "test") -> np.ndarray:
    """The vectors in the order of the split's examples, (N, d). Raises `DataError` where they are not theirs."""
    loaded = data.load_test(dataset)
    n, here = examples.count(loaded, split), len(vectors.values)
    if here != n:
        fits = ""
        with suppress(DataError):  # the training part need not be here
            if other := next((s for s in (*examples.PARTS, "all") if examples.count(loaded, s) == here), ""):
                fits = f" ({here:,} is the number of {other} examples)"
        raise DataError(f"{here:,} vectors for {n:,} {split} examples of {dataset}{fits}: expected one for each")
    if vectors.ids is None:
        return vectors.values
    order = vectors.ids.argsort(kind="stable")
    ranked = vectors.ids[order]
    if (twice := np.flatnonzero(ranked[1:] == ranked[:-1])).size:
        rows = order[twice[0]] + 1, order[twice[0] + 1] + 1
        raise DataError(
            f"id {ranked[twice[0]]} stands in row {rows[0]:,} and in row {rows[1]:,}: expected each id once"
        )
    if ranked[0] != 0 or ranked[-1] != n - 1:
        wrong = int(ranked[0] if ranked[0] < 0 else ranked[-1])
        raise DataError(f"id {wrong:,} is none of {dataset}'s {split} examples: expected 0 to {n - 1:,}")
    return vectors.values[order]


def save(
    vectors: Vectors, dataset: str, split: str = "test", title: str = "Upload", source: str = "", owner: str = ""
) -> RepresentationInfo:
    """Keep vectors of the split's examples as a representation of the data set, the owner's (`core.config.ownership`)
    where there is one. Raises `DataError`, `SettingError`."""
    title = printable(title.strip())
    require(0 < len(title) <= _TITLE, "title", title, f"1 to {_TITLE} characters")
    values = np.ascontiguousarray(align(vectors, dataset, split))
    kept = list_uploads(dataset)
    require(len(kept) < MAX_KEPT, "uploads", len(kept), f"at most {MAX_KEPT} for a data set: delete some")
    if owner:
        own, most = sum(belongs_to(one.owned_by, owner) for one in kept), max_uploads()
        require(own < most, "uploads", own, f"at most {most} of yours for a data set: delete some")
    about = {
        "title": title,
        "source": short_path(source),
        "split": split,
        "size": values.shape[1],
        "rows": len(values),
        "data_fingerprint": data.load_test(dataset).fingerprint,
        "sha256": hashlib.sha256(values.data).hexdigest(),
        "kept": time.time(),
    }
    parent = uploads_root() / dataset
    temporary = parent / f".{os.getpid()}.{time.time_ns()}"
    try:
        temporary.mkdir(parents=True)
        np.save(temporary / "vectors.npy", values)
        (temporary / "about.json").write_text(json.dumps(about))
        name = _place(temporary, owned_name(_slug(title), owner))
    except OSError as problem:
        raise DataError(f"{title}: {parent} cannot be written to ({problem.strerror or problem})") from problem
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return next(one for one in list_uploads(dataset) if one.key == f"{UPLOADS}~{name}")


def delete(key: str, dataset: str) -> None:
    """Remove an upload. Raises `DataError` where there is none of this key."""
    if key not in {one.key for one in list_uploads(dataset)}:
        raise DataError(f"no upload of {dataset} is called {key!r:.100}")
    folder = upload_folder(key, dataset)
    gone = folder.with_name(f".{folder.name}.{time.time_ns()}")
    with suppress(FileNotFoundError):
        folder.rename(gone)  # at once for whoever lists them
    shutil.rmtree(gone, ignore_errors=True)


def load(key: str, dataset: str, split: str, fingerprint: str) -> np.ndarray:
    """Vectors (N, d) of all examples of the split, as a memory map. Raises `DataError` where the upload is of the other
    split or of another version of the data, or damaged."""
    folder = upload_folder(key, dataset)
    try:
        about = json.loads((folder / "about.json").read_text())
        values = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        title, of = about["title"], about["split"]
        whole = values.shape == (about["rows"], about["size"]) and values.dtype == np.float32
    except (OSError, ValueError, KeyError, TypeError, EOFError) as problem:
        raise DataError(f"{key}: the upload is damaged ({problem}); delete it and upload it again") from problem
    if not whole:
        raise DataError(f"{title}: the upload is damaged; delete it and upload it again")
    if about["data_fingerprint"] != fingerprint:
        raise DataError(f"{title} was uploaded for another version of the data {dataset}")
    if of != split:
        raise DataError(f"{title} holds vectors of the {of} examples; split={split!r} has none")
    return values


# -- reading ----------------------------------------------------------------------------------------


def _table(name: str, text: str) -> tuple[Table, list[str]]:
    """Cells of a text, with what most often stands between them in its first line."""
    first = text.lstrip("\n").partition("\n")[0]
    sign = max("\t;, ", key=first.count)
    rows = RowReader(name, Cells(text, sign, csv.QUOTE_MINIMAL), None)
    return rows.read(), rows.columns


def _parquet(name: str, content: bytes) -> tuple[Table, list[str]]:
    from core.data.uploads.table import table_from_columns

    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as problem:
        raise DataError(f"{name} is a Parquet file, for which pyarrow is missing: pip install pyarrow") from problem
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if columns > MAX_SIZE or rows * columns > MAX_CELLS:
            raise DataError(f"{name} has {rows:,} rows of {columns:,} columns; at most {MAX_CELLS:,} values are read")
        table = file.read()
        parts = []
        for field, column in zip(table.schema, table.columns, strict=True):
            kind = field.type
            if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
                parts.append((field.name, _lists(name, field.name, column.to_pylist())))
            elif pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
                cells = column.to_pylist()
                parts.append((field.name, np.array([np.nan if cell is None else cell for cell in cells])))
            else:
                parts.append((field.name, ["" if cell is None else str(cell) for cell in column.to_pylist()]))
    except pa.ArrowException as problem:
        raise DataError(f"{name} is a damaged Parquet file ({str(problem)[:200]})") from problem
    if not parts or not rows:
        raise DataError(f"{name} has no rows")
    return table_from_columns(parts)


def _lists(name: str, column: str, cells: list) -> np.ndarray:
    size = len(cells[0]) if cells and cells[0] is not None else 0
    for row, cell in enumerate(cells):
        if cell is None or len(cell) != size or not size:
            found = "nothing" if cell is None else f"{len(cell):,} numbers"
            raise DataError(f"{name}, row {row + 1:,}, column {column!r}: {found} where the first row has {size:,}")
    if size > MAX_SIZE or size * len(cells) > MAX_CELLS:
        raise DataError(f"{name} has {len(cells):,} vectors of {size:,} numbers; at most {MAX_CELLS:,} are read")
    try:
        values = np.array(cells, np.float64)
    except (ValueError, TypeError) as problem:
        raise DataError(f"{name}, column {column!r}: its lists hold something other than numbers") from problem
    if not np.isfinite(values).all():
        row, place = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"{name}, row {row + 1:,}, column '{column} {place + 1}': {values[row, place]} is no number")
    return values


def _from_columns(name: str, table: Table, columns: list[str], ids: str | None) -> Vectors:
    """The columns of numbers, and the ids."""
    if ids is not None and ids not in columns:
        raise DataError(f"{name} has no column {ids!r} for the ids; it has {some_of(columns)}")
    at = columns.index(ids) if ids else next((i for i, c in enumerate(columns) if c.strip().lower() in IDS), None)
    numbers = [i for i in range(len(columns)) if i != at and not table.is_text(i)]
    if not numbers:
        raise DataError(f"{name} has no column of numbers (columns: {some_of(columns)})")
    for column in numbers:
        if cells := table.texts.get(column):
            row = min(cells)
            said = cells[row] or "nothing"
            raise DataError(f"{name}, {table.where(row)}, column {columns[column]!r}: {said!r} is no finite number")
    values = _checked(name, table.values[:, numbers], [columns[i] for i in numbers], table.where)
    skipped = [columns[i] for i in range(len(columns)) if i not in (at, *numbers)]
    notes = (f"Columns of text are passed over: {some_of(skipped)}.",) if skipped else ()
    if at is None:
        return Vectors(values, None, notes)
    given = table.values[:, at]
    whole = np.isfinite(given) & (given == np.floor(given)) & (np.abs(given) < 2**53)
    if not whole.all():
        row = int(np.flatnonzero(~whole)[0])
        said = table.words(at)[row]
        raise DataError(f"{name}, {table.where(row)}, column {columns[at]!r}: {said!r} is no id (whole numbers from 0)")
    return Vectors(values, given.astype(np.int64), notes)


def _checked(name: str, values: np.ndarray, columns: list[str], where: Callable[[int], str]) -> np.ndarray:
    """The values (N, d) as float32. Raises `DataError` where one is not finite, or where there are too many."""
    rows, size = values.shape
    if not rows or not size:
        raise DataError(f"{name} holds {rows:,} vectors of {size:,} numbers; expected at least one of each")
    if size > MAX_SIZE:
        raise DataError(f"{name} has vectors of {size:,} numbers; at most {MAX_SIZE:,} are read")
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if not np.isfinite(found).all():
        row, column = np.argwhere(~np.isfinite(found))[0]
        said = values[row, column]
        rule = "beyond the range of float32 (3.4e38)" if np.isfinite(said) else "no finite number"
        raise DataError(f"{name}, {where(int(row))}, column {columns[column]!r}: {said} is {rule}")
    return found


def _columns_of(values: np.ndarray) -> list[str]:
    return [f"column {i + 1}" for i in range(values.shape[1])]


def _slug(title: str) -> str:
    """What a title is called in keys and as a folder."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "vectors"


def _place(folder: Path, name: str) -> str:
    """Rename the folder to `name`, or to name-2, name-3, ... where that is taken; renaming decides who was first."""
    for candidate in alternatives(name, 10 * MAX_KEPT):
        goal = folder.with_name(candidate)
        if goal.exists():
            continue
        try:
            folder.rename(goal)
        except OSError:
            if not goal.exists():
                raise
        else:
            return candidate
    raise DataError(f"too many uploads are called {name!r}; choose another title")
