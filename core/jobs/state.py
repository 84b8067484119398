"""What stands in the files of a run: control.json (what people ask of it), progress.json (how far it is) and
worker.json (which process works on it)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psutil

from core.jobs.files import stored_as

DesiredState = Literal["run", "pause", "stop", "finish"]
State = Literal["queued", "starting", "running", "paused", "evaluating", "stopped", "interrupted", "failed", "finished"]
LIVE_STATES = ("starting", "running", "paused", "evaluating")  # a process is at work
ENDED_STATES = ("stopped", "failed", "finished")
BOOT = Path("/proc/sys/kernel/random/boot_id")  # another one after each start of the machine
CLOCK_SHIFT = 2.0  # seconds by which a process's start time may shift: the system's clock is set now and then


@dataclass(frozen=True)
class Control:
    """What people ask of a run.

    queued         it waits for its device; order: lowest first
    desired_state  what the worker should do at its next step
    lr             a new learning rate, taken up once: `command_seq` counts such commands, `ack_seq` those that the
                   worker took up
    visitor        who put it into the queue (`core.jobs.limits.visitor_id`), "" for the shell
    owner          the same by his secret (`core.config.ownership`)
    """

    queued: bool = True
    desired_state: DesiredState = stored_as("want", "run")
    order: float = 0.0
    lr: float | None = None
    command_seq: int = stored_as("said", 0)
    ack_seq: int = stored_as("heard", 0)
    name: str = ""
    pinned: bool = False
    visitor: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Status:
    """How far a run is, as its worker wrote it last; `state` is checked against the processes that live.

    seconds_left     to the end of training as far as the speed tells, or None
    phase            what is being computed beside training steps: (what, done, total)
    message          what happened, in a sentence, where a run ended before its end
    owns_checkpoint  the run placed its `checkpoint`; else that one was there before and stayed
    """

    state: State = "queued"
    step: int = 0
    total_steps: int = 0
    epoch: float = 0.0
    total_epochs: int = 0
    loss: float | None = None
    lr: float | None = None
    rate: float = 0.0
    elapsed: float = 0.0
    seconds_left: float | None = stored_as("left", None)
    device: str = ""
    phase: tuple[str, int, int] | None = None
    message: str = ""
    checkpoint: str = ""
    owns_checkpoint: bool = stored_as("made", False)
    written_at: float = stored_as("written", 0.0)

    def at_epoch(self) -> str:
        """Where it stands, as a part of a sentence; "" where it never began."""
        return f" at epoch {self.epoch:.1f} of {self.total_epochs:,}" if self.total_epochs else ""


@dataclass(frozen=True)
class WorkerProcess:
    """The process at work on a run. `started` tells it from a later one with the same number; so does `ticks`, counted
    from the start of the machine, where the system tells that: no setting of the clock changes it. `space` says where
    the number holds: two containers, or two machines of one name, both have a process 7."""

    pid: int = 0
    started: float | None = None
    host: str = ""
    ticks: int | None = None
    space: str = ""

    @classmethod
    def on_this_host(cls, pid: int) -> WorkerProcess:
        """The process `pid` of this machine."""
        return cls(pid, _start_time(pid), socket.gethostname(), _start_ticks(pid), _pid_space())

    def is_on_this_host(self) -> bool:
        """Whether it runs on this machine, where it can be looked up."""
        return self.host == socket.gethostname() and self.space in ("", _pid_space())

    def is_this_process(self) -> bool:
        """Whether it is the process that asks."""
        return self.pid == os.getpid() and self.is_on_this_host()

    def exists(self) -> bool:
        """Whether the process, on this machine, is there still."""
        started = _start_time(self.pid) if self.pid and self.started is not None else None
        if started is None:
            return False
        if self.ticks is not None and (ticks := _start_ticks(self.pid)) is not None:
            return ticks == self.ticks
        return abs(started - self.started) < CLOCK_SHIFT


def observed_state(written: State, queued: bool, alive: bool) -> State:
    """The state of a run: what its worker wrote last, checked against the process and the queue."""
    if alive:
        return "starting" if written == "queued" else written
    if queued:
        return "queued"
    return written if written in ENDED_STATES else "interrupted"


@cache
def _pid_space() -> str:
    """Where the numbers of processes hold that this one sees: this start of the machine, and on it this container; ""
    on other systems than Linux."""
    try:
        return f"{BOOT.read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _start_ticks(pid: int) -> int | None:
    """When the process began, counted by Linux from the machine's own start; None on other systems."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def _start_time(pid: int) -> float | None:
    """When the process began, or None where it is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, ValueError, OverflowError):  # also where there can be no such number
        return None
