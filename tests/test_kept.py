"""Values made once for each key: who waits for whom, and how many bytes all of them may hold."""

import threading
import types
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from core.numerics import kept as keeping
from core.numerics.cancel import Cancelled
from core.numerics.kept import Budget, Kept, Making, kept, no_waiting
from core.numerics.sizes import buffers

MB = 10**6


def fresh(budget: Budget | None = None, name: str = "a cache") -> Kept:
    return Kept(name, budget or Budget(lambda: 100 * MB))


def size(value) -> int:
    return sum(buffers(value).values())


def test_a_value_is_made_once_however_many_ask():
    kept, begun, go_on, made = fresh(), threading.Event(), threading.Event(), []

    def make():
        begun.set()
        assert go_on.wait(60)
        made.append(1)
        return object()

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(kept.get, "a", make)
        assert begun.wait(60)
        others = [pool.submit(kept.get, "a", make) for _ in range(4)]
        go_on.set()
        assert len({id(f.result(60)) for f in (first, *others)}) == 1
    assert made == [1]


def test_nobody_waits_for_the_value_of_another_key():
    kept, begun, go_on = fresh(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        return go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        cold = pool.submit(kept.get, "large", slow)
        assert begun.wait(60)
        assert kept.get("small", lambda: 7) == 7
        assert not cold.done()
        go_on.set()
        assert cold.result(60) is True


def test_a_failure_reaches_all_and_the_next_tries_anew():
    kept = fresh()
    with pytest.raises(KeyError, match="gone"):
        kept.get("a", lambda: {}["gone"])
    assert kept.get("a", lambda: 3) == 3


def test_a_look_makes_nothing_waits_for_nobody_and_counts_as_asking():
    kept, begun, go_on = fresh(Budget(lambda: 25 * MB // 10)), threading.Event(), threading.Event()
    assert kept.peek("a") is None

    def slow():
        begun.set()
        assert go_on.wait(60)
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get, "a", slow)
        assert begun.wait(60)
        assert kept.peek("a") is None
        go_on.set()
        assert first.result(60) == 1 == kept.peek("a")
    with pytest.raises(KeyError):
        kept.get("b", lambda: {}["gone"])
    assert kept.peek("b") is None
    for key in ("b", "c"):
        kept.get(key, lambda: bytes(MB))
    assert kept.peek("b")
    kept.get("d", lambda: bytes(MB))
    assert kept.peek("b") and kept.peek("d") and kept.peek("c") is None


def test_another_one_makes_what_its_maker_gave_up():
    kept, begun, give_up = fresh(), threading.Event(), threading.Event()

    def given_up():
        begun.set()
        assert give_up.wait(60)
        raise Cancelled

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "a", given_up)
        assert begun.wait(60)
        second = pool.submit(kept.get, "a", lambda: 5)
        give_up.set()
        assert second.result(60) == 5
        with pytest.raises(Cancelled):
            first.result(60)


def test_who_must_not_wait_is_told_what_to_wait_for():
    kept, begun, go_on = fresh(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert go_on.wait(60)
        return 1

    def other():  # what a maker needs he waits for: a half-made value cannot be put aside
        return kept.get("a", slow) + 1

    with ThreadPoolExecutor(2) as pool, no_waiting():
        first = pool.submit(kept.get, "a", slow)
        assert begun.wait(60)
        with pytest.raises(Making) as making:
            kept.get("a", slow)
        nested = pool.submit(kept.get, "b", other)
        go_on.set()
        assert making.value.future.result(60) == 1 == kept.get("a", slow) == first.result(60)
        assert nested.result(60) == 2


# -- bytes ------------------------------------------------------------------------------------------


def test_what_was_asked_for_longest_ago_goes_first_whatever_cache_it_is_in():
    budget, made = Budget(lambda: 25 * MB // 10), []
    one, two = fresh(budget), fresh(budget)

    def get(cache: Kept, key: str) -> None:
        cache.get(key, lambda: made.append(key) or np.zeros(MB, np.uint8))

    for cache, key in ((one, "a"), (two, "b"), (one, "a"), (two, "c"), (one, "a"), (two, "c"), (two, "b"), (two, "c")):
        get(cache, key)
    assert made == ["a", "b", "c", "b"], "b was oldest when c came; then a, when b came again"
    assert (len(one), len(two)) == (0, 2) and (one.hits, one.misses) == (2, 1) and (two.hits, two.misses) == (2, 3)
    assert 2 * MB < budget.bytes == two.size() < 2.1 * MB and one.size() == 0


def test_an_array_that_several_values_share_counts_once_as_long_as_one_of_them_is_kept():
    budget = Budget(lambda: 10 * MB)
    one, two, shared = fresh(budget), fresh(budget), np.zeros(3 * MB, np.uint8)
    one.get("whole", lambda: shared)
    before = budget.bytes
    two.get("view", lambda: {"half": shared[MB:], "tensor": torch.from_numpy(shared)})
    assert budget.bytes - before < 10_000
    one.clear()
    assert 3 * MB < budget.bytes < 3.1 * MB
    two.clear()
    assert budget.bytes == 0


def test_a_value_larger_than_the_budget_is_not_kept_and_drives_nothing_out():
    budget = Budget(lambda: MB)
    cache = fresh(budget)
    cache.get("small", lambda: b"x" * 1_000)
    assert len(cache.get("large", lambda: b"x" * 2 * MB)) == 2 * MB
    assert len(cache) == 1 and budget.bytes < 10_000


def test_a_value_that_grows_as_it_is_used_is_weighed_again(monkeypatch):
    monkeypatch.setattr(keeping, "WEIGHED_AGAIN", -1.0)
    budget = Budget(lambda: 10 * MB)
    cache, value = fresh(budget), types.SimpleNamespace()
    cache.get("a", lambda: value)
    value.later = np.zeros(MB, np.uint8)
    assert budget.bytes < 10_000
    cache.get("a", lambda: None)
    assert MB < budget.bytes == cache.size() < 1.1 * MB


def test_many_small_values_are_no_way_around_the_budget():
    budget = Budget(lambda: MB)
    cache = fresh(budget)
    for key in range(20_000):
        cache.get(key, lambda: 1)
    assert len(cache) < 20_000 and budget.bytes <= MB


def test_a_budget_is_kept_while_many_threads_make_and_ask():
    budget = Budget(lambda: MB)
    caches = [fresh(budget) for _ in range(3)]

    def ask(n: int) -> None:
        for i in range(200):
            caches[(n + i) % 3].get((n * i) % 40, lambda: np.zeros(50_000, np.uint8))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert 0 < budget.bytes <= MB
    for cache in caches:
        cache.clear()
    assert budget.bytes == 0


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1_000), 8_000),
        (np.zeros(1_000)[::2], 8_000),
        (torch.zeros(1_000), 4_000),
        (torch.zeros(10, 100).t(), 4_000),
        (torch.nn.Sequential(torch.nn.Linear(100, 10), torch.nn.BatchNorm1d(10)), 4_000),
        (b"x" * 5_000, 5_000),
        ("é" * 5_000, 5_000),
        ({"a": [np.zeros(500)], "b": (np.zeros(500),)}, 8_000),
        (namedtuple("Pair", "x y")(np.zeros(500), np.zeros(500)), 8_000),
        (np.array(["a", "b"], object), 16),
    ],
)
def test_a_value_weighs_what_it_holds(value, least):
    assert least <= size(value) < least + 5_000


