"""How many runs may wait, at once and of whom. Settings of the environment, with what holds without them:

PLAYGROUND_PARALLEL        1     runs that a device works on at once; where a cluster has a queue: all that may wait
PLAYGROUND_WAITING         60    runs that may wait in all
PLAYGROUND_WAITING_EACH    8     of these, of one visitor: one network address
PLAYGROUND_RUNS_EACH       20    trainings that one visitor may keep, where each has his own
PLAYGROUND_HOURS           48    that a run of the queue may work at once; resumed, it may for as long again (2 in the
                                 mode "class", see `core.config.mode`)
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from contextlib import suppress

from core.config.mode import mode
from core.jobs import slurm


def visitor_id(address: str) -> str:
    """The name by which runs of the visitor at this network address are counted; the address itself is not kept.

    This machine is one visitor, and so is all that shares the first half of an IPv6 address: a household has that many.
    """
    with suppress(ValueError):
        parsed = ipaddress.ip_address(address)
        if parsed.is_loopback:
            address = "here"
        elif parsed.version == 6:
            address = str(ipaddress.ip_network((parsed, 64), strict=False))
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def max_parallel() -> int:
    """How many runs a device works on at once."""
    return _setting("PLAYGROUND_PARALLEL", max_queued()[0] if slurm.is_used() else 1)


def max_queued() -> tuple[int, int]:
    """How many runs may wait in all, and how many of one visitor."""
    return _setting("PLAYGROUND_WAITING", 60), _setting("PLAYGROUND_WAITING_EACH", 8)


def max_kept() -> int:
    """How many trainings one visitor may keep, where each has his own."""
    return _setting("PLAYGROUND_RUNS_EACH", mode().runs_each)


def max_hours() -> float:
    """How long a run may work before it makes room for others; it can be resumed, for as long again."""
    return _setting("PLAYGROUND_HOURS", mode().hours)


def _setting(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else default
