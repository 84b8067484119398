"""Requests of all visitors to one model, computed step by step in one batch.

A batch holds as much as its memory allows. While others wait, whoever had his turn goes to the end of the queue; next
is whoever's visitor has least in the batch. Whoever does not read what he asked for is left out until he does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pages.shared.work import Pool

ROWS, BYTES = 64, 512 * 2**20  # of a batch, at most; one request alone may be larger
TURN = 64  # steps of one request while others wait
AHEAD = 16  # parts that are computed before the first of them is read
PART, PAUSE = 8, 0.1  # steps that are told at once; seconds after which those that are there are told
STEPS = 8  # of a batch, after which another batch may have the thread


class Request(Protocol):
    """What is asked of a model: `rows` things of `size` bytes in all that are computed together."""

    @property
    def rows(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def done(self) -> bool: ...


class Batch(Protocol):
    """See `core.analysis.batched_generation.GenerationBatch`."""

    @property
    def requests(self) -> list[Any]: ...
    def join(self, request: Any) -> None: ...
    def leave(self, request: Any, resumes: bool = False) -> None: ...
    def step(self) -> dict[Any, Any]: ...


@dataclass(eq=False)
class _Reader:
    """Who waits for a request: what was computed and not told yet, and parts that were told and not read yet."""

    visitor: str
    request: Request
    encode: Callable[[int, list[Any]], bytes]
    loop: asyncio.AbstractEventLoop
    parts: asyncio.Queue[bytes | Exception | None] = field(default_factory=asyncio.Queue)
    computed: list[Any] = field(default_factory=list)
    told: int = 0  # steps
    steps: int = 0  # of this turn
    sent: int = 0  # parts, counted by the thread
    read: int = 0  # parts, counted by the reader
    last: float = 0.0  # when a part was told: the first one goes at once
    over: bool = False

    @property
    def unread(self) -> int:
        """Parts that are there and were not taken yet."""
        return self.sent - self.read

    def add(self, result: Any) -> None:
        """Take what a step gave; tell it when there is enough or it is time."""
        self.steps += 1
        self.computed.append(result)
        now = time.monotonic()
        if len(self.computed) < PART and now - self.last < PAUSE and not self.request.done:
            return
        try:
            part = self.encode(self.told, self.computed)
        except Exception as error:  # this request's alone
            self.end(error)
            return
        self.told, self.computed, self.last = self.told + len(self.computed), [], now
        self.sent += 1
        self._put(part)
        if self.request.done:
            self.end(None)

    def end(self, error: Exception | None) -> None:
        """Tell no more."""
        if not self.over:
            self.over = True
            self._put(error)

    def _put(self, part: bytes | Exception | None) -> None:
        try:
            self.loop.call_soon_threadsafe(self.parts.put_nowait, part)
        except RuntimeError:  # the server is closing
            self.over = True


class Batches:
    """One model's requests: those in the batch, those that wait, and those that are not read."""

    def __init__(self, name: str, make: Callable[[], Batch], pool: Pool, rows: int = ROWS, most: int = BYTES) -> None:
        self._name, self._make, self._pool, self._rows, self._bytes = name, make, pool, rows, most
        self._batch, self._readers = make(), dict[Request, _Reader]()  # of those in the batch
        self._waiting: list[_Reader] = []
        self._unread: set[_Reader] = set()
        self._lock = threading.Lock()  # held for moments, never while a step is computed
        self._running = False

    async def stream(
        self, visitor: str, request: Request, encode: Callable[[int, list[Any]], bytes]
    ) -> AsyncIterator[bytes]:
        """What `encode(first, results)` makes of the request's steps, a few at a time. Raises what the model raises; a
        reader who closes the iterator leaves the batch before the next step."""
        if request.done:
            return
        reader = _Reader(visitor, request, encode, asyncio.get_running_loop())
        self._wait(reader)
        try:
            while (part := await reader.parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                self._read(reader)
                yield part
        finally:
            self._give_up(reader)

    def _wait(self, reader: _Reader) -> None:
        with self._lock:
            self._waiting.append(reader)
            self._run()

    def _read(self, reader: _Reader) -> None:
        """The reader has taken a part."""
        reader.read += 1
        with self._lock:
            if reader in self._unread and reader.unread <= AHEAD // 2:
                self._unread.remove(reader)
                self._waiting.append(reader)
                self._run()

    def _give_up(self, reader: _Reader) -> None:
        reader.over = True  # where it is in the batch, it leaves before the next step
        with self._lock:
            self._unread.discard(reader)
            self._waiting = [other for other in self._waiting if other is not reader]

    def _run(self) -> None:
        if not self._running:
            self._running = True
            self._pool.submit(self._name, self._turn)

    def _turn(self) -> None:
        """Some steps, and another turn where there is more to do."""
        try:
            for _ in range(STEPS):
                with self._lock:
                    self._change()
                if not self._readers:
                    break
                for request, result in self._batch.step().items():
                    self._readers[request].add(result)
                    if request.done:
                        del self._readers[request]
        except Exception as error:
            self._fail(error)
        with self._lock:
            self._running = bool(self._readers or self._waiting)
            if self._running:
                self._pool.submit(self._name, self._turn)

    def _fail(self, error: Exception) -> None:
        """An error of the model: it reaches all whom it computed for, and the next ones get a new batch."""
        with self._lock:
            for reader in self._readers.values():
                reader.end(error)
            self._batch, self._readers = self._make(), {}

    def _change(self) -> None:
        """Let those leave who are gone, do not read or had their turn, and those join who wait and fit."""
        for reader in list(self._readers.values()):
            if reader.over:
                self._leave(reader, resumes=False)
            elif reader.unread >= AHEAD:
                self._leave(reader)
                self._unread.add(reader)
        if self._waiting and not all(map(self._fits, self._waiting)):
            for reader in [each for each in self._readers.values() if each.steps >= TURN]:
                self._leave(reader)
                self._waiting.append(reader)
        while self._waiting:
            held = Counter[str]()
            for request, reader in self._readers.items():
                held[reader.visitor] += request.rows
            reader = min(self._waiting, key=lambda each: held[each.visitor])  # of equal ones the first
            if not self._fits(reader):
                return
            self._waiting.remove(reader)
            self._join(reader)

    def _fits(self, reader: _Reader) -> bool:
        requests = [*self._readers, reader.request]
        rows, size = sum(each.rows for each in requests), sum(each.size for each in requests)
        return len(requests) == 1 or (rows <= self._rows and size <= self._bytes)

    def _join(self, reader: _Reader) -> None:
        try:
            self._batch.join(reader.request)
        except Exception as error:
            reader.end(error)
        else:
            reader.steps, self._readers[reader.request] = 0, reader

    def _leave(self, reader: _Reader, resumes: bool = True) -> None:
        del self._readers[reader.request]
        self._batch.leave(reader.request, resumes)
