"""Tables: rows of numbers, with a column of labels perhaps, from text or from an array."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from core.data.errors import DataError
from core.data.uploads.layout import WORD2VEC, is_header, is_units, peeled, quotes_quote
from core.data.uploads.numbers import column_of_lists, column_of_numbers
from core.data.uploads.schema import (
    LABEL_NAMES,
    MAX_CELLS,
    MAX_CLASSES,
    MAX_EXAMPLES,
    MAX_TABLE_COLUMNS,
    MISSING,
    SIDES,
    Draft,
    Reading,
    Settings,
    Way,
    check_number,
    counted,
    different,
    labelled,
    printable,
    some_of,
)
from core.data.uploads.splits import exact_words


@dataclass(frozen=True)
class Table:
    """Values (N, C), NaN where a cell is no number; the texts of those cells by column and row.

    lines    (N,) the line of the file that each row stands in, or None
    written  the cells' own texts of columns with few different ones, which may be labels ("1.1" is not "1.10")
    unread   why columns that hold numbers in some form are not read
    """

    values: np.ndarray
    texts: dict[int, dict[int, str]]
    lines: np.ndarray | None = None
    written: dict[int, list[str]] | None = None
    unread: dict[int, str] = field(default_factory=dict)

    def where(self, row: int) -> str:
        """How a message names a row."""
        return f"row {row + 1:,}" if self.lines is None else f"line {self.lines[row]:,}"

    def is_text(self, column: int) -> bool:
        """True where a column holds more words than numbers."""
        cells = self.texts.get(column, {}).values()
        numbers = len(self.values) - len(cells)
        words = sum(c.lower() not in MISSING for c in cells)
        return column not in self.unread and (words > numbers or (not numbers and any(cells)))

    def words(self, column: int) -> list[str]:
        """A column's cells as text."""
        texts = self.texts.get(column, {})
        if self.written is not None and column in self.written:
            return self.written[column]
        return [texts.get(i, word) for i, word in enumerate(exact_words(self.values[:, column]))]


