"""Names of what belongs to one visitor: data sets, vectors, runs and checkpoints.

A name that ends in a mark, "own-cats-u0123456789abcdef0123", belongs to whoever the mark was made for. It follows from
the rest of the name and the owner's secret: nobody else can guess it, and it gives away no other name. Whoever knows
the whole name, by a link, can open what is called so.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator

_MARK = re.compile(r"(.*)-u([0-9a-f]{20})(?![0-9a-z])", re.DOTALL)  # the last one in a name
LONGEST = 30  # characters of a title in a name that gets a mark


def owned_name(name: str, owner: str) -> str:
    """The name by which the owner's thing is called; `name` itself where it is nobody's ("")."""
    return f"{name}-u{_mark(name, owner)}" if owner else name


def is_owned(name: str) -> bool:
    """Whether it belongs to one visitor, or was made from what does."""
    return _MARK.match(name) is not None


def belongs_to(name: str, owner: str) -> bool:
    """Whether it is the owner's."""
    found = _MARK.match(name)
    return bool(owner) and found is not None and found[2] == _mark(found[1], owner)


def without_mark(name: str) -> str:
    """The name without the mark at its end."""
    found = _MARK.fullmatch(name)
    return found[1] if found else name


def alternatives(name: str, most: int) -> Iterator[str]:
    """The name, and `most` others for where it is taken: name-2, name-3, ...; what nobody guesses where it is owned."""
    yield name
    for number in range(2, 2 + most):
        yield f"{name}-{secrets.token_hex(10) if is_owned(name) else number}"


def _mark(name: str, owner: str) -> str:
    return hashlib.sha256(f"{owner}\n{name}".encode()).hexdigest()[:20]
