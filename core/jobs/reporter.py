"""How a worker says how far its run is, learns that it has to stop, and writes down what goes wrong."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from core.evaluation.score import Report
from core.jobs import slurm
from core.jobs.errors import JobError, NotWritten
from core.jobs.process import write_final_status
from core.jobs.run import Run
from core.jobs.state import State, Status
from core.store import disk

PUBLISH_EVERY = 0.5  # seconds between words about how far it is


class Reporter:
    """What one worker publishes of its run.

    on_report    is called as `core.evaluation.score.Report` with each part of a score
    hours        that it may work; `worked`: those that it has, in earlier jobs of a cluster
    previous     the status that an earlier worker left
    interrupted  is set by Ctrl-C and SIGTERM where `interrupts_noted` holds
    job_is_over  its job of a cluster has said that its time limit comes; `interrupted` is then set, too
    """

    def __init__(self, run: Run, on_report: Report | None = None, hours: float = math.inf, worked: float = 0.0) -> None:
        self.run, self.on_report, self.hours, self.worked = run, on_report, hours, worked
        self.job_is_over = False
        self.previous = run.status()
        self.status = Status(state="starting", device=run.device)
        self.interrupted = threading.Event()
        self.began = time.perf_counter()
        self.published_at = 0.0

    def update(self, **changes: Any) -> None:
        """Change the status; it is published with the next word."""
        self.status = replace(self.status, **changes)

    def publish(self, **changes: Any) -> None:
        """Change the status, and publish it."""
        self.update(**changes)
        self.run.write_status(self.status)
        self.published_at = time.perf_counter()

    def is_due(self) -> bool:
        """Whether the last word is old enough for the next."""
        return time.perf_counter() - self.published_at >= PUBLISH_EVERY

    def report(self, what: str, done: int, total: int) -> None:
        """Publish how far a part of a score or a map is. Raises KeyboardInterrupt where the worker has to stop."""
        if self.on_report is not None:
            self.on_report(what, done, total)
        if self.is_due():
            self.publish(state="evaluating", phase=(what, done, total))
            if self.run.control().desired_state == "stop" or self.must_stop():
                self.publish(state="stopped", phase=None, message=self.over_time())
                raise KeyboardInterrupt

    def must_stop(self) -> bool:
        """Whether it was interrupted, or its time is over."""
        return self.interrupted.is_set() or bool(self.over_time())

    def over_time(self) -> str:
        """What to say where the run has worked, or kept its device waiting, for as long as it may; else ""."""
        if time.perf_counter() - self.began < 3600 * (self.hours - self.worked):
            return ""
        return f"Time limit reached: a run may train for {self.hours:g} hours at a time."

    @contextmanager
    def interrupts_noted(self) -> Iterator[None]:
        """Ctrl-C (or SIGTERM) sets `interrupted` instead of breaking into a step: what is saved is then a state that
        the uninterrupted run passes through too. A second one ends the process without saving. (Only the main thread
        receives signals.)"""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def note(number: int, frame: Any) -> None:
            if self.interrupted.is_set():
                raise KeyboardInterrupt
            self.job_is_over = number == slurm.WARNING_SIGNAL
            self.interrupted.set()

        numbers = (signal.SIGINT, signal.SIGTERM, *([slurm.WARNING_SIGNAL] if slurm.is_in_job() else []))
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def failures_published(self) -> Iterator[None]:
        """What goes wrong stands in the status, and is raised again in words that say what to do."""
        try:
            yield
        except KeyboardInterrupt:
            if self.status.state != "stopped":
                self._end("interrupted", "Interrupted before its state could be saved.")
            raise
        except Exception as error:
            at = self.status.at_epoch()
            if disk.is_disk_error(error):  # nothing is wrong with the run
                reason = disk.explain_error(error)
                self._end("interrupted", f"Ended{at}: {reason}.")
                saved = (self.run.folder / "state.safetensors").exists()
                raise NotWritten(
                    f"{self.run.id} ended{at}: {reason}. {'The last saved state is kept. ' if saved else ''}Fix "
                    "that, then run the same command again."
                ) from error
            if _is_out_of_memory(error):
                reason = f"Out of memory{at}: use a smaller model or a smaller batch size."
                self._end("failed", reason)
                raise JobError(f"{self.run.id}: {reason} ({error})") from error
            self._end("failed", f"{error}" or type(error).__name__)
            raise

    def _end(self, state: State, message: str) -> None:
        self.update(state=state, message=message, phase=None)
        write_final_status(self.run, self.status)


def _is_out_of_memory(error: Exception) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
