"""Values that take long to make: made once for each key, by whoever asks first, and kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from core.numerics.cancel import Cancelled

T = TypeVar("T")

_no_waiting: ContextVar[bool] = ContextVar("no_waiting", default=False)


class Making(Exception):
    """The value is being made by somebody else; `future` is done when asking again gives an answer."""

    def __init__(self, future: Future) -> None:
        super().__init__("the value is being made")
        self.future = future


@contextmanager
def no_waiting(on: bool = True) -> Iterator[None]:
    """Let `Kept.get` raise `Making` in this context instead of waiting, so that a pool's thread is free."""
    token = _no_waiting.set(on)
    try:
        yield
    finally:
        _no_waiting.reset(token)


class Kept(Generic[T]):
    """The `most` values that were asked for last, by key. Who asks for a key that is being made waits for it; who asks
    for another key does not."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()  # held for moments only, never while a value is made
        self._found: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key; `make` makes it where it is not there. What `make` raises reaches all who wait, and the
        next one tries anew. Where the one who makes it gave up (`Cancelled`), another of those who wait makes it.

        Raises `Making` instead of waiting within `no_waiting`."""
        while True:
            future, mine = self._future(key)
            if mine:
                return self._made(key, future, make)
            if _no_waiting.get() and not future.done():
                raise Making(future)
            try:
                return future.result()
            except Cancelled:
                continue

    def peek(self, key: Hashable) -> T | None:
        """The value of the key where it is made already, else None; nobody waits."""
        with self._lock:
            future = self._found.get(key)
            if future is None or not future.done():
                return None
            self._found.move_to_end(key)
        return future.result()

    def _future(self, key: Hashable) -> tuple[Future[T], bool]:
        """The key's value or its promise, and whether the caller is the one to make it."""
        with self._lock:
            future = self._found.get(key)
            mine = future is None
            if future is None:
                future = self._found[key] = Future()
            self._found.move_to_end(key)
            for old in [k for k, f in self._found.items() if f.done()][: max(0, len(self._found) - self.most)]:
                del self._found[old]
        return future, mine

    def _made(self, key: Hashable, future: Future[T], make: Callable[[], T]) -> T:
        try:
            with no_waiting(False):  # a half-made value cannot be put aside
                future.set_result(make())
        except BaseException as error:
            with self._lock:
                if self._found.get(key) is future:
                    del self._found[key]
            future.set_exception(error)
        return future.result()
