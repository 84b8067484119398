"""What a page's link carries, one typed object a page. Nonsense in a link is said and replaced, never a crash."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args, get_type_hints

from core.config.limits import MAX_CHAINS, MAX_SWEEPS

# of every number on every page whose field names no range of its own
RANGES: dict[str, tuple[float, float]] = {
    "chains": (1, MAX_CHAINS),
    "seed": (0, 2**31 - 1),
    "cd": (1, 1000),
    "temperature": (0.05, 5),
    "sweeps": (1, MAX_SWEEPS),
    "fps": (1, 60),
    "chain": (-1, MAX_CHAINS - 1),
    "frame": (-1, 5000),
}


def bounds(state: type, name: str) -> tuple[float, float]:
    """The least and the largest value of a number of the state."""
    entry = next(entry for entry in dataclasses.fields(state) if entry.name == name)
    return entry.metadata.get("range") or RANGES[name]


def from_query(
    state: type, query: Mapping[str, str], choices: Mapping[str, Collection[str]] | None = None
) -> tuple[Any, list[str]]:
    """The state that a link describes, and a sentence for each part of the link that could not be read.

    choices     what a text may be, where the page knows only some: `{"digit": ("0", "1")}`; the default always may
    """
    values, problems = {}, []
    hints = get_type_hints(state)
    for entry in dataclasses.fields(state):
        if entry.name not in query:
            continue
        text = query[entry.name]
        try:
            value = _read(hints[entry.name], text, entry.metadata.get("range") or RANGES.get(entry.name))
            known = (choices or {}).get(entry.name)
            if known is not None and value != entry.default and value not in known:
                raise ValueError(f"it must be {_listed(known)}")
            values[entry.name] = value
        except ValueError as error:
            shown = text if len(text) <= 40 else text[:40] + "…"
            problems.append(f"The link's {entry.name} = {shown!r} was not used: {error}.")
    return state(**values), problems


def _listed(names: Collection[str], most: int = 12) -> str:
    shown = [name if len(name) <= 24 else name[:24] + "…" for name in list(names)[:most]]
    return (
        f"one of {', '.join(shown)}{' …' if len(names) > most else ''}" if shown else "left out: there are no classes"
    )


def plain(number: float) -> str:
    """The number as people write it: 2,147,483,647 and 0.05."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"


def _read(hint: Any, text: str, bounds: tuple[float, float] | None) -> Any:
    if getattr(hint, "__origin__", None) is Literal:
        if text not in get_args(hint):
            raise ValueError(f"it must be one of {', '.join(filter(None, get_args(hint)))}")
        return text
    if getattr(hint, "__origin__", None) is tuple:
        parts = [part for part in text.split(".") if part]
        if not all(part.isdecimal() and len(part) < 10 for part in parts):
            raise ValueError("it must be whole numbers with points between them")
        return tuple(map(int, parts))
    if hint is bool:
        if text not in ("True", "False"):
            raise ValueError("it must be True or False")
        return text == "True"
    if hint is str:
        if len(text) > 4_000:
            raise ValueError("it must have at most 4,000 characters")
        return text
    try:
        value = hint(text)
    except ValueError:
        raise ValueError("it must be a number" if hint is float else "it must be a whole number") from None
    low, high = bounds  # every number has its range
    if not low <= value <= high:
        raise ValueError(f"it must be between {plain(low)} and {plain(high)}")
    return value
