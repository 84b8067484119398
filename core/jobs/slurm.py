"""Slurm: where PLAYGROUND_LAUNCH begins with `sbatch`, a run's worker is a job of a cluster.

    PLAYGROUND_LAUNCH="sbatch --partition=gpu --gres=gpu:1 --time=4:00:00"

What stands after `--` is put before the worker's command within the job ("sbatch --nodes=2 -- srun torchrun ...").
Slurm's own commands do all of it: a run is a command that goes on from its folder, so nothing has to be pickled, and
the folder says the rest. slurm.json in it is what the cluster said last; whoever looks at the runs asks again.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from core.jobs.errors import JobError
from core.jobs.files import to_json, write_json
from core.jobs.run import Run, root
from core.jobs.slurm_job import GOES_ON, SlurmJob
from core.jobs.state import Status
from core.store import disk

ASK_EVERY = 5.0  # seconds between questions to the cluster, of all who share the folder
RETRY_EVERY = 30.0  # seconds between attempts to submit to a cluster that does not answer
PATIENCE = 60.0  # seconds that a command of Slurm's may take
WARNING = 90  # seconds before its time limit at which a job is told that it comes: to save, and to be submitted again
WARNING_SIGNAL = getattr(signal, "SIGUSR1", None)  # Windows has none, and no Slurm
JOB = "SLURM_JOB_ID"  # what Slurm tells the processes of a job


class Unreachable(JobError):
    """The cluster does not answer; it may do so later."""


def options() -> tuple[list[str], list[str]] | None:
    """The options of sbatch in PLAYGROUND_LAUNCH, and what goes before the worker's command; None where it does not
    begin with sbatch."""
    words = shlex.split(os.environ.get("PLAYGROUND_LAUNCH", ""))
    if not words or Path(words[0]).name != "sbatch":
        return None
    cut = words.index("--") if "--" in words else len(words)
    return words[:cut], words[cut + 1 :]


def is_used() -> bool:
    """Whether workers are jobs of a cluster."""
    return options() is not None


def is_in_job() -> bool:
    """Whether this process belongs to a job of a cluster."""
    return JOB in os.environ and WARNING_SIGNAL is not None


def can_submit() -> bool:
    """Whether there is a way into the cluster from here: a job may run where there is no sbatch."""
    command = options()
    return command is None or JOB not in os.environ or shutil.which(command[0][0]) is not None


def submit(run: Run, command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Submit a job that executes `command` in `folder`, and note it.

    Raises `OSError` where there is no sbatch, `Unreachable`, and `JobError` where Slurm refuses it.
    """
    (sbatch, *given), before = options()
    # where something stands before the worker, that would get the signal in its place
    warned = [] if before else [f"--signal=B:USR1@{WARNING}"]
    log = str(run.folder.resolve() / "log.txt").replace("%", "%%")
    ours = ["--parsable", f"--job-name={run.id}", f"--output={log}", "--open-mode=append", f"--chdir={folder}"]
    asked = [sbatch, *ours, "--requeue", "--export=ALL", *warned, *given]
    # what this process was told as a job, or one of several, or as the operator's server is nothing to the new one
    others = ("SLURM_", "SRUN_", "TORCHELASTIC_", "PLAYGROUND_TOKEN")
    own = {k: v for k, v in environment.items() if k == "SLURM_CONF" or not k.startswith(others)}
    script = (
        "#!/bin/sh\n"
        "trap '' USR1\n"  # a warning before there is anything to save ends nothing; what is executed takes that over
        f'export OMP_NUM_THREADS="${{OMP_NUM_THREADS:-${{SLURM_CPUS_PER_TASK:-1}}}}"\n'
        f"exec {shlex.join([*before, *command])}\n"
    )
    (run.folder / "worker.json").unlink(missing_ok=True)  # of a worker that was killed
    answer = _call(asked, script, own)
    status, last = run.written_status(), run.slurm_job()
    number = answer.strip().partition(";")[0]
    _note(run, SlurmJob(number, "PENDING", step=status.step, elapsed=last.elapsed if last.id else status.elapsed))


def cancel(run: Run) -> None:
    """Cancel the run's job; one that is at work saves its state first. Raises `JobError`."""
    job = run.slurm_job()
    try:
        _call(["scancel", job.id])
    except OSError as error:
        raise JobError(f"{run.id}: job {job.id} cannot be cancelled from here ({error})") from error


