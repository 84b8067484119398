"""JSON files of a run's folder: written by rename, and believed only as far as their types go.

A field whose name in a file is another than its name here (files outlive names) says so: `stored_as`.
"""

from __future__ import annotations

import json
from dataclasses import field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from core.config.fields import suits
from core.store import disk

T = TypeVar("T")
MAX_JSON = 2**20  # bytes of what is read as one JSON object
_hints = cache(get_type_hints)


def stored_as(name: str, default: Any) -> Any:
    """A dataclass field that is called `name` in its file."""
    return field(default=default, metadata={"stored": name})


def to_json(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by their names in a file."""
    return {f.metadata.get("stored", f.name): getattr(value, f.name) for f in fields(value)}


def from_json(owner: type[T], plain: dict[str, Any] | None) -> T:
    """The dataclass `owner` from what a file says; what it does not know, or is of another type, is passed over."""
    plain, hints = plain or {}, _hints(owner)
    values = {f.name: plain.get(f.metadata.get("stored", f.name), ...) for f in fields(owner)}
    known = {name: value for name, value in values.items() if suits(value, hints[name])}
    return owner(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})


def write_json(file: Path, plain: Any) -> None:
    """Write as JSON, never half of it."""
    disk.write_atomically(file, json.dumps(plain))


def read_json(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`, or None where there is none (or a disk's failure left half of one)."""
    try:
        plain = json.loads(file.read_text()) if file.stat().st_size <= MAX_JSON else None
    except (OSError, ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def write_jsonl(file: Path, lines: list[Any]) -> None:
    """Write as lines of JSON, never half of them."""
    disk.write_atomically(file, "".join(json.dumps(line) + "\n" for line in lines))


def append_jsonl(file: Path, line: Any) -> None:
    """Add a line of JSON."""
    with file.open("a") as opened:
        opened.write(json.dumps(line) + "\n")
