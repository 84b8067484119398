"""Runs as folders that processes share: real workers that are killed, paused, stopped and told things; the queue."""

import dataclasses
import errno
import hashlib
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import psutil
import pytest

from core import data, jobs, models
from core.cli import main
from core.cli.console import console
from core.config.fields import stored_name
from core.config.presets import FORMAT, Preset
from core.jobs import JobError, Run, Status, files, film, process, scheduler, training_job, worker
from core.jobs.run import LOST_AFTER
from core.jobs.state import ENDED_STATES, State, observed_state
from core.store import checkpoints

REPOSITORY = Path(__file__).parents[1]
QUICK = models.preset("bars-rbm").override({"hidden": "3", "epochs": "20", "chains": "10", "steps": "1"})
LONG = {"hidden": "4", "epochs": "100", "chains": "10", "steps": "1", "momentum": "0.5"}  # some seconds


def long(seed: int = 0) -> Preset:
    return models.preset("digits-rbm").override({**LONG, "seed": str(seed)})


def quick(seed: int = 0) -> Preset:
    return dataclasses.replace(QUICK, seed=seed)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder of its own; whatever still works in it when the test is over is ended."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "root"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as in this process: results are equal for an equal number of threads
    monkeypatch.delenv("PLAYGROUND_LAUNCH", raising=False)
    monkeypatch.delenv("PLAYGROUND_PARALLEL", raising=False)
    monkeypatch.setattr(console, "width", 200)
    yield tmp_path / "root"
    for run in jobs.list_runs():
        run.send(queued=False)
    for run in jobs.list_runs():
        if run.is_alive() and (pid := pid_of(run)) and pid != os.getpid():
            psutil.Process(pid).kill()
    process.reap_workers()