def decoded(name: str, content: bytes) -> str:
    """The text in UTF-8 bytes, lines ending as in Unix. Raises `DataError` saying where it fails."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{name} is in UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        some = content[:4_096]
        if sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in some) * 50 > len(some):
            raise DataError(
                f"{name} is no text, and of no kind that is known here: it begins with the bytes {content[:8].hex(' ')}"
            ) from problem
        line = content.count(b"\n", 0, problem.start) + 1
        raise DataError(
            f"{name} is not in UTF-8: byte {content[problem.start]:#04x} at position {problem.start:,} (line "
            f"{line:,}) is none of it. Save it as UTF-8; older files are often in Latin-1 or Windows-1252."
        ) from problem
    if (at := text.find("\0")) >= 0:
        raise DataError(f"{name} is no text: it holds a zero byte at character {at:,}")
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


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


def looks_like_a_table(text: str) -> bool:
    """True where most cells of the first lines, after a header, are numbers."""
    lines = _some_lines(text)
    try:
        sign = _delimiter(lines)
        rows = list(csv.reader(lines[1:] or lines, delimiter=sign, skipinitialspace=sign == " "))
    except csv.Error:
        return False
    cells = [c for row in rows for c in row if c.strip()]
    return bool(cells) and sum(_number(c) is not None for c in cells) > len(cells) / 2


def _number(cell: str, decimal_commas: bool = True) -> float | None:
    """A cell as a number, or None. "1,5" is one where commas do not stand between cells."""
    cell = cell.strip()
    if cell.lower() in MISSING or "_" in cell:  # Python would read 1_000
        return None
    if decimal_commas and cell.count(",") == 1 and "." not in cell:
        cell = cell.replace(",", ".")
    try:
        return float(cell)
    except ValueError:
        return None


def read_table(name: str, text: str, asked: Reading) -> Draft:
    """A table from text; the sign between cells and, unless told, the header are found out. Raises `DataError`."""
    few = _some_lines(text)
    if not few:
        raise DataError(f"{name} holds no rows")
    sep = re.match(r"\s*sep=([,;|\t])\s*\n", text, re.I)
    sign = sep[1] if sep else _delimiter(few)
    if "[" in text:  # lists without quotation marks
        ends = re.escape(sign)
        text = re.sub(rf'(?m)(^|{ends})( ?)(\[[^\[\]"\n]*\])(?= ?(?:{ends}|$))', r'\1\2"\3"', text)
    announced = WORD2VEC.match(text)
    text, notes = peeled(text, sign)
    quoting = csv.QUOTE_MINIMAL
    if not quotes_quote(text, sign):
        quoting = csv.QUOTE_NONE
        notes.append("Quotation marks are read as characters: as quotes they would swallow whole rows.")

    def opened() -> Any:
        return csv.reader(io.StringIO(text), delimiter=sign, skipinitialspace=True, quoting=quoting)

    reader = opened()
    short = trailing = named = False
    columns: list[str] = []
    rows: list[np.ndarray] = []
    texts: dict[int, dict[int, str]] = {}
    lines: list[int] = []
    written: dict[int, list[str]] = {}
    guesses: dict[str, str] = {}
    above: list[int] = []  # lines that are no rows: names and units
    empty: list[int] = []
    units = False
    try:
        for cells in reader:
            if not any(c.strip() for c in cells):
                empty += [reader.line_num] if len(cells) > 1 and len(columns) > 1 else []
                continue
            if sign == " " and cells and cells[-1] == "":
                cells.pop()
            if not columns:
                if len(cells) > MAX_TABLE_COLUMNS:
                    raise DataError(f"{name} has {len(cells):,} columns; at most {MAX_TABLE_COLUMNS:,} are read")
                try:
                    below = list(itertools.islice((c for c in opened() if any(x.strip() for x in c)), 31))
                except csv.Error:
                    below = [cells]
                number = partial(_number, decimal_commas=sign != ",")
                named, unsure = is_header(below, number)
                named = named if asked.header is None else asked.header
                if unsure:
                    what = "names of the columns" if named else "an example, not as names"
                    guesses["header"] = f"Line {reader.line_num} is read as {what}."
                columns = _column_names(cells) if named else [f"column {i + 1}" for i in range(len(cells))]
                units = named and is_units(below[1:], number)
                if named:
                    above.append(reader.line_num)
                    continue
            if units and len(above) == 1:
                above.append(reader.line_num)
                said = some_of(list(dict.fromkeys(c.strip() for c in cells if c.strip())))
                notes.append(f"Line {reader.line_num} holds units ({said}): skipped.")
                continue
            if len(cells) == len(columns) + 1 and cells[-1].strip() == "":
                cells.pop()
                trailing = True
            elif named and len(cells) == len(columns) + 1 and not rows:  # as R writes row names
                columns, short = ["index", *columns], True
            if len(cells) != len(columns):
                raise DataError(
                    f"{name}, line {reader.line_num:,}: {counted(len(cells), 'cell')} where the first line has "
                    f"{len(columns):,} (cells between {_SIGNS[sign]})"
                )
            rows.append(_row(cells, len(rows), texts, decimal_commas=False))
            lines.append(reader.line_num)
            if len(rows) == 1:
                written = {i: [] for i in range(len(columns))}
            for i in [*written]:
                written[i].append(cells[i].strip())
            if len(rows) % 5_000 == 0 or len(rows) == 500:
                written = {i: w for i, w in written.items() if len(set(w)) <= 2 * MAX_CLASSES}
            if len(rows) > MAX_EXAMPLES or len(rows) * len(columns) > MAX_CELLS:
                raise DataError(
                    f"{name} is too long: at most {MAX_EXAMPLES:,} rows and {MAX_CELLS:,} cells are read "
                    f"(here {len(columns):,} columns, so at most {min(MAX_EXAMPLES, MAX_CELLS // len(columns)):,} rows)"
                )
    except csv.Error as problem:
        raise DataError(f"{name}, line {reader.line_num:,}: {problem}. Is a quotation mark left open?") from problem
    check_number(name, len(rows), "row")
    table = Table(np.stack(rows), texts, np.array(lines), written)
    if announced and int(announced[2]) == len(columns) - 1 and int(announced[1]) != len(rows):
        notes.append(f"Its first line announces {int(announced[1]):,} vectors; there are {len(rows):,}.")
    if empty:
        which = some_of([str(line) for line in empty])
        notes.append(f"{'Line' if len(empty) == 1 else 'Lines'} {which} without values: skipped.")
    if trailing:
        notes.append("A separator at the end of the rows is ignored.")
    if short:
        notes.append("The header is one cell short: the first column is taken as an index.")
    if _near(table):
        body = [c for c in opened() if any(x.strip() for x in c)][len(above) :]
        notes += _as_people_write(name, table, columns, body, asked, guesses)
    table, columns, more = _trimmed(table, columns)
    notes += more
    table, columns, more = _with_lists(table, columns)
    notes += more
    draft = table_draft(name, table, columns, named=named, rows="rows")
    reading = {"header": named} | ({"thousands": asked.thousands} if "thousands" in guesses else {})
    return dataclasses.replace(draft, notes=(*guesses.values(), *notes, *draft.notes), reading=reading, guesses=guesses)


def _as_people_write(
    name: str, table: Table, columns: list[str], body: list[list[str]], asked: Reading, guesses: dict[str, str]
) -> list[str]:
    """Fills in columns of numbers that Python would not read, each by one rule; a note on each."""
    notes, open_, commas = [], [], False
    for column in _near(table):
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
            commas |= "decimal commas" in how or "points between" in how
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
                    f"{name}, column {columns[column]!r}: {example!r} may hold thousands or decimals, beside columns "
                    "with decimal commas. Choose what commas and points mark."
                )
            elif asked.thousands:
                table.values[:, column] = [float(c.replace(".", "")) for c in cells]
                notes.append(f"Column {columns[column]!r} is read with points between thousands.")
    if open_:
        guesses["thousands"] = f"Two readings are possible: {some_of([columns[i] for i in sorted(open_)])}."
    return notes


_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})*")


def _with_lists(table: Table, columns: list[str]) -> tuple[Table, list[str], list[str]]:
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
            notes.append(f"Column {columns[column]!r} holds lists of {lists.shape[1]:,} numbers: each is a column.")
        elif lists is not None:
            table.unread[column] = (
                f"Column {columns[column]!r}: {n:,} lists of {lists.shape[1]:,} numbers are more than {MAX_CELLS:,}."
            )
    if not found:
        return table, columns, notes
    wide, names = assembled(((c, found.get(i, table.values[:, i])) for i, c in enumerate(columns)), table.lines)
    starts = np.cumsum([0, *(found[i].shape[1] if i in found else 1 for i in range(len(columns)))]).tolist()
    moved = {i: starts[i] for i in range(len(columns)) if i not in found}

    def at_new(kept: dict[int, Any] | None) -> dict[int, Any]:
        return {moved[i]: v for i, v in (kept or {}).items() if i in moved}

    texts = {**wide.texts, **at_new(table.texts)}
    return Table(wide.values, texts, table.lines, at_new(table.written), at_new(table.unread)), names, notes


def stacked(tables: Sequence[Table]) -> Table:
    """Tables of the same columns, one below the other."""
    starts = np.cumsum([0, *(len(t.values) for t in tables)]).tolist()
    texts: dict[int, dict[int, str]] = {}
    for start, table in zip(starts, tables, strict=False):
        for column, cells in table.texts.items():
            texts.setdefault(column, {}).update({start + row: cell for row, cell in cells.items()})
    kept = set.intersection(*(set(t.written or {}) for t in tables))
    written = {column: [cell for t in tables for cell in (t.written or {})[column]] for column in kept}
    unread = {column: why for t in tables for column, why in t.unread.items()}
    return Table(np.concatenate([t.values for t in tables]), texts, None, written, unread)


def assembled(
    parts: Iterable[tuple[str, np.ndarray | Sequence[str]]], lines: np.ndarray | None = None
) -> tuple[Table, list[str]]:
    """A table from columns, and their names: numbers (N,), numbers (N, D) that become D columns, or texts of cells."""
    names: list[str] = []
    values: list[np.ndarray] = []
    texts: dict[int, dict[int, str]] = {}
    written: dict[int, list[str]] = {}
    for name, part in parts:
        at = len(names)
        if isinstance(part, np.ndarray) and part.ndim == 1 and not np.isfinite(part).all():
            part = exact_words(part)
        if isinstance(part, np.ndarray):
            block = part if part.ndim == 2 else part[:, None]
            names += [f"{name} {i + 1}" for i in range(part.shape[1])] if part.ndim == 2 else [name]
            values.append(block)
            if part.ndim == 2 and (missing := np.flatnonzero(np.isnan(block).any(1)).tolist()):
                texts |= {at + i: dict.fromkeys(missing, "") for i in range(block.shape[1])}
            continue
        names.append(name)
        cells = [cell.strip() for cell in part]
        column = np.array([math.nan if (v := _number(c, False)) is None else v for c in cells])
        column[~np.isfinite(column)] = math.nan
        texts |= {at: words} if (words := {i: c for i, c in enumerate(cells) if math.isnan(column[i])}) else {}
        written[at] = cells
        values.append(column[:, None])
    whole = [v.dtype.kind in "biu" for v in values]
    table = np.concatenate(values, 1) if all(whole) else np.concatenate([v.astype(np.float64) for v in values], 1)
    return Table(table, texts, lines, written), different(names)


def _near(table: Table) -> list[int]:
    """Columns with cells that hold digits and are no plain numbers."""
    return [
        i
        for i, texts in table.texts.items()
        if any(c.lower() not in MISSING and any(x.isdigit() for x in c) for c in texts.values())
    ]


def _trimmed(table: Table, columns: list[str]) -> tuple[Table, list[str], list[str]]:
    """The table without columns that are empty throughout, and a row of totals at its end; a note on each."""
    notes: list[str] = []
    n, keep = len(table.values), np.ones(len(table.values), bool)
    first = table.texts.get(0, {}).get(n - 1, "").lower()
    if n > 3 and first.rstrip(":") in ("total", "totals", "sum", "grand total", "summe", "gesamt"):
        keep[-1] = False
        notes.append(f"Line {table.lines[-1]:,} holds totals: left out.")
    empty = {i for i, texts in table.texts.items() if len(texts) == n and not any(texts.values())}
    if not notes and not empty:
        return table, columns, []
    used = [i for i in range(len(columns)) if i not in empty]
    if empty:
        notes.append(f"{counted(len(empty), 'empty column')} left out: {some_of([columns[i] for i in sorted(empty)])}.")
    rows = int(keep.sum())
    texts = {
        new: kept
        for new, old in enumerate(used)
        if (kept := {r: t for r, t in table.texts.get(old, {}).items() if r < rows})
    }
    written = {new: table.written[old][:rows] for new, old in enumerate(used) if old in (table.written or {})}
    unread = {new: table.unread[old] for new, old in enumerate(used) if old in table.unread}
    trimmed = Table(table.values[keep][:, used], texts, table.lines[keep], written, unread)
    return trimmed, [columns[i] for i in used], notes


_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}


def _column_names(cells: list[str]) -> list[str]:
    """The header's names, made different where they are not."""
    return different(cell.strip() or f"column {i + 1}" for i, cell in enumerate(cells))


