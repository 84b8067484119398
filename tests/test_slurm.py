"""Runs as jobs of a real Slurm on this machine: submitted, watched, killed, preempted, cancelled, and going on."""

import json
import os
import shlex
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from core import jobs
from core.cli import main
from core.jobs import JobError, Run, files, slurm
from core.jobs.slurm_job import SlurmJob
from core.store import checkpoints
from tests import slurm_cluster

pytestmark = [
    pytest.mark.worker,
    pytest.mark.skipif(
        bool(slurm_cluster.missing()) and "REQUIRE_SLURM" not in os.environ, reason=slurm_cluster.missing() or "it is"
    ),
]
SHIPPED = sorted(Path(__file__).parents[1].glob("checkpoints/*/run.json"))


def submit(preset: str = "bars-rbm") -> Run:
    """A training as a shipped model had it (some seconds), submitted to the cluster."""
    (made,) = (f for f in SHIPPED if json.loads(f.read_text())["preset"]["name"] == preset)
    folder = jobs.root() / made.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    asked = {"kind": "train", "device": "auto", "asked": time.time(), "title": preset}
    files.write_json(folder / "request.json", asked | {"preset": json.loads(made.read_text())["preset"]})
    run = jobs.get_run(folder.name)
    run.send(queued=False)
    return jobs.resume(run)


def goes_on(run: Run, reached: int) -> None:
    """Wait until it is further than that, from where it was: no epoch is missing, none comes twice."""
    becomes(run, "starting", "running", "paused", "evaluating", "finished")
    until(lambda: run.status().step > reached)
    jobs.stop(run)
    until(lambda: run.status().state in ("stopped", "finished"))
    assert [line["epoch"] for line in run.history()] == list(range(1, len(run.history()) + 1))
    until(lambda: run.slurm_job().has_ended())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with slurm_cluster.cluster(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture
def root(cluster, tmp_path, monkeypatch):
    """A folder of its own, whose workers are jobs of the cluster; no job is left when the test is over."""
    for name, value in cluster.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "root"))
    monkeypatch.setenv("PLAYGROUND_LAUNCH", "sbatch --partition=usual --time=30")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(slurm, "ASK_EVERY", 0.2)
    yield tmp_path / "root"
    for run in jobs.list_runs():
        run.send(queued=False, desired_state="stop")
    subprocess.run(["scancel", "--signal=KILL", "--full", "--quiet", "--state=RUNNING", f"--user={os.getuid()}"])
    subprocess.run(["scancel", "--quiet", f"--user={os.getuid()}"])
    until(lambda: not squeue())


def squeue(*options: str) -> str:
    return subprocess.run(["squeue", "--noheader", *options], capture_output=True, text=True).stdout.strip()


