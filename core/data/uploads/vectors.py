"""Vectors as other tools write them: JSON and JSON lines, libsvm, and the two files of the Embedding Projector."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core.data.errors import DataError
from core.data.uploads.schema import MAX_CELLS, MAX_EXAMPLES, MAX_TABLE_COLUMNS, check_number, some_of, unique_names
from core.data.uploads.table import Table, table_from_columns

Found = tuple[Table, list[str], list[str]]  # a table, the names of its columns, notes

# -- JSON --------------------------------------------------------------------------------------------

_START = re.compile(r"\s*(?:\[[\s\[]*(?:-?[\d.]|\"|\{|NaN|-?Infinity|null|true|false)|\{\s*(?:\"|\}))")
_OUTER = re.compile(r"\s*\[(?=\s*[\[{])")
_SPACE = re.compile(r"[\s,]*")


def is_json(text: str) -> bool:
    """True where a text begins with a JSON value that fills its lines and may hold vectors."""
    if not _START.match(text):
        return False
    if _outer(text):
        return True
    try:
        _, end = json.JSONDecoder().raw_decode(text, _SPACE.match(text).end())
    except (ValueError, RecursionError):
        return text.lstrip().startswith("{")
    return bool(re.compile(r"[ \t,]*(\n|$)").match(text, end))


def from_json(name: str, text: str) -> Found | np.ndarray:
    """A table from a list or lines of lists or objects; an array where the lists are nested. Raises `DataError`."""
    try:
        items = _items(text)
        first, second = next(items, None), next(items, None)
        items = itertools.chain([v for v in (first, second) if v is not None], items)
        if isinstance(first, dict):
            return _from_one_object(name, first) if second is None else _from_objects(name, items)
        if isinstance(first, list) and first and isinstance(first[0], list):
            return _nested(name, items)
        return _from_lists(name, items)
    except (ValueError, RecursionError) as problem:
        raise DataError(f"{name} begins as JSON but cannot be read as that ({problem})") from problem


def _items(text: str) -> Iterator[Any]:
    """The values in a JSON list, or one after the other in lines, each read when it is asked for."""
    decode = json.JSONDecoder().raw_decode
    outer = _outer(text)
    at, end = (outer.end(), len(text)) if outer else (0, len(text))
    while (at := _SPACE.match(text, at).end()) < end:
        if outer and text[at] == "]":
            if text[at + 1 :].strip():
                raise ValueError(f"more stands behind the list that ends at character {at:,}")
            return
        value, at = decode(text, at)
        yield value
    if outer:
        raise ValueError("the list has no end")


def _outer(text: str) -> re.Match[str] | None:
    """The start of a list of all items; None where each line is a list of its own."""
    outer = _OUTER.match(text)
    line, _, rest = text.lstrip()[:1_000_000].partition("\n")
    lines = rest.lstrip()[:1] == "[" and line.count("[") == line.count("]")
    return None if lines else outer


def _nested(name: str, items: Iterator[Any]) -> np.ndarray:
    found = []
    for n, item in enumerate(items):
        values = np.array(item)  # lists of different lengths are a ValueError
        if values.dtype.kind not in "buif" or (found and values.shape != found[0].shape):
            raise DataError(f"{name}, item {n + 1:,}: {_kind(item)}, not numbers of the shape of the first item")
        found.append(values)
        if n >= MAX_EXAMPLES or (n + 1) * values.size > MAX_CELLS:
            raise DataError(f"{name} is too long: at most {MAX_EXAMPLES:,} items and {MAX_CELLS:,} numbers are read")
    return np.stack(found)


def _from_lists(name: str, items: Iterator[Any]) -> Found:
    rows: list[list[Any]] = []
    for n, item in enumerate(items):
        if not isinstance(item, list) or any(isinstance(v, list | dict) for v in item):
            raise DataError(f"{name}, item {n + 1:,}: {_kind(item)} where the first item is a list")
        if rows and len(item) != len(rows[0]):
            raise DataError(f"{name}, item {n + 1:,}: {len(item):,} values where the first item has {len(rows[0]):,}")
        rows.append(item)
        _check_cells(name, len(rows), len(item))
    names = [f"column {i + 1}" for i in range(len(rows[0]))] if rows else []
    if len(rows) > 2 and all(isinstance(v, str) for v in rows[0]) and not all(isinstance(v, str) for v in rows[1]):
        names = rows.pop(0)
    check_number(name, len(rows), "item")
    columns = zip(*rows, strict=True)
    return *_table(name, dict(enumerate(map(list, columns))), names), []


def _from_objects(name: str, items: Iterator[Any]) -> Found:
    columns: dict[str, list[Any]] = {}
    number = cells = 0
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise DataError(f"{name}, item {number:,}: {_kind(item)} where the first item is an object")
        for key, value in _flat(item):
            columns.setdefault(key, [None] * (number - 1)).append(value)
            cells += len(value) if isinstance(value, np.ndarray) else 1
        for values in columns.values():
            if len(values) < number:
                values.append(None)
        _check_cells(name, number, max(len(columns), -(-cells // number)))
    check_number(name, number, "item")
    return *_table(name, columns, list(columns)), []


def _flat(item: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, _value(before + key, value)


def _value(key: str, value: Any) -> Any:
    """A list of numbers as an array; what else it may be as it is. Raises ValueError where a list holds both."""
    if not isinstance(value, list) or not value or all(isinstance(v, str) for v in value):
        return value
    try:
        return np.array(value, np.float64).reshape(-1)
    except (ValueError, TypeError) as problem:
        raise ValueError(f"{key} holds a list of something other than numbers") from problem


def _from_one_object(name: str, item: dict[str, Any]) -> Found | np.ndarray:
    """One object: the list of rows in it, or lists that are columns."""
    lists = {k: v for k, v in item.items() if isinstance(v, list) and len(v) > 1}
    rows = [v for v in lists.values() if isinstance(v[0], dict | list)]
    if len(rows) == len(lists) == 1:
        return from_json(name, json.dumps(rows[0]))
    words = any(isinstance(v[0], str) for v in lists.values())
    if len({len(v) for v in lists.values()}) == 1 and (rows or words):
        columns = {k: [_value(k, v) for v in values] for k, values in lists.items()}
        return *_table(name, columns, list(columns)), []
    raise DataError(
        f"{name} is one JSON object ({some_of(list(item))}), which may hold rows or columns; save a list of lists, or "
        "an object a line"
    )


def _table(name: str, columns: dict[Any, list[Any]], names: Sequence[str]) -> tuple[Table, list[str]]:
    parts: list[tuple[str, np.ndarray | list[str]]] = []
    for called, values in zip(names, columns.values(), strict=True):
        given = [v for v in values if v is not None]
        arrays = [v for v in given if isinstance(v, np.ndarray)]
        if arrays:
            lengths = {len(v) for v in arrays}
            if len(arrays) < len(given) or len(lengths) > 1:
                where = next(i for i, v in enumerate(values) if v is not None and np.shape(v) != arrays[0].shape)
                raise DataError(
                    f"{name}, item {where + 1:,}: {called!r} is {_kind(values[where])} where the first is a list of "
                    f"{len(arrays[0]):,} numbers"
                )
            block = np.full((len(values), *lengths), np.nan)
            block[[v is not None for v in values]] = arrays
            parts.append((called, block))
        elif all(type(v) is float or (type(v) is int and abs(v) < 2**53) for v in values):
            parts.append((called, np.array(values)))
        else:
            parts.append((called, [_cell(v) for v in values]))
    if not parts:
        raise DataError(f"{name} holds no values")
    return table_from_columns(parts)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray | list):
        return f"a list of {len(value):,}"
    return "an object" if isinstance(value, dict) else f"{_cell(value)[:30]!r}"


def _check_cells(name: str, rows: int, columns: int) -> None:
    if columns > MAX_TABLE_COLUMNS:
        raise DataError(f"{name} has {columns:,} columns; at most {MAX_TABLE_COLUMNS:,} are read")
    if rows > MAX_EXAMPLES or rows * columns > MAX_CELLS:
        raise DataError(f"{name} is too long: at most {MAX_EXAMPLES:,} rows and {MAX_CELLS:,} cells are read")


# -- libsvm ------------------------------------------------------------------------------------------

_LIBSVM = re.compile(r"\s*[+-]?[\w.,-]+((?:[ \t]+(?:qid|\d+):\S+)*)[ \t]*(?:#.*)?")


def is_libsvm(lines: Sequence[str]) -> bool:
    """True where the first lines are labels with index:value pairs behind them."""
    given = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    pairs = [line.partition("#")[0].count(":") for line in given]
    several = len(given) > 1 and max(pairs) > 1 and sum(map(bool, pairs)) * 2 > len(given)
    return several and all(map(_LIBSVM.fullmatch, given))


def from_libsvm(name: str, text: str) -> Found:
    """A table with the label first and a column for each index; what is not written is 0. Raises `DataError`."""
    labels: list[str] = []
    places: list[np.ndarray] = []
    numbers: list[np.ndarray] = []
    for n, line in enumerate(text.split("\n"), 1):
        if not (line := line.partition("#")[0].strip()):
            continue
        label, *pairs = line.split()
        try:
            cut = [pair.split(":") for pair in pairs if not pair.startswith("qid:")]
            places.append(np.array([int(i) for i, _ in cut], np.int64))
            numbers.append(np.array([float(v) for _, v in cut]))
        except (ValueError, OverflowError) as problem:
            raise DataError(
                f"{name}, line {n:,}: no label and index:value pairs, as in libsvm ({problem})"
            ) from problem
        if not np.isfinite(numbers[-1]).all() or len(set(places[-1].tolist())) < len(cut) or (places[-1] < 0).any():
            raise DataError(f"{name}, line {n:,}: an index twice or below 0, or a non-finite value")
        labels.append(label)
        _check_cells(name, len(labels), 1)
    check_number(name, len(labels), "row")
    every = np.concatenate(places)
    if not len(every):
        raise DataError(f"{name} holds no index:value pairs")
    first = min(1, int(every.min()))  # libsvm counts from 1, some tools from 0
    width = int(every.max()) - first + 1
    _check_cells(name, len(labels), width)
    values = np.zeros((len(labels), width))
    for row, at, given in zip(values, places, numbers, strict=True):
        row[at - first] = given
    if (values == np.floor(values)).all() and np.abs(values).max() < 2**53:
        values = values.astype(np.int64)
    table, names = table_from_columns([("label", labels), ("feature", values)])
    names = [names[0], *(f"feature {first + i}" for i in range(width))]
    share = len(every) / values.size
    return table, names, [f"Read as libsvm: {share:.0%} of the values are in the file, the others are 0."]


# -- the Embedding Projector -------------------------------------------------------------------------


def metadata_among(paths: Sequence[str]) -> str | None:
    """Which of two files says what the vectors of the other one are, by their names."""
    names = {p: re.split(r"[\\/]", p.lower())[-1] for p in paths}
    about = [
        p for p, n in names.items() if re.search(r"meta|label|words|names", n) and not n.endswith((".npy", ".npz"))
    ]
    return about[0] if len(paths) == 2 and len(about) == 1 else None


def join_metadata(name: str, table: Table, columns: Sequence[str], metadata: str, sign: str = "\t") -> Found:
    """The table with what a metadata file says of each row. Raises `DataError` where their lengths differ."""
    lines = metadata.rstrip("\n").split("\n")
    n = len(table.values)
    if len(lines) not in (n, n + 1):
        raise DataError(f"{name}: {n:,} vectors, but {len(lines):,} lines of metadata; expected a line for each vector")
    cells = [line.split(sign) for line in lines]
    width = max(map(len, cells))
    if ragged := next((i for i, row in enumerate(cells) if len(row) != width), None):
        raise DataError(f"{name}, line {ragged + 1:,} of the metadata: {len(cells[ragged])} cells, not {width}")
    head = (
        cells.pop(0) if len(lines) == n + 1 else ["label"] if width == 1 else [f"label {i + 1}" for i in range(width)]
    )
    parts = zip(head, zip(*cells, strict=True), strict=True)
    more, names = table_from_columns([(h.strip() or "label", list(c)) for h, c in parts])
    at = len(columns)
    together = Table(
        np.concatenate([table.values.astype(np.float64), more.values], 1),
        table.texts | {at + i: t for i, t in more.texts.items()},
        table.lines,
        (table.raw_cells or {}) | {at + i: w for i, w in (more.raw_cells or {}).items()},
        table.unread,
    )
    said = "its first line holds names" if len(lines) == n + 1 else "without a line of names"
    return together, unique_names([*columns, *names]), [f"The metadata is joined to the vectors line by line, {said}."]
