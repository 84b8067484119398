"""The queue: each device works on one run at a time, the others wait in order."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from filelock import FileLock

from core.config.ownership import belongs_to
from core.jobs import process, slurm
from core.jobs.errors import JobError, QueueFull, explain_disk_errors
from core.jobs.limits import max_kept, max_parallel, max_queued
from core.jobs.run import Run, disk_is_full, list_runs, root
from core.jobs.state import LIVE_STATES
from core.store import checkpoints


def queue_lock() -> FileLock:
    """Held by whoever decides which run is next, or changes what waits: one at a time."""
    return FileLock(root() / ".queue.lock")


def queued_runs(device: str | None = None) -> list[Run]:
    """Runs that wait (for `device`), first the one that is next."""
    runs = [r for r in list_runs() if r.control().queued and not r.is_alive() and device in (None, r.device)]
    return sorted(runs, key=lambda r: (r.control().order, r.request.submitted_at))


def start_queued() -> None:
    """Start the next run of every device that is free. Whoever looks at the runs may call this; workers do when they
    end, so that the queue moves on when no app is open. Where the disk is full, runs go on waiting."""
    process.reap_workers()
    if not root().is_dir() or disk_is_full() or not slurm.can_submit():
        return
    with suppress(OSError), queue_lock():
        runs = list_runs()
        slurm.watch(runs)
        busy = [run.device for run in runs if _has_place(run) and not run.worker().is_this_process()]
        for run in queued_runs():
            if (after := run.request.after) and not checkpoints.exists(after):
                continue  # its first weights are not there yet
            if slurm.was_unreachable(run):
                continue
            if busy.count(run.device) < max_parallel():
                busy.append(run.device)
                process.start_worker(run)


def _has_place(run: Run) -> bool:
    """Whether it works on its device, or waits for one in a cluster's queue."""
    return run.is_alive() or run.slurm_job().is_pending()


def _runs(n: int) -> str:
    return f"{n} run" if n == 1 else f"{n} runs"


def check_queue_limit(visitor: str = "") -> None:
    """Raise `QueueFull` where no other run may wait; what one visitor may have does not hold for the shell."""
    in_all, each = max_queued()
    waiting = [*queued_runs(), *(run for run in list_runs() if run.slurm_job().is_pending())]
    if len(waiting) >= in_all:
        raise QueueFull(f"The queue is full ({_runs(len(waiting))}). Try again when some are done.")
    if visitor and sum(run.control().visitor == visitor for run in waiting) >= each:
        raise QueueFull(
            f"You already have {_runs(each)} in the queue, the maximum. Try again when one is done, or remove one."
        )


def check_kept_limit(owner: str) -> None:
    """Raise `QueueFull` where the owner keeps as many trainings as one visitor may."""
    kept, most = sum(belongs_to(run.id, owner) for run in list_runs() if run.kind == "train"), max_kept()
    if owner and kept >= most:
        raise QueueFull(f"You keep {_runs(kept)}, the maximum here. Delete one first.")


@explain_disk_errors
def resume(run: Run, visitor: str = "", owner: str = "") -> Run:
    """Go on: a paused worker at once, a run without one as soon as its device is free.

    Raises `QueueFull`; a run that never began is then forgotten.
    """
    with queue_lock():
        state = run.status().state
        if run.is_alive() and state in LIVE_STATES:
            run.send(desired_state="run")
        elif state not in ("finished", "queued"):
            try:
                check_queue_limit(visitor)
            except QueueFull:
                discard_unstarted(run)
                raise
            slurm.forget(run)
            last = max((r.control().order for r in queued_runs()), default=0.0)
            run.send(desired_state="run", queued=True, order=last + 1, visitor=visitor, owner=owner)
    start_queued()
    return run


@explain_disk_errors
def stop(run: Run, desired_state: Literal["pause", "stop", "finish"] = "stop") -> None:
    """End the work, keeping what was reached: "pause" keeps the process, "finish" makes the checkpoint of what is
    there now. A run that waits leaves the queue. Raises `JobError` where nothing can be done."""
    with queue_lock():
        state, saved = run.status().state, (run.folder / "state.safetensors").exists()
        job = run.slurm_job()
        if run.is_alive():
            run.send(desired_state=desired_state)
            if job.is_suspended() and desired_state == "stop":  # it does not hear that, but saves when it is cancelled
                slurm.cancel(run)
        elif desired_state == "finish" and state in ("stopped", "interrupted") and saved:
            run.send(desired_state="finish", queued=True, order=-time.time())
        elif desired_state == "stop" and state == "queued":
            if job.is_pending():
                slurm.cancel(run)
                slurm.forget(run)
            run.send(desired_state="run", queued=False)
            run.write_status(replace(run.written_status(), state="stopped", message=""))
        else:
            raise JobError(f"{run.id} is {state}: it cannot {desired_state}")
    start_queued()


@explain_disk_errors
def move(run: Run, places: int) -> None:
    """Move a waiting run forward (negative) or back in its device's queue."""
    with queue_lock():
        waiting = queued_runs(run.device)
        if run not in waiting:
            raise JobError(f"{run.id} is {run.status().state}: only a waiting run can be moved")
        waiting.insert(max(0, min(len(waiting) - 1, waiting.index(run) + places)), waiting.pop(waiting.index(run)))
        for order, other in enumerate(waiting):
            other.send(order=float(order))


def discard_unstarted(run: Run) -> None:
    """Remove the folder of a run that was asked for, but never began."""
    if not (run.folder / "progress.json").exists():
        shutil.rmtree(run.folder, ignore_errors=True)
