"""The rows of a table in text, one after the other: names and units above them, numbers and words apart."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from core.data.errors import DataError
from core.data.uploads.layout import is_header, is_units
from core.data.uploads.numbers import parse_number
from core.data.uploads.schema import (
    MAX_CELLS,
    MAX_CLASSES,
    MAX_EXAMPLES,
    MAX_TABLE_COLUMNS,
    check_number,
    pluralize,
    some_of,
    unique_names,
)
from core.data.uploads.table import Table

_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}


@dataclass(frozen=True)
class Cells:
    """A text as cells, with `sign` between them."""

    text: str
    sign: str
    quoting: int

    def reader(self) -> Any:
        """A `csv.reader` of all lines."""
        return csv.reader(io.StringIO(self.text), delimiter=self.sign, skipinitialspace=True, quoting=self.quoting)

    def rows(self) -> Iterator[list[str]]:
        """The lines that hold something."""
        return (cells for cells in self.reader() if any(cell.strip() for cell in cells))


class RowReader:
    """Reads a table row by row; what it finds out on the way stands in its attributes.

    named       whether the first row holds the names of the columns; `header` says so where it was asked for
    above       lines that are no rows: names and units
    guesses     what allows another reading, by its name in `Reading`
    notes       what was left out
    """

    def __init__(self, name: str, cells: Cells, header: bool | None) -> None:
        self.name, self.cells, self.header = name, cells, header
        self.named = self.has_units = self.has_trailing_sign = self.lacks_index_name = False
        self.columns: list[str] = []
        self.above: list[int] = []
        self.empty_lines: list[int] = []
        self.guesses: dict[str, str] = {}
        self.notes: list[str] = []
        self.rows: list[np.ndarray] = []
        self.lines: list[int] = []
        self.texts: dict[int, dict[int, str]] = {}
        self.raw_cells: dict[int, list[str]] = {}

    def read(self) -> Table:
        """All rows. Raises `DataError` naming the line and what is wrong with it."""
        reader = self.cells.reader()
        try:
            for cells in reader:
                self._take(cells, reader.line_num)
        except csv.Error as problem:
            raise DataError(
                f"{self.name}, line {reader.line_num:,}: {problem}. Is a quotation mark left open?"
            ) from problem
        check_number(self.name, len(self.rows), "row")
        return Table(np.stack(self.rows), self.texts, np.array(self.lines), self.raw_cells)

    def closing_notes(self) -> list[str]:
        """What the rows were like."""
        notes = []
        if self.empty_lines:
            which = some_of([str(line) for line in self.empty_lines])
            notes.append(f"{'Line' if len(self.empty_lines) == 1 else 'Lines'} {which} without values: skipped.")
        if self.has_trailing_sign:
            notes.append("A separator at the end of the rows is ignored.")
        if self.lacks_index_name:
            notes.append("The header is one cell short: the first column is taken as an index.")
        return notes

    def _take(self, cells: list[str], line: int) -> None:
        if not any(cell.strip() for cell in cells):
            if len(cells) > 1 and len(self.columns) > 1:
                self.empty_lines.append(line)
            return
        if self.cells.sign == " " and cells[-1] == "":
            cells.pop()
        if not self.columns:
            self._take_header(cells, line)
            if self.named:
                return
        if self.has_units and len(self.above) == 1:
            self.above.append(line)
            units = some_of(list(dict.fromkeys(cell.strip() for cell in cells if cell.strip())))
            self.notes.append(f"Line {line} holds units ({units}): skipped.")
            return
        self._add(self._fit(cells, line), line)

    def _take_header(self, cells: list[str], line: int) -> None:
        """Find out whether the first row holds names, and what the columns are called."""
        if len(cells) > MAX_TABLE_COLUMNS:
            raise DataError(f"{self.name} has {len(cells):,} columns; at most {MAX_TABLE_COLUMNS:,} are read")
        try:
            rows = list(islice(self.cells.rows(), 31))
        except csv.Error:
            rows = [cells]
        number = partial(parse_number, decimal_commas=self.cells.sign != ",")
        self.named, unsure = is_header(rows, number)
        if self.header is not None:
            self.named = self.header
        if unsure:
            what = "column names" if self.named else "an example, not as column names"
            self.guesses["header"] = f"Line {line} is read as {what}."
        names = [f"column {i + 1}" for i in range(len(cells))]
        if self.named:
            names = unique_names(cell.strip() or name for cell, name in zip(cells, names, strict=True))
            self.above.append(line)
        self.columns = names
        self.has_units = self.named and is_units(rows[1:], number)

    def _fit(self, cells: list[str], line: int) -> list[str]:
        """As many cells as there are columns."""
        if len(cells) == len(self.columns) + 1 and cells[-1].strip() == "":
            cells.pop()
            self.has_trailing_sign = True
        elif self.named and len(cells) == len(self.columns) + 1 and not self.rows:  # as R writes row names
            self.columns, self.lacks_index_name = ["index", *self.columns], True
        if len(cells) != len(self.columns):
            raise DataError(
                f"{self.name}, line {line:,}: {pluralize(len(cells), 'cell')} where the first line has "
                f"{len(self.columns):,} (cells between {_SIGNS[self.cells.sign]})"
            )
        return cells

    def _add(self, cells: list[str], line: int) -> None:
        self.rows.append(_parse_row(cells, len(self.rows), self.texts))
        self.lines.append(line)
        rows, columns = len(self.rows), len(self.columns)
        if rows == 1:
            self.raw_cells = {i: [] for i in range(columns)}
        for i, column in self.raw_cells.items():
            column.append(cells[i].strip())
        if rows % 5_000 == 0 or rows == 500:  # one with many different cells holds no labels
            self.raw_cells = {i: c for i, c in self.raw_cells.items() if len(set(c)) <= 2 * MAX_CLASSES}
        if rows > MAX_EXAMPLES or rows * columns > MAX_CELLS:
            raise DataError(
                f"{self.name} is too long: at most {MAX_EXAMPLES:,} rows and {MAX_CELLS:,} cells are read "
                f"(here {columns:,} columns, so at most {min(MAX_EXAMPLES, MAX_CELLS // columns):,} rows)"
            )


def _parse_row(cells: list[str], row: int, texts: dict[int, dict[int, str]]) -> np.ndarray:
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
        value = parse_number(cells[column], decimal_commas=False)
        if value is None or not math.isfinite(value):
            texts.setdefault(column, {})[row] = cells[column].strip()
            value = math.nan
        values[column] = value
    return values
