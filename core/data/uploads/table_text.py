"""Tables from text: the sign between cells, a header, numbers as people write them."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np

from core.data.errors import DataError
from core.data.uploads.columns import table_draft
from core.data.uploads.layout import WORD2VEC, quotes_quote, strip_preamble
from core.data.uploads.numbers import column_of_lists, column_of_numbers, parse_number
from core.data.uploads.schema import (
    MAX_CELLS,
    MISSING,
    Draft,
    Reading,
    pluralize,
    some_of,
)
from core.data.uploads.table import Table, table_from_columns
from core.data.uploads.table_rows import Cells, RowReader


def decode_text(name: str, content: bytes) -> str:
    """The text in UTF-8 bytes, lines ending as in Unix. Raises `DataError` saying where it fails."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{name} is in UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        some = content[:4_096]
        if sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in some) * 50 > len(some):
            raise DataError(
                f"{name} is neither text nor another supported format: it begins with the bytes {content[:8].hex(' ')}"
            ) from problem
        line = content.count(b"\n", 0, problem.start) + 1
        raise DataError(
            f"{name} is not in UTF-8: byte {content[problem.start]:#04x} at position {problem.start:,} (line "
            f"{line:,}). Save it as UTF-8; older files are often Latin-1 or Windows-1252."
        ) from problem
    if (at := text.find("\0")) >= 0:
        raise DataError(f"{name} is not a text file: it has a zero byte at character {at:,}")
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})*")


def looks_like_a_table(text: str) -> bool:
    """True where most cells of the first lines, after a header, are numbers."""
    lines = _some_lines(text)
    try:
        sign = _delimiter(lines)
        rows = list(csv.reader(lines[1:] or lines, delimiter=sign, skipinitialspace=sign == " "))
    except csv.Error:
        return False
    cells = [c for row in rows for c in row if c.strip()]
    return bool(cells) and sum(parse_number(c) is not None for c in cells) > len(cells) / 2


def read_table(name: str, text: str, asked: Reading) -> Draft:
    """A table from text; the sign between cells and, unless asked for, the header are found out. Raises `DataError`."""
    few = _some_lines(text)
    if not few:
        raise DataError(f"{name} has no rows")
    sep = re.match(r"\s*sep=([,;|\t])\s*\n", text, re.I)
    sign = sep[1] if sep else _delimiter(few)
    if "[" in text:  # lists without quotation marks
        ends = re.escape(sign)
        text = re.sub(rf'(?m)(^|{ends})( ?)(\[[^\[\]"\n]*\])(?= ?(?:{ends}|$))', r'\1\2"\3"', text)
    announced = WORD2VEC.match(text)
    text, notes = strip_preamble(text, sign)
    quoting = csv.QUOTE_MINIMAL
    if not quotes_quote(text, sign):
        quoting = csv.QUOTE_NONE
        notes.append("Quotation marks are read as plain characters; as quotes they would span whole rows.")
    cells = Cells(text, sign, quoting)
    rows = RowReader(name, cells, asked.header)
    table, columns, guesses = rows.read(), rows.columns, rows.guesses
    notes += rows.notes
    if announced and int(announced[2]) == len(columns) - 1 and int(announced[1]) != len(table.values):
        notes.append(f"Its first line announces {int(announced[1]):,} vectors; there are {len(table.values):,}.")
    notes += rows.closing_notes()
    if _number_like_columns(table):
        body = list(cells.rows())[len(rows.above) :]
        notes += _parse_written_numbers(name, table, columns, body, asked, guesses)
    table, columns, more = _drop_empty(table, columns)
    notes += more
    table, columns, more = _expand_lists(table, columns)
    notes += more
    draft = table_draft(name, table, columns, named=rows.named, rows="rows")
    reading = {"header": rows.named} | ({"thousands": asked.thousands} if "thousands" in guesses else {})
    return dataclasses.replace(draft, notes=(*guesses.values(), *notes, *draft.notes), reading=reading, guesses=guesses)


def _delimiter(lines: list[str]) -> str:
    """What stands between cells: the sign that cuts the first lines into most cells, as many in each."""
    best, most = ",", 0
    lines = [re.sub(r"\[[^\[\]]*\]", "[]", line) for line in lines]  # a list is one cell
    for sign in "\t;,| ":
        try:
            rows = csv.reader(lines, delimiter=sign, skipinitialspace=sign == " ")
            cells = [len(row) - (sign == " " and row[-1:] == [""]) for row in rows]
        except csv.Error:
            continue
        if cells and min(cells) > 1 and (even := Counter(cells).most_common(1)[0])[1] * 10 >= 9 * len(cells):
            score = even[0] * even[1]
            if score > most:
                best, most = sign, score
    if not most and len(lines) > 5:  # title lines may stand before the table
        return _delimiter(lines[-5:])
    if not most and len(lines) > 2:
        return _delimiter(lines[1:])
    return best


def _some_lines(text: str, n: int = 30) -> list[str]:
    lines = [line for line in text[:2_000_000].split("\n", n)[:n] if line.strip()]
    return lines[:-1] if len(text) > 2_000_000 and len(lines) > 1 else lines  # the last may be cut


