"""The machine as far as its memory goes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may use


def machine_memory() -> int | None:
    """Bytes that a process can have here at most; None where the system does not say."""
    limits = []
    with suppress(AttributeError, ValueError, OSError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(ValueError, OSError):  # "max": no limit
        limits.append(int(CGROUP.read_text()))
    return min(limits, default=None)
