"""Workers on other machines, in other containers, in a cluster: whether they live, and what is said of them."""

import dataclasses
import os
import socket
import time
from pathlib import Path

import psutil
import pytest

from core import jobs
from core.jobs import JobError, Run, Status, files, process, requests, scheduler, slurm
from core.jobs.run import LOST_AFTER
from core.jobs.slurm_job import ENDED, PENDING, SlurmJob
from core.jobs.state import WorkerProcess
from core.store import disk

PRESET = {"name": "tiny", "title": "", "family": "rbm", "dataset": "digits", "view": "as-is", "model": {}, "train": {}}


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "root"))
    monkeypatch.delenv("PLAYGROUND_LAUNCH", raising=False)
    monkeypatch.delenv(slurm.JOB, raising=False)
    monkeypatch.setattr(slurm, "ASK_EVERY", 0.0)
    return tmp_path / "root"


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Let Slurm's commands be shell scripts, which note how they were called: `commands(squeue="echo ...")`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("PLAYGROUND_LAUNCH", "sbatch --time=60")

    def write(**bodies: str) -> Path:
        for name, body in ({"sbatch": "cat >> $0.script; echo 7", "squeue": "", "scancel": ""} | bodies).items():
            (folder / name).write_text(f'#!/bin/sh\necho "$@" >> $0.calls\n{body}\n')
            (folder / name).chmod(0o755)
        return folder

    return write


def a_run(name: str = "tiny-00000001", queued: bool = False, job: SlurmJob | None = None, **status) -> Run:
    folder = jobs.root() / name
    folder.mkdir(parents=True)
    request = {"kind": "train", "device": "cpu", "asked": 1.0, "title": name, "preset": PRESET}
    files.write_json(folder / "request.json", request)
    run = jobs.get_run(name)
    run.send(queued=queued)
    run.write_status(Status(**status))
    if job is not None:
        files.write_json(folder / "slurm.json", files.to_json(job))
    return run


def works_on(run: Run, **changes) -> None:
    files.write_json(
        run.folder / "worker.json",
        dataclasses.asdict(dataclasses.replace(WorkerProcess.on_this_host(os.getpid()), **changes)),
    )


# -- other machines and containers ----------------------------------------------------------------


@pytest.mark.fault(
    "Two containers have the same name, or the same process numbers", "each is known by its heartbeat to the other"
)
def test_a_process_of_another_container_is_not_looked_for_here(root):
    run = a_run(state="running", step=3)
    gone = next(pid for pid in range(2**22, 2**22 + 9) if not psutil.pid_exists(pid))
    works_on(run, pid=gone)
    assert not run.is_alive()
    works_on(run, pid=gone, space="another start pid:[1]")
    assert run.worker().host == socket.gethostname() and run.is_alive(), "it lives there, whatever is here"
    works_on(run, space="another start pid:[1]")
    assert not run.worker().is_this_process(), "a process of the same number"
    past = time.time() - LOST_AFTER - 1
    os.utime(run.folder / "worker.json", (past, past))
    assert not run.is_alive()
    works_on(run, space="")
    assert run.is_alive(), "as earlier versions wrote it"


@pytest.mark.fault("A file server's clock is an hour off", "heartbeats are judged by its clock alone")
def test_heartbeats_are_judged_by_the_clock_of_their_disk(root, monkeypatch):
    run = a_run(state="running", step=3)
    works_on(run, host="another-machine")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    disk._clocks.clear()
    assert run.is_alive() and abs(disk.disk_time(run.folder) - real()) < 60
    past = real() - LOST_AFTER - 1
    os.utime(run.folder / "worker.json", (past, past))
    assert not run.is_alive()
    assert disk.seconds_since_written(run.folder / "nothing") == float("inf")
    assert abs(disk.disk_time(run.folder / "nothing") - time.time()) < 60, "where there is none, this machine's"


def test_no_two_processes_write_into_the_same_temporary_file(tmp_path):
    mine = disk.temporary_path(tmp_path / "model", ".upload")
    assert str(os.getpid()) in mine.name and disk._mark in mine.name and mine.parent == tmp_path
    left = tmp_path / f".model.{2**22 + 5}.0123abcd.old"
    left.touch()
    os.utime(left, (1.0, 1.0))
    mine.touch()
    os.utime(mine, (1.0, 1.0))
    disk.sweep_leftovers(tmp_path, "model")
    assert not left.exists() and mine.exists()


