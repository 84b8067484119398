"""What can go wrong with a run, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from core.store import disk

P, T = ParamSpec("P"), TypeVar("T")


class JobError(RuntimeError):
    """There is no such run, or it is in no state to do what was asked; the message says which."""


class NotWritten(JobError):
    """The disk took nothing (it is full, or not to be written to): nothing was changed."""


class QueueFull(JobError):
    """As many runs wait as may wait, of one visitor or in all; the message says how many that are."""


class RunBusy(RuntimeError):
    """Another process is at work on the same run."""


def explain_disk_errors(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which raises `NotWritten` where the disk is full or must not be written to."""

    @wraps(function)
    def explaining(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except OSError as error:
            if not disk.is_disk_error(error):
                raise
            raise NotWritten(f"Nothing was changed: {disk.explain_error(error)}. Fix that, then try again.") from error

    return explaining
