"""The operator of the server: whoever has given the token that PLAYGROUND_TOKEN of the environment sets.

A browser that gave it has a cookie for half a day: until when, some random numbers, and the keyed hash of both under
the token. So every replica of the app that has the token knows it, and one with another token does not.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import time
from collections import OrderedDict, deque

VARIABLE = "PLAYGROUND_TOKEN"
SHORTEST = 12  # characters of a token
COOKIE = "playground_operator"
LASTS = 12 * 3600.0  # seconds of a session
MOST_LEFT = 1_000  # sessions that were left, of which this process remembers that they are no more
TRIES, EVERY = 5, 60.0  # of one network address, in so many seconds

_lock = threading.Lock()
_left: deque[str] = deque(maxlen=MOST_LEFT)
_tries: OrderedDict[str, deque[float]] = OrderedDict()  # when, by address


class TooManyTries(RuntimeError):
    """The token was given too often; `seconds` say when to try again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too many attempts. Try again in {seconds:.0f} seconds.")
        self.seconds = seconds


def problem() -> str:
    """What is wrong with the token that is set; "" where nothing is, or there is none."""
    given = os.environ.get(VARIABLE, "")
    return f"{VARIABLE}: expected at least {SHORTEST} characters" if 0 < len(given) < SHORTEST else ""


def enter(token: str, address: str) -> str | None:
    """The cookie of a new session; None where the token is not the one that is set. Raises `TooManyTries`."""
    _count(address)
    expected = os.environ.get(VARIABLE, "")
    same = hmac.compare_digest(token.encode(errors="replace"), expected.encode())
    if not same or len(expected) < SHORTEST:
        return None
    said = f"{time.time() + LASTS:.0f}.{secrets.token_hex(16)}"
    return f"{said}.{_signature(said)}"


def leave(cookies: dict[str, str]) -> None:
    """End the session, whose cookie the browser is to forget."""
    _left.append(cookies.get(COOKIE, ""))


def is_operator(cookies: dict[str, str]) -> bool:
    """Whether these are the cookies of an operator."""
    session = cookies.get(COOKIE, "")
    found = re.fullmatch(r"((\d{1,12})\.[0-9a-f]{32})\.([0-9a-f]{64})", session, re.ASCII)
    if found is None or len(os.environ.get(VARIABLE, "")) < SHORTEST or session in _left:
        return False
    return hmac.compare_digest(found[3], _signature(found[1])) and time.time() < int(found[2])


def _signature(said: str) -> str:
    return hmac.new(os.environ[VARIABLE].encode(errors="replace"), said.encode(), hashlib.sha256).hexdigest()


def _count(address: str) -> None:
    with _lock:
        now, tries = time.monotonic(), _tries.setdefault(address, deque(maxlen=TRIES))
        _tries.move_to_end(address)
        while len(_tries) > 10_000:
            _tries.popitem(last=False)
        if len(tries) == TRIES and now - tries[0] < EVERY:
            raise TooManyTries(EVERY - (now - tries[0]))
        tries.append(now)
