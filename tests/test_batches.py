"""Requests of many visitors in one batch: who is in it, who waits, who is told what. No test looks at a clock."""

import asyncio
import threading
from dataclasses import dataclass

import pytest
from conftest import in_a_loop

from pages.shared import batches as shared_batches
from pages.shared.batches import AHEAD, PART, TURN, Batches
from pages.shared.work import Pool, Streams


@dataclass(eq=False)
class Counts:
    """A request whose steps give numbers from 0."""

    name: str
    steps: int
    rows: int = 1
    size: int = 1
    at: int = 0

    @property
    def done(self) -> bool:
        return self.at == self.steps


class Counting:
    """A batch of them; it steps once it is let go, and remembers whom it had at each step."""

    def __init__(self) -> None:
        self.requests: list[Counts] = []
        self.go, self.log = threading.Event(), list[list[str]]()
        self.broken = ""
        self.go.set()

    def join(self, request: Counts) -> None:
        if request.name == "wrong":
            raise ValueError("wrong")
        self.requests.append(request)

    def leave(self, request: Counts, resumes: bool = False) -> None:
        self.requests.remove(request)

    def step(self) -> dict[Counts, int]:
        assert self.go.wait(60)
        if self.broken:
            raise RuntimeError(self.broken)
        self.log.append([request.name for request in self.requests])
        found = {request: request.at for request in self.requests}
        for request in found:
            request.at += 1
        self.requests = [request for request in self.requests if not request.done]
        return found


def batches(**limits: int) -> tuple[Batches, list[Counting]]:
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    return Batches("model", make, Pool("test", 2), **limits), made


def told(first: int, results: list[int]) -> bytes:
    assert results == list(range(first, first + len(results))) and 1 <= len(results) <= PART
    return bytes(len(results))


async def read(of: Batches, request: Counts, visitor: str = "a", encode=told) -> int:
    """How many steps were told."""
    return sum([len(part) async for part in of.stream(visitor, request, encode)])


def test_each_is_told_all_of_its_steps():
    of, made = batches()

    async def visit() -> None:
        counts = [Counts(f"{n}", n) for n in (100, 1, 7, 8, 0)]
        assert await asyncio.gather(*(read(of, each) for each in counts)) == [100, 1, 7, 8, 0]
        assert await read(of, Counts("later", 20)) == 20

    in_a_loop(visit())
    assert not made[0].requests and all(made[0].log), "a step for nobody"


def test_whoever_hangs_up_costs_no_further_step():
    of, made = batches()

    async def visit() -> None:
        gone, stays = Counts("gone", 10**9), Counts("stays", 10**9)
        streams = [of.stream("a", gone, told), of.stream("b", stays, told)]
        for stream in streams:
            await anext(stream)
        made[0].go.clear()
        await streams[0].aclose()
        since = len(made[0].log) + 1  # a step may have begun
        made[0].go.set()
        while len(made[0].log) < since + 5:
            await anext(streams[1])
        assert all(names == ["stays"] for names in made[0].log[since:])
        task = asyncio.ensure_future(anext(streams[1]))  # one who waits hangs up
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await streams[1].aclose()

    in_a_loop(visit())
    settled(of)
    assert not made[0].requests


def settled(of: Batches) -> None:
    """Return when the batch has nothing to do; every turn ends by asking for the next."""
    while of._running:
        of._pool.submit("settle", str).result(60)


def test_an_error_of_one_reaches_it_alone():
    of, made = batches()

    def broken(first: int, results: list[int]) -> bytes:
        raise OverflowError("too large")

    async def visit() -> None:
        found = await asyncio.gather(
            read(of, Counts("one", 50)),
            read(of, Counts("broken", 50), encode=broken),
            read(of, Counts("wrong", 50)),
            read(of, Counts("two", 50)),
            return_exceptions=True,
        )
        assert [type(each) for each in found] == [int, OverflowError, ValueError, int]
        assert (found[0], found[3]) == (50, 50)

    in_a_loop(visit())
    assert len(made) == 1


