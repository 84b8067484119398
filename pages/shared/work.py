"""Threads for the work of requests: shared fairly among visitors, with limits, and given up when nobody waits.

A pool has few threads. A request that finds none free waits in its visitor's queue; whenever a thread is free, the
visitor who waited longest since his last turn is next. Whoever asks for more than the limits, or would wait longer than
`PATIENCE`, is told his place in the queue (`Busy`) instead of silence.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request

from core.config.mode import mode
from core.numerics.cancel import Cancelled, cancelled_when
from core.numerics.kept import Making, no_waiting

T = TypeVar("T")

PATIENCE = 5.0  # seconds in a queue, after which the place in it is said
DEADLINE = 60.0  # seconds of one piece of work
STREAMS, STREAMS_EACH = 64, 6  # open at once: in all, of one visitor
RETURN = 3.0  # seconds for which a place in the queue is kept; whoever is told one asks again every second


class Busy(RuntimeError):
    """No thread will be free soon; `place` is the place in the queue."""

    def __init__(self, place: int) -> None:
        super().__init__(f"The server is busy: number {place} in the queue")
        self.place = place


class TooLong(RuntimeError):
    """A piece of work passed its deadline."""


@dataclass
class _Job:
    work: Callable[[], Any]
    future: Future = field(default_factory=Future)


class Pool:
    """`threads` threads, of which one visitor never has all (where there are two or more); at most `waiting` requests
    wait, at most `each` of one visitor."""

    def __init__(self, name: str, threads: int, waiting: int = 64, each: int = 8) -> None:
        self.name = name
        self._executor = ThreadPoolExecutor(threads, name)
        self._free, self.waiting, self.each = threads, waiting, each
        self._most, self._at_work = max(1, threads - 1), Counter[str]()
        self._queues: dict[str, deque[_Job]] = {}  # in the order of turns
        self._lock = threading.Lock()

    def submit(self, visitor: str, work: Callable[[], T]) -> Future[T]:
        """Have `work` done. Raises `Busy` where the visitor, or all together, wait for too much already."""
        context = copy_context()  # who asks (`pages.shared.visitors`)
        job = _Job(lambda: context.run(work))
        with self._lock:
            if not self._free or self._at_work[visitor] >= self._most:
                self._forget_given_up()
                total = sum(map(len, self._queues.values()))
                if total >= self.waiting or len(self._queues.get(visitor, ())) >= self.each:
                    raise Busy(total + 1)
                self._queues.setdefault(visitor, deque()).append(job)
                return job.future
            self._free -= 1
            self._at_work[visitor] += 1
        self._executor.submit(self._serve, visitor, job)
        return job.future

    def place(self, future: Future) -> int:
        """How many turns it is until a waiting piece of work begins: 1 is next; 0 where it does not wait."""
        with self._lock:
            queues = [list(queue) for queue in self._queues.values()]
        for turn, queue in enumerate(queues):
            for rounds, job in enumerate(queue):
                if job.future is future:  # those before him in this round have had one turn more
                    others = (min(len(q), rounds + (i < turn)) for i, q in enumerate(queues) if i != turn)
                    return rounds + 1 + sum(others)
        return 0

    def at_work(self) -> int:
        """Pieces of work that are being done."""
        with self._lock:
            return self._at_work.total()

    def waits(self) -> int:
        """Pieces of work that wait."""
        with self._lock:
            return sum(not job.future.cancelled() for queue in self._queues.values() for job in queue)

    def _forget_given_up(self) -> None:
        for visitor, queue in list(self._queues.items()):
            left = deque(job for job in queue if not job.future.cancelled())
            if left:
                self._queues[visitor] = left
            else:
                del self._queues[visitor]

    def _serve(self, visitor: str, job: _Job) -> None:
        turn: tuple[str, _Job] | None = (visitor, job)
        while turn is not None:
            visitor, job = turn
            if job.future.set_running_or_notify_cancel():
                try:
                    result = job.work()
                except BaseException as error:  # whoever waits for the future has it
                    job.future.set_exception(error)
                else:
                    job.future.set_result(result)
            turn = self._next(visitor)

    def _next(self, served: str) -> tuple[str, _Job] | None:
        """Whose turn it is, now that a piece of work of `served` is done; None where nobody waits who may."""
        with self._lock:
            self._at_work[served] -= 1
            if not self._at_work[served]:
                del self._at_work[served]
            for visitor in list(self._queues):
                if self._at_work[visitor] >= self._most:
                    continue
                queue = self._queues.pop(visitor)
                job = queue.popleft()
                if queue:
                    self._queues[visitor] = queue  # behind all others
                self._at_work[visitor] += 1
                return visitor, job
            self._free += 1
            return None


async def done_for(request: Request, pool: Pool, visitor: str, work: Callable[[], T]) -> T:
    """What `work` gives, in a thread of the pool. The loops in it stop (`cancel.check`) once the visitor has hung up;
    where it needs what another request is making (`core.numerics.kept`), it begins anew when that is there.

    Raises `Busy`, `TooLong`, `Cancelled`, and what `work` raises. The request's body must have been read.
    """
    gone = asyncio.ensure_future(hung_up(request))
    try:
        while True:
            try:
                return await _done_once(gone, pool, visitor, work)
            except Making as making:
                await _settled(making.future, gone)
    finally:
        gone.cancel()


async def _settled(future: Future, gone: asyncio.Future) -> None:
    """Return when the future has its result. Raises `Cancelled` where the visitor hangs up before."""
    loop, settled = asyncio.get_running_loop(), asyncio.Event()
    # not `wrap_future`: its cancellation would reach the future, which others wait for too
    future.add_done_callback(lambda _: loop.call_soon_threadsafe(settled.set))
    there = asyncio.ensure_future(settled.wait())
    await asyncio.wait({there, gone}, return_when=asyncio.FIRST_COMPLETED)
    there.cancel()
    if gone.done():
        raise Cancelled


async def _done_once(gone: asyncio.Future, pool: Pool, visitor: str, work: Callable[[], T]) -> T:
    def once() -> T:
        with no_waiting():
            return work()

    stop = Stop()
    future = pool.submit(visitor, lambda: stop.bounded(once))
    answer = asyncio.wrap_future(future)
    try:
        await asyncio.wait({answer, gone}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() and not gone.done():
            place = pool.place(future)
            if place and future.cancel():
                raise Busy(place)
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Cancelled
        return answer.result()
    finally:
        stop.now()
        answer.cancel()


async def hung_up(request: Request) -> None:
    """Return once the visitor has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Stop:
    """When a piece of work ends early: the visitor is gone, or it took longer than DEADLINE."""

    def __init__(self) -> None:
        self._gone = threading.Event()

    def now(self) -> None:
        """Nobody waits any more."""
        self._gone.set()

    def bounded(self, work: Callable[[], T]) -> T:
        """What `work` gives. Raises `Cancelled` or `TooLong` where its loops notice."""
        seconds = min(DEADLINE, mode().seconds)
        end = time.monotonic() + seconds
        try:
            with cancelled_when(lambda: self._gone.is_set() or time.monotonic() > end):
                return work()
        except Cancelled:
            if self._gone.is_set():
                raise
            raise TooLong(f"This takes longer than {seconds:.0f} seconds; request less at once") from None


