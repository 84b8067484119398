"""From a visitor's file to a data set: what is it? (`core.data.uploads.builder` makes the data set of it).

Nothing here trusts the file: formats are told by content, sizes are checked before memory is given to them, archives
are read in memory so that no name in them reaches the disk, and nothing is ever unpickled.
"""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from core.data.errors import DataError
from core.data.uploads.archives import Member, check_size, decode_name, gunzip, is_utf8_name, unzip
from core.data.uploads.arrays import idx, is_idx, npy, read_arrays
from core.data.uploads.columns import table_draft
from core.data.uploads.formats import refusal
from core.data.uploads.hidden_files import is_hidden
from core.data.uploads.image_files import images_draft, scan_members
from core.data.uploads.images import (
    is_picture,
    open_image,
    pictures_in,
)
from core.data.uploads.schema import (
    DATA_ENDINGS,
    FORMATS,
    MAX_ENTRIES,
    MAX_FILE_MB,
    MAX_RATIO,
    MAX_UNPACKED_MB,
    MIN_EXAMPLES,
    TEXT_LENGTH,
    Draft,
    Reading,
    pluralize,
    short_path,
    some_of,
)
from core.data.uploads.splits import array_role, validation_note
from core.data.uploads.table import Table, concatenate_tables
from core.data.uploads.table_text import decode_text, looks_like_a_table, read_table
from core.data.uploads.vectors import from_json, from_libsvm, is_json, is_libsvm, join_metadata, metadata_among


def read(name: str, content: bytes, header: bool | None = None, **asked: bool | None) -> Draft:
    """Recognise a file by what it holds. Raises `DataError` naming the file and what is wrong with it.

    header, asked    as in `Reading`: how to read what allows two readings
    """
    return _read(name, content, Reading(header, **asked))


def read_files(name: str, files: Sequence[tuple[str, bytes]], **asked: bool | None) -> Draft:
    """The files of a folder, as (path inside the folder, bytes): images, or one file of another kind."""
    seen = [(path, content) for path, content in files if not is_hidden(path)]
    if len(seen) > MAX_ENTRIES:
        raise DataError(f"{short_path(name)} holds {len(seen):,} files; at most {MAX_ENTRIES:,} are read")
    check_size(short_path(name), sum(len(content) for _, content in seen), MAX_FILE_MB, "a folder's files may have")
    return _read_members(
        short_path(name), [Member(path, lambda c=content: c) for path, content in seen], Reading(**asked)
    )


