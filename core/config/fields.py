"""Settings that know their range and explain themselves: the fields of every config."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints


class SettingError(ValueError):
    """A setting is unknown or outside its range; the message names it, its value and the rule."""


def require(holds: bool, name: str, value: object, rule: str) -> None:
    """Raise `SettingError` that names the setting, its value and the rule, unless the rule holds."""
    if not holds:
        raise SettingError(f"{name}={value!r}: {rule}")


def setting(default: Any, about: str, added: bool = False, stored: str = "", **bounds: float) -> Any:
    """A field of a config that explains itself and knows its range.

    bounds    `low` and `high` are allowed themselves, `above` and `below` are not
    added     the setting came after FORMAT was raised last: at its default it leaves keys of older presets as they are
    stored    its name in files, where that is another than in code
    """
    unknown = set(bounds) - set(_BOUNDS)
    assert not unknown, unknown
    return field(default=default, metadata={"about": about, "added": added, "stored": stored, "bounds": bounds})


def stored_name(entry: dataclasses.Field) -> str:
    """The name of a setting in files."""
    return entry.metadata.get("stored") or entry.name


_BOUNDS = {
    "low": ("at least", lambda value, bound: value >= bound),
    "above": ("above", lambda value, bound: value > bound),
    "high": ("at most", lambda value, bound: value <= bound),
    "below": ("below", lambda value, bound: value < bound),
}


def check_settings(config: Any) -> None:
    """Raise `SettingError` where a field of `config` is outside its range or choices."""
    for entry in dataclasses.fields(config):
        check_range(entry, getattr(config, entry.name))
    check_choices(config)


def check_range(entry: dataclasses.Field, value: Any) -> None:
    """Raise `SettingError` where `value` is outside the range of the field `entry`."""
    bounds = entry.metadata.get("bounds", {})
    rule = " and ".join(f"{_BOUNDS[k][0]} {bound:,}" for k, bound in bounds.items())
    if set(bounds) == {"low", "high"}:
        rule = f"between {bounds['low']:,} and {bounds['high']:,}"
    require(all(_BOUNDS[k][1](value, bound) for k, bound in bounds.items()), entry.name, value, rule)


def suits(value: Any, hint: Any) -> bool:
    """Whether a value that came as JSON is of the type `hint`: bool, int, float, str, a `Literal`, a tuple (which JSON
    has as a list) or a union of these. No bool is a number, no whole number is beyond 2^63, and a text can be shown:
    half a surrogate pair cannot."""
    if isinstance(hint, UnionType):
        return any(suits(value, part) for part in get_args(hint))
    if hint is None or hint is type(None):
        return value is None
    if get_origin(hint) is Literal:
        return isinstance(value, str | int) and value in get_args(hint)
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if not isinstance(value, list | tuple):
            return False
        parts = parts[:1] * len(value) if parts[1:] == (...,) else parts
        return len(parts) == len(value) and all(map(suits, value, parts))
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return number and not (isinstance(value, int) and abs(value) >= 2**63)
    if hint is str:
        return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)
    return isinstance(value, hint)


def parse_setting(owner: type, name: str, text: str) -> Any:
    """Read `text` as a value of the field `name` of the dataclass `owner`. Raises `SettingError`."""
    hint = get_type_hints(owner)[name]
    kind = hint if isinstance(hint, type) else None
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        if kind in (int, float, str):
            return kind(text)
        if hint == tuple[tuple[int, float], ...]:
            pairs = (pair.split(":") for pair in text.split(",") if pair.strip())
            return tuple((int(first), float(second)) for first, second in pairs)
        if getattr(hint, "__origin__", None) is tuple:
            return tuple(int(part) for part in text.replace("x", ",").split(",") if part.strip())
    except (KeyError, ValueError):
        wanted = {int: "a whole number", float: "a number", bool: "true or false"}.get(
            kind, "numbers separated by commas"
        )
        raise SettingError(f"{name}={text!r}: expected {wanted}") from None
    return text  # a Literal: the config checks its own choices


def check_choices(config: Any) -> None:
    """Raise `SettingError` where a field declared as a `Literal` holds another value."""
    for name, hint in get_type_hints(type(config)).items():
        if getattr(hint, "__origin__", None) is Literal:
            choices = get_args(hint)
            value = getattr(config, name)
            require(value in choices, name, value, f"one of {', '.join(map(str, choices))}")
