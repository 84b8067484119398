"""Runs that begin anew, are deleted, or are brought back."""

from __future__ import annotations

import shutil
import time

from core.jobs import slurm
from core.jobs.errors import JobError, explain_disk_errors
from core.jobs.request_file import RUN_ID
from core.jobs.run import Run, get_run, root
from core.jobs.scheduler import queue_lock
from core.store import checkpoints

TRASH_SECONDS = 24 * 3600.0  # for which a deleted run can be brought back


@explain_disk_errors
def clear(run: Run) -> None:
    """Forget what the run did, so that it begins anew. Raises `JobError` while it is at work."""
    with queue_lock():
        if run.is_alive():
            raise JobError(f"{run.id} is running: stop it first")
        _leave_cluster(run)
        run.send(lr=None)  # what was asked of the work that is forgotten
        for entry in run.folder.iterdir():
            if entry.name not in ("request.json", "control.json", ".control.lock", "lock"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@explain_disk_errors
def delete(run: Run) -> None:
    """Move the run, and the checkpoint that it trained, out of sight; `undelete` brings both back for a day.

    Raises `JobError` while it is at work.
    """
    with queue_lock():
        if run.is_alive():
            raise JobError(f"{run.id} is running: stop it first")
        _leave_cluster(run)
        run.send(queued=False)
        trash = root() / ".trash"
        for old in trash.iterdir() if trash.is_dir() else ():
            if old.name == run.id or time.time() - old.stat().st_mtime > TRASH_SECONDS:
                shutil.rmtree(old)
        place = trash / run.id
        place.mkdir(parents=True)
        status = run.status()
        if status.owns_checkpoint and (checkpoints.root() / status.checkpoint).is_dir():
            (checkpoints.root() / status.checkpoint).rename(place / "checkpoint")
        run.folder.rename(place / "run")


def _leave_cluster(run: Run) -> None:
    if run.slurm_job().is_pending():
        slurm.cancel(run)
        slurm.forget(run)


@explain_disk_errors
def undelete(name: str) -> Run:
    """Bring back a deleted run. Raises `JobError` where it is gone for good, or was begun anew since."""
    place = root() / ".trash" / name
    if not RUN_ID.fullmatch(name) or not (place / "run").is_dir():
        raise JobError(f"{name}: not among the runs deleted in the last day")
    if (root() / name).exists():
        raise JobError(f"{name} was restarted since it was deleted: delete the new one first")
    (place / "run").rename(root() / name)
    run = get_run(name)
    checkpoint = checkpoints.root() / (run.status().checkpoint or name)
    if (place / "checkpoint").is_dir() and not checkpoint.exists():
        (place / "checkpoint").rename(checkpoint)
    shutil.rmtree(place)
    return run