@pytest.fixture
def idle(tmp_path, monkeypatch) -> Path:
    """Workers that only wait to be killed, so that a test of the queue needs no torch; each leaves a line here."""
    script = tmp_path / "idle"
    script.write_text(f'#!/bin/sh\necho "$$ $@" >> {tmp_path}/started\nexec sleep 600\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PLAYGROUND_LAUNCH", str(script))
    (tmp_path / "started").touch()
    return tmp_path / "started"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """`long()`, trained in this process without a break."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        return worker.train(long(), "cpu")


def from_scratch(preset: Preset, folder: Path) -> checkpoints.Checkpoint:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        return worker.train(preset, "cpu")


def until(holds, seconds: float = 300.0):
    """Wait until `holds()`; the logs of the workers say why it did not come to that."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            told = [f"{r.id} {r.status()}\n{_log(r)}" for r in jobs.list_runs()]
            raise AssertionError("waited in vain:\n" + "\n".join(told))
        time.sleep(0.02)
    return found


def _log(run: Run) -> str:
    file = run.folder / "log.txt"
    return file.read_text()[-2000:] if file.exists() else ""


def becomes(run: Run, *states: str) -> None:
    """Wait until the run is in one of these states; it may pass through none that says that something went wrong."""

    def there() -> bool:
        state = run.status().state
        assert state in states or state not in ("failed", "interrupted"), f"{run.status()}\n{_log(run)}"
        return state in states

    until(there)


def pid_of(run: Run) -> int:
    return run.worker().pid


def kill(run: Run) -> None:
    pid = pid_of(run)
    process = psutil.Process(pid)
    process.kill()
    until(lambda: not psutil.pid_exists(pid) or process.status() == psutil.STATUS_ZOMBIE)


def weights(checkpoint: str | checkpoints.Checkpoint) -> bytes:
    folder = checkpoint.folder if isinstance(checkpoint, checkpoints.Checkpoint) else checkpoints.root() / checkpoint
    return (folder / "weights.safetensors").read_bytes()


def waiting() -> list[Run]:
    return jobs.queued_runs("cpu")


def plain_run(name: str = "tiny-00000001", queued: bool = True, asked: float = 1.0, **status) -> Run:
    """A folder as a run leaves it, without any work."""
    folder = jobs.root() / name
    folder.mkdir(parents=True)
    request = {"kind": "train", "device": "cpu", "asked": asked, "title": name, "preset": QUICK.to_json()}
    files.write_json(folder / "request.json", request)
    run = jobs.get_run(name)
    run.send(queued=queued)
    if status:
        run.write_status(Status(**status))
    return run


# -- real workers -------------------------------------------------------------------------------


@pytest.mark.worker
@pytest.mark.fault(
    "The worker is killed in mid-epoch",
    "the run is interrupted and says so; Resume gives the weights of an uninterrupted run, bit for bit",
)
def test_a_killed_worker_is_interrupted_and_goes_on_to_the_same_weights(root, whole):
    run = jobs.submit_training(long(), "cpu")
    assert run.status().state == "starting" and run.is_alive() and pid_of(run) != os.getpid()
    first = pid_of(run)
    assert jobs.submit_training(long(), "cpu") == run and pid_of(run) == first, "asked twice, trained once"
    jobs.stop(run, "pause")  # heard when it has begun
    becomes(run, "paused")
    paused, curve = run.status(), run.curve()
    assert 0 < paused.step < paused.total_steps == 100 * (1437 // 50) and paused.total_epochs == 100
    assert (run.folder / "state.safetensors").exists() and run.picture_epochs()[0] == 0 and curve
    assert pid_of(run) == first and psutil.Process(first).nice() >= 10
    if hasattr(os, "getsid"):
        assert os.getsid(first) == first, "no terminal can end it"
    with pytest.raises(JobError, match="is running"):
        jobs.delete(run)
    with pytest.raises(JobError, match="is running"):
        jobs.clear(run)
    time.sleep(0.5)
    assert run.status() == paused, "no work, no time"
    jobs.resume(run)
    becomes(run, "running")
    kill(run)
    assert run.status().state == "interrupted" and not run.is_alive() and not run.control().queued

    jobs.resume(run)
    assert run.is_alive() and pid_of(run) != first
    becomes(run, "finished")
    assert run.curve()[: len(curve)] == curve, "from the state that was saved, not from the first step"
    assert run.history() == whole.history() == checkpoints.load(whole.name).history()
    assert run.status().checkpoint == run.id == whole.name and weights(run.id) == weights(whole)
    assert not (run.folder / "state.safetensors").exists()
    taken = run.picture_epochs()
    assert (taken[0], taken[-1]) == (0, 100) and len(taken) <= film.MAX_PICTURES + 1
    until(lambda: not run.is_alive())
    assert jobs.submit_training(long(), "cpu").status().state == "finished" and not run.is_alive(), (
        "nothing is left to do"
    )


@pytest.mark.worker
@pytest.mark.fault("No app is open", "workers start the next run when they end")
def test_the_queue_moves_on_with_nobody_looking(root, whole, capsys):
    first, second, third = jobs.submit_training(long(), "cpu"), *(jobs.submit_training(quick(s), "cpu") for s in (1, 2))
    jobs.stop(first, "pause")
    assert [r.status().state for r in (second, third)] == ["queued", "queued"] and waiting() == [second, third]
    becomes(first, "paused")
    assert main(["runs", "--stop", third.id]) == 0 and waiting() == [second]
    assert third.status().state == "stopped"
    assert main(["runs", "--resume", third.id]) == 0 and waiting() == [second, third]
    printed = capsys.readouterr().out
    assert all(word in printed for word in (first.id, second.id, third.id, "paused", "queued", "stopped"))
    jobs.move(third, -1)
    assert waiting() == [third, second]
    jobs.stop(first)

    most = 0

    def all_done() -> bool:  # this only reads
        nonlocal most
        most = max(most, sum(run.is_alive() for run in (first, second, third)))
        return second.status().state == "finished"

    becomes(first, "stopped")
    reached = first.status().step
    assert 0 < reached < first.status().total_steps
    until(third.is_alive)
    jobs.resume(first)
    assert first.status().state == "queued" and waiting() == [second, first]
    until(all_done)
    assert third.status().state == "finished" and most == 1
    becomes(first, "finished")
    assert weights(first.id) == weights(whole)
    assert checkpoints.load(third.id).preset == quick(2)


@pytest.mark.worker
@pytest.mark.fault("The app is killed", "its trainings go on")
def test_a_worker_outlives_who_asked_and_hears_new_learning_rates(root, tmp_path):
    script = tmp_path / "launch"
    # the worker waits for a word: else it could be through before the shell that asked for it has returned
    wait = f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    script.write_text(f'#!/bin/sh\necho "$MARK $@" >> {tmp_path}/launched\n{wait}\nexec "$@"\n')
    script.chmod(0o755)
    environment = {**os.environ, "PLAYGROUND_LAUNCH": f"env MARK=here '{script}'"}
    settings = [f"{k}={v}" for k, v in LONG.items()]
    command = [sys.executable, "-m", "core", "train", "digits-rbm", "--background", "--device", "cpu", "--set"]
    asked = subprocess.run(
        [*command, *settings], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300
    )
    assert asked.returncode == 0, asked.stderr
    (run,) = jobs.list_runs()
    (tmp_path / "go").touch()
    becomes(run, "running")
    jobs.stop(run, "pause")
    assert asked.stdout.startswith(f"{run.id}: ") and run.preset == long()
    assert (tmp_path / "launched").read_text().split() == [
        "here", sys.executable, "-m", "core", "train", "--run", run.id
    ]  # fmt: skip
    becomes(run, "paused")
    run.send(lr=0.01)
    until(lambda: run.control().ack_seq == 1)
    run.send(lr=0.2)  # at the same step: it takes the other's place
    until(lambda: run.control().ack_seq == 2)
    first = run.status().step
    jobs.resume(run)
    becomes(run, "running")
    jobs.stop(run, "pause")
    becomes(run, "paused")
    second = run.status().step
    run.send(lr=0.03)
    jobs.resume(run)
    becomes(run, "finished")

    made = checkpoints.load(run.status().checkpoint)
    (one, two) = made.preset.train.lr_changes
    assert one[1] == 0.2 and two[1] == 0.03 and first <= one[0] < two[0] and second <= two[0]
    assert made.name != run.id and made.name == training_job.checkpoint_folder(made.preset).name
    assert dataclasses.replace(made.preset, train=run.preset.train) == long()
    again = from_scratch(made.preset, tmp_path / "again")
    assert again.name == made.name and weights(again) == weights(made) and again.history() == made.history()


@pytest.mark.worker
def test_two_at_once_one_finished_early_and_one_without_its_data(root, monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_PARALLEL", "2")
    lame = jobs.prepare_training(quick(), "cpu")
    there = lame.request.to_json()
    files.write_json(lame.folder / "request.json", {**there, "preset": {**there["preset"], "dataset": "own-gone"}})
    run = jobs.submit_training(long(), "cpu")
    jobs.stop(run, "pause")
    jobs.resume(lame)
    assert run.is_alive() and lame.is_alive() and not waiting()
    becomes(run, "paused")
    until(lambda: not lame.is_alive())
    status = lame.status()
    assert status.state == "failed" and "own-gone" in status.message
    assert "own-gone" in _log(lame) and "Traceback" not in _log(lame)
    assert main(["runs", "--finish", run.id]) == 0
    files.write_json(lame.folder / "request.json", there)
    assert main(["runs", "--resume", lame.id]) == 0
    becomes(run, "finished")
    until(lambda: lame.status().state == "finished")
    assert lame.status().message == ""

    made = checkpoints.load(run.status().checkpoint)
    assert 0 < made.preset.train.stop < run.status().total_steps and made.name != run.id
    assert weights(from_scratch(made.preset, tmp_path / "again")) == weights(made)
    assert weights(from_scratch(quick(), tmp_path / "again")) == weights(lame.status().checkpoint)


# -- the queue ----------------------------------------------------------------------------------


def test_one_at_a_time_in_the_order_of_asking(root, idle):
    asked = [jobs.submit_training(quick(seed), "cpu") for seed in range(4)]
    assert [r.status().state for r in asked] == ["starting", "queued", "queued", "queued"]
    a, b, c = asked[1:]
    assert waiting() == [a, b, c]
    for run, places, expected in (
        (c, -1, [a, c, b]),
        (c, -1, [c, a, b]),
        (c, -5, [c, a, b]),
        (c, 1, [a, c, b]),
        (a, 9, [c, b, a]),
        (b, 0, [c, b, a]),
    ):
        jobs.move(run, places)
        assert waiting() == expected
    with pytest.raises(JobError, match="only a waiting run"):
        jobs.move(asked[0], 1)
    assert jobs.submit_training(quick(1), "cpu") == a and waiting() == [c, b, a], "asking again changes no place"
    jobs.stop(b)
    jobs.resume(b)
    assert waiting() == [c, a, b]
    with pytest.raises(JobError, match="queued: it cannot finish"):
        jobs.stop(c, "finish")
    kill(asked[0])
    jobs.start_queued()
    assert c.status().state == "starting" and waiting() == [a, b] and asked[0].status().state == "interrupted"


@pytest.mark.parametrize(("parallel", "started"), [("2", 2), ("3", 3), ("0", 1), ("many", 1), ("", 1)])
def test_how_many_work_at_once(parallel, started, root, idle, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_PARALLEL", parallel)
    asked = [jobs.submit_training(quick(seed), "cpu") for seed in range(4)]
    assert [r.is_alive() for r in asked] == [True] * started + [False] * (4 - started)


def test_devices_do_not_wait_for_each_other(root, idle):
    cpu = jobs.submit_training(quick(), "cpu")
    other = jobs.resume(jobs.prepare_training(quick(1), "cuda"))
    last = jobs.resume(jobs.prepare_training(quick(2), "cuda"))
    jobs.start_queued()
    assert cpu.is_alive() and other.is_alive() and jobs.queued_runs() == jobs.queued_runs("cuda") == [last]


def test_what_a_training_starts_from_is_trained_before_it(root, idle, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_PARALLEL", "2")
    second = jobs.submit_training(dataclasses.replace(quick(), name="second", origin="bars-rbm"), "cpu")
    (first,) = (run for run in jobs.list_runs() if run != second)
    assert first.preset == models.preset("bars-rbm") and first.is_alive() and waiting() == [second]
    other = jobs.submit_training(quick(1), "cpu")
    assert other.is_alive() and waiting() == [second], "nobody waits behind one that cannot start"
    kill(other)
    jobs.start_queued()
    assert waiting() == [second]
    (root / first.id).mkdir()
    (root / first.id / "run.json").write_text("{}")
    jobs.start_queued()
    assert second.is_alive() and not waiting()


def test_a_run_says_that_the_one_it_waits_for_failed(root, idle, capsys):
    second = jobs.submit_training(dataclasses.replace(quick(), name="second", origin="bars-rbm"), "cpu")
    (first,) = (run for run in jobs.list_runs() if run != second)
    assert second.status().message == ""
    kill(first)
    assert f"“{first.title}”, which ended before saving them" in second.status().message
    first.write_status(Status(state="failed", message="no memory"))
    first.send(name="The first one")
    assert second.status().state == "queued" and "“The first one”, which failed" in second.status().message
    assert main(["runs"]) == 0 and "which failed" in capsys.readouterr().out
    jobs.resume(first)
    assert first.is_alive() and second.status().message == "", "it is on its way again"
    kill(first)
    jobs.delete(first)
    assert f"{first.id}, which was deleted" in second.status().message
    jobs.stop(second)
    assert second.status().state == "stopped" and second.status().message == ""


ASK = """
import sys, threading
from core import jobs, models
preset = models.preset("bars-rbm").override({"hidden": "3", "epochs": "20", "chains": "10", "steps": "1"})
print("ready", flush=True)
sys.stdin.readline()
def ask():
    for _ in range(5):
        jobs.ask_training(preset, "cpu")
        jobs.start_waiting()
threads = [threading.Thread(target=ask) for _ in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


@pytest.mark.fault("Two apps on one folder ask for the same run at once", "one worker starts")
def test_many_ask_at_once_and_one_worker_starts(root, idle):
    """Three threads in each of two processes, and in this one."""
    command = [sys.executable, "-c", ASK]
    others = [
        subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        assert all(other.stdout.readline() == "ready\n" for other in others)
        for other in others:
            other.stdin.write("go\n")
            other.stdin.flush()
        problems = []

        def ask():
            try:
                for _ in range(5):
                    jobs.submit_training(QUICK, "cpu")
            except Exception as error:  # noqa: BLE001
                problems.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [other.wait(60) for other in others] == [0, 0] and not problems
    finally:
        for other in others:
            other.kill()
            other.communicate()
    (run,) = jobs.list_runs()
    until(lambda: idle.read_text())
    assert len(idle.read_text().splitlines()) == 1 and run.status().state == "starting"
    assert not run.control().queued, "it would be trained once more afterwards"


def test_threads_that_ask_at_any_moment_start_one_worker(root, idle, monkeypatch):
    """Every look and every word takes a while here, so that nearly all orders of events come up."""
    monkeypatch.setenv("PLAYGROUND_PARALLEL", "99")
    chance, status, write = random.Random(0), Run.status, Run.write_status

    def slow(call):
        def later(*given):
            found = call(*given)
            time.sleep(chance.choice((0.0, 0.0, 0.1)))
            return found

        return later

    monkeypatch.setattr(Run, "status", slow(status))
    monkeypatch.setattr(Run, "write_status", slow(write))
    asked = [plain_run(f"tiny-{i}", queued=False, state="stopped") for i in range(6)]
    for run in asked:
        threads = [
            threading.Thread(target=act, args=(run,)[:n]) for n, act in ((1, jobs.resume), (0, jobs.start_queued)) * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert run.is_alive() and not run.control().queued
    until(lambda: len(idle.read_text().splitlines()) >= len(asked))
    assert sorted(line.split()[-1] for line in idle.read_text().splitlines()) == [run.id for run in asked]


def test_words_from_many_sides_are_all_counted(root):
    run = plain_run()
    threads = [threading.Thread(target=lambda i=i: run.send(lr=0.01 * (i + 1), name=f"{i}")) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.control().command_seq == 12 and run.control().lr == pytest.approx(0.01 * (int(run.control().name) + 1))


@pytest.mark.parametrize(
    ("launch", "state", "words"),
    [("/no/such/launcher", "failed", "/no/such/launcher"), ("false", "interrupted", ""), ("true", "interrupted", "")],
)
def test_a_worker_that_cannot_be_started_blocks_nothing(launch, state, words, root, idle, monkeypatch):
    good = os.environ["PLAYGROUND_LAUNCH"]
    monkeypatch.setenv("PLAYGROUND_LAUNCH", launch)
    run = jobs.submit_training(quick(), "cpu")
    until(lambda: run.status().state == state)
    assert words in run.status().message and not run.is_alive() and not waiting()
    monkeypatch.setenv("PLAYGROUND_LAUNCH", good)
    assert jobs.resume(run).is_alive() and run.status().state == "starting" and run.status().message == ""


def test_a_log_keeps_its_end_when_a_worker_starts(root, idle, monkeypatch):
    monkeypatch.setattr(process, "MAX_LOG", 100)
    run = plain_run(queued=False, state="stopped")
    lines = [f"line {i}\n" for i in range(50)]
    (run.folder / "log.txt").write_text("".join(lines))
    jobs.resume(run)
    log = _log(run)
    assert log and "".join(lines).endswith(log) and 90 < len(log) <= 100 and log.startswith("line ")
    kill(run)
    jobs.resume(run)
    assert _log(run) == log, "a short one stays whole"


def test_again_begins_anew_unless_it_is_on_its_way(root, idle):
    run = plain_run(f"{QUICK.name}-{QUICK.key(data.load(QUICK.dataset).fingerprint)}", False, state="finished", step=20)
    (run.folder / "history.jsonl").write_text('{"epoch": 1, "step": 1}\n')
    assert jobs.submit_training(QUICK, "cpu") == run and run.status().state == "finished" and run.history()
    run.send(lr=0.3, name="Mine")
    assert jobs.submit_training(QUICK, "cpu", again=True) == run
    assert run.is_alive() and not run.history() and run.status().step == 0
    control = run.control()
    assert control.lr is None and control.name == run.title == "Mine", "what was said to the other try is forgotten"
    run.write_status(Status(state="running", step=7))
    jobs.submit_training(QUICK, "cpu", again=True)
    assert run.status().step == 7
    kill(run)
    assert run.status().state == "interrupted"
    jobs.submit_training(QUICK, "cpu", again=True)
    assert run.is_alive() and run.status().step == 0


# -- how much may wait --------------------------------------------------------------------------


def test_one_visitor_cannot_fill_the_queue(root, idle, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WAITING_EACH", "2")
    mine, theirs = jobs.visitor_id("10.0.0.1"), jobs.visitor_id("10.0.0.2")
    asked = [jobs.submit_training(quick(seed), "cpu", visitor=mine) for seed in range(3)]
    assert asked[0].is_alive() and waiting() == asked[1:]
    folders = sorted(jobs.root().iterdir())
    with pytest.raises(jobs.QueueFull, match="You already have 2 runs in the queue"):
        jobs.submit_training(quick(3), "cpu", visitor=mine)
    assert sorted(jobs.root().iterdir()) == folders and waiting() == asked[1:], "what is refused leaves nothing"
    assert jobs.submit_training(quick(1), "cpu", visitor=mine) == asked[1], "one that waits is shared"
    other = jobs.submit_training(quick(4), "cpu", visitor=theirs)
    shell = [jobs.submit_training(quick(seed), "cpu") for seed in (5, 6, 7)]
    assert waiting() == [*asked[1:], other, *shell]
    jobs.stop(asked[1])
    last = jobs.submit_training(quick(8), "cpu", visitor=mine)
    with pytest.raises(jobs.QueueFull):
        jobs.resume(asked[1], mine)
    assert asked[1].status().state == "stopped" and waiting() == [asked[2], other, *shell, last]


def test_a_visitor_is_a_network_address():
    here, there = jobs.visitor_id("127.0.0.1"), jobs.visitor_id("10.0.0.1")
    assert here == jobs.visitor_id("::1") != there != jobs.visitor_id("10.0.0.2")
    assert jobs.visitor_id("2001:db8::1") == jobs.visitor_id("2001:db8::ffff:1") != jobs.visitor_id("2001:db8:0:1::1")
    assert jobs.visitor_id("testclient") and "10.0.0.1" not in there


def test_a_run_that_went_before_is_kept_where_the_queue_is_full(root, idle, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WAITING", "1")
    running, waits = (jobs.submit_training(quick(seed), "cpu") for seed in range(2))
    assert running.is_alive() and waiting() == [waits]
    before = plain_run(f"{QUICK.name}-{dataclasses.replace(QUICK, seed=9).key(_fingerprint())}", False, state="stopped")
    (before.folder / "history.jsonl").write_text('{"epoch": 1, "step": 1}\n')
    for again in (False, True):
        with pytest.raises(jobs.QueueFull, match="The queue is full .1 run."):
            jobs.submit_training(quick(9), "cpu", again=again)
        assert before.history() and before.status().state == "stopped"


def _fingerprint() -> str:
    return data.load(QUICK.dataset).fingerprint


@pytest.mark.parametrize("text", ["", "0", "-3", "many", "²", "9" * 5_000])
def test_a_setting_that_is_no_number_leaves_the_usual_one(text, monkeypatch):
    for name in ("PLAYGROUND_WAITING", "PLAYGROUND_WAITING_EACH", "PLAYGROUND_HOURS"):
        monkeypatch.setenv(name, text)
    assert (*jobs.max_queued(), jobs.max_hours()) == (60, 8, 48)


def test_the_shell_is_refused_in_words(root, idle, monkeypatch, capsys):
    monkeypatch.setenv("PLAYGROUND_WAITING", "1")
    for seed in range(2):
        jobs.submit_training(quick(seed), "cpu")
    assert "queue is full" in refused(["train", "bars-rbm", "--background", "--device", "cpu"], capsys)


# -- a disk that is full ------------------------------------------------------------------------


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.fault(
    "The disk is full when a training is asked for", "nothing is changed; what is there can be looked at"
)
def test_on_a_full_disk_nothing_is_changed_and_all_can_be_seen(root, idle, monkeypatch, capsys):
    stopped, done = plain_run("a-1", False, state="stopped", step=3), plain_run("b-2", False, state="finished")
    before = {f: f.read_bytes() for f in jobs.root().rglob("*.json")}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        for work in (
            lambda: jobs.resume(stopped),
            lambda: jobs.submit_training(quick(), "cpu"),
            lambda: jobs.submit_training(quick(), "cpu", again=True),
            lambda: stopped.send(name="Mine"),
            lambda: jobs.delete(done),
            lambda: jobs.clear(done),
        ):
            with pytest.raises(jobs.NotWritten, match="Nothing was changed: the disk .* is full"):
                work()
        jobs.start_queued()
        assert {r.id for r in jobs.list_runs()} >= {"a-1", "b-2"}
        assert "is full" in refused(["runs", "--resume", "a-1"], capsys)
        assert main(["runs"]) == 0
    assert {f: f.read_bytes() for f in jobs.root().rglob("*.json")} == before
    assert jobs.resume(stopped).is_alive()


def test_runs_wait_until_there_is_room(root, idle, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
        run = jobs.submit_training(quick(), "cpu")
        assert (run.status().state, run.status().message) == ("queued", "Waiting for disk space.")
    with monkeypatch.context() as patch:
        patch.setattr(process.subprocess, "Popen", full)
        jobs.start_queued()
        assert run.status().state == "queued"
    jobs.start_queued()
    assert run.is_alive() and run.status().message == ""


@pytest.mark.fault("The disk is full when a worker says how it ended", "it says so, in room that was kept for it")
def test_the_last_word_finds_room_where_there_is_none(root, monkeypatch):
    run, write = plain_run(queued=False, state="running"), Run.write_status

    def written(*arguments):
        if (run.folder / ".reserve").exists():
            full()
        write(*arguments)

    monkeypatch.setattr(Run, "write_status", written)
    with process.working_on(run):
        assert (run.folder / ".reserve").stat().st_size == process.RESERVED_BYTES
        process.write_final_status(run, Status(state="interrupted", message="no room"))
    assert (run.status().state, run.status().message) == ("interrupted", "no room")
    assert not (run.folder / ".reserve").exists()


# -- how it ended -------------------------------------------------------------------------------


def test_a_worker_that_is_killed_is_told_from_one_that_is_lost(root, idle):
    run = jobs.submit_training(quick(), "cpu")
    run.write_status(Status(state="running", epoch=3.2, total_epochs=20))
    kill(run)
    lost = run.status()
    assert lost.state == "interrupted" and "ended unexpectedly at epoch 3.2 of 20" in lost.message
    jobs.start_queued()  # whoever started it knows more
    told = run.status()
    assert told.state == "interrupted" and told.epoch == 3.2
    assert told.message == "The process was killed at epoch 3.2 of 20: by hand, or by the system when memory ran out."
    assert jobs.resume(run).status().message == ""


def test_a_worker_that_ended_before_it_began_says_its_last_line(root, idle):
    run = plain_run(queued=False, state="starting")
    assert run.status().message == "The worker ended before training began."
    (run.folder / "log.txt").write_text("first\nerror: unknown preset 'x'\n\n")
    assert run.status().message == "The worker ended before training began: unknown preset 'x'"


# -- who is alive -------------------------------------------------------------------------------


@pytest.mark.parametrize("written", get_args(State))
def test_the_state_of_a_run_is_its_status_checked_against_process_and_queue(written):
    alive = "starting" if written == "queued" else written  # a worker that has said nothing yet
    assert (
        observed_state(written, queued=True, alive=True) == observed_state(written, queued=False, alive=True) == alive
    )
    assert observed_state(written, queued=True, alive=False) == "queued"
    gone = written if written in ENDED_STATES else "interrupted"
    assert observed_state(written, queued=False, alive=False) == gone


def test_words_that_an_earlier_version_left_are_read(root):
    run = plain_run(queued=False)
    files.write_json(run.folder / "control.json", {"queued": False, "want": "pause", "said": 3, "heard": 2, "lr": 0.1})
    control = run.control()
    assert (control.desired_state, control.command_seq, control.ack_seq, control.lr) == ("pause", 3, 2, 0.1)
    files.write_json(run.folder / "progress.json", {"state": "finished", "left": 7.0, "made": True, "written": 1.0})
    status = run.status()
    assert (status.seconds_left, status.owns_checkpoint, status.written_at) == (7.0, True, 1.0)
    run.send(name="Mine")
    run.write_status(status)
    assert json.loads((run.folder / "control.json").read_text()).items() >= {"want": "pause", "said": 3}.items()
    assert json.loads((run.folder / "progress.json").read_text()).items() >= {"left": 7.0, "made": True}.items()


def test_a_worker_is_known_by_its_process_and_start_time(root):
    run = plain_run(queued=False, state="running", step=3)
    sign = run.folder / "worker.json"
    me = {"pid": os.getpid(), "started": psutil.Process().create_time(), "host": socket.gethostname()}
    for who, alive in (
        (me, True),
        ({**me, "started": me["started"] + 0.9}, True),  # the clock was set
        ({**me, "started": me["started"] - 3600}, False),  # the number was used again
        ({**me, "started": None}, False),
        ({**me, "pid": 2**22 + 5}, False),
        ({**me, "pid": "x"}, False),
        ({"pid": os.getpid()}, False),
        ({}, False),
        ([1], False),
    ):
        files.write_json(sign, who)
        assert run.is_alive() is alive, who
        assert run.status() == dataclasses.replace(run.status(), state="running" if alive else "interrupted", step=3)
    sign.unlink()
    assert not run.is_alive()


@pytest.mark.fault("Another machine's worker is gone", "known by its missing heartbeat after 30 s")
def test_a_worker_elsewhere_is_known_by_its_signs(root):
    run = plain_run(queued=False, state="running", step=3)
    files.write_json(run.folder / "worker.json", {"pid": 1, "started": 1.0, "host": "another-machine"})
    assert run.is_alive() and run.status().state == "running"
    jobs.stop(run)
    assert run.control().desired_state == "stop", "it reads that there"
    lost = time.time() - LOST_AFTER - 1
    os.utime(run.folder / "worker.json", (lost, lost))
    assert not run.is_alive() and run.status().state == "interrupted"


def test_signs_of_life_are_given_and_taken_back(root, monkeypatch):
    monkeypatch.setattr(process, "HEARTBEAT", 0.02)
    run = plain_run(queued=True)
    sign = run.folder / "worker.json"
    with pytest.raises(RuntimeError), process.working_on(run):
        assert run.is_alive() and not run.control().queued and jobs.queued_runs() == []
        os.utime(sign, (1.0, 1.0))
        until(lambda: sign.stat().st_mtime > 1.0)
        raise RuntimeError
    assert not sign.exists() and not run.is_alive()


# -- stop, clear, delete ------------------------------------------------------------------------


def test_what_a_state_does_not_allow_is_refused(root, idle):
    blocker = jobs.submit_training(quick(7), "cpu")
    assert blocker.is_alive()
    done = plain_run("done-1", False, state="finished", step=9)
    broken = plain_run("broken-1", False, state="running", step=9)
    for run, wants in ((done, ("pause", "stop", "finish")), (broken, ("pause", "stop", "finish"))):
        for want in wants:
            with pytest.raises(JobError, match=f"{run.id} is (finished|interrupted): it cannot {want}"):
                jobs.stop(run, want)
    assert jobs.resume(done).status().state == "finished"
    (broken.folder / "state.safetensors").touch()
    jobs.stop(broken, "finish")
    last = jobs.submit_training(quick(8), "cpu")
    assert waiting() == [broken, last] and broken.control().desired_state == "finish", (
        "it takes moments: before all others"
    )
    jobs.stop(last)
    assert last.status().state == "stopped" and waiting() == [broken]


def test_deleted_runs_come_back_with_their_checkpoints(root, capsys):
    made = worker.train(quick(), "cpu")
    run = jobs.get_run(made.name)
    content = weights(made)
    assert main(["runs", "--delete", run.id]) == 0
    assert not made.folder.exists() and not run.folder.exists() and jobs.list_runs() == []
    assert checkpoints.available() == ([], [])
    for word in (run.id, "nothing", "..", "a/b", ".trash"):
        with pytest.raises(JobError, match="unknown run"):
            jobs.get_run(word)
    with pytest.raises(JobError, match="no longer exists"):
        run.send(name="ghost")
    with pytest.raises(JobError, match="no longer exists"):
        jobs.delete(run)  # from another tab
    assert not run.folder.exists()
    assert main(["runs", "--undelete", run.id]) == 0
    assert weights(checkpoints.load(run.id)) == content and jobs.get_run(run.id).status().state == "finished"

    jobs.delete(run)
    worker.train(quick(), "cpu")
    with pytest.raises(JobError, match="restarted since"):
        jobs.undelete(run.id)
    jobs.delete(run)  # takes the other's place in the bin
    jobs.undelete(run.id)
    assert weights(checkpoints.load(run.id)) == content
    for name in ("nothing", "..", "", "../runs", run.id):
        with pytest.raises(JobError):
            jobs.undelete(name)
    jobs.delete(run)
    old = jobs.root() / ".trash" / run.id
    os.utime(old, (1.0, 1.0))
    jobs.delete(plain_run())
    assert not old.exists(), "a day is over"
    with pytest.raises(JobError, match="last day"):
        jobs.undelete(run.id)
    assert capsys.readouterr().err == ""


def test_a_deleted_run_leaves_the_queue(root, idle):
    asked = [jobs.submit_training(quick(seed), "cpu") for seed in range(3)]
    jobs.delete(asked[1])
    assert waiting() == [asked[2]]
    assert not jobs.undelete(asked[1].id).control().queued and waiting() == [asked[2]]
    jobs.resume(asked[1])
    assert waiting() == [asked[2], asked[1]]


def test_clearing_leaves_the_request_and_the_words(root):
    run = plain_run(queued=False, state="failed", step=5, message="gone wrong")
    run.send(name="Mine", pinned=True, lr=0.2)
    for name in ("history.jsonl", "curve.jsonl", "state.safetensors", "log.txt"):
        (run.folder / name).write_text("x")
    (run.folder / "pictures").mkdir()
    jobs.clear(run)
    assert {f.name for f in run.folder.iterdir()} == {"request.json", "control.json", ".control.lock"}
    assert (run.title, run.control().pinned, run.control().lr) == ("Mine", True, None)
    assert run.status().step == 0 and run.history() == [] and run.picture_epochs() == []


def test_pinned_runs_come_first_then_the_newest(root):
    a, b, c = (plain_run(f"tiny-{i}", False, asked=float(i)) for i in (1, 2, 3))
    assert jobs.list_runs() == [c, b, a]
    a.send(pinned=True)
    assert jobs.list_runs() == [a, c, b]


# -- damage -------------------------------------------------------------------------------------

DAMAGE = {
    "empty": b"",
    "cut": b'{"state": "run',
    "list": b"[1, 2]",
    "null": b"null",
    "no text": bytes(range(256)),
    "nothing in it": b"{}",
    "other names": b'{"odd": 1, "queue": true, "host": "x", "pid": 1}',
    "other types": b'{"queued": 3, "order": "x", "said": null, "step": "x", "phase": 3, "pid": {}, "host": 1}',
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("file", ["control.json", "progress.json", "worker.json", "request.json"])
def test_a_damaged_file_stops_no_listing(file, kind, root, idle, capsys):
    run, good = plain_run("hurt-1", False, state="running", step=3), plain_run("good-2", False, state="finished")
    (run.folder / file).write_bytes(DAMAGE[kind])
    listed = [good] if file == "request.json" else [run, good]
    assert sorted(jobs.list_runs(), key=lambda r: r.id) == sorted(listed, key=lambda r: r.id)
    assert main(["runs"]) == 0 and "good-2" in capsys.readouterr().out
    for found in jobs.list_runs():
        status, control = found.status(), found.control()
        assert isinstance(status.step, int) and isinstance(control.order, float | int) and isinstance(found.title, str)
    if file != "request.json":
        run.send(name="Still here")
        assert jobs.get_run("hurt-1").title == "Still here"


REQUESTS = {
    "another": b'{"asked":"x"}',
    "no number": b'{"kind": "train", "device": "cpu", "asked": "x", "title": "x", "preset": {}}',
    "no kind": b'{"kind": ["train"], "device": "cpu", "asked": 1.0, "title": "x"}',
    "unknown kind": b'{"kind": "dance", "device": "cpu", "asked": 1.0, "title": "x"}',
    "no preset": b'{"kind": "train", "device": "cpu", "asked": 1.0, "title": "x"}',
    "odd preset": b'{"kind": "train", "device": "cpu", "asked": 1.0, "title": "x", "preset": {"family": []}}',
    "odd after": b'{"kind": "evaluate", "device": "cpu", "asked": 1, "title": "", "checkpoint": "x", "after": "../"}',
    "infinite": b'{"kind": "evaluate", "device": "cpu", "asked": Infinity, "title": "x", "checkpoint": "x"}',
    "huge": b'{"kind": "evaluate", "device": "cpu", "asked": 1' + b"0" * 400 + b', "title": "x", "checkpoint": "x"}',
    "nested": b"[" * 200_000,
    "long": b" " * (files.MAX_JSON + 1),
    "no text": bytes(range(256)),
    "empty": b"",
    "cut": b'{"kind": "tr',
}  # fmt: skip


@pytest.mark.parametrize("kind", [*REQUESTS, "missing", "a folder"])
@pytest.mark.fault("The request of a run is damaged", "the run is set aside with its reason; the others are listed")
def test_a_damaged_run_is_set_aside_with_its_reason(kind, root, idle, capsys):
    """It stops no other: each is listed, looked at, started and deleted as if it were not there."""
    hurt, good = plain_run("hurt-1", True, asked=1.0), plain_run("good-2", True, asked=2.0)
    request = hurt.folder / "request.json"
    request.unlink()
    if kind == "a folder":
        request.mkdir()
    elif kind == "missing":
        hurt.write_status(Status(state="running"))
    else:
        request.write_bytes(REQUESTS[kind])
    found, (problem,) = jobs.scan_runs()
    assert found == jobs.list_runs() == waiting() == [good]
    assert (
        problem.startswith("hurt-1: this run is damaged, its request.json ")
        and str(root) not in problem
        and len(problem) < 300
    )
    with pytest.raises(JobError, match="hurt-1: this run is damaged"):
        jobs.get_run("hurt-1")
    jobs.start_queued()
    assert good.is_alive()
    assert main(["runs"]) == 0
    printed = capsys.readouterr()
    assert "good-2" in printed.out and "hurt-1: this run is damaged" in printed.err and "Traceback" not in printed.err
    assert jobs.submit_training(quick(3), "cpu") in waiting()


ODD = (
    None,
    True,
    -1,
    2.5,
    1e308,
    float("nan"),
    float("-inf"),
    10**400,
    "",
    "x",
    "\ud800",
    "running",
    [],
    [1],
    ["x", 1, 1],
    {},
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_stands_in_a_run_s_files_it_can_be_looked_at(seed, root, monkeypatch):
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    chance = random.Random(seed)
    hurt, good = plain_run("hurt-1", True, asked=1.0), plain_run("good-2", False, state="finished")
    whole = {
        "request.json": hurt.request.to_json(),
        "control.json": files.to_json(jobs.Control()),
        "progress.json": files.to_json(Status("running", phase=("what", 1, 2))),
        "worker.json": {"pid": 1, "started": 1.0, "host": socket.gethostname()},
    }
    for _ in range(150):
        for file, plain in whole.items():
            changed = {k: chance.choice(ODD) if chance.random() < 0.2 else v for k, v in plain.items()}
            (hurt.folder / file).write_text(json.dumps(changed))
        found, problems = jobs.scan_runs()
        assert good in found and len(found) + len(problems) == 2
        jobs.start_queued()
        for run in found:
            status, control = run.status(), run.control()
            assert f"{status.epoch:.1f} {status.step:,} {status.elapsed:,.0f} {control.order:.0f}"
            assert (run.title + status.message + status.device + control.visitor).encode() is not None
            assert status.phase is None or len(status.phase) == 3
            assert isinstance(run.curve() + run.history() + run.picture_epochs() + run.log(), list)


def test_a_line_that_is_being_written_is_no_line_yet(root):
    run = plain_run(queued=False, state="running")
    (run.folder / "curve.jsonl").write_text("[1, 0.5, -2.0, 0.1]\n[2, 1.0, -2.1, 0.1]\n[3, 1.5, -2")
    (run.folder / "history.jsonl").write_text('{"epoch": 1, "step": 2, "loss": -2.1}\n{"epoch": 2, "st')
    assert [p[0] for p in run.curve()] == [1, 2] and run.curve(after=1) == [[2, 1.0, -2.1, 0.1]]
    assert [line["epoch"] for line in run.history()] == [1]
    (run.folder / "curve.jsonl").write_bytes(b"[1, 0.5, -2.0, 0.1]\n\xff\xfe\x00\n")
    assert [p[0] for p in run.curve()] == [1]
    for name in ("curve.jsonl", "history.jsonl"):
        (run.folder / name).unlink()
    assert run.curve() == run.history() == run.picture_epochs() == []


def test_strange_folders_are_passed_over(root):
    assert jobs.list_runs() == jobs.queued_runs() == []
    jobs.start_queued()
    run = plain_run()
    (jobs.root() / "stray.txt").write_text("hello")
    (jobs.root() / "empty").mkdir()
    (jobs.root() / ".trash" / "x").mkdir(parents=True)
    assert jobs.list_runs() == [run] and waiting() == [run]
    shutil.rmtree(root)
    assert jobs.list_runs() == []


# -- the key ------------------------------------------------------------------------------------


def plain_key(preset: Preset, fingerprint: str) -> str:
    """The key written out, from the settings that there were before runs."""
    plain = preset.to_json()
    for name in ("name", "title", "variant_of", "variant", *(["origin"] if not preset.origin else [])):
        del plain[name]
    for part in ("model", "train"):
        config = getattr(preset, part)
        for field in dataclasses.fields(config):
            if field.metadata.get("added") and getattr(config, field.name) == field.default:
                del plain[part][stored_name(field)]
    text = json.dumps({"format": FORMAT, "data": fingerprint, **plain}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@pytest.mark.parametrize("preset", list(models.presets().values()), ids=lambda p: p.name)
def test_settings_that_came_later_leave_keys_as_they_are_until_they_are_used(preset):
    key = plain_key(preset, "data")
    assert preset.key("data") == key
    used = [
        dataclasses.replace(preset, origin="x@1"),
        dataclasses.replace(preset, train=dataclasses.replace(preset.train, stop=5)),
        dataclasses.replace(preset, train=dataclasses.replace(preset.train, lr_changes=((3, 0.1),))),
        dataclasses.replace(preset, train=dataclasses.replace(preset.train, lr_changes=((3, 0.2),))),
    ]
    assert len({key, *(other.key("data") for other in used)}) == 5


def test_a_checkpoint_from_before_loads(root):
    made = worker.train(quick(), "cpu")
    run = json.loads((made.folder / "run.json").read_text())
    del run["preset"]["origin"], run["preset"]["train"]["lr_changes"], run["preset"]["train"]["stop"]
    (made.folder / "run.json").write_text(json.dumps(run))
    old = checkpoints.load(made.name)
    assert old.preset == quick() and checkpoints.available()[1] == []
    assert worker.train(quick(), "cpu").folder == old.folder, "found, not trained again"


def test_new_settings_survive_json_and_text():
    preset = quick().override({"lr_changes": "3:0.1,9:0.02", "stop": "7", "origin": "x@1"})
    assert preset.train.lr_changes == ((3, 0.1), (9, 0.02)) and preset.train.stop == 7 and preset.origin == "x@1"
    assert models.preset_from_json(json.loads(json.dumps(preset.to_json()))) == preset
    assert preset.override({"lr_changes": "", "stop": "0", "origin": ""}) == quick()


# -- the command line ---------------------------------------------------------------------------


def refused(arguments: list[str], capsys) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err
    return captured.err


def test_runs_are_told_what_to_do(root, idle, capsys):
    assert main(["runs"]) == 0
    settings = ["--set", "hidden=3", "epochs=20", "chains=10", "steps=1"]
    assert main(["train", "bars-rbm", *settings, "--background", "--device", "cpu"]) == 0
    (run,) = jobs.list_runs()
    assert run.preset == QUICK and f"{run.id}: starting" in capsys.readouterr().out
    for word in ("pause", "stop", "finish"):
        assert main(["runs", f"--{word}", run.id]) == 0 and run.control().desired_state == word
    assert main(["runs", "--resume", run.id]) == 0 and run.control().desired_state == "run"
    assert run.id in capsys.readouterr().out
    assert "is running: stop it first" in refused(["runs", "--delete", run.id], capsys)
    kill(run)
    assert main(["runs"]) == 0 and "interrupted" in capsys.readouterr().out
    assert "interrupted: it cannot pause" in refused(["runs", "--pause", run.id], capsys)
    for word in ("pause", "stop", "resume", "finish", "delete", "undelete"):
        assert "no-such-run" in refused(["runs", f"--{word}", "no-such-run"], capsys)
    with pytest.raises(SystemExit):
        main(["runs", "--pause"])
    with pytest.raises(SystemExit):
        main(["runs", "--pause", "a", "--stop", "b"])


def test_what_cannot_be_trained_is_not_queued(root, idle, capsys):
    for settings, words in (("view=dynamic", "dynamic"), ("dataset=bars-and-stripes-3", "(3, 3)"), ("origin=x@1", "x")):
        assert words in refused(["train", "bars-rbm", "--background", "--set", settings], capsys)
    assert not root.exists()


def test_an_estimate_is_printed(root, capsys, tmp_path):
    small = ["--set", "hidden=3", "epochs=7", "chains=10", "steps=1", "--device", "cpu"]
    assert main(["estimate", "bars-rbm", *small, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"] == 16 * 3 + 16 + 3 and found["steps"] == 7 and found["device"] == "cpu"
    assert found["seconds"] > 0 and found["memory"] > 0
    (tmp_path / "mine.json").write_text(json.dumps(quick().to_json()))
    assert main(["estimate", str(tmp_path / "mine.json"), "--device", "cpu"]) == 0
    assert "67" in capsys.readouterr().out and not root.exists()
    for content in (b"", b"[1]", b"{}", b"3", bytes(range(256)), b'{"family": "rbm"}'):
        (tmp_path / "mine.json").write_bytes(content)
        assert refused(["estimate", str(tmp_path / "mine.json")], capsys)
    assert "no-such-preset" in refused(["estimate", "no-such-preset"], capsys)


def test_a_recipe_changed_on_the_way_leaves_the_name_to_the_plain_one(root, monkeypatch):
    """A run that was ended early gives way when its preset is asked for again; both can be had."""
    monkeypatch.setattr(scheduler, "start_queued", lambda: None)
    plain = quick()
    early = dataclasses.replace(plain, train=dataclasses.replace(plain.train, stop=2))
    made = worker.train(early)
    run = jobs.prepare_training(plain, "cpu")
    run.write_status(Status("finished", checkpoint=made.name, owns_checkpoint=True))
    shutil.rmtree(jobs.root() / made.name)  # as if the first run had made it
    run.send(queued=False)
    again = jobs.submit_training(plain)
    assert again.id == run.id and again.status().state == "queued"
    moved = jobs.get_run(made.name)
    assert moved.preset.train.stop == 2 and moved.status().state == "finished"


def test_deleting_a_run_keeps_a_checkpoint_that_was_there_before(root):
    checkpoint = worker.train(quick())
    run = jobs.get_run(checkpoint.name)
    jobs.clear(run)
    run.write_status(Status("finished", checkpoint=checkpoint.name))
    jobs.delete(run)
    assert checkpoints.load(checkpoint.name)