def _row(cells: list[str], row: int, texts: dict[int, dict[int, str]], decimal_commas: bool) -> np.ndarray:
    """One row of numbers; what is no number becomes NaN and goes to `texts`."""
    slow: Iterable[int] = range(len(cells))
    values = np.empty(len(cells))
    try:  # whole rows at once, but for the columns that were words before
        easy = cells
        if texts:
            easy = cells.copy()
            for column in texts:
                easy[column] = "0"
        values[:] = list(map(float, easy))
        if np.isfinite(values).all() and "_" not in "".join(easy):
            slow = tuple(texts)
    except ValueError:
        pass
    for column in slow:
        value = _number(cells[column], decimal_commas)
        if value is None or not math.isfinite(value):
            texts.setdefault(column, {})[row] = cells[column].strip()
            value = math.nan
        values[column] = value
    return values


def table_draft(name: str, table: Table, columns: list[str], named: bool, rows: str) -> Draft:
    """What can be made of a table. Raises `DataError` where no column holds numbers."""
    n, c = table.values.shape
    if c > MAX_TABLE_COLUMNS:
        raise DataError(f"{name} has {c:,} columns; at most {MAX_TABLE_COLUMNS:,} are read")
    numeric = [i for i in range(c) if not table.is_text(i)]
    if not numeric:
        raise DataError(
            f"{name}: none of its {counted(c, 'column')} holds numbers (the first row begins with "
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
        f"Column {name!r} holds another whole number in each row, as running numbers do: suggested to be left out."
        for name in running_numbers(table, columns)[:3]
    ]
    for i, column in enumerate(columns):
        digits = [c for c in table.texts.get(i, {}).values() if re.match(r"\W? ?[+-]?\d", c)]
        if table.is_text(i) and len(digits) * 2 > len(table.texts[i]):
            notes.append(f"Column {column!r} is not read as numbers (for instance {printable(digits[0])!r}).")
    found = f"a table of {n:,} {rows} and {counted(c, 'column')}" if rows == "rows" else (
        f"{n:,} vectors of {counted(c, 'value')}"
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
        if not _called_a_number(name) or not np.isfinite(values).all() or (values != np.floor(values)).any():
            continue
        if name == "column 1" and not (np.diff(values) == 1).all():
            continue
        if len(np.unique(table.values[:, i])) == len(values):
            found.append(name)
    return found if len(found) < len(columns) else []


def _called_a_number(name: str) -> bool:
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
            raise DataError(f"{table.unread[i]} Or leave the column out.")
        if table.texts.get(i):
            row, text = next(iter(table.texts[i].items()))
            many = len(table.texts[i])
            more = f" (and {many - 1:,} more in this column)" if many > 1 else ""
            where = f"{draft.source}, {table.where(row)}, column {names[i]!r}"
            if text.lower() in MISSING:
                raise DataError(
                    f"{where}: the value is missing{f' ({text!r})' if text else ''}{more}. Fill it in, drop the row, "
                    "or leave the column out."
                )
            raise DataError(
                f"{where}: {printable(text)!r} is no finite number{more}. Choose the column as the label, "
                "or leave it out."
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
            f"label = {settings.label!r}: the column holds {counted(n, 'different value')}; "
            f"must be from 2 to {MAX_CLASSES}"
        )
    return labelled(words)[:2]
