"""Files on a disk that may be full, read-only, or left half written by a process that is gone."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

CLOCK_READ_EVERY = 60.0  # seconds between looks at a disk's clock
_clocks: dict[int, tuple[float, float]] = {}  # of each disk: when it was read, by our clock, and what it said
LEFTOVER = 600.0  # seconds after which what is half written is not written on
_mark = secrets.token_hex(4)  # two containers both have a process 7


def write_atomically(file: Path, content: bytes | str) -> None:
    """Write by rename: a reader finds the old content or the new one, never half of it."""
    temporary = temporary_path(file, str(threading.get_ident()))
    with removed_on_failure(temporary):
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(file)


def temporary_path(path: Path, more: str = "") -> Path:
    """Where this process, and no other on any machine, writes what becomes `path`: `.NAME.PID.MARK`."""
    return path.with_name(f".{path.name}.{os.getpid()}.{_mark}{more}")


@contextmanager
def removed_on_failure(path: Path) -> Iterator[None]:
    """What was half written into `path`, a file or a folder, is removed where writing it fails."""
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def sweep_leftovers(folder: Path, name: str = "*") -> None:
    """Remove what processes that are gone left half written in `folder`: `.NAME.PID`, with more behind it, that is old
    enough not to be at work on another machine, or in another container."""
    for leftover in folder.glob(f".{name}.*"):
        pid = re.fullmatch(rf"\.(?:{re.escape(name) if name != '*' else '.+?'})\.(\d{{1,9}})(?:\.\w+)*", leftover.name)
        with suppress(OSError):
            if pid and not psutil.pid_exists(int(pid[1])) and seconds_since_written(leftover) > LEFTOVER:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def disk_time(folder: Path) -> float:
    """The time by the clock of the disk that holds `folder`. A file server's may differ from this machine's, which is
    taken where nothing can be written there."""
    try:
        disk, now = folder.stat().st_dev, time.monotonic()
        if disk not in _clocks or now - _clocks[disk][0] > CLOCK_READ_EVERY:
            with tempfile.TemporaryFile(dir=folder) as file:
                _clocks[disk] = now, os.stat(file.fileno()).st_mtime
    except OSError:
        return time.time()
    read_at, its_time = _clocks[disk]
    return its_time + now - read_at


def seconds_since_written(file: Path) -> float:
    """How long ago the file was written or touched, by the clock of its disk; infinity where there is none."""
    try:
        return disk_time(file.parent) - file.stat().st_mtime
    except OSError:
        return math.inf


def read_jsonl(file: Path, check: Callable[[Any], bool]) -> list[Any]:
    """The lines of a JSONL file that pass the check, none where it is missing; the last may be half-written."""
    try:
        texts = file.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for text in texts:
        with suppress(ValueError, RecursionError):
            if check(line := json.loads(text)):
                found.append(line)
    return found


def explain_error(error: BaseException) -> str:
    """One sentence on what kept a file from being written or read: a full disk, a quota, rights, ... in plain words."""
    text = str(error)
    number = getattr(error, "errno", None) or next((int(n) for n in re.findall(r"os error (\d+)", text)), None)
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text:
        return "the disk that holds the trained models is full"
    if number == errno.EROFS:
        return "the disk that holds the trained models cannot be written to"
    if number in (errno.EACCES, errno.EPERM):
        return f"this process is not allowed to write {Path(getattr(error, 'filename', None) or 'there').name}"
    return f"{type(error).__name__}: {text}"[:500]


def is_disk_error(error: BaseException) -> bool:
    """Whether it was the disk (full, read-only, without rights) and not the work that failed."""
    from safetensors import SafetensorError

    return isinstance(error, OSError | SafetensorError) and not explain_error(error).startswith(type(error).__name__)
