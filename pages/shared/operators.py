"""The operator of the server: whoever has given the token that PLAYGROUND_TOKEN of the environment sets.

A browser that gave it has a cookie for half a day; what the cookie holds is kept in memory, and is no token.
"""

from __future__ import annotations

import hmac
import os
import secrets
import threading
import time
from collections import OrderedDict, deque

VARIABLE = "PLAYGROUND_TOKEN"
SHORTEST = 12  # characters of a token
COOKIE = "playground_operator"
LASTS = 12 * 3600.0  # seconds of a session
SESSIONS = 100
TRIES, EVERY = 5, 60.0  # of one network address, in so many seconds

_lock = threading.Lock()
_sessions: OrderedDict[str, float] = OrderedDict()  # until when
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
    session = secrets.token_hex(32)
    with _lock:
        _sessions[session] = time.monotonic() + LASTS
        while len(_sessions) > SESSIONS:
            _sessions.popitem(last=False)
    return session


def leave(cookies: dict[str, str]) -> None:
    """End the session."""
    with _lock:
        _sessions.pop(cookies.get(COOKIE, ""), None)


def is_operator(cookies: dict[str, str]) -> bool:
    """Whether these are the cookies of an operator."""
    # 256 random bits: to look them up takes no time that tells
    return time.monotonic() < _sessions.get(cookies.get(COOKIE, ""), 0.0)


def _count(address: str) -> None:
    with _lock:
        now, tries = time.monotonic(), _tries.setdefault(address, deque(maxlen=TRIES))
        _tries.move_to_end(address)
        while len(_tries) > 10_000:
            _tries.popitem(last=False)
        if len(tries) == TRIES and now - tries[0] < EVERY:
            raise TooManyTries(EVERY - (now - tries[0]))
        tries.append(now)
