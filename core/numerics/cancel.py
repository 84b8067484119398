"""Work that may be given up: long loops call `check` between their steps, and the caller says when to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_stop: ContextVar[Callable[[], bool] | None] = ContextVar("stop", default=None)


class Cancelled(Exception):
    """The work was given up: nobody waits for it any more."""


@contextmanager
def cancelled_when(stop: Callable[[], bool]) -> Iterator[None]:
    """Let `check` raise in this context as soon as `stop()` is true."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def check() -> None:
    """Raise `Cancelled` where the caller wants to stop; nothing where nobody said when."""
    stop = _stop.get()
    if stop is not None and stop():
        raise Cancelled
