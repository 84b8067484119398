"""Pools of threads for requests: turns, limits, places, and work that is given up. No test looks at a clock."""

import asyncio
import gc
import threading

import pytest
from conftest import in_a_loop

from core.numerics import cancel
from pages.shared import work
from pages.shared.work import Busy, Pool, Streams


class Held:
    """Work that lasts until it is let go."""

    def __init__(self, order: list[str], name: str) -> None:
        self.order, self.name = order, name
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.order.append(self.name)
        self.begun.set()
        assert self.let_go.wait(60)
        return self.name


@pytest.fixture
def pool():
    return Pool("test", 1, waiting=6, each=4)


def test_visitors_take_turns_however_much_one_asks_for(pool):
    order: list[str] = []
    first = Held(order, "a0")
    futures = [pool.submit("a", first)]
    first.begun.wait(60)
    futures += [pool.submit("a", lambda i=i: order.append(f"a{i}")) for i in (1, 2, 3)]
    futures += [pool.submit("b", lambda: order.append("b1")), pool.submit("c", lambda: order.append("c1"))]
    first.let_go.set()
    for future in futures:
        future.result(60)
    assert order == ["a0", "a1", "b1", "c1", "a2", "a3"]


def test_too_much_at_once_is_refused_with_a_place(pool):
    held = Held([], "held")
    futures = [pool.submit("a", held)]
    held.begun.wait(60)
    futures += [pool.submit("a", str) for _ in range(4)]
    with pytest.raises(Busy, match="number 5") as refused:
        pool.submit("a", str)  # one visitor's limit
    assert refused.value.place == 5
    futures += [pool.submit("b", str), pool.submit("c", str)]
    with pytest.raises(Busy, match="number 7"):
        pool.submit("d", str)  # the limit of all
    assert [pool.place(f) for f in futures] == [0, 1, 4, 5, 6, 2, 3]
    futures[1].cancel()  # given up: there is room again
    futures.append(pool.submit("d", str))
    held.let_go.set()
    assert all(f.cancelled() or f.result(60) is not None for f in futures)


def test_one_visitor_never_has_all_threads():
    pool = Pool("wide", 3)
    heavy = [Held([], str(i)) for i in range(4)]
    futures = [pool.submit("a", each) for each in heavy]
    assert heavy[0].begun.wait(60) and heavy[1].begun.wait(60)
    assert pool.submit("b", lambda: "quick").result(60) == "quick"
    assert not heavy[2].begun.is_set()
    for each in heavy:
        each.let_go.set()
    assert [f.result(60) for f in futures] == ["0", "1", "2", "3"]


def test_an_error_ends_the_work_and_not_the_pool(pool):
    def broken():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        pool.submit("a", broken).result(60)
    assert pool.submit("a", lambda: 3).result(60) == 3