def until(holds, seconds: float = 600.0):
    """Wait until `holds()`, looking at the runs meanwhile; their logs say why it did not come to that."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            told = [f"{r.id} {r.status()} {r.slurm_job()}\n" + "\n".join(r.log()) for r in jobs.list_runs()]
            raise AssertionError("waited in vain:\n" + "\n".join([*told, squeue("--states=all")]))
        time.sleep(0.1)
        jobs.start_queued()
    return found


def becomes(run: Run, *states: str) -> None:
    until(lambda: run.status().state in states)


def begun(run: Run) -> None:
    """Wait until it trains and a state is saved; then it is paused, so that no test is too slow for it."""
    becomes(run, "starting", "running", "paused")
    jobs.stop(run, "pause")
    becomes(run, "paused")
    assert (run.folder / "state.safetensors").exists()


def test_a_run_waits_in_the_cluster_trains_there_and_makes_a_checkpoint(root, capsys):
    first, second = submit(), submit("digits-made-17")
    begun(first)
    assert first.worker().pid and first.slurm_job().state == "RUNNING" and first.slurm_job().node
    assert squeue("--format=%j", "--state=RUNNING") == first.id, "jobs are called as runs are"
    until(lambda: second.status().message.endswith("for free nodes."))
    assert second.status().state == "queued" and not second.control().queued and not second.is_alive()
    assert second.status().message == f"Waiting in Slurm's queue as job {second.slurm_job().id}: for free nodes."
    assert main(["runs"]) == 0 and f"job {second.slurm_job().id}: for free nodes" in capsys.readouterr().out
    assert jobs.resume(second).status().state == "queued" and len(squeue().splitlines()) == 2, "asked twice, one job"
    with pytest.raises(JobError, match="is queued: it cannot finish"):
        jobs.stop(second, "finish")
    assert main(["runs", "--stop", second.id]) == 0
    assert second.status().state == "stopped" and not second.slurm_job().id
    assert squeue("--format=%j") == first.id
    jobs.resume(first)
    becomes(first, "finished")
    made = checkpoints.load(first.status().checkpoint)
    assert made.name == first.id and made.manifest.scores and len(first.history()) == first.status().total_epochs


@pytest.mark.fault(
    "A worker is killed on a node of a cluster",
    "the run says so in the cluster's words; Resume submits a job that goes on",
)
def test_a_killed_job_is_interrupted_and_goes_on(root):
    run = submit()
    begun(run)
    job, reached = run.slurm_job().id, run.status().step
    psutil.Process(run.worker().pid).kill()
    becomes(run, "interrupted")
    until(lambda: run.slurm_job().has_ended())
    assert run.status().message.startswith("The worker was killed or failed at epoch ")
    assert run.status().message.endswith(f" (Slurm job {job}, FAILED).") and not run.control().queued
    jobs.resume(run)
    assert run.slurm_job().id not in ("", job)
    goes_on(run, reached)


@pytest.mark.fault("A cluster preempts the job of a run", "its state is saved, and it goes on when there is room again")
def test_a_preempted_job_goes_on_by_itself(root):
    run = submit()
    begun(run)
    jobs.resume(run)
    becomes(run, "running")
    job = run.slurm_job().id
    urgent = ["sbatch", "--partition=urgent", "--parsable", "--output=/dev/null", "--wrap=sleep 600"]
    other = subprocess.run(urgent, capture_output=True, text=True, check=True).stdout.strip()
    becomes(run, "queued")
    assert run.slurm_job().id == job and run.status().message.startswith(f"Waiting in Slurm's queue as job {job}: ")
    reached = run.status().step
    assert 0 < reached < run.status().total_steps
    subprocess.run(["scancel", other], check=True)
    subprocess.run(["scontrol", "update", f"JobId={job}", "StartTime=now"], check=True)  # Slurm would wait two minutes
    until(lambda: run.slurm_job().state == "RUNNING")
    assert run.slurm_job().id == job
    goes_on(run, reached)


@pytest.mark.fault("The job of a run reaches its time limit", "it saves its state and submits itself again")
def test_a_job_that_is_warned_of_its_time_limit_submits_itself_again(root):
    run = submit()
    begun(run)
    jobs.resume(run)
    becomes(run, "running")
    job = run.slurm_job().id
    subprocess.run(["scancel", "--batch", "--signal=USR1", job], check=True)  # as Slurm does it before the limit
    deadline = time.monotonic() + 600
    while run.slurm_job().id == job:  # with nobody looking
        assert time.monotonic() < deadline, run.status()
        time.sleep(0.1)
    goes_on(run, run.slurm_job().step)


def test_a_cancelled_job_keeps_its_state_and_says_who_ended_it(root):
    run = submit()
    begun(run)
    job, reached = run.slurm_job().id, run.status().step
    jobs.resume(run)
    becomes(run, "running")
    subprocess.run(["scancel", "--full", job], check=True)  # by hand
    until(lambda: run.slurm_job().has_ended())
    assert run.status().state == "interrupted" and run.status().step >= reached
    assert "cancelled in Slurm" in run.status().message and f"(Slurm job {job}, CANCELLED)." in run.status().message
    assert not run.control().queued, "whoever cancelled it wanted it to end"
    jobs.delete(run)
    assert not run.folder.exists()


def test_a_run_is_stopped_from_here_wherever_it_works(root):
    run = submit()
    begun(run)
    jobs.stop(run)
    becomes(run, "stopped")
    until(lambda: run.slurm_job().has_ended())
    assert run.status().state == "stopped" and run.status().message == "" and not squeue()
    assert run.slurm_job().state == "COMPLETED", "it did what it was asked to"


def test_what_slurm_refuses_is_said_in_its_words(root, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_LAUNCH", "sbatch --partition=nowhere")
    run = submit()
    assert run.status().state == "failed" and "invalid partition specified: nowhere" in run.status().message


@pytest.mark.fault("A cluster does not answer", "runs wait and say so, and are submitted when it does")
def test_a_cluster_that_does_not_answer_is_waited_for(root, cluster, tmp_path, monkeypatch):
    nowhere = tmp_path / "slurm.conf"
    lines = Path(cluster["SLURM_CONF"]).read_text().splitlines()
    nowhere.write_text("\n".join(["SlurmctldPort=1" if x.startswith("SlurmctldPort") else x for x in lines]) + "\n")
    monkeypatch.setenv("SLURM_CONF", str(nowhere))
    monkeypatch.setattr(slurm, "PATIENCE", 2.0)
    run = submit()
    assert run.status().state == "queued" and run.status().message.startswith("Slurm does not answer (")
    monkeypatch.setattr(slurm, "RETRY_EVERY", 0.0)
    monkeypatch.setenv("SLURM_CONF", cluster["SLURM_CONF"])
    until(lambda: run.slurm_job().id)


def test_what_stands_after_two_dashes_goes_before_the_worker(root, tmp_path, monkeypatch):
    script = tmp_path / "before"
    script.write_text(f'#!/bin/sh\necho "$SLURM_JOB_ID $@" > {tmp_path}/seen\nexec "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PLAYGROUND_LAUNCH", f"sbatch --partition=usual -- {shlex.quote(str(script))}")
    run = submit()
    begun(run)
    assert (tmp_path / "seen").read_text().split()[0] == run.slurm_job().id
    assert (tmp_path / "seen").read_text().strip().endswith(f"-m core train --run {run.id}")


def test_a_job_that_slurm_has_forgotten_is_over(root):
    run = submit()
    slurm.cancel(run)
    slurm._note(run, SlurmJob("4000000", "RUNNING"))
    becomes(run, "interrupted")
    assert run.slurm_job().state == "UNKNOWN"
