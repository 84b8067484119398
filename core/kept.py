"""Values that take long to make: made once for each key, by whoever asks first, and kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` values that were asked for last, by key. Who asks for a key that is being made waits for it; who asks
    for another key does not."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()  # held for moments only, never while a value is made
        self._found: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key; `make` makes it where it is not there. What `make` raises reaches all who wait, and the
        next one tries anew."""
        with self._lock:
            future = self._found.get(key)
            mine = future is None
            if future is None:
                future = self._found[key] = Future()
            self._found.move_to_end(key)
            for old in [k for k, f in self._found.items() if f.done()][: max(0, len(self._found) - self.most)]:
                del self._found[old]
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._found.get(key) is future:
                        del self._found[key]
                future.set_exception(error)
        return future.result()