def read_folder(folder: str | Path, **asked: bool | None) -> Draft:
    """A folder on this machine, with what lies in folders inside it."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder")
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file() and not is_hidden(p.relative_to(folder).as_posix())]
    check_size(str(folder), sum(p.stat().st_size for p in paths), MAX_FILE_MB, "a folder's files may have")
    return read_files(folder.name, [(p.relative_to(folder).as_posix(), p.read_bytes()) for p in paths], **asked)


def _read(name: str, content: bytes, asked: Reading) -> Draft:
    name = short_path(name)
    if not content:
        raise DataError(f"{name} is empty (0 bytes)")
    check_size(name, len(content), MAX_FILE_MB, "a file may have")
    ending = PurePosixPath(name.lower()).suffix
    if reason := refusal(content, ending):
        raise DataError(f"{name} {reason}")
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _read_zip(name, content, asked)
    if content[:2] == b"\x1f\x8b":
        inner = gunzip(name, content)
        if inner[:2] in (b"\x1f\x8b", b"PK"):
            raise DataError(f"{name} is an archive in an archive; unpack it once")
        return dataclasses.replace(_read(re.sub(r"\.t?gz$", "", name), inner, asked), source=name)
    if content[:6] == b"\x93NUMPY":
        return _with_notes(read_arrays(name, {"data": npy(name, content)}), _misnamed(ending, ".npy"))
    if is_idx(content):
        return read_arrays(name, {"data": idx(name, content)})
    if is_picture(content):
        try:
            several = pictures_in(open_image(content)) > 1
        except DataError as problem:
            raise DataError(f"{name} cannot be read as an image ({problem}). Is it damaged or misnamed?") from problem
        if several:
            return _read_members(name, [Member(name, lambda: content)], asked)
        raise DataError(
            f"{name} is one image; a data set needs at least {MIN_EXAMPLES}. Put them in a zip file or a folder."
        )
    if ending in (".zip", ".npz", ".npy"):
        kinds = {".zip": "zip archive", ".npz": "NumPy archive", ".npy": "NumPy file"}
        start = content[:8].hex(" ")
        raise DataError(
            f"{name} is not a {kinds[ending]}: it begins with the bytes {start}. Is it damaged or misnamed?"
        )
    if ending in (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"):
        raise DataError(f"{name} cannot be read as an image. Is it damaged or misnamed?")
    return _read_words(name, decode_text(name, content), ending, asked)


def _read_words(name: str, text: str, ending: str, asked: Reading) -> Draft:
    """JSON, libsvm, a table, or a text. What is named as a text but holds numbers can be taken for both."""
    prose = ending not in (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".vec", ".svm", ".libsvm")
    lines = text[:20_000].split("\n")[:30]
    if is_json(text):
        read = _read_json
    elif ending in (".svm", ".libsvm") or is_libsvm(lines[:-1] if len(text) > 20_000 else lines):
        read = _read_libsvm
    elif not prose or looks_like_a_table(text):
        read = read_table
    else:
        return _read_text(name, text)
    if not prose:
        return read(name, text, asked)
    low, high = TEXT_LENGTH
    try:
        draft = read(name, text, asked)
    except DataError as problem:
        if not low <= len(text) <= high:
            raise
        return _with_notes(_read_text(name, text), [f"It starts with numbers but is not a table: {problem}."])
    if not low <= len(text) <= high:
        return draft
    note = "It holds numbers and is read as a table; it can also be read as text."
    return _with_notes(dataclasses.replace(draft, ways=(*draft.ways, "text"), text=text), [note])


def _read_json(name: str, text: str, asked: Reading) -> Draft:
    found = from_json(name, text)
    if isinstance(found, np.ndarray):
        return read_arrays(name, {"data": found})
    return _with_notes(table_draft(name, found[0], found[1], named=True, rows="rows"), found[2])


def _read_libsvm(name: str, text: str, asked: Reading) -> Draft:
    table, columns, notes = from_libsvm(name, text)
    return _with_notes(table_draft(name, table, columns, named=False, rows="rows"), notes)


def _read_text(name: str, text: str) -> Draft:
    low, high = TEXT_LENGTH
    if not low <= len(text) <= high:
        raise DataError(f"{name} holds {pluralize(len(text), 'character')}; a text has from {low:,} to {high:,}")
    lines = pluralize(text.rstrip("\n").count("\n") + 1, "line")
    found = f"a text of {len(text):,} characters, {len(set(text)):,} different ones, in {lines}"
    return Draft(name, found, len(text), ("text",), text)


def _read_zip(name: str, content: bytes, asked: Reading) -> Draft:
    if content.count(b"PK\x01\x02") > 2 * MAX_ENTRIES:  # before Python makes an object of each
        raise DataError(f"{name} lists more than {MAX_ENTRIES:,} files, which is the most that are read")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        items = [i for i in map(decode_name, archive.infolist()) if not i.is_dir() and not is_hidden(i.filename)]
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError) as problem:
        raise DataError(f"{name} is a damaged or truncated zip file ({problem}). Pack or upload it again.") from problem
    if len(items) > MAX_ENTRIES:
        raise DataError(f"{name} lists {len(items):,} files; at most {MAX_ENTRIES:,} are read")
    unpacked = sum(i.file_size for i in items)
    if unpacked > 100e6 and unpacked > MAX_RATIO * len(content):
        raise DataError(
            f"{name} has {len(content) / 1e6:,.1f} MB and would unpack to {unpacked / 1e6:,.0f} MB; more than "
            f"{MAX_RATIO} times its own size is not unpacked (a zip bomb?)"
        )
    check_size(f"{name}, unpacked,", unpacked, MAX_UNPACKED_MB, "an archive may unpack to")
    if any(i.flag_bits & 1 for i in items):
        raise DataError(f"{name} is protected by a password; pack it again without one")
    names = {i.filename for i in items}
    for part, what in (("xl/workbook.xml", "an Excel workbook; save it as CSV"), ("word/document.xml", "a Word file")):
        if part in names:
            raise DataError(f"{name} is {what}")
    members = [Member(i.filename, lambda i=i: unzip(archive, i)) for i in items]
    if {"format.npy", "indptr.npy"} <= names or {"format.npy", "row.npy"} <= names:
        raise DataError(f"{name} is a SciPy sparse matrix; save its values with numpy.save(file, X.toarray())")
    if any(n.endswith("/data.pkl") for n in names):
        raise DataError(f"{name} is a PyTorch file with a pickle, which is never opened; use numpy.save")
    if items and all(n.endswith(".npy") for n in names) and name.lower().endswith(".npz"):
        return read_arrays(name, {m.path[:-4]: npy(f"{m.path} in {name}", m.open()) for m in members})
    draft = _read_members(name, members, asked)
    odd = [i.filename for i in items if not i.flag_bits & 0x800 and not i.filename.isascii() and not is_utf8_name(i)]
    note = f"Names in the archive are not in UTF-8, so that letters may be wrong: {some_of(odd)}."
    return dataclasses.replace(draft, notes=(*draft.notes, note)) if odd else draft


def _read_members(name: str, members: list[Member], asked: Reading) -> Draft:
    """Images by their headers, with classes by folder; or the one data file that lies there."""
    scan = scan_members(members)
    if not scan.images:
        return _single_file(name, members, scan.other, scan.broken + scan.too_large, asked)
    return images_draft(name, scan, asked.frames)


def _single_file(name: str, members: list[Member], other: list[Member], bad: list[Member], asked: Reading) -> Draft:
    readable = [m for m in other if PurePosixPath(m.path.lower()).suffix in DATA_ENDINGS or _IDX.search(m.path.lower())]
    told = [m for m in readable if not re.match(r"read.?me|licen[cs]e", short_path(m.path).lower())]
    readable = told or readable
    if len(readable) == 1:
        inner = readable[0]
        content = inner.open()
        if content[:4] == b"PK\x03\x04" and not inner.path.lower().endswith(".npz"):
            raise DataError(f"{short_path(inner.path)} in {name} is an archive in an archive; upload it by itself")
        draft = _read(inner.path, content, asked)
        return _with_notes(dataclasses.replace(draft, source=name), (f"Read from {short_path(inner.path)}.",))
    arrays = {m.path: a for m in other if (a := _array(m)) is not None}
    if any(map(array_role, arrays)) and len(arrays) > 1:
        draft = read_arrays(name, arrays)
        rest = [m.path for m in other if m.path not in arrays]
        return _with_notes(draft, [f"Unused files: {some_of(rest)}."] if rest else [])
    if draft := _tables_of_a_split(name, told, asked):
        return draft
    if about := metadata_among([m.path for m in readable]):
        return _join_two_files(name, readable, about, asked)
    if not members:
        raise DataError(f"{name} holds no files")
    for member in other[:1]:
        if reason := refusal(member.open(), PurePosixPath(member.path.lower()).suffix):
            raise DataError(f"{name}: {short_path(member.path)} {reason}")
    what = f"{pluralize(len(bad), 'image')} that cannot be read" if bad else "no images"
    raise DataError(
        f"{name} holds {what} (found: {some_of([m.path for m in members])}); expected images "
        f"({', '.join(f.lower() for f in FORMATS)}), or one file of {', '.join(DATA_ENDINGS)}"
    )


def _tables_of_a_split(name: str, members: list[Member], asked: Reading) -> Draft | None:
    """Tables called train, test, ... or X_train, y_train, ... as one set; None where there are no such."""
    roles = {array_role(PurePosixPath(m.path.replace("\\", "/")).stem): m for m in members}
    parts = [p for p in ("train", "valid", "test") if (p, "x") in roles]
    if "train" not in parts or len(parts) < 2:
        return None
    drafts = {p: _read(roles[p, "x"].path, roles[p, "x"].open(), asked) for p in parts}
    tables = {p: d.content for p, d in drafts.items() if isinstance(d.content, Table)}
    if len(tables) < len(parts):
        return None
    first = drafts["train"]
    for part, draft in drafts.items():
        if draft.columns != first.columns:
            odd = some_of(sorted(set(first.columns) ^ set(draft.columns))) or "their order"
            files = f"{short_path(roles['train', 'x'].path)} and {short_path(roles[part, 'x'].path)}"
            raise DataError(f"{name}: {files} do not have the same columns ({odd}); upload one of them by itself")
    columns, table = list(first.columns), concatenate_tables([tables[p] for p in parts])
    if all((p, "y") in roles for p in parts):
        told: list[str] = []
        for p in parts:
            lines = decode_text(short_path(roles[p, "y"].path), roles[p, "y"].open()).rstrip("\n").split("\n")
            n = len(tables[p].values)
            if len(lines) not in (n, n + 1):
                raise DataError(f"{name}: {n:,} rows in {p}, but {len(lines):,} lines of labels")
            told += [line.strip().strip('"') for line in lines[-n:]]
        table, columns, _ = join_metadata(name, table, columns, "\n".join(told))
    held = "test" if "test" in parts else "valid"
    held_out = np.concatenate([np.full(len(tables[p].values), p == held) for p in parts])
    valid = [short_path(roles[p, "x"].path) for p in parts if p == "valid"]
    notes = [*validation_note(valid, held == "test"), *dict.fromkeys(n for d in drafts.values() for n in d.notes)]
    used = [roles[p, r].path for p in parts for r in ("x", "y") if (p, r) in roles]
    if idle := [m.path for m in members if m.path not in used]:
        notes.append(f"Unused files: {some_of(idle)}.")
    draft = table_draft(name, table, columns, named=bool(first.reading.get("header")), rows="rows")
    return dataclasses.replace(
        draft, notes=tuple(notes), held_out=held_out, reading=first.reading, guesses=first.guesses
    )


def _join_two_files(name: str, members: list[Member], about: str, asked: Reading) -> Draft:
    """Vectors and what a second file says of each, as the Embedding Projector takes them."""
    vectors, words = sorted(members, key=lambda m: m.path == about)
    draft = _read(vectors.path, vectors.open(), asked)
    if not isinstance(draft.content, Table):
        raise DataError(
            f"{name}: {short_path(vectors.path)} is {draft.summary}; {short_path(about)} can be joined to vectors only"
        )
    sign = "," if about.lower().endswith(".csv") else "\t"
    said = decode_text(short_path(about), words.open())
    table, columns, notes = join_metadata(name, draft.content, draft.columns, said, sign)
    new = table_draft(name, table, columns, named=False, rows="rows")
    return dataclasses.replace(new, notes=(*notes, *draft.notes), reading=draft.reading, guesses=draft.guesses)


def _array(member: Member) -> np.ndarray | None:
    """The array in a .npy or idx file, or None where it is none of them."""
    if not member.path.lower().endswith((".npy", ".npy.gz")) and not _IDX.search(member.path.lower()):
        return None
    content = member.open()
    if content[:2] == b"\x1f\x8b":
        content = gunzip(short_path(member.path), content)
    if content[:6] == b"\x93NUMPY":
        return npy(short_path(member.path), content)
    return idx(short_path(member.path), content) if is_idx(content) else None


_IDX = re.compile(r"idx\d|ubyte|\.gz$")


def _misnamed(ending: str, right: str) -> tuple[str, ...]:
    if ending == right or ending not in (*DATA_ENDINGS, ".zip"):
        return ()
    return (f"Its name ends in {ending}, but it holds {right} data and is read as such.",)


def _with_notes(draft: Draft, notes: Iterable[str]) -> Draft:
    return dataclasses.replace(draft, notes=(*notes, *draft.notes))