# -- a cluster's words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "written", "state", "words"),
    [
        (SlurmJob("7", "PENDING", "Resources"), "starting", "queued", "Slurm's queue as job 7: for free nodes."),
        (SlurmJob("7", "PENDING", "None"), "starting", "queued", "Slurm's queue as job 7: for its turn."),
        (SlurmJob("7", "PENDING", "QOSMaxCpuPerUserLimit"), "running", "queued", "job 7: QOSMaxCpuPerUserLimit."),
        (SlurmJob("7", "RUNNING", node="n1"), "starting", "starting", ""),
        (SlurmJob("7", "CONFIGURING"), "starting", "starting", ""),
        (SlurmJob("7", "RUNNING"), "stopped", "stopped", ""),
        (
            SlurmJob("7", "SUSPENDED"),
            "running",
            "running",
            "Suspended by Slurm (job 7) while another job has its place.",
        ),
        (
            SlurmJob("7", "TIMEOUT"),
            "running",
            "interrupted",
            "reached its time limit at epoch 2.0 of 9 (Slurm job 7, T",
        ),
        (SlurmJob("7", "OUT_OF_MEMORY"), "running", "interrupted", "more memory than it had asked for at epoch 2.0 of"),
        (SlurmJob("7", "NODE_FAIL"), "evaluating", "interrupted", "The node failed at epoch 2.0 of 9 (Slurm job 7, NO"),
        (SlurmJob("7", "CANCELLED"), "finished", "finished", ""),
        (SlurmJob("7", "FAILED"), "starting", "interrupted", "ended before training began: no such partition"),
        (SlurmJob(), "running", "interrupted", "The process ended unexpectedly at epoch 2.0 of 9"),
    ],
)
def test_what_the_cluster_says_is_said_in_words(job, written, state, words):
    run = a_run(job=job, state=written, step=3, epoch=2.0, total_epochs=9)
    (run.folder / "log.txt").write_text("error: no such partition\n")
    status = run.status()
    assert (status.state, words in status.message) == (state, True), status
    assert (status.message == "") is (words == "")
    assert job.is_active() is (bool(job.id) and job.state not in ENDED)


def test_the_cluster_knows_better_than_a_heartbeat():
    run = a_run(job=SlurmJob("7", "RUNNING"), state="running", step=3)
    works_on(run, host="node-1")
    assert run.is_alive()
    for state, alive in (("FAILED", False), ("PENDING", False), ("SUSPENDED", True), ("RUNNING", True)):
        slurm._note(run, SlurmJob("7", state))
        assert run.is_alive() is alive, state
    past = time.time() - LOST_AFTER - 1
    os.utime(run.folder / "worker.json", (past, past))
    assert not run.is_alive(), "nobody may have asked the cluster since"
    slurm._note(run, SlurmJob("7", "SUSPENDED"))
    assert run.is_alive(), "it is stopped, and so is its heart"


# -- what is asked of the cluster -----------------------------------------------------------------


