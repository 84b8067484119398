"""Runs: a folder each, in which one worker process works; all others read there how far it is and leave word for it.

    request.json        what is wanted: kind, preset or checkpoint, device; written once (the device until work began)
    control.json        what people ask: whether it waits in the queue and where, what it should do next, its name
    worker.json         the process at work: pid, its start time, host; touched every few seconds as a heartbeat
    slurm.json          the job of a cluster that works on it, and what the cluster said of it last
    progress.json       state, step, speed, time left; at most twice a second
    curve.jsonl         a line about twice a second of training
    history.jsonl       a line an epoch
    pictures/           what the model could do after some epochs
    state.safetensors   what to go on from
    log.txt             what the worker printed, the last megabyte of it

Folders are all there is: whoever shares them (a second tab, the shell, another machine) sees the same runs. Each is
read on its own: a damaged one is set aside with its reason.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.config.fields import suits
from core.config.presets import Preset, TrainConfig
from core.jobs.errors import JobError, explain_disk_errors
from core.jobs.files import from_json, read_json, to_json, write_json
from core.jobs.request_file import RUN_ID, Request, is_run_folder, read_request
from core.jobs.slurm_job import SlurmJob
from core.jobs.state import ENDED_STATES, LIVE_STATES, Control, Status, WorkerProcess, observed_state
from core.store import checkpoints, disk
from core.store.checkpoint import is_history_line

LOST_AFTER = 30.0  # seconds without a heartbeat, after which a worker on another machine counts as gone
MAX_LOG = 2**20  # bytes of a log that are read, and kept for the next worker
MIN_FREE_DISK = 2**17  # bytes of free disk below which no worker is started


def root() -> Path:
    """The folder of runs, beside the checkpoints."""
    return checkpoints.root() / checkpoints.RUNS


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    folder: Path
    request: Request = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        return self.request.kind

    @property
    def device(self) -> str:
        return self.request.device

    @property
    def title(self) -> str:
        return self.control().name or self.request.title

    @property
    def preset(self) -> Preset:
        """What is trained, as it was asked for. Raises `SettingError`."""
        from core.models import preset_from_json

        return preset_from_json(self.request.preset)

    # -- what people ask --------------------------------------------------------------------------

    def control(self) -> Control:
        """What people asked last."""
        return from_json(Control, read_json(self.folder / "control.json"))

    @explain_disk_errors
    def send(self, **changes: Any) -> Control:
        """Leave word for the worker: fields of `Control`. Raises `JobError` where the run is gone, `SettingError`."""
        if changes.get("lr") is not None:
            TrainConfig(lr=changes["lr"])  # within its range?
        if not (self.folder / "request.json").exists():  # the lock would make the folder again
            raise JobError(f"{self.id} no longer exists")
        with FileLock(self.folder / ".control.lock"):
            before = self.control()
            if "lr" in changes:
                changes["command_seq"] = before.command_seq + 1
            now = replace(before, **changes)
            write_json(self.folder / "control.json", to_json(now))
        return now

    # -- how far it is ----------------------------------------------------------------------------

    def status(self) -> Status:
        """How far it is."""
        # in this order: a worker registers before it leaves the queue, and writes its last status before it is gone
        queued, job, alive = self.control().queued, self.slurm_job(), self.is_alive()
        written = self.written_status()
        state = observed_state(written.state, queued or job.is_pending(), alive)
        if alive and job.is_suspended():
            return replace(written, message=f"Suspended by Slurm (job {job.id}) while another job has its place.")
        if alive or state in ENDED_STATES:
            return replace(written, state=state)
        if state == "queued":
            message = job.why_it_waits() if job.is_pending() and not queued else self._why_it_waits(written)
        else:
            message = written.message or self._why_it_ended(written, job)
        return replace(written, state=state, phase=None, message=message)

    def written_status(self) -> Status:
        """How far it is, as its worker wrote it last."""
        return from_json(Status, read_json(self.folder / "progress.json"))

    def write_status(self, status: Status) -> None:
        """Publish how far it is."""
        write_json(self.folder / "progress.json", to_json(replace(status, written_at=time.time())))

    def worker(self) -> WorkerProcess:
        """The process at work on it, which may be gone."""
        return from_json(WorkerProcess, read_json(self.folder / "worker.json"))

    def slurm_job(self) -> SlurmJob:
        """The job of a cluster that works on it."""
        job = from_json(SlurmJob, read_json(self.folder / "slurm.json"))
        return job if re.fullmatch("[0-9]{1,12}", job.id) else SlurmJob()  # it is given to Slurm's commands

    def is_alive(self) -> bool:
        """Whether its worker lives: here by process and start time (numbers are used again), elsewhere by its
        heartbeat, where no cluster says more."""
        job = self.slurm_job()
        if job.is_pending() or job.has_ended() or job.is_suspended():
            return job.is_suspended()
        worker = self.worker()
        if job.id and not worker.host:  # its job has begun, and it has not said that it has
            return self.written_status().state == "starting"
        if worker.is_on_this_host():
            return worker.exists()
        return bool(worker.host) and disk.seconds_since_written(self.folder / "worker.json") < LOST_AFTER

    def curve(self, after: int = -1) -> list[list[float]]:
        """[step, epoch, loss, lr] of the points after step `after`."""
        return [point for point in disk.read_jsonl(self.folder / "curve.jsonl", _is_point) if point[0] > after]

    def history(self) -> list[dict[str, Any]]:
        """One dict an epoch."""
        return disk.read_jsonl(self.folder / "history.jsonl", is_history_line)

    def picture_epochs(self) -> list[int]:
        """Epochs after which pictures were taken."""
        return checkpoints.picture_epochs(self.folder)

    def log(self, most: int = 20) -> list[str]:
        """The last lines that its workers printed."""
        try:
            with (self.folder / "log.txt").open("rb") as file:
                file.seek(-min(MAX_LOG, file.seek(0, os.SEEK_END)), os.SEEK_END)
                return file.read().decode(errors="replace").splitlines()[-most:]
        except OSError:
            return []

    def _why_it_ended(self, written: Status, job: SlurmJob) -> str:
        """What can be said of a worker that left no last status."""
        if job.has_ended() and (job.state != "FAILED" or written.state not in ("queued", "starting")):
            return job.why_it_ended(written.at_epoch())
        if written.state in ("queued", "starting"):
            last = next((line.strip() for line in reversed(self.log()) if line.strip()), "")
            return "The worker ended before training began" + (
                f": {last.removeprefix('error: ')[:300]}" if last else "."
            )
        return (
            f"The process ended unexpectedly{written.at_epoch()}: killed by hand, by the system when memory ran out, "
            "or by a shutdown."
        )

    def _why_it_waits(self, written: Status) -> str:
        """What keeps a run that waits from ever starting: the disk is full, the cluster does not answer, or its first
        weights are not there, and nobody makes them."""
        if disk_is_full():
            return "Waiting for disk space."
        if written.state == "queued" and written.message:
            return written.message
        after = self.request.after
        if not after or checkpoints.exists(after):
            return ""
        try:
            other = get_run(after)
        except JobError:
            return f"Waiting for the weights of {after}, which was deleted."
        state = other.status().state
        if state == "queued" or state in LIVE_STATES:
            return ""
        ended = "failed" if state == "failed" else "ended before saving them"
        return f"Waiting for the weights of “{other.title}”, which {ended}."


def get_run(name: str) -> Run:
    """The run with this id. Raises `JobError`."""
    folder = root() / name
    if not RUN_ID.fullmatch(name) or not is_run_folder(folder):
        raise JobError(f"unknown run {name[:120]!r}; `python -m core runs` lists the runs")
    return Run(folder, read_request(folder))


def scan_runs() -> tuple[list[Run], list[str]]:
    """All runs, pinned ones first, then the newest first; and a sentence for each folder that is damaged."""
    runs, problems = [], []
    try:
        folders = sorted(root().iterdir()) if root().is_dir() else []
    except OSError as error:
        return [], [f"The folder of runs cannot be read: {disk.explain_error(error)}."]
    for folder in folders:
        if not RUN_ID.fullmatch(folder.name) or not is_run_folder(folder):
            continue
        try:
            runs.append(Run(folder, read_request(folder)))
        except JobError as error:
            problems.append(str(error))
    return sorted(runs, key=lambda run: (not run.control().pinned, -run.request.submitted_at)), problems


def list_runs() -> list[Run]:
    """All runs that are whole: pinned ones first, then the newest first."""
    return scan_runs()[0]


def disk_is_full() -> bool:
    """Whether there is no room on the disk for another run's work."""
    try:
        return shutil.disk_usage(root()).free < MIN_FREE_DISK
    except OSError:
        return False


def _is_point(line: Any) -> bool:
    return isinstance(line, list) and len(line) == 4 and all(suits(value, float) for value in line)
