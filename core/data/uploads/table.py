"""A table: rows of numbers, and the texts of cells that are none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.data.uploads.numbers import parse_number
from core.data.uploads.schema import (
    MISSING,
    unique_names,
)
from core.data.uploads.splits import exact_words


@dataclass(frozen=True)
class Table:
    """Values (N, C), NaN where a cell is no number; the texts of those cells by column and row.

    lines      (N,) the line of the file that each row stands in, or None
    raw_cells  the cells' own texts of columns with few different ones, which may be labels ("1.1" is not "1.10")
    unread     why columns that hold numbers in some form are not read
    """

    values: np.ndarray
    texts: dict[int, dict[int, str]]
    lines: np.ndarray | None = None
    raw_cells: dict[int, list[str]] | None = None
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
        if self.raw_cells is not None and column in self.raw_cells:
            return self.raw_cells[column]
        return [texts.get(i, word) for i, word in enumerate(exact_words(self.values[:, column]))]


def concatenate_tables(tables: Sequence[Table]) -> Table:
    """Tables of the same columns, one below the other."""
    starts = np.cumsum([0, *(len(t.values) for t in tables)]).tolist()
    texts: dict[int, dict[int, str]] = {}
    for start, table in zip(starts, tables, strict=False):
        for column, cells in table.texts.items():
            texts.setdefault(column, {}).update({start + row: cell for row, cell in cells.items()})
    kept = set.intersection(*(set(t.raw_cells or {}) for t in tables))
    written = {column: [cell for t in tables for cell in (t.raw_cells or {})[column]] for column in kept}
    unread = {column: why for t in tables for column, why in t.unread.items()}
    return Table(np.concatenate([t.values for t in tables]), texts, None, written, unread)


def table_from_columns(
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
        column = np.array([math.nan if (v := parse_number(c, False)) is None else v for c in cells])
        column[~np.isfinite(column)] = math.nan
        texts |= {at: words} if (words := {i: c for i, c in enumerate(cells) if math.isnan(column[i])}) else {}
        written[at] = cells
        values.append(column[:, None])
    whole = [v.dtype.kind in "biu" for v in values]
    table = np.concatenate(values, 1) if all(whole) else np.concatenate([v.astype(np.float64) for v in values], 1)
    return Table(table, texts, lines, written), unique_names(names)
