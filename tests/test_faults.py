"""What goes wrong around a training: processes that end at the worst moment, clocks, disks and folders. Nothing that is
finished is lost, nothing half-written is loaded, and what happened is said. docs/faults.md lists these and others."""

import dataclasses
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from core import jobs, representations
from core.config.presets import Preset, TrainConfig
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.schema import Prepared, Settings
from core.evaluation import rbm as judge
from core.jobs import reporter, training_job, worker
from core.models.boltzmann.rbm import RBMConfig
from core.representations import cache
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from docs.faults import FILE, listed, table
from pages.shared import model_store

TINY = Preset(
    "tiny",
    "A tiny machine",
    "rbm",
    "bars-and-stripes-3",
    "as-is",
    RBMConfig((3, 3), hidden=4, chains=10),
    TrainConfig(epochs=8, batch_size=5),  # two updates an epoch
)
can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """Folders of their own; the worker reports and listens after every step."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(judge, "FANTASY_SWEEPS", 5)
    monkeypatch.setattr(training_job, "fit", partial(training_job.fit, report_every=0))
    monkeypatch.setattr(training_job, "POLL_EVERY", 0.0)
    monkeypatch.setattr(reporter, "PUBLISH_EVERY", 0.0)
    return tmp_path / "checkpoints"


def at_step(step: int, act: Callable[[], object]) -> Callable:
    """A word after each report: `act` once, at this step."""
    return lambda progress: act() if progress.step == step else None


def stop() -> None:
    raise KeyboardInterrupt


def killed(work: Callable[[], object]) -> None:
    """Do `work` in a process of its own, which kills itself on the way."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)  # it was to be killed
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def kill_self(*_, **__) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def weights(checkpoint: checkpoints.Checkpoint) -> bytes:
    return (checkpoint.folder / "weights.safetensors").read_bytes()


@pytest.fixture
def whole(tmp_path, monkeypatch) -> checkpoints.Checkpoint:
    """The same preset, trained elsewhere without a fault."""
    with monkeypatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "elsewhere"))
        return worker.train(TINY, "cpu")


# -- killed in mid-write ------------------------------------------------------------------------


@can_fork
@pytest.mark.fault(
    "The worker is killed while it writes its state", "the state before it counts; Resume goes on from there"
)
def test_a_worker_killed_while_it_writes_its_state_goes_on_from_the_one_before(whole, monkeypatch):
    run = jobs.prepare_training(TINY, "cpu")
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at_step(4, stop))
    saved = (run.folder / "state.safetensors").read_bytes()

    def work():
        replace = Path.replace
        monkeypatch.setattr(Path, "replace", lambda a, b: kill_self() if "state" in str(a) else replace(a, b))
        worker.work(run, at_step(9, stop))

    killed(work)
    assert (run.folder / "state.safetensors").read_bytes() == saved
    assert (run.folder / "state.safetensors.tmp").exists() and run.status().state == "interrupted"
    assert "ended unexpectedly" in run.status().message
    worker.work(run)
    assert run.status().state == "finished" and not list(run.folder.glob("*.tmp"))
    assert weights(checkpoints.load(run.status().checkpoint)) == weights(whole)


@can_fork
@pytest.mark.parametrize("moment", ["write_text", "rename", "second rename"])
@pytest.mark.fault(
    "The worker is killed while it writes a checkpoint", "the one before stands, or the new one; never a part of one"
)
def test_a_checkpoint_is_the_old_one_or_the_new_one_whenever_its_writer_is_killed(moment, whole, root, monkeypatch):
    made = worker.train(TINY, "cpu")
    monkeypatch.setattr(checkpoints, "AN_INSTANT", 0.0)
    parts = [{k: torch.from_numpy(v) for k, v in made.stored_arrays(f).items()} for f in checkpoints.FILES]

    def work():
        if moment == "write_text":
            monkeypatch.setattr(Path, "write_text", kill_self)
        else:
            rename, seen = Path.rename, []
            last = 1 if moment == "rename" else 2
            monkeypatch.setattr(
                Path, "rename", lambda a, b: seen.append(a) or (kill_self() if len(seen) == last else rename(a, b))
            )
        checkpoints.save(made.folder, *parts, {**made.run, "title": "Anew"}, made.history())

    killed(work)
    (found,), problems = checkpoints.available()
    assert not problems and found.folder == made.folder and found.title == made.title
    assert weights(found) == weights(whole) and found.manifest.scores == made.manifest.scores
    again = checkpoints.save(made.folder, *parts, {**made.run, "title": "Anew"}, made.history())
    assert checkpoints.load(made.name).title == again.title == "Anew"


def test_what_is_left_of_a_replaced_checkpoint_never_comes_back(root, monkeypatch):
    made = worker.train(TINY, "cpu")
    old = made.folder.with_name(f".{made.name}.{2**22 + 5}.old")
    shutil.copytree(made.folder, old)
    monkeypatch.setattr(checkpoints, "AN_INSTANT", 0.0)
    checkpoints.available()
    assert not old.exists() and checkpoints.load(made.name).version == made.version
    shutil.copytree(made.folder, old)
    (old / "weights.safetensors").unlink()
    shutil.rmtree(made.folder)
    assert checkpoints.available() == ([], []), "what is not whole is no checkpoint"


# -- data that change ---------------------------------------------------------------------------


def keep(values: np.ndarray) -> str:
    """A set that somebody brought."""
    cut = len(values) - 6
    own = Dataset("own", "Own", "binary", (3, 3), values[:cut], values[cut:])
    return store.save(Prepared(own, "own.npy", Settings(), ()))