Part = bytes | Callable[[str], AsyncIterator[bytes]]  # of a stream; or what has more of them for a visitor


class Streams:
    """Iterators whose every step is a turn in a pool, so that many streams go on side by side. Where one gives no part
    but a function, the parts that this has for the visitor come next, and need no thread of the pool."""

    def __init__(self, pool: Pool, most: int = STREAMS, each: int = STREAMS_EACH) -> None:
        self.pool, self.most, self.each = pool, most, each
        self._open: dict[str, set[object]] = {}  # a ticket for each
        self._waiting: dict[str, float] = {}  # visitors in the order of the queue, and when they asked last
        self._lock = threading.RLock()  # `_close` may come while memory is being tidied, wherever

    def open(self, visitor: str, parts: Iterator[Part]) -> AsyncIterator[bytes]:
        """The parts as they come. Raises `Busy` where too many streams are open."""
        ticket = object()
        with self._lock:
            own = self._open.get(visitor, set())
            if len(own) >= min(self.each, mode().streams_each):
                raise Busy(1)
            if place := self._place(visitor):
                raise Busy(place)
            self._open[visitor] = {*own, ticket}
        steps = self._steps(visitor, ticket, parts)
        weakref.finalize(steps, self._close, visitor, ticket)  # where nobody ever asks for the first part
        return steps

    def _place(self, visitor: str) -> int:
        """How many streams must end before the visitor's turn, which is kept for him; 0 where it is now."""
        now = time.monotonic()
        self._waiting = {other: asked for other, asked in self._waiting.items() if now - asked < RETURN}
        before = list(self._waiting).index(visitor) if visitor in self._waiting else len(self._waiting)
        place = sum(map(len, self._open.values())) + before - self.most + 1
        if place > 0:
            self._waiting[visitor] = now
        else:
            self._waiting.pop(visitor, None)
        return max(0, place)

    def count(self) -> int:
        """Streams that are open."""
        with self._lock:
            return sum(map(len, self._open.values()))

    def _close(self, visitor: str, ticket: object) -> None:
        with self._lock:
            left = self._open.pop(visitor, set()) - {ticket}
            if left:
                self._open[visitor] = left

    async def _steps(self, visitor: str, ticket: object, parts: Iterator[Part]) -> AsyncIterator[bytes]:
        stop, end = Stop(), object()
        try:
            while True:
                part = await asyncio.wrap_future(
                    self.pool.submit(visitor, lambda: stop.bounded(lambda: next(parts, end)))
                )
                if part is end:
                    return
                if callable(part):
                    async with aclosing(part(visitor)) as more:
                        async for each in more:
                            yield each
                else:
                    yield part
        finally:
            stop.now()
            self._close(visitor, ticket)