def test_an_error_of_the_model_reaches_all_of_the_batch_and_the_next_get_another():
    of, made = batches()

    async def visit() -> None:
        made[0].broken = "out of memory"
        found = await asyncio.gather(*(read(of, Counts(n, 5)) for n in "ab"), return_exceptions=True)
        assert "out of memory" in str(found[0])
        assert await read(of, Counts("next", 5)) == 5

    in_a_loop(visit())
    assert len(made) >= 2


@pytest.mark.parametrize("limits", [{"rows": 4}, {"most": 4}])
def test_who_waits_has_his_turn_before_the_long_ones_are_done(limits):
    of, made = batches(**limits)
    made[0].go.clear()

    async def visit() -> None:
        long = [asyncio.ensure_future(read(of, Counts(f"long {i}", 20 * TURN, 2, 2))) for i in range(2)]
        await asyncio.sleep(0)
        short = asyncio.ensure_future(read(of, Counts("short", 5), "b"))
        wide = asyncio.ensure_future(read(of, Counts("wide", 5, 9, 9), "c"))  # more than fits: it goes alone
        await asyncio.sleep(0)
        made[0].go.set()
        assert await asyncio.gather(short, wide, *long) == [5, 5, 20 * TURN, 20 * TURN]

    in_a_loop(visit())
    log = made[0].log
    last = {name: max(t for t, names in enumerate(log) if name in names) for name in ("short", "wide", "long 0")}
    assert last["short"] < last["long 0"] and last["wide"] < last["long 0"]
    assert all(names == ["wide"] or ("wide" not in names and len(names) <= 3) for names in log)
    together = [names for names in log if {"long 0", "long 1"} <= set(names)]
    assert len(together) > TURN


def test_next_is_whose_visitor_has_least_in_the_batch(monkeypatch):
    monkeypatch.setattr(shared_batches, "AHEAD", 10**9)  # however slowly they read here
    of, made = batches(rows=3)
    made[0].go.clear()

    async def visit() -> None:
        asked = [("a", f"a{i}") for i in range(6)] + [("b", "b0")]
        all_of_them = [asyncio.ensure_future(read(of, Counts(name, 10 * TURN), visitor)) for visitor, name in asked]
        await asyncio.sleep(0)
        made[0].go.set()
        await asyncio.gather(*all_of_them)

    in_a_loop(visit())
    until = max(t for t, names in enumerate(made[0].log) if "b0" in names)
    with_b = sum("b0" in names for names in made[0].log[: until + 1])
    assert with_b >= (until + 1) - 2 * TURN  # in nearly every step, though six others asked before


def test_who_does_not_read_is_left_out_until_he_does():
    of, made = batches()

    async def visit() -> None:
        slow = Counts("slow", 100 * AHEAD * PART)
        stream = of.stream("a", slow, told)
        first = await anext(stream)
        assert await read(of, Counts("other", 60 * AHEAD * PART), "b") == 60 * AHEAD * PART
        assert slow.at <= (AHEAD + 1) * PART
        assert len(first) + sum([len(part) async for part in stream]) == slow.steps

    in_a_loop(visit())


def test_a_stream_may_go_on_in_a_batch():
    of, _ = batches()
    streams = Streams(Pool("streams", 1), most=2, each=2)

    async def visit() -> None:
        parts = iter([b"first", lambda visitor: of.stream(visitor, Counts("x", 20), told), b"last"])
        found = [part async for part in streams.open("a", parts)]
        assert (found[0], found[-1], sum(map(len, found[1:-1]))) == (b"first", b"last", 20)
        parts = iter([lambda visitor: of.stream(visitor, Counts("endless", 10**9), told)])
        stream = streams.open("a", parts)
        await anext(stream)
        await stream.aclose()

    in_a_loop(visit())
    settled(of)
    assert not of._readers and not streams._open