def hours_worked(run: Run) -> float:
    """Hours that jobs have trained the run since somebody last asked for it."""
    job = run.slurm_job()
    return max(0.0, run.written_status().elapsed - job.elapsed) / 3600 if job.id else 0.0


def forget(run: Run) -> None:
    """No job works on the run any more: somebody has asked anew, or another process works on it."""
    (run.folder / "slurm.json").unlink(missing_ok=True)


def note_own_job(run: Run) -> None:
    """Called by a worker: its job is at work; a job of an earlier worker is none of the run's any more."""
    job = run.slurm_job()
    if job.id and job.id == os.environ.get(JOB):
        _note(run, replace(job, state="RUNNING", reason="", node=os.environ.get("SLURMD_NODENAME", "")))
    elif job.id:
        forget(run)


def watch(runs: list[Run]) -> None:
    """Ask the cluster about the jobs of these runs and note what it says, at most every ASK_EVERY seconds in all. A job
    that is over without its run's fault is put back into the queue."""
    jobs = {job.id: run for run in runs if (job := run.slurm_job()).is_active()}
    stamp = root() / ".slurm-asked"
    if not jobs or disk.seconds_since_written(stamp) < ASK_EVERY:
        return
    disk.write_atomically(stamp, "")
    try:
        listed = _call(["squeue", "--noheader", "--states=all", "--format=%i|%T|%r|%N", f"--jobs={','.join(jobs)}"])
    except (OSError, Unreachable):  # this is no machine of the cluster, or it rests: heartbeats have to do
        return
    except JobError as error:
        if "Invalid job id" not in str(error):
            return
        listed = ""
    said = dict.fromkeys(jobs, ("UNKNOWN", "", ""))
    for line in listed.splitlines():
        number, *parts = line.strip().split("|")
        if number in said and len(parts) == 3:
            said[number] = tuple(parts)
    for number, (state, reason, node) in said.items():
        _hear(jobs[number], number, state, reason, node)


def was_unreachable(run: Run) -> bool:
    """Whether the cluster has not taken this run, just now."""
    status = run.written_status()
    return status.state == "queued" and bool(status.message) and time.time() - status.written_at < RETRY_EVERY


def requeue(run: Run) -> None:
    """Put a run whose job is over back into the queue, first of all, where the job took it a step further; else say
    why not."""
    job, status = run.slurm_job(), run.written_status()
    if run.control().desired_state != "run":
        return
    if run.kind == "train" and status.step > job.step:
        run.send(queued=True, order=-time.time())
    else:
        problem = "No step was done within the job's time limit: ask Slurm for a longer one."
        run.write_status(replace(status, state="interrupted", message=problem, phase=None))


def _hear(run: Run, number: str, state: str, reason: str, node: str) -> None:
    """Note what the cluster says of the run's job, and what follows from it."""
    before = run.slurm_job()
    job = replace(before, state=state, reason=reason, node=node)
    if before.id != number or job == before:
        return
    status = run.written_status()
    if job.is_pending() and not before.is_pending():  # Slurm has put it back into its queue: its node was wanted
        run.write_status(replace(status, state="starting", message="", phase=None))
        (run.folder / "worker.json").unlink(missing_ok=True)
    _note(run, job)
    if job.has_ended():
        _end(run, job, status)


def _end(run: Run, job: SlurmJob, status: Status) -> None:
    """Let a run whose job is over go on where that is no fault of its own; it says itself where it ended as asked."""
    control = run.control()
    ended = status.state in ("finished", "failed") or (status.state == "stopped" and bool(status.message))
    if control.queued or control.desired_state != "run" or ended:
        return
    if status.state == "stopped":  # it has saved its state when Slurm ended the job
        run.write_status(replace(status, state="interrupted"))
    if job.state == "TIMEOUT":
        requeue(run)
    elif job.state in GOES_ON:
        run.send(queued=True, order=-time.time())


def _note(run: Run, job: SlurmJob) -> None:
    write_json(run.folder / "slurm.json", to_json(job))


def _call(command: list[str], given: str = "", environment: dict[str, str] | None = None) -> str:
    """What a command of Slurm's prints. Raises `OSError`, `Unreachable`, `JobError`."""
    try:
        done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"Slurm does not answer ({Path(command[0]).name} took {PATIENCE:.0f} s).") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:500] or f"exit status {done.returncode}"
        if "Unable to contact" in said or "Connection refused" in said or "Socket timed out" in said:
            raise Unreachable(f"Slurm does not answer ({said}).")
        raise JobError(f"Slurm refused ({said}).")
    return done.stdout