@dataclass(slots=True)
class Slotted:
    array: np.ndarray


class Lazy:
    def __init__(self) -> None:
        self.small = np.zeros(10)

    @property
    def large(self) -> np.ndarray:
        raise AssertionError("nobody has asked for it")


def test_what_is_there_is_weighed_and_nothing_is_loaded_for_it():
    assert 8_000 <= size(Slotted(np.zeros(1_000))) < 8_500 and 80 <= size(Lazy()) < 1_000


def test_a_value_that_holds_itself_is_weighed_and_a_file_weighs_nothing(tmp_path):
    ring: list = [np.zeros(1_000)]
    ring.append(ring)
    assert 8_000 <= size(ring) < 9_000
    np.save(tmp_path / "a.npy", np.zeros(MB))
    assert size(np.load(tmp_path / "a.npy", mmap_mode="r")[10:]) < 1_000


def test_a_function_keeps_its_values():
    made = []

    @kept("squares")
    def square(x: int, plus: int = 0) -> int:
        """The square."""
        made.append(x)
        return x * x + plus

    assert [square(2), square(2), square(3, plus=1), square(3, plus=1)] == [4, 4, 10, 10]
    assert made == [2, 3] and square.__doc__ == "The square." and square.values.name == "squares"
    square.cache_clear()
    assert square(2) == 4 and made == [2, 3, 2]
    keeping.BUDGET.caches.remove(square.values)


@pytest.mark.parametrize(("text", "expected"), [("", 2**30), ("300", 300 * MB), ("0", 2**30), ("much", 2**30)])
def test_the_budget_is_a_quarter_of_the_machine_or_what_is_set(monkeypatch, text, expected):
    monkeypatch.setattr(keeping, "machine_memory", lambda: 2**32)
    monkeypatch.setenv(keeping.VARIABLE, text)
    keeping.machine_budget.cache_clear()
    assert keeping.machine_budget() == expected
    keeping.machine_budget.cache_clear()
