"""What the columns of a table are: values, labels, numbers of rows; and what can be made of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from core.data.errors import DataError
from core.data.uploads.schema import (
    LABEL_NAMES,
    MAX_CLASSES,
    MAX_TABLE_COLUMNS,
    MISSING,
    SIDES,
    Draft,
    Settings,
    Way,
    encode_labels,
    pluralize,
    printable,
    some_of,
)
from core.data.uploads.table import Table


def table_draft(name: str, table: Table, columns: list[str], named: bool, rows: str) -> Draft:
    """What can be made of a table. Raises `DataError` where no column holds numbers."""
    n, c = table.values.shape
    if c > MAX_TABLE_COLUMNS:
        raise DataError(f"{name} has {c:,} columns; at most {MAX_TABLE_COLUMNS:,} are read")
    numeric = [i for i in range(c) if not table.is_text(i)]
    if not numeric:
        raise DataError(
            f"{name}: none of its {pluralize(c, 'column')} holds numbers (the first row begins with "
            f"{printable(table.words(0)[0])!r}); a table needs some"
        )
    values = table.values[: min(n, 2_000)][:, numeric]
    values = values[np.isfinite(values).all(1)]
    whole = values.size > 0 and bool((values >= 0).all() and (values == np.floor(values)).all())
    square = any(SIDES[0] <= math.isqrt(k) == math.sqrt(k) <= SIDES[1] for k in (len(numeric), len(numeric) - 1))
    pixels = square and values.size > 0 and values.min() >= 0
    wordy = named and sum(any(x.isdigit() for x in w) for w in columns) < c / 2
    ways: list[Way] = ["vectors"]
    if whole and c > 2:
        ways.insert(0 if wordy and (values == 0).mean() > 0.5 else 1, "counts")
    if pixels:
        ways.insert(1 if ways[0] == "counts" else 0, "images")
    notes = [
        f"Column {name!r} has a different whole number in each row, like an index: excluded unless you change it."
        for name in running_numbers(table, columns)[:3]
    ]
    for i, column in enumerate(columns):
        digits = [c for c in table.texts.get(i, {}).values() if re.match(r"\W? ?[+-]?\d", c)]
        if table.is_text(i) and len(digits) * 2 > len(table.texts[i]):
            notes.append(f"Column {column!r} is not read as numbers (for instance {printable(digits[0])!r}).")
    found = f"a table of {n:,} {rows} and {pluralize(c, 'column')}" if rows == "rows" else (
        f"{n:,} vectors of {pluralize(c, 'value')}"
    )  # fmt: skip
    return Draft(name, found, n, tuple(ways), table, columns=tuple(columns), notes=tuple(notes))


def likely_label(draft: Draft) -> str:
    """The column that seems to say the class, or ""."""
    if draft.labels is not None:
        return ""
    table, names = draft.content, draft.columns
    for i, name in enumerate(names):
        if name.strip().lower() in LABEL_NAMES and len(set(table.words(i))) <= MAX_CLASSES:
            return name
    words = [i for i in range(len(names)) if table.is_text(i)]
    if draft.ways[0] == "images" and (odd := _beside_pixels(table, [i for i in range(len(names)) if i not in words])):
        return names[odd[0]] if len(odd) == 1 else ""
    fitting = [i for i in words if 2 <= len(set(table.words(i))) <= min(MAX_CLASSES, draft.number // 2)]
    return names[fitting[0]] if len(fitting) == 1 else ""


def _beside_pixels(table: Table, numeric: list[int]) -> list[int]:
    """The first or last column where the others make a square and this one has few values, as labels have."""
    side = math.isqrt(len(numeric) - 1)
    if side * side != len(numeric) - 1 or not SIDES[0] <= side <= SIDES[1]:
        return []
    most = min(MAX_CLASSES, len(table.values) // 2)
    return [i for i in (numeric[0], numeric[-1]) if 2 <= len(np.unique(table.values[:, i])) <= most]


def running_numbers(table: Table, columns: Sequence[str]) -> list[str]:
    """Columns that only number the rows: whole, all different, and called so; never all columns."""
    found = []
    for i, name in enumerate(columns):
        values = table.values[:, i].astype(float)
        if not _is_called_a_number(name) or not np.isfinite(values).all() or (values != np.floor(values)).any():
            continue
        if name == "column 1" and not (np.diff(values) == 1).all():
            continue
        if len(np.unique(table.values[:, i])) == len(values):
            found.append(name)
    return found if len(found) < len(columns) else []


def _is_called_a_number(name: str) -> bool:
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|#", name)]
    whole = name.strip().lower() in ("unnamed: 0", "column 1", "number", "row", "rownames", "no", "no.")
    return whole or bool(words and (words[-1] in _NUMBERERS or words[0] == "id"))


_NUMBERERS = ("id", "ids", "idx", "index", "nr", "uuid", "key", "rowid", "rownum", "#")


def _check_names(draft: Draft, settings: Settings) -> None:
    for wanted in (*settings.leave_out, *([settings.label] if settings.label else ())):
        if wanted not in draft.columns:
            raise DataError(f"{draft.source} has no column {wanted!r}; it has {some_of(draft.columns)}")


def columns_used(draft: Draft, settings: Settings) -> list[int]:
    """The columns that are to become values, each checked. Raises `DataError` naming row, column and value."""
    table, names = draft.content, draft.columns
    _check_names(draft, settings)
    used = [i for i, n in enumerate(names) if n != settings.label and n not in settings.leave_out]
    if not used:
        raise DataError(f"{draft.source}: no column is left for the values")
    for i in used:
        if i in table.unread:
            raise DataError(f"{table.unread[i]} Or exclude the column.")
        if table.texts.get(i):
            row, text = next(iter(table.texts[i].items()))
            many = len(table.texts[i])
            more = f" (and {many - 1:,} more in this column)" if many > 1 else ""
            where = f"{draft.source}, {table.where(row)}, column {names[i]!r}"
            if text.lower() in MISSING:
                raise DataError(
                    f"{where}: the value is missing{f' ({text!r})' if text else ''}{more}. Fill it in, drop the row, "
                    "or exclude the column."
                )
            raise DataError(
                f"{where}: {printable(text)!r} is not a finite number{more}. Choose the column as the label, "
                "or exclude it."
            )
    return used


def table_labels(draft: Draft, settings: Settings) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """(labels, class names) from the chosen column, or what came beside the values. Raises `DataError`."""
    _check_names(draft, settings)
    if not settings.label:
        return draft.labels, draft.class_names
    words = draft.content.words(draft.columns.index(settings.label))
    for row, word in enumerate(words):
        if word == "":  # "NA", "none" and "-" may be classes
            where = draft.content.where(row)
            raise DataError(f"{draft.source}, {where}: the label (column {settings.label!r}) is missing")
    if not 2 <= (n := len(set(words))) <= MAX_CLASSES:
        raise DataError(
            f"label = {settings.label!r}: the column holds {pluralize(n, 'different value')}; "
            f"must be from 2 to {MAX_CLASSES}"
        )
    return encode_labels(words)[:2]