def _number_like_columns(table: Table) -> list[int]:
    """Columns with cells that hold digits and are no plain numbers."""
    return [
        i
        for i, texts in table.texts.items()
        if any(c.lower() not in MISSING and any(x.isdigit() for x in c) for c in texts.values())
    ]


def _parse_written_numbers(
    name: str, table: Table, columns: list[str], body: list[list[str]], asked: Reading, guesses: dict[str, str]
) -> list[str]:
    """Fills in columns of numbers that Python would not read, each by one rule; a note on each."""
    notes, open_, commas = [], [], False
    for column in _number_like_columns(table):
        cells = [c[column] if column < len(c) else "" for c in body]
        where, plain = f"{name}, column {columns[column]!r}", None
        try:
            plain = column_of_numbers(where, cells)
        except DataError as problem:
            open_.append(column)
            table.unread[column] = str(problem)
            if asked.thousands is not None:
                with suppress(DataError):
                    plain = column_of_numbers(where, cells, asked.thousands)
                    del table.unread[column]
        if plain:
            table.values[:, column], how = plain
            table.texts[column] = {i: c.strip() for i, c in enumerate(cells) if c.strip().lower() in MISSING}
            commas |= "decimal commas" in how or "points as" in how
            if how:
                notes.append(f"Column {columns[column]!r} is read with {how}.")
    if commas:  # then a point may stand between thousands where Python reads decimals
        for column in set(range(len(columns))) - set(table.texts):
            cells = [c[column] if column < len(c) else "" for c in body]
            if not all(_GROUPS.fullmatch(c.strip()) for c in cells) or not any("." in c for c in cells):
                continue
            open_.append(column)
            if asked.thousands is None:
                example = next(c for c in cells if "." in c)
                table.unread[column] = (
                    f"{name}, column {columns[column]!r}: {example!r} is ambiguous (thousands or decimals) beside "
                    "columns with decimal commas. Choose what commas and points mean."
                )
            elif asked.thousands:
                table.values[:, column] = [float(c.replace(".", "")) for c in cells]
                notes.append(f"Column {columns[column]!r} is read with points as thousands separators.")
    if open_:
        guesses["thousands"] = f"Ambiguous: {some_of([columns[i] for i in sorted(open_)])}."
    return notes


def _expand_lists(table: Table, columns: list[str]) -> tuple[Table, list[str], list[str]]:
    """The table with a column for each number of the lists in its cells; a note on each column of lists."""
    notes: list[str] = []
    found: dict[int, np.ndarray] = {}
    n = len(table.values)
    for column, texts in table.texts.items():
        if len(texts) < n or column in table.unread:
            continue
        lists = column_of_lists([texts[i] for i in range(n)])
        if isinstance(lists, str):
            table.unread[column] = f"Column {columns[column]!r}: {lists}."
        elif lists is not None and lists.size <= MAX_CELLS:
            found[column] = lists
            notes.append(f"Column {columns[column]!r} holds lists of {lists.shape[1]:,} numbers, one column for each.")
        elif lists is not None:
            table.unread[column] = (
                f"Column {columns[column]!r}: {n:,} lists of {lists.shape[1]:,} numbers are more than {MAX_CELLS:,}."
            )
    if not found:
        return table, columns, notes
    wide, names = table_from_columns(
        ((c, found.get(i, table.values[:, i])) for i, c in enumerate(columns)), table.lines
    )
    starts = np.cumsum([0, *(found[i].shape[1] if i in found else 1 for i in range(len(columns)))]).tolist()
    moved = {i: starts[i] for i in range(len(columns)) if i not in found}

    def at_new(kept: dict[int, Any] | None) -> dict[int, Any]:
        return {moved[i]: v for i, v in (kept or {}).items() if i in moved}

    texts = {**wide.texts, **at_new(table.texts)}
    return Table(wide.values, texts, table.lines, at_new(table.raw_cells), at_new(table.unread)), names, notes


def _drop_empty(table: Table, columns: list[str]) -> tuple[Table, list[str], list[str]]:
    """The table without columns that are empty throughout, and a row of totals at its end; a note on each."""
    notes: list[str] = []
    n, mask = len(table.values), np.ones(len(table.values), bool)
    first = table.texts.get(0, {}).get(n - 1, "").lower()
    if n > 3 and first.rstrip(":") in ("total", "totals", "sum", "grand total", "summe", "gesamt"):
        mask[-1] = False
        notes.append(f"Line {table.lines[-1]:,} holds totals: skipped.")
    empty = {i for i, texts in table.texts.items() if len(texts) == n and not any(texts.values())}
    if not notes and not empty:
        return table, columns, []
    used = [i for i in range(len(columns)) if i not in empty]
    if empty:
        notes.append(
            f"{pluralize(len(empty), 'empty column')} skipped: {some_of([columns[i] for i in sorted(empty)])}."
        )
    rows = int(mask.sum())
    texts = {
        new: kept
        for new, old in enumerate(used)
        if (kept := {r: t for r, t in table.texts.get(old, {}).items() if r < rows})
    }
    written = {new: table.raw_cells[old][:rows] for new, old in enumerate(used) if old in (table.raw_cells or {})}
    unread = {new: table.unread[old] for new, old in enumerate(used) if old in table.unread}
    trimmed = Table(table.values[mask][:, used], texts, table.lines[mask], written, unread)
    return trimmed, [columns[i] for i in used], notes
