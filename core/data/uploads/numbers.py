"""One column's numbers as people write them: thousands, decimal commas, minus signs, per cent, currencies, lists.

One rule holds for a whole column, decided from all its cells; where they allow two readings it is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from core.data.errors import DataError
from core.data.uploads.schema import MISSING

_SPACES = "[ \u00a0\u2009\u202f'’]"
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.I)
_GROUPED = {  # a sign between thousands, and the decimal sign
    "commas as thousands separators": (re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?"), ",", "."),
    "points as thousands separators": (re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?"), ".", ","),
}
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?", re.I)
_INTEGER = re.compile(r"[+-]?\d+")


def column_of_numbers(where: str, cells: Sequence[str], thousands: bool | None = None) -> tuple[np.ndarray, str] | None:
    """(values, how they were read) of one column, NaN where a cell is missing; None where it holds no such numbers.

    thousands    which of two possible readings to take; None raises `DataError` naming the column
    """
    bare = [_bare(cell) for cell in cells]
    marks = "".join(cell for cell, _ in bare)
    given = [cell for cell, _ in bare if cell.lower() not in MISSING]
    signs = {mark for cell, mark in bare if cell.lower() not in MISSING}
    if not given or len(signs - {""}) > 1 or ("%" in signs and len(signs) > 1):
        return None
    readings = {how: values for how in _readings(marks) if (values := _read(how, given)) is not None}
    if not readings:
        return None
    if len(readings) > 1 and thousands is not None:
        fitting = {how: values for how, values in readings.items() if ("thousands" in how) == thousands}
        readings = fitting or readings
    if len(readings) > 1:
        example = next(cell for cell in given if "," in cell or "." in cell)
        raise DataError(
            f"{where}: {example!r} is ambiguous (thousands or decimals). Choose what commas and points mean, "
            "or write the numbers without thousands separators."
        )
    how, values = readings.popitem()
    column = np.full(len(cells), math.nan)
    column[[cell.lower() not in MISSING for cell, _ in bare]] = values
    mark = next(iter(signs - {""}), "")
    return column, " and ".join(part for part in (how, f"the sign {mark}" if mark else "") if part)


def _bare(cell: str) -> tuple[str, str]:
    """The cell without spaces between thousands, per cent or currency sign; and that sign."""
    cell = cell.strip().replace("\u2212", "-")
    mark = ""
    if found := re.fullmatch(r"([+-]?)([$€£¥])\s*(.*)", cell):
        cell, mark = found[1] + found[3], found[2]
    elif cell[-1:] in tuple("$€£¥%"):
        cell, mark = cell[:-1].rstrip(), cell[-1]
    if re.fullmatch(rf"[+-]?\d{{1,3}}({_SPACES}\d{{3}})+([.,]\d*)?", cell):
        cell = re.sub(_SPACES, "", cell)
    return cell, mark


def _readings(marks: str) -> list[str]:
    return [""] if "," not in marks and "." not in marks else ["", *_GROUPED, "decimal commas"]


def _read(how: str, cells: Sequence[str]) -> list[float] | None:
    """The cells in one reading, or None where one of them does not fit it."""
    if how == "":
        return [float(c) for c in cells] if all(map(_PLAIN.fullmatch, cells)) else None
    if how == "decimal commas":
        commas = [c for c in cells if _DECIMAL_COMMA.fullmatch(c)]
        if not commas or not all("," in c or _INTEGER.fullmatch(c) for c in cells) or len(commas) < sum(
            "," in c for c in cells
        ):  # fmt: skip
            return None
        whole = [c for c in cells if "," not in c]
        grouped = _GROUPED["commas as thousands separators"][0]
        if all(map(grouped.fullmatch, commas)) and whole and all(abs(float(c)) < 1000 for c in whole):
            return None  # 974 beside 1,196: decimals would stand in every cell
        return [float(c.replace(",", ".")) for c in cells]
    pattern, between, point = _GROUPED[how]
    if not any(map(pattern.fullmatch, cells)):
        return None
    small = re.compile(rf"[+-]?\d{{1,3}}({re.escape(point)}\d*)?|[+-]?\d+")
    if not all(pattern.fullmatch(c) or small.fullmatch(c) for c in cells):
        return None
    return [float(c.replace(between, "").replace(point, ".")) for c in cells]


_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_SEVERAL = re.compile(rf"{_NUMBER}(?:[ ,;]+{_NUMBER}){{3,}}", re.I)


def column_of_lists(cells: Sequence[str]) -> np.ndarray | str | None:
    """Values (N, D) where each cell is a list of D numbers, such as "[1, 2, 3]", NaN where a cell is missing.

    Text says why lists of numbers cannot be values; None: the cells are no such lists.
    """
    bare = [re.sub(r"\s+", " ", re.sub(r"^(array|tensor)\(", "(", cell.strip())) for cell in cells]
    given = [cell for cell in bare if cell.lower() not in MISSING]
    if not given or not (
        all(cell[0] in "[(" and cell[-1] in "])" for cell in given) or all(map(_SEVERAL.fullmatch, given))
    ):
        return None
    if not all(any(sign.isdigit() for sign in cell) for cell in given):
        return None
    lists = [re.split(r"[ ,;]+", re.sub(r"[\[\]()]", " ", cell).strip(" ,;")) for cell in given]
    if any("..." in row for row in lists):
        return "its lists are cut short by '...'; write them whole, for instance with tolist()"
    try:
        values = [np.array(row, np.float64) for row in lists]
    except ValueError:
        return "its lists hold something other than numbers"
    lengths = {len(row) for row in values}
    if len(lengths) > 1:
        return f"its lists hold from {min(lengths)} to {max(lengths)} values; vectors need the same number"
    if not all(np.isfinite(row).all() for row in values):
        return "its lists hold non-finite values"
    column = np.full((len(cells), *lengths), math.nan)
    column[[cell.lower() not in MISSING for cell in bare]] = values
    return column


def parse_number(cell: str, decimal_commas: bool = True) -> float | None:
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
