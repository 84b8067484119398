"""What stands around a table in a text: lines before it, its header, quotation marks that quote nothing."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence

from core.data.uploads.schema import MISSING

Number = Callable[[str], float | None]
WORD2VEC = re.compile(r"\s*(\d{1,9})[ \t]+(\d{1,9})[ \t]*(?=\n)")  # how many words, and values of each


def strip_preamble(text: str, sign: str) -> tuple[str, list[str]]:
    """The text with the lines before the table emptied (line numbers stay), and a note on each kind of them."""
    lines = text.split("\n", 60)
    counts = Counter(n for line in lines[:60] if (n := _cells(line, sign)) > 1)
    usual = counts.most_common(1)[0][0] if counts else 1
    taken: list[int] = []
    if (found := WORD2VEC.match(text)) and int(found[2]) == usual - 1 > 1:
        return "\n" * found[0].count("\n") + text[found.end() :], [
            "Line 1 counts words and values, as word2vec does: skipped."
        ]
    for i, line in enumerate(lines[:40]):
        if not line.strip():
            continue
        comment = line.lstrip().startswith("#") and _cells(line, sign) != usual
        if (
            re.fullmatch(r"sep=.", line.strip(), re.I)
            or comment
            or (usual > 1 and _cells(line, sign) == 1 and '"' not in line)
        ):
            taken.append(i)
        else:
            break
    if not taken:
        return text, []
    for i in taken:
        lines[i] = ""
    return "\n".join(lines), [
        f"{'Line' if len(taken) == 1 else 'Lines'} {', '.join(str(i + 1) for i in taken)} before the table: skipped."
    ]


def _cells(line: str, sign: str) -> int:
    """How many cells a line has, empty ones at its end left aside."""
    try:
        cells = next(csv.reader([line], delimiter=sign, skipinitialspace=sign == " "), [])
    except csv.Error:
        return 0
    while cells and not cells[-1].strip():
        cells.pop()
    return len(cells)


def quotes_quote(text: str, sign: str) -> bool:
    """False where a quotation mark swallows whole rows: each line inside the cell has a row's cells by itself."""
    if '"' not in text:
        return True
    lines = text.split("\n")
    reader = csv.reader((line + "\n" for line in lines), delimiter=sign, skipinitialspace=True)
    before, width = 0, 0
    try:
        for cells in reader:
            width = width or len(cells)
            inside = lines[before : reader.line_num]
            if len(inside) > 1 and width > 1:
                alone = [line.count(sign) + 1 for line in inside if line]
                lone = sign in "\t " or any(cell.strip() == '"' for cell in inside[0].split(sign))
                if lone and all(n == width for n in alone):
                    return False
            before = reader.line_num
    except csv.Error:
        return sign not in "\t "
    return True


def is_header(rows: Sequence[Sequence[str]], number: Number) -> tuple[bool, bool]:
    """(does the first row hold names, is that a guess that should be said), by contrast with the rows below it."""
    first, below = rows[0], rows[1:]
    values = [number(c) for c in first]
    width = len(first)
    numeric = [sum(number(r[i]) is not None for r in below if i < len(r)) * 2 > len(below) for i in range(width)]
    if all(v is None for v in values):
        missing = [c.strip().lower() in MISSING for c, n in zip(first, numeric, strict=True) if n]
        return (False, True) if missing and all(missing) else (True, False)
    if not below:
        return False, False
    words = sum(v is None and c.strip() != "" and n for v, c, n in zip(values, first, numeric, strict=True))
    if words * 2 > sum(numeric):
        return True, True
    at = [i for i, v in enumerate(values) if v is not None]
    rest = [v for v in values if v is not None]
    if len(rest) < 2:
        return False, False
    named = len(rest) < width  # an empty corner, or a word
    told = words > 0 or first[0].strip() == ""
    running = all(b - a == 1 for a, b in zip(rest, rest[1:], strict=False)) and rest[0] in (0, 1)
    others = [[number(r[i]) if i < len(r) else None for i in at] for r in below[:10]]
    if running and (told or len(rest) > 2) and rest not in others:
        continues = [v for v in (o[0] for o in others) if v is not None]
        steps = all(None not in o and all(b - a == 1 for a, b in zip(o, o[1:], strict=False)) for o in others)
        return not (steps and continues), True
    if running and not named and rest not in others:
        return False, True
    years = all(v.is_integer() and 1800 <= v <= 2100 for v in rest) and sorted(set(rest)) == rest
    apart = not any(v is not None and 1800 <= v <= 2100 for o in others for v in o)
    guess = named and years and apart
    return guess, guess


def is_units(rows: Sequence[Sequence[str]], number: Number) -> bool:
    """True where the row under the header says in what the columns are measured: words over numbers throughout."""
    first, below = [c.strip() for c in rows[0]] if rows else [], rows[1:]
    if len(below) < 2:
        return False
    numeric = [
        i for i in range(len(first)) if sum(i < len(r) and number(r[i]) is not None for r in below) * 2 > len(below)
    ]
    words = sum(first[i] not in ("", "-") and first[i].lower() not in MISSING for i in numeric)
    return all(number(first[i]) is None for i in numeric) and words * 2 >= max(1, len(numeric))
