"""The process that works on a run: started, known by its heartbeat, its end noted.

PLAYGROUND_LAUNCH is put before a worker's command (`torchrun ...`); where it begins with `sbatch`, the worker is a job
of a cluster (`core.jobs.slurm`).
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from filelock import FileLock, Timeout

from core.jobs import slurm
from core.jobs.errors import JobError, RunBusy
from core.jobs.files import write_json
from core.jobs.run import MAX_LOG, Run, get_run
from core.jobs.state import LIVE_STATES, Status, WorkerProcess
from core.store import checkpoints, disk

HEARTBEAT = 5.0  # seconds between beats
RESERVED_BYTES = 2**16  # that a worker keeps free for its last status, for when the disk is full

_children: list[tuple[str, subprocess.Popen]] = []  # ids of runs and their workers, to be reaped


def start_worker(run: Run) -> None:
    """Start the process that works on the run; it outlives this one. Where that fails, the run's status says why."""
    command, folder = [sys.executable, "-m", "core", run.kind, "--run", run.id], Path(__file__).parents[2]
    environment = {**os.environ, "PLAYGROUND_CHECKPOINTS": str(checkpoints.root().resolve())}
    if "PLAYGROUND_DATA" in os.environ:
        environment["PLAYGROUND_DATA"] = str(Path(os.environ["PLAYGROUND_DATA"]).resolve())
    before = run.written_status()
    run.write_status(replace(before, state="starting", message="", phase=None))
    try:
        _shorten(run.folder / "log.txt")
        if slurm.is_used():
            slurm.submit(run, command, folder, environment)
            run.send(queued=False)
            return
        slurm.forget(run)
        process = _start_process(run, command, folder, environment)
    except slurm.Unreachable as error:
        run.write_status(replace(before, state="queued", message=f"{error} It is asked again.", phase=None))
        return
    except JobError as error:
        run.send(queued=False)
        run.write_status(replace(before, state="failed", message=f"{error}", phase=None))
        return
    except OSError as error:
        if disk.is_disk_error(error) and not isinstance(error, PermissionError):
            run.write_status(before)  # it goes on waiting
            return
        run.send(queued=False)
        run.write_status(replace(before, state="failed", message=f"The worker could not be started: {error}."))
        return
    _children.append((run.id, process))
    register_worker(run, process.pid)
    run.send(queued=False)  # only now, so that nobody sees it neither waiting nor at work


def _start_process(run: Run, command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen:
    from core.numerics.device import training_threads
    from core.numerics.processes import LAUNCHED

    environment["OMP_NUM_THREADS"] = str(training_threads())
    environment.pop(LAUNCHED, None)  # where this process is one of several, the worker is none of them
    with (run.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [*shlex.split(os.environ.get("PLAYGROUND_LAUNCH", "")), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it outlives the app
        )


def reap_workers() -> None:
    """Forget workers that ended; say of one that was killed by which signal."""
    ended = [child for child in _children if child[1].poll() is not None]
    for child in ended:
        with suppress(ValueError):  # another thread was quicker
            _children.remove(child)
            _note_signal(*child)


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """No other process works on the run while this holds. Raises `RunBusy`."""
    try:
        with FileLock(run.folder / "lock", timeout=0):
            yield
    except Timeout:
        raise RunBusy(
            f"{run.id} is being trained by another process; `python -m core runs` shows its progress"
        ) from None


@contextmanager
def working_on(run: Run) -> Iterator[None]:
    """This process is the run's worker while this holds, and its heart beats."""
    done = threading.Event()
    disk.sweep_leftovers(run.folder)
    (run.folder / "state.safetensors.tmp").unlink(missing_ok=True)
    (run.folder / ".reserve").write_bytes(b"\1" * RESERVED_BYTES)
    slurm.note_own_job(run)
    register_worker(run, os.getpid())

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            with suppress(OSError):
                os.utime(run.folder / "worker.json")

    threading.Thread(target=beat, daemon=True).start()
    try:
        run.send(queued=False)
        yield
    finally:
        done.set()
        for name in (".reserve", "worker.json"):
            (run.folder / name).unlink(missing_ok=True)


def register_worker(run: Run, pid: int) -> None:
    """Say that the process `pid` on this machine works on the run."""
    write_json(run.folder / "worker.json", asdict(WorkerProcess.on_this_host(pid)))


def write_final_status(run: Run, status: Status) -> None:
    """Publish how the run ended, also where the disk is full: in the room that was kept for it."""
    try:
        run.write_status(status)
    except OSError:
        (run.folder / ".reserve").unlink(missing_ok=True)
        with suppress(OSError):
            run.write_status(status)


def _shorten(log: Path) -> None:
    """Keep the last lines of a log, MAX_LOG bytes at most: a run that is stopped and resumed writes on in it."""
    if log.exists() and log.stat().st_size > MAX_LOG:
        with log.open("rb") as file:
            file.seek(-MAX_LOG, os.SEEK_END)
            end = file.read()
        disk.write_atomically(log, end[end.find(b"\n") + 1 :])


def _note_signal(name: str, process: subprocess.Popen) -> None:
    with suppress(JobError, OSError):
        run = get_run(name)
        killed = process.returncode < 0 and run.worker().pid == process.pid
        status = run.written_status()
        if killed and status.state in LIVE_STATES and not status.message:
            which = signal.strsignal(-process.returncode) or "a signal"
            message = f"The process was terminated{status.at_epoch()} (signal {-process.returncode}, {which})."
            if process.returncode == -signal.SIGKILL:
                message = f"The process was killed{status.at_epoch()}: by hand, or by the system when memory ran out."
            run.write_status(replace(status, state="interrupted", message=message, phase=None))