def test_a_run_is_submitted_as_its_command(commands, monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_TOKEN", "correct horse battery")
    monkeypatch.setenv("SLURM_MEM_PER_CPU", "1")  # of a job that this process belongs to
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    folder = commands(sbatch='cat > $0.script; env > $0.env; echo "12;cluster"')
    run = a_run(queued=True)
    jobs.start_queued()
    assert run.slurm_job() == SlurmJob("12", "PENDING") and not run.control().queued
    called = (folder / "sbatch.calls").read_text().split()
    assert f"--job-name={run.id}" in called and f"--output={run.folder.resolve()}/log.txt" in called
    assert called[-2:] == ["--signal=B:USR1@90", "--time=60"], "what is set comes last, and holds"
    script = (folder / "sbatch.script").read_text()
    assert script.startswith("#!/bin/sh\n") and script.endswith(f" -m core train --run {run.id}\n")
    given = dict(line.split("=", 1) for line in (folder / "sbatch.env").read_text().splitlines() if "=" in line)
    assert not {"PLAYGROUND_TOKEN", "SLURM_MEM_PER_CPU", "OMP_NUM_THREADS"} & given.keys()
    assert given["PLAYGROUND_CHECKPOINTS"] == str(jobs.root().parent.resolve())
    assert requests._resolve("cuda") == "cuda", "the node decides whether it has one"


def test_many_runs_wait_in_the_cluster_and_count_as_waiting(commands, monkeypatch):
    commands(squeue='for i in 1 2 3; do echo "$i|PENDING|Priority|"; done', sbatch="wc -l < $0.calls")
    monkeypatch.setenv("PLAYGROUND_WAITING", "3")
    for i in range(2):
        a_run(f"tiny-{i:08}", queued=True)
    jobs.start_queued()
    assert [run.status().state for run in jobs.list_runs()] == ["queued"] * 2 and not jobs.queued_runs()
    scheduler.check_queue_limit()
    a_run("tiny-00000009", queued=True)
    with pytest.raises(jobs.QueueFull, match="3 runs"):
        scheduler.check_queue_limit()
    monkeypatch.setenv("PLAYGROUND_PARALLEL", "2")
    jobs.start_queued()
    assert [run.id for run in jobs.queued_runs()] == ["tiny-00000009"], "no more at once than is set"


def test_one_question_is_asked_for_all_and_not_too_often(commands, monkeypatch):
    folder = commands(squeue="printf '7|RUNNING|None|n1\\n8|PENDING|Priority|\\n'")
    first, second = a_run("a-1", job=SlurmJob("7", "PENDING")), a_run("b-1", job=SlurmJob("8", "PENDING"))
    a_run("c-1", job=SlurmJob("6", "COMPLETED"), state="finished")
    monkeypatch.setattr(slurm, "ASK_EVERY", 60.0)
    jobs.start_queued()
    jobs.start_queued()
    (call,) = (folder / "squeue.calls").read_text().splitlines()
    assert sorted(call.partition("--jobs=")[2].split(",")) == ["7", "8"]
    assert first.slurm_job() == SlurmJob("7", "RUNNING", "None", "n1")
    assert second.status().message.endswith("job 8: behind jobs of higher priority.")


@pytest.mark.parametrize("state", PENDING)
def test_what_waits_in_the_cluster_can_be_given_up(commands, state):
    folder = commands(squeue=f"printf '7|{state}||\\n8|{state}||\\n'")
    run = a_run(job=SlurmJob("7", state), state="starting")
    assert jobs.resume(run).status().state == "queued" and run.slurm_job().id == "7", "it is on its way"
    with pytest.raises(JobError, match="is queued: it cannot pause"):
        jobs.stop(run, "pause")
    jobs.stop(run)
    assert run.status().state == "stopped" and not run.slurm_job().id
    other = a_run("other-1", job=SlurmJob("8", state), state="starting")
    jobs.delete(other)
    assert (folder / "scancel.calls").read_text().split() == ["7", "8"] and not other.folder.exists()


def test_what_cannot_be_cancelled_from_here_stays(commands, monkeypatch):
    folder = commands(squeue="echo '7|PENDING||'")
    (folder / "scancel").unlink()
    monkeypatch.setenv("PATH", str(folder))
    run = a_run(job=SlurmJob("7", "PENDING"), state="starting")
    for ask in (jobs.stop, jobs.delete, jobs.clear):
        with pytest.raises(JobError, match="job 7 cannot be cancelled from here"):
            ask(run)
    assert run.status().state == "queued"


@pytest.mark.parametrize(
    ("said", "written", "wanted", "state"),
    [
        ("TIMEOUT", {"state": "running", "step": 9}, "run", "queued"),
        ("TIMEOUT", {"state": "stopped", "step": 9}, "run", "queued"),  # it saved its state in time
        ("TIMEOUT", {"state": "running", "step": 5}, "run", "interrupted"),  # it would never get further
        ("TIMEOUT", {"state": "stopped", "step": 9}, "stop", "stopped"),
        ("PREEMPTED", {"state": "starting", "step": 5}, "run", "queued"),
        ("NODE_FAIL", {"state": "running", "step": 9}, "run", "queued"),
        ("FAILED", {"state": "running", "step": 9}, "run", "interrupted"),
        ("CANCELLED", {"state": "stopped", "step": 9}, "run", "interrupted"),
        ("COMPLETED", {"state": "finished", "step": 9}, "run", "finished"),
        ("FAILED", {"state": "failed", "step": 9, "message": "Too large."}, "run", "failed"),
    ],
)
def test_a_run_goes_on_where_its_job_ended_without_its_fault(commands, said, written, wanted, state):
    commands(squeue=f"echo '7|{said}|None|n1'", sbatch="echo 8")
    run = a_run(job=SlurmJob("7", "RUNNING", step=5), **written)
    run.send(desired_state=wanted)
    jobs.start_queued()
    assert run.status().state == state, run.status()
    assert run.slurm_job().id == ("8" if state == "queued" else "7")
    if state == "interrupted":
        assert "Slurm" in run.status().message


def test_hours_are_counted_over_all_jobs_since_somebody_asked(commands):
    commands(squeue="echo '7|PREEMPTED|None|n1'", sbatch="echo 8")
    run = a_run(job=SlurmJob("7", "RUNNING", elapsed=1_000.0), state="running", step=9, elapsed=4_600.0)
    assert slurm.hours_worked(run) == 1.0
    jobs.start_queued()
    assert run.slurm_job() == SlurmJob("8", "PENDING", step=9, elapsed=1_000.0) and slurm.hours_worked(run) == 1.0
    jobs.stop(run)
    jobs.resume(run)
    assert slurm.hours_worked(run) == 0.0, "whoever resumes it grants as many again"


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        ("echo 'sbatch: error: invalid partition' >&2; exit 1", "failed", "Slurm refused (sbatch: error: invalid part"),
        ("echo 'Unable to contact slurm controller' >&2; exit 1", "queued", "Slurm does not answer (Unable to contac"),
        ("exec sleep 60", "queued", "Slurm does not answer (sbatch took"),
    ],
)
def test_what_the_cluster_does_not_take_is_said(commands, monkeypatch, body, state, words):
    folder = commands(sbatch=body)
    monkeypatch.setattr(slurm, "PATIENCE", 0.5)
    run = a_run(queued=True)
    jobs.start_queued()
    jobs.start_queued()
    assert run.status().state == state and run.status().message.startswith(words)
    assert len((folder / "sbatch.calls").read_text().splitlines()) == 1, "it is not asked at every look"
    commands()
    monkeypatch.setattr(slurm, "RETRY_EVERY", 0.0)
    jobs.resume(run)
    assert run.slurm_job().id == "7"