class Request:
    """As much of a request as the pools look at: when the visitor hangs up."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


def test_work_that_nobody_waits_for_stops(pool):
    begun, stopped = threading.Event(), threading.Event()

    def endless():
        begun.set()
        try:
            while True:
                cancel.check()
        finally:
            stopped.set()

    async def visit() -> None:
        request = Request()
        waiting = asyncio.ensure_future(work.done_for(request, pool, "a", endless))
        await asyncio.to_thread(begun.wait, 60)
        request.gone.set()
        with pytest.raises(cancel.Cancelled):
            await waiting

    in_a_loop(visit())
    assert stopped.wait(60)
    assert pool.submit("b", lambda: 1).result(60) == 1, "its thread is free again"


def test_work_beyond_its_deadline_is_told_so(pool, monkeypatch):
    monkeypatch.setattr(work, "DEADLINE", -1.0)

    async def visit() -> None:
        with pytest.raises(work.TooLong, match="request less"):
            await work.done_for(Request(), pool, "a", cancel.check)

    in_a_loop(visit())


def test_whoever_waits_longer_is_told_his_place(pool, monkeypatch):
    monkeypatch.setattr(work, "PATIENCE", 0.0)
    held = Held([], "held")
    running = pool.submit("a", held)
    held.begun.wait(60)

    async def visit() -> None:
        with pytest.raises(Busy, match="number 1"):
            await work.done_for(Request(), pool, "b", lambda: 2)

    in_a_loop(visit())
    held.let_go.set()
    assert running.result(60) == "held"


def test_streams_go_on_side_by_side_and_are_counted(pool):
    streams = Streams(pool, most=2, each=1)

    async def visit() -> None:
        one, two = streams.open("a", iter([b"1", b"2"])), streams.open("b", iter([b"3", b"4"]))
        assert [await anext(one), await anext(two), await anext(one)] == [b"1", b"3", b"2"]
        with pytest.raises(Busy):
            streams.open("a", iter([]))
        with pytest.raises(Busy):
            streams.open("c", iter([]))
        await one.aclose()  # the visitor has hung up
        again = streams.open("c", iter([b"5"]))
        assert [part async for part in again] == [b"5"] and [part async for part in two] == [b"4"]

    in_a_loop(visit())
    assert not streams._open


def test_of_many_streams_some_are_told_to_come_back_and_none_keeps_its_place(monkeypatch):
    monkeypatch.setattr(work, "RETURN", 1e9)  # however slow the machine is
    pool = Pool("streams", 2, waiting=256, each=64)
    streams = Streams(pool, most=32, each=6)

    async def visit() -> None:
        opened, told = [], []
        for i in range(45):
            try:
                opened.append(streams.open(f"visitor {i % 9}", iter([b"1", b"2", b"3"])))
            except Busy as busy:
                told.append(busy.place)
        assert len(opened) == 32 and told == [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]  # the last are back
        opened.append(opened.pop(0))
        del opened[-1]  # its visitor has gone before the first part
        gc.collect()
        with pytest.raises(Busy, match="number 4"):
            streams.open("visitor 0", iter([]))  # four have asked before him
        opened.append(streams.open("visitor 5", iter([b"1", b"2"])))
        firsts = await asyncio.gather(*(anext(stream) for stream in opened))
        assert firsts == [b"1"] * 32
        for stream in opened[::2]:  # hung up half way
            await stream.aclose()
        order = [6, 7, 8, 0, 1, 2, 3, 4, *range(9, 17)]
        again = [streams.open(f"visitor {i}", iter([b"4"])) for i in order]
        assert await asyncio.gather(*(anext(stream) for stream in again)) == [b"4"] * 16
        for stream in (*opened[1::2], *again):
            async for _ in stream:
                pass

    in_a_loop(visit())
    assert not streams._open and not streams._waiting
    assert pool.submit("anyone", lambda: "free").result(60) == "free"


def test_a_place_in_the_queue_is_kept_for_whoever_asks_again(pool, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(work.time, "monotonic", lambda: now[0])
    streams = Streams(pool, most=1, each=1)

    def place(visitor: str) -> int:
        try:
            streams.open(visitor, iter([]))
        except Busy as busy:
            return busy.place
        return 0

    async def visit() -> None:
        held = streams.open("a", iter([b"1"]))
        assert [place(visitor) for visitor in "bcdbcd"] == [1, 2, 3, 1, 2, 3]
        now[0] += 2
        assert [place(visitor) for visitor in "cd"] == [2, 3]
        now[0] += 2  # b has not come back
        assert place("d") == 2 and place("b") == 3
        await held.aclose()
        del held
        gc.collect()
        assert [place(visitor) for visitor in "bd"] == [2, 1]
        assert place("c") == 0

    in_a_loop(visit())


def test_loops_stop_in_their_own_context_only():
    with cancel.cancelled_when(lambda: True), pytest.raises(cancel.Cancelled):
        cancel.check()
    cancel.check()