@pytest.fixture
def own() -> str:
    return keep(np.random.default_rng(0).integers(0, 2, (30, 3, 3)).astype(np.uint8))


def change_data(name: str) -> None:
    """Other data in the place of the set of this name."""
    folder = store.root() / name
    other = keep(np.random.default_rng(1).integers(0, 2, (30, 3, 3)).astype(np.uint8))
    shutil.rmtree(folder)
    (store.root() / other).rename(folder)


@pytest.mark.fault("The data change while a run is stopped", "Resume refuses and says so; put back, the run goes on")
def test_data_that_change_under_a_stopped_run_are_not_trained_on(own):
    run = jobs.prepare_training(dataclasses.replace(TINY, dataset=own), "cpu")
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at_step(4, stop))
    shutil.copytree(store.root() / own, store.root().parent / "kept")
    change_data(own)
    with pytest.raises(DataError, match="is not the one that this run was asked for with"):
        worker.work(run)
    assert run.status().state == "failed" and "Put that back and resume" in run.status().message
    assert not checkpoints.available()[0]
    shutil.rmtree(store.root() / own)
    (store.root().parent / "kept").rename(store.root() / own)
    worker.work(run)
    assert run.status().state == "finished"


@pytest.mark.fault("The data change while a run trains", "no model is saved under a wrong name; its state is kept")
def test_data_that_change_under_a_running_training_make_no_wrong_checkpoint(own):
    run = jobs.prepare_training(dataclasses.replace(TINY, dataset=own), "cpu")
    with pytest.raises(DataError, match="is not the one"):
        worker.work(run, at_step(5, lambda: change_data(own)))
    assert run.status().state == "failed" and not checkpoints.available()[0]
    assert (run.folder / "state.safetensors").exists()


# -- clocks -------------------------------------------------------------------------------------


@pytest.mark.fault(
    "The clock is set back an hour while a worker is at work", "it is still known, and trains to the end"
)
def test_a_clock_that_goes_backwards_ends_no_training(whole, monkeypatch):
    now, start_time = time.time, psutil.Process.create_time
    run, seen = jobs.prepare_training(TINY, "cpu"), []

    def set_back():
        monkeypatch.setattr(time, "time", lambda: now() - 3600)
        monkeypatch.setattr(psutil.Process, "create_time", lambda self: start_time(self) - 3600)  # as psutil tells it

    def look():
        seen.append((run.is_alive(), run.status().state))

    worker.work(run, lambda progress: set_back() if progress.step == 5 else look())
    if Path("/proc/self/stat").exists():
        assert set(seen) == {(True, "running")}
    assert run.status().state == "finished" and len(run.history()) == 8
    assert weights(checkpoints.load(run.status().checkpoint)) == weights(whole)
    first = jobs.resume(jobs.prepare_training(dataclasses.replace(TINY, seed=1), "other"))
    assert jobs.queued_runs("other") in ([first], []), "and the queue goes on in the order of asking"


# -- folders ------------------------------------------------------------------------------------


@pytest.fixture
def read_only(root):
    """Makes the folder of checkpoints one that nobody may write to."""
    mounted = []

    def mount():
        root.mkdir(exist_ok=True)
        for options in (["--bind"], ["-o", "remount,ro,bind"]):
            if subprocess.run(["mount", *options, str(root), str(root)], capture_output=True).returncode:
                pytest.skip("nothing can be mounted here")
            mounted.append(root)

    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounts a folder")
    yield mount
    if mounted:
        subprocess.run(["umount", str(root)], check=True)


@pytest.mark.fault(
    "The folder of models is read-only", "models open and can be looked at; a training is refused in words"
)
def test_a_read_only_folder_can_be_looked_at_and_nothing_else(root, read_only):
    made = worker.train(TINY, "cpu")
    read_only()
    (found,), problems = checkpoints.available()
    assert not problems and found.model() is not None and found.arrays()
    assert [run.status().state for run in jobs.list_runs()] == ["finished"]
    with pytest.raises(jobs.NotWritten, match="cannot be written to"):
        jobs.submit_training(dataclasses.replace(TINY, seed=5), "cpu")
    with pytest.raises(jobs.NotWritten, match="cannot be written to"):
        worker.train(dataclasses.replace(TINY, seed=6), "cpu")
    found = representations.compute(f"{made.name}~hidden", TINY.dataset)
    assert len(found.vectors) == 14 and not cache.root().exists(), "what cannot be kept is computed"


@pytest.mark.fault("The cache is deleted under a running app", "what was in it is computed anew")
def test_a_cache_that_is_deleted_is_made_again(root):
    made = worker.train(TINY, "cpu")
    first = np.array(representations.compute(f"{made.name}~hidden", TINY.dataset).vectors)
    files = list(cache.root().rglob("*.npy"))
    assert files
    shutil.rmtree(cache.root())
    again = representations.compute(f"{made.name}~hidden", TINY.dataset).vectors
    assert np.array_equal(first, again) and files == list(cache.root().rglob("*.npy"))


@pytest.mark.fault("A model is deleted under a running app", "pages say that it is not there; the others stay")
def test_a_checkpoint_that_is_deleted_is_missed_in_words(root):
    made = worker.train(TINY, "cpu")
    assert model_store.open_model(made.name).checkpoint.version == made.version
    shutil.rmtree(made.folder)
    with pytest.raises(CheckpointError, match="unknown checkpoint"):
        model_store.open_model(made.name)
    assert jobs.list_runs()[0].status().state == "finished" and checkpoints.available() == ([], [])


# -- the table ----------------------------------------------------------------------------------


def test_the_table_of_faults_is_the_one_of_the_tests():
    assert FILE.read_text() == table(listed()), "run `python -m docs.faults`"
