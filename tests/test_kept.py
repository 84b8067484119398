"""Values made once for each key: who waits for whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.numerics.cancel import Cancelled
from pages.shared.kept import Kept, Making, no_waiting


def test_a_value_is_made_once_however_many_ask():
    kept, begun, go_on, made = Kept(4), threading.Event(), threading.Event(), []

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
    kept, begun, go_on = Kept(4), threading.Event(), threading.Event()

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
    kept = Kept(2)
    with pytest.raises(KeyError, match="gone"):
        kept.get("a", lambda: {}["gone"])
    assert kept.get("a", lambda: 3) == 3


def test_only_so_many_are_kept_those_asked_for_last():
    kept, made = Kept(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "b"]


def test_a_look_makes_nothing_waits_for_nobody_and_counts_as_asking():
    kept, begun, go_on = Kept(2), threading.Event(), threading.Event()
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
    kept.get("b", lambda: 2)
    assert kept.peek("a") == 1
    kept.get("c", lambda: 3)
    assert (kept.peek("a"), kept.peek("b")) == (1, None)


def test_another_one_makes_what_its_maker_gave_up():
    kept, begun, give_up = Kept(2), threading.Event(), threading.Event()

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
    kept, begun, go_on = Kept(4), threading.Event(), threading.Event()

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
