"""One column's numbers as people write them: thousands, decimal commas, minus signs, per cent, currencies.

One rule holds for a whole column, decided from all its cells; where they allow two readings it is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from core.data import DataError
from core.data.draft import MISSING

_SPACES = "[ \u00a0\u2009\u202f'’]"
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_GROUPED = {  # a sign between thousands, and the decimal sign
    "commas between thousands": (re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?"), ",", "."),
    "points between thousands": (re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?"), ".", ","),
}
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?", re.I)
_INTEGER = re.compile(r"[+-]?\d+")


def column_of_numbers(where: str, cells: Sequence[str]) -> tuple[np.ndarray, str] | None:
    """(values, how they were read) of one column, NaN where a cell is missing; None where it holds no such numbers.

    Raises `DataError` naming the column where commas or points can be read in two ways.
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
    if len(readings) > 1:
        example = next(cell for cell in given if "," in cell or "." in cell)
        raise DataError(
            f"{where}: {example!r} may hold thousands or decimals. Write the numbers without signs between thousands, "
            "and with a decimal point."
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
    elif found := re.fullmatch(r"(.*?)\s*([$€£¥%])", cell):
        cell, mark = found[1], found[2]
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
        grouped = _GROUPED["commas between thousands"][0]
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
