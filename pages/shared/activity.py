"""Who was here lately: counted, and not kept."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

LATELY = 300.0  # seconds
MOST = 10_000  # visitors that are remembered

_lock = threading.Lock()
_seen: OrderedDict[str, float] = OrderedDict()  # when last, by whatever tells one from another; the latest at the end


def note(who: str) -> None:
    """Somebody has asked for something."""
    with _lock:
        _seen[who] = time.monotonic()
        _seen.move_to_end(who)
        if len(_seen) > MOST:
            _seen.popitem(last=False)


def count() -> int:
    """How many have asked for something lately."""
    after = time.monotonic() - LATELY
    with _lock:
        return sum(moment > after for moment in _seen.values())
