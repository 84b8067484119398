"""Values that take long to make: made once for each key, by whoever asks first, and kept while there is room.

All caches together have one budget of bytes, PLAYGROUND_CACHE_MB of the environment or a quarter of this machine. Where
it is passed, what was asked for longest ago goes first, whatever cache it is in. An array that several values share
counts once.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from core.numerics.cancel import Cancelled
from core.numerics.machine import machine_memory
from core.numerics.sizes import buffers

T = TypeVar("T")
P = ParamSpec("P")

VARIABLE = "PLAYGROUND_CACHE_MB"
SHARE = 4  # the machine's memory by this, where the variable sets no other budget
ENTRY = 500  # bytes that an entry takes beside what it holds
UNKNOWN = 2 * 10**9  # bytes of the budget, where the system does not say how much memory there is
WEIGHED_AGAIN = 5.0  # seconds after which a value that is asked for is weighed anew: some grow as they are used

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


@cache
def machine_budget() -> int:
    """Bytes that all caches may hold together."""
    if re.fullmatch("[1-9][0-9]{0,8}", text := os.environ.get(VARIABLE, "")):
        return int(text) * 10**6
    memory = machine_memory()
    return UNKNOWN if memory is None else memory // SHARE


@dataclass(eq=False)
class Entry(Generic[T]):
    """A value, the bytes that it holds by buffer, when it was weighed, and its place among all that was asked for."""

    value: T
    held: dict[int, int]
    weighed: float
    used: int


class Budget:
    """What caches hold together, and at most `most()` bytes of it."""

    def __init__(self, most: Callable[[], int] = machine_budget) -> None:
        self.most = most
        self.bytes = 0
        self.caches: list[Kept[Any]] = []
        self.lock = threading.RLock()  # held for moments only; what is let go under it may end other values
        self._holders: Counter[int] = Counter()  # entries that hold a buffer
        self._asked = 0

    def turn(self) -> int:
        """A number larger than all before it."""
        self._asked += 1
        return self._asked

    def hold(self, held: dict[int, int]) -> None:
        """Count the buffers of an entry."""
        for buffer, size in held.items():
            if not self._holders[buffer]:
                self.bytes += size
            self._holders[buffer] += 1

    def release(self, held: dict[int, int]) -> None:
        """Count them no more."""
        for buffer, size in held.items():
            self._holders[buffer] -= 1
            if not self._holders[buffer]:
                del self._holders[buffer]
                self.bytes -= size

    def make_room(self) -> list[Entry[Any]]:
        """Let go what was asked for longest ago, until the rest fits; the last one stays. The caller drops them when
        the lock is free."""
        gone: list[Entry[Any]] = []
        while self.bytes > self.most():
            oldest = min((c for c in self.caches if len(c)), key=lambda c: c.oldest(), default=None)
            if oldest is None:
                break
            gone.append(oldest.forget_oldest())
        return gone


BUDGET = Budget()


class Kept(Generic[T]):
    """Values by key. Who asks for a key that is being made waits for it; who asks for another key does not.

    name    by which the cache is listed
    """

    def __init__(self, name: str, budget: Budget = BUDGET) -> None:
        self.name = name
        self.budget = budget
        self.hits = self.misses = 0
        self._making: dict[Hashable, Future[T]] = {}
        self._entries: OrderedDict[Hashable, Entry[T]] = OrderedDict()  # what was asked for last at the end
        with budget.lock:
            budget.caches.append(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key; `make` makes it where it is not there. What `make` raises reaches all who wait, and the
        next one tries anew. Where the one who makes it gave up (`Cancelled`), another of those who wait makes it.

        Raises `Making` instead of waiting within `no_waiting`."""
        while True:
            with self.budget.lock:
                entry = self._entries.get(key)
                if entry is not None:
                    self._use(key, entry)
                else:
                    future = self._making.get(key)
                    mine = future is None
                    if future is None:
                        self.misses += 1
                        future = self._making[key] = Future()
            if entry is not None:
                if time.monotonic() - entry.weighed > WEIGHED_AGAIN:
                    self._keep(key, entry.value)
                return entry.value
            if mine:
                return self._made(key, future, make)
            if _no_waiting.get():
                raise Making(future)
            try:
                return future.result()
            except Cancelled:
                continue

    def peek(self, key: Hashable) -> T | None:
        """The value of the key where it is kept, None elsewhere. Waits for nobody."""
        with self.budget.lock:
            if (entry := self._entries.get(key)) is None:
                return None
            self._use(key, entry)
        return entry.value

    def _use(self, key: Hashable, entry: Entry[T]) -> None:
        """It was asked for last of all."""
        self.hits += 1
        entry.used = self.budget.turn()
        self._entries.move_to_end(key)

    def _made(self, key: Hashable, future: Future[T], make: Callable[[], T]) -> T:
        try:
            with no_waiting(False):  # a half-made value cannot be put aside
                value = make()
            self._keep(key, value)
        except BaseException as error:
            with self.budget.lock:
                self._making.pop(key, None)
            future.set_exception(error)
        else:
            with self.budget.lock:
                self._making.pop(key, None)
            future.set_result(value)
        return future.result()

    def _keep(self, key: Hashable, value: T) -> None:
        """Put the value among those that are kept, weighed as it is now. One that is larger than the whole budget is
        not kept, and drives nothing else out."""
        budget, held = self.budget, buffers(key) | buffers(value)
        with budget.lock:
            held[-budget.turn()] = ENTRY  # shared with no other
            before = self._entries.pop(key, None)
            if before is not None:
                budget.release(before.held)
            if sum(held.values()) <= budget.most():
                self._entries[key] = Entry(value, held, time.monotonic(), budget.turn())
                budget.hold(held)
            gone = budget.make_room()
        del gone, before

    def oldest(self) -> int:
        """The place of what was asked for longest ago."""
        return next(iter(self._entries.values())).used

    def forget_oldest(self) -> Entry[T]:
        """Let go what was asked for longest ago."""
        _, entry = self._entries.popitem(last=False)
        self.budget.release(entry.held)
        return entry

    def clear(self) -> None:
        """Let go all values."""
        with self.budget.lock:
            gone = [self.forget_oldest() for _ in range(len(self._entries))]
        del gone

    def size(self) -> int:
        """Bytes of its values; what they share with another cache counts in both."""
        with self.budget.lock:
            held: dict[int, int] = {}
            for entry in self._entries.values():
                held |= entry.held
        return sum(held.values())

    def __len__(self) -> int:
        return len(self._entries)


class KeptFunction(Generic[P, T]):
    """A function whose values are kept, by its arguments."""

    def __init__(self, function: Callable[P, T], name: str) -> None:
        update_wrapper(self, function)
        self._function = function
        self.values: Kept[T] = Kept(name)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.values.get((args, tuple(sorted(kwargs.items()))), lambda: self._function(*args, **kwargs))

    def cache_clear(self) -> None:
        """Let go all values, as of a function of `functools.lru_cache`."""
        self.values.clear()


def kept(name: str) -> Callable[[Callable[P, T]], KeptFunction[P, T]]:
    """Keep the values of a function of hashable arguments within the budget, in the place of `functools.lru_cache`.

    name    by which the cache is listed
    """
    return lambda function: KeptFunction(function, name)