def test_where_there_is_no_sbatch(commands, monkeypatch):
    folder = commands()
    (folder / "sbatch").unlink()
    monkeypatch.setenv("PATH", str(folder))
    run = a_run(queued=True)
    monkeypatch.setenv(slurm.JOB, "5")  # a node of the cluster from which nothing can be submitted
    jobs.start_queued()
    assert run.control().queued
    monkeypatch.delenv(slurm.JOB)
    jobs.start_queued()
    assert run.status().state == "failed" and "could not be started" in run.status().message


@pytest.mark.parametrize("number", ["--user=root", "7 8", "", "٧", 7])
def test_only_a_number_is_a_job(number):
    run = a_run(state="running")
    files.write_json(run.folder / "slurm.json", {"id": number, "state": "PENDING"})
    assert run.slurm_job() == SlurmJob() and run.status().state == "interrupted"


def test_a_worker_knows_its_own_job(monkeypatch):
    run = a_run(job=SlurmJob("7", "PENDING"), state="starting")
    monkeypatch.setenv(slurm.JOB, "7")
    monkeypatch.setenv("SLURMD_NODENAME", "n1")
    with process.working_on(run):
        assert run.slurm_job() == SlurmJob("7", "RUNNING", node="n1") and run.is_alive()
    monkeypatch.setenv(slurm.JOB, "8")
    with process.working_on(run):
        assert not (run.folder / "slurm.json").exists(), "another job's, or somebody's by hand"


def test_what_stands_after_two_dashes_goes_before_the_worker(monkeypatch):
    for launch, found in (
        ("", None),
        ("srun -n 1", None),
        ("/opt/slurm/bin/sbatch -p gpu", (["/opt/slurm/bin/sbatch", "-p", "gpu"], [])),
        ("sbatch -N 2 -- srun torchrun --no-python", (["sbatch", "-N", "2"], ["srun", "torchrun", "--no-python"])),
    ):
        monkeypatch.setenv("PLAYGROUND_LAUNCH", launch)
        assert slurm.options() == found and slurm.is_used() is (found is not None)
