"""A worker's work, in this process: words between two steps, failures, pictures, weights to start from, estimates."""

import contextlib
import dataclasses
import errno
import json
import os
import random
import shutil
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save_file as save_tensors

from core import data, evaluation, jobs, models
from core.config.fields import SettingError
from core.config.presets import Preset, TrainConfig
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.evaluation import rbm as judge
from core.jobs import film, process, recorder, reporter, training_job, worker
from core.jobs.estimate import estimate, optimizer_tensors
from core.jobs.run import disk_is_full
from core.models.boltzmann.rbm import RBMConfig
from core.store import checkpoints, tensors
from core.store.checkpoints import CheckpointError
from core.training import TrainState, fit

TINY = Preset(
    "tiny",
    "A tiny machine",
    "rbm",
    "bars-and-stripes-3",
    "as-is",
    RBMConfig((3, 3), hidden=4, chains=10),
    TrainConfig(epochs=8, batch_size=5, average=0.9, momentum=0.5),  # two updates an epoch
    seed=2,
)
GAUSSIAN = dataclasses.replace(
    TINY,
    dataset="digits",
    view="standardised",
    model=RBMConfig((8, 8), hidden=4, visible="gaussian", learn_variance=True, chains=10),
    train=TrainConfig(epochs=2, batch_size=200, lr=0.01),  # seven
)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """A folder of its own; the worker reports and listens after every step, and no clock decides when it saves."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(judge, "FANTASY_SWEEPS", 5)
    monkeypatch.setattr(training_job, "fit", partial(training_job.fit, report_every=0))
    monkeypatch.setattr(training_job, "POLL_EVERY", 0.0)
    monkeypatch.setattr(reporter, "PUBLISH_EVERY", 0.0)
    return tmp_path / "checkpoints"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Train a preset from scratch in another folder."""

    def train(preset: Preset) -> checkpoints.Checkpoint:
        with monkeypatch.context() as patch:
            patch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "elsewhere"))
            found = worker.train(preset, "cpu")
            found.history(), found.arrays()
            return found

    return train


def changed(preset: Preset, **settings) -> Preset:
    return dataclasses.replace(preset, train=dataclasses.replace(preset.train, **settings))


def weights(checkpoint: checkpoints.Checkpoint) -> bytes:
    return (checkpoint.folder / "weights.safetensors").read_bytes()


def ask(preset: Preset) -> jobs.Run:
    return jobs.prepare_training(preset, "cpu")


def at(**words):
    """A watcher that does `words["step_3"](progress)` after step 3."""

    def on_progress(progress):
        if (act := words.get(f"step_{progress.step}")) is not None:
            act()

    return on_progress


def interrupt():
    raise KeyboardInterrupt


class PowerCut(Exception):
    """The process ends without a word."""


def power_cut():
    raise PowerCut


# -- words between two steps --------------------------------------------------------------------


def test_a_learning_rate_set_on_the_way_is_part_of_the_recipe(elsewhere):
    run = ask(TINY)
    said = {"step_5": lambda: run.send(lr=0.2), "step_9": lambda: run.send(lr=0.01)}
    worker.work(run, at(**said))
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset == changed(TINY, lr_changes=((5, 0.2), (9, 0.01)))
    fingerprint = data.load(TINY.dataset).fingerprint
    assert made.name == f"tiny-{made.preset.key(fingerprint)}" != run.id == f"tiny-{TINY.key(fingerprint)}"
    rates = {step: lr for step, _, _, lr in run.curve()}
    assert rates[5] == pytest.approx(0.05 * 12 / 16, rel=1e-4) and rates[6] == pytest.approx(0.2 * 11 / 16, rel=1e-4)
    assert weights(elsewhere(made.preset)) == weights(made) != weights(elsewhere(TINY))


def test_a_learning_rate_said_while_nobody_works_waits_for_the_worker(elsewhere):
    run = ask(TINY)
    run.send(lr=0.3)
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at(step_6=interrupt))
    run.send(lr=0.02)
    worker.work(run)
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset.train.lr_changes == ((0, 0.3), (6, 0.02))
    assert weights(elsewhere(made.preset)) == weights(made)


def test_a_word_is_heard_once_and_the_last_one_counts(elsewhere):
    run = ask(TINY)
    with pytest.raises(PowerCut):  # nothing is saved on the way but by the word itself
        worker.work(run, at(step_4=lambda: [run.send(lr=0.3), run.send(lr=0.2)], step_7=power_cut))
    worker.work(run)
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset.train.lr_changes == ((4, 0.2),)
    assert weights(elsewhere(made.preset)) == weights(made)


@pytest.mark.parametrize("lr", [0.0, -1.0, 100.0, float("nan"), float("inf")])
def test_a_learning_rate_out_of_range_is_refused_where_it_is_said(lr):
    run = ask(TINY)
    with pytest.raises(SettingError, match="lr="):
        run.send(lr=lr)
    assert run.control() == jobs.Control(queued=False)


def test_hand_set_rates_replace_those_still_to_come(elsewhere):
    """A preset that comes with changes, changed again before they are due."""
    run = ask(changed(TINY, lr_changes=((2, 0.1), (12, 0.3))))
    worker.work(run, at(step_6=lambda: run.send(lr=0.02)))
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset.train.lr_changes == ((2, 0.1), (6, 0.02))
    assert weights(elsewhere(made.preset)) == weights(made)


def test_finishing_early_is_part_of_the_recipe(elsewhere):
    run = ask(TINY)
    worker.work(run, at(step_7=lambda: run.send(desired_state="finish")))
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset == changed(TINY, stop=7) and [line["epoch"] for line in made.history()] == [1, 2, 3]
    again = elsewhere(made.preset)
    assert weights(again) == weights(made) and again.preset == made.preset and again.name == made.name


def test_a_stopped_run_can_be_finished_as_it_is(elsewhere):
    run = ask(TINY)
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at(step_9=interrupt))
    assert run.status().state == "stopped"
    run.send(desired_state="finish")
    worker.work(run, at(step_10=power_cut))  # no further step
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset.train.stop == 9 and weights(elsewhere(made.preset)) == weights(made)


def test_a_stop_beyond_the_end_changes_nothing(elsewhere):
    whole, beyond = worker.train(TINY, "cpu"), elsewhere(changed(TINY, stop=10_000))
    assert beyond.preset == TINY and beyond.name == whole.name
    assert weights(beyond) == weights(whole) and beyond.history() == whole.history()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_on_the_way_the_recipe_gives_the_same(seed, elsewhere, monkeypatch):
    """Stops, power cuts and words at random steps; the state is saved at every step, or only when it must be."""
    chance = random.Random(seed)
    run, happened = ask(TINY), []
    monkeypatch.setattr(training_job, "SAVE_EVERY", chance.choice([-1e9, 1e9]))

    def on_progress(progress):
        what = chance.choice(["", "", "lr", "stop", "power cut", "want stop"])
        if what and len(happened) < 8:
            happened.append(what)
            if what == "lr":
                run.send(lr=chance.uniform(0.01, 0.2))
            elif what == "want stop":
                run.send(desired_state="stop")
            else:
                raise KeyboardInterrupt if what == "stop" else PowerCut

    while run.status().state != "finished":
        try:
            run.send(desired_state="run")
            worker.work(run, on_progress)
        except PowerCut:
            assert run.status().state == "failed"
        except KeyboardInterrupt:
            assert run.status().state == "stopped"
    made, again = checkpoints.load(run.status().checkpoint), elsewhere(checkpoints.load(run.status().checkpoint).preset)
    assert len(happened) > 3 and weights(made) == weights(again) and made.history() == again.history()
    assert run.picture_epochs() == list(range(9))
    for epoch in run.picture_epochs():
        file = f"runs/{{}}/pictures/{epoch:05d}.safetensors"
        mine = checkpoints.root() / file.format(run.id)
        (theirs,) = again.folder.parent.glob(file.format("*"))
        assert mine.read_bytes() == theirs.read_bytes(), epoch


def test_words_come_in_while_a_checkpoint_is_scored(monkeypatch):
    """A stop during the last scores keeps the trained model; going on scores it again."""
    run, judge = ask(TINY), evaluation.judge

    def told_to_stop(subject):
        run.send(desired_state="stop")
        subject.report("annealing", 1, 10)
        raise AssertionError("went on")

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(evaluation, "judge", told_to_stop)
        worker.work(run)
    status = run.status()
    assert status.state == "stopped" and status.phase is None and status.owns_checkpoint
    kept = checkpoints.load(status.checkpoint)
    assert kept.run["scores"] == [] and "interrupted" in kept.run["unscored"][0]["reason"]
    seen = []

    def judged(subject):
        seen.append(run.status().state)
        return judge(subject)

    monkeypatch.setattr(evaluation, "judge", judged)
    run.send(desired_state="run")
    worker.work(run, at(**{f"step_{step}": power_cut for step in range(17)}))
    assert run.status().state == "finished" and seen == ["evaluating"] and run.status().owns_checkpoint
    scored = checkpoints.load(status.checkpoint)
    assert scored.version == kept.version and scored.run["scores"] and scored.run["unscored"] == []


def test_all_scores_are_a_run_of_their_own(monkeypatch):
    trained = worker.train(TINY, "cpu")
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    run = jobs.submit_evaluation(trained, "cpu")
    assert (run.kind, run.status().state) == ("evaluate", "queued") and trained.title in run.title
    worker.work(run)
    assert run.status().state == "finished" and run.status().checkpoint == trained.name
    after = checkpoints.load(trained.name)
    assert after.version == trained.version and len(after.run["scores"]) >= len(trained.run["scores"])
    jobs.delete(run)  # of the scores, not of the model
    assert checkpoints.load(trained.name).version == trained.version
    jobs.undelete(run.id)
    assert checkpoints.load(trained.name).version == trained.version
    assert jobs.submit_evaluation(trained, "cpu").status().state == "queued", "they can be computed again"


# -- failures -----------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_is_told_and_a_smaller_rate_goes_on(elsewhere):
    run = ask(GAUSSIAN)
    with pytest.raises(FloatingPointError):
        worker.work(run, at(step_3=lambda: run.send(lr=99.0)))
    status = run.status()
    assert status.state == "failed" and "loss became" in status.message and "smaller lr" in status.message
    with pytest.raises(FloatingPointError):
        worker.work(run)
    run.send(lr=0.005)
    worker.work(run)
    made = checkpoints.load(run.status().checkpoint)
    assert run.status().state == "finished" and run.status().message == ""
    assert made.preset.train.lr_changes == ((3, 0.005),), "the rate that failed from the first is forgotten"
    assert weights(elsewhere(made.preset)) == weights(made)


@pytest.mark.fault("The data of a run are deleted", "they are named; back again, the run can go on")
def test_data_that_are_gone_are_named_and_the_run_can_go_on(monkeypatch):
    run = ask(TINY)
    with monkeypatch.context() as patch, pytest.raises(DataError):
        patch.setattr(data, "catalogue", dict)
        worker.work(run)
    assert run.status().state == "failed" and "bars-and-stripes-3" in run.status().message
    worker.work(run)
    assert run.status().state == "finished"


def test_a_run_that_is_at_work_is_not_disturbed():
    run, refused = ask(TINY), []

    def second():
        with pytest.raises(jobs.RunBusy, match=run.id):
            worker.work(run)
        refused.append(run.status().state)

    worker.work(run, at(step_5=second))
    assert refused == ["running"] and run.status().state == "finished"


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"view": "dynamic"}, DataError, "dynamic"),
        ({"dataset": "bars-and-stripes"}, DataError, r"\(4, 4\).*\(3, 3\)"),
        ({"model": RBMConfig((3, 3), hidden=4, visible="gaussian")}, DataError, "real.*binary"),
        ({"dataset": "cats"}, DataError, "cats"),
        ({"origin": "tiny-00000000@1234"}, CheckpointError, "tiny-00000000"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_there_is_a_run(changes, error, words, root):
    with pytest.raises(error, match=words):
        worker.train(dataclasses.replace(TINY, **changes), "cpu")
    assert not root.exists()


def test_the_device_can_change_until_work_began():
    run = ask(TINY)
    assert jobs.prepare_training(TINY, "cuda").device == "cuda"
    assert ask(TINY).device == jobs.get_run(run.id).device == "cpu"
    with pytest.raises(KeyboardInterrupt):
        worker.work(ask(TINY), at(step_2=interrupt))
    assert jobs.prepare_training(TINY, "cuda").device == "cpu", "a state belongs to its device"


def full(*_, **__):
    raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")


@pytest.mark.parametrize("where", ["state", "curve", "pictures", "checkpoint"])
@pytest.mark.fault(
    "A write fails on a full disk: state, curve, pictures or checkpoint",
    "the run is interrupted and says why; resumed, it gives the same weights",
)
def test_a_full_disk_ends_a_run_in_words_and_it_goes_on_later(where, monkeypatch, elsewhere):
    """Whatever cannot be written: what was saved before is kept, nothing temporary, and going on gives the same."""
    run = ask(TINY)
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at(step_6=interrupt))
    owner, name = {
        "state": (TrainState, "save"),
        "curve": (recorder, "append_jsonl"),
        "pictures": (tensors, "write_tensors"),
        "checkpoint": (checkpoints, "save"),
    }[where]
    with monkeypatch.context() as patch, pytest.raises(jobs.NotWritten) as told:
        patch.setattr(owner, name, full)
        worker.work(run)
    status = run.status()
    assert status.state == "interrupted" and "of 8: the disk that holds the trained models is full" in status.message
    assert status.message.startswith("Ended at epoch ") and "SafetensorError" not in status.message
    assert "The last saved state is kept" in str(told.value) and "run the same command again" in str(told.value)
    assert (run.folder / "state.safetensors").exists() and not list(run.folder.glob("*.tmp"))
    assert {f.name for f in run.folder.iterdir() if f.name.startswith(".")} <= {".control.lock"}
    worker.work(run)
    assert run.status().state == "finished" and run.status().message == ""
    made = checkpoints.load(run.status().checkpoint)
    assert weights(made) == weights(elsewhere(made.preset)) and len(run.history()) == 8


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a disk of its own")
@pytest.mark.fault("The disk (a small tmpfs) fills while a run trains", "the same")
def test_a_disk_that_is_really_full(tmp_path, monkeypatch):
    """All of it on 400 kB."""
    (tmp_path / "disk").mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path / "disk")]
    if subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "disk"))
        run = ask(TINY)

        def fill():
            with contextlib.suppress(OSError), (tmp_path / "disk" / "ballast").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1024))

        with pytest.raises(jobs.NotWritten, match="is full"):
            worker.work(run, at(step_7=fill))
        status = run.status()
        assert status.state == "interrupted" and "the disk that holds the trained models is full" in status.message
        assert jobs.list_runs() == [run] and not [f for f in run.folder.rglob(".*") if f.name != ".control.lock"]
        assert disk_is_full()
        fill()
        with pytest.raises(jobs.NotWritten, match="is full"):
            jobs.submit_training(changed(TINY, epochs=9), "cpu")
        (tmp_path / "disk" / "ballast").unlink()
        worker.work(run)
        assert run.status().state == "finished"
    finally:
        subprocess.run(["umount", str(tmp_path / "disk")], check=True)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
)
@pytest.mark.fault("Memory runs out", "the run fails and says what would take less")
def test_too_little_memory_is_said_in_words(error, monkeypatch):
    def loss(*_, **__):
        raise error

    run = ask(TINY)
    with monkeypatch.context() as patch, pytest.raises(jobs.JobError, match="Out of memory"):
        patch.setattr(models.families()["rbm"].RBM, "loss", loss)
        worker.work(run)
    assert run.status().state == "failed"
    assert run.status().message.startswith("Out of memory") and "allocate" not in run.status().message


@pytest.mark.parametrize("kind", ["train", "paused", "scores"])
def test_a_run_stops_at_its_time_limit_and_can_be_resumed(kind, monkeypatch, elsewhere):
    run = ask(TINY)
    if kind == "scores":
        monkeypatch.setattr(process, "start_worker", lambda run: None)
        run = jobs.submit_evaluation(worker.train(TINY, "cpu"), "cpu")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(worker, "max_hours", lambda: 0 if kind != "paused" else 1e-4)
        worker.work(run, at(step_1=lambda: run.send(desired_state="pause")) if kind == "paused" else None)
    status = run.status()
    assert status.state == "stopped" and "Time limit reached: a run may train for" in status.message
    run.send(desired_state="run")
    worker.work(run)
    assert run.status().state == "finished" and run.status().message == ""
    made = checkpoints.load(run.status().checkpoint)
    assert weights(made) == weights(elsewhere(TINY)), "the recipe is as it was: nothing was cut short"


# -- the state ----------------------------------------------------------------------------------


@pytest.fixture
def saved():
    """A run that was stopped after step 5."""
    run = ask(TINY)
    with pytest.raises(KeyboardInterrupt):
        worker.work(run, at(step_5=interrupt))
    return run


def loaded(folder: Path) -> dict[str, torch.Tensor]:
    state = TrainState(models.build("rbm", TINY.model), TINY.train, TINY.seed, torch.device("cpu"))
    state.load(folder)
    kept = {**state.result(), "generator": state.generator.get_state(), "step": torch.tensor(state.step)}
    kept |= {f"optimiser.{i}": t.clone() for i, t in enumerate(optimizer_tensors(state))}
    return kept | {"rest": torch.tensor([state.elapsed, state.epoch_loss, state.seed], dtype=torch.float64)}


@pytest.mark.fault("Any bit of a saved state flips", "the state is refused")
def test_no_bit_of_a_state_can_flip_unseen(saved):
    """Wherever it is: in the numbers, the generator, the progress, the header."""
    file, chance = saved.folder / "state.safetensors", random.Random(0)
    whole, before = file.read_bytes(), loaded(saved.folder)
    header = 8 + int.from_bytes(whole[:8], "little")
    bits = [*range(8 * header), *(chance.randrange(8 * header, 8 * len(whole)) for _ in range(200))]
    for bit in chance.sample(bits, 600):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        try:
            found = loaded(saved.folder)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError):
            continue
        assert found.keys() == before.keys() and all(v.equal(before[k]) for k, v in found.items()), bit
    assert bit


@pytest.mark.fault("A saved state is truncated or damaged", "it is set aside, and what to do is said")
def test_a_damaged_state_is_refused_and_set_aside(saved, elsewhere):
    file = saved.folder / "state.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"{saved.id}: its saved state is damaged \(its SHA-256 .*--restart"):
        worker.work(saved)
    status = saved.status()
    assert status.state == "failed" and "must start over" in status.message and str(saved.folder) not in status.message
    assert not file.exists() and (saved.folder / "state.damaged").read_bytes() == content
    worker.work(saved)
    made = checkpoints.load(saved.status().checkpoint)
    assert weights(made) == weights(elsewhere(made.preset)) and made.preset == TINY


def test_a_state_from_before_goes_on(saved, elsewhere):
    file = saved.folder / "state.safetensors"
    with safe_open(file, "pt") as opened:
        about = opened.metadata()
    save_tensors(load_tensors(file), file, {"progress": about["progress"]})
    worker.work(saved, at(**{f"step_{step}": power_cut for step in range(1, 6)}))  # no step of them again
    assert weights(checkpoints.load(saved.status().checkpoint)) == weights(elsewhere(TINY))


def test_a_state_that_could_not_be_saved_leaves_the_one_before(saved, monkeypatch):
    file = saved.folder / "state.safetensors"
    before = file.read_bytes()
    state = TrainState(models.build("rbm", TINY.model), TINY.train, TINY.seed, torch.device("cpu"))

    def half(tensors, place, about):
        Path(place).write_bytes(b"half")
        full()

    with monkeypatch.context() as patch, pytest.raises(SafetensorError):
        patch.setattr("core.training.state.save_file", half)
        state.save(saved.folder)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
        state.save(saved.folder)
    assert file.read_bytes() == before and not list(saved.folder.glob("*.tmp"))


# -- weights to start from ----------------------------------------------------------------------


def test_training_goes_on_from_the_weights_of_a_checkpoint(monkeypatch, elsewhere):
    first = worker.train(TINY, "cpu")
    preset = dataclasses.replace(TINY, origin=f"{first.name}@{first.version}", seed=3)
    began, fit_ = [], training_job.fit

    def watched(state, *views):
        began.append({k: v.clone() for k, v in state.model.state_dict().items()})
        return fit_(state, *views)

    monkeypatch.setattr(training_job, "fit", watched)
    with pytest.raises(KeyboardInterrupt):
        worker.train(preset, "cpu", on_progress=at(step_5=interrupt))
    expected = first.model().state_dict()
    assert began[0].keys() == expected.keys()
    assert all(began[0][k].equal(expected[k]) for k in expected)
    (run,) = (r for r in jobs.list_runs() if r.request.preset["origin"])
    filters = tensors.load((run.folder / "pictures" / "00000.safetensors").read_bytes())["filters"]
    found = {s.name: s for s in first.model().progress_images(torch.zeros(1, 3, 3), torch.Generator())}["filters"]
    assert (filters == film.to_grey(found, preprocess(data.load(TINY.dataset), "as-is")).numpy()).all()

    shutil.move(first.folder, first.folder.with_name(".gone"))  # a run that has begun needs it no more
    second = worker.train(preset, "cpu")
    assert second.preset.origin == preset.origin and second.name != first.name
    shutil.move(first.folder.with_name(".gone"), first.folder)
    before = weights(second)
    assert weights(worker.train(preset, "cpu", restart=True)) == before


def test_wrong_weights_to_start_from_are_refused_by_name(root):
    first = worker.train(TINY, "cpu")
    wrong = {
        f"{first.name}@0123456789abcdef": f"{first.name}@0123456789abcdef.*{first.name}.*{first.version}",
        first.name: f"origin='{first.name}': the name of a preset, or checkpoint@version",
    }
    for origin, words in wrong.items():
        with pytest.raises(SettingError, match=words):
            worker.train(dataclasses.replace(TINY, origin=origin), "cpu")
    wide = RBMConfig((3, 3), hidden=5, chains=10)
    with pytest.raises(SettingError, match=f"(?s){first.name}.*do not fit.*W"):
        worker.train(dataclasses.replace(TINY, origin=f"{first.name}@{first.version}", model=wide), "cpu")
    assert [run.id for run in jobs.list_runs()] == [first.name]


# -- what can be watched ------------------------------------------------------------------------


def test_watching_changes_nothing():
    """Curves, pictures, states and signs of life: the weights are those of the loop alone."""
    made = worker.train(TINY, "cpu")
    state = TrainState(models.build("rbm", TINY.model), TINY.train, TINY.seed, torch.device("cpu"))
    for _ in fit(state, preprocess(data.load(TINY.dataset), "as-is")):
        pass
    stored = made.arrays()
    for name, value in state.result().items():
        assert (tensors.compact(value).numpy() == stored[name]).all(), name
    assert (jobs.get_run(made.name).folder / "pictures" / "00008.safetensors").exists()


def test_history_and_curve():
    run = ask(TINY)
    worker.work(run)
    history, curve = run.history(), run.curve()
    assert [line["epoch"] for line in history] == list(range(1, 9))
    names = {"pseudo_log_likelihood", "reconstruction", "free_energy"}
    for line in history:
        assert line.keys() == {"epoch", "step", "loss", "lr"} | names | {f"train.{name}" for name in names}
    assert [point[0] for point in curve] == list(range(1, 17)) and all(len(point) == 4 for point in curve)
    assert [point[1] for point in curve] == [step / 2 for step in range(1, 17)]
    assert run.curve(after=10) == curve[10:]
    status = run.status()
    assert (status.step, status.total_steps, status.epoch, status.total_epochs, status.seconds_left) == (
        16,
        16,
        8,
        8,
        0,
    )


def test_a_long_curve_is_thinned(monkeypatch):
    monkeypatch.setattr(recorder, "CURVE_POINTS", 10)
    run = ask(changed(TINY, epochs=20))
    worker.work(run)
    steps = [point[0] for point in run.curve()]
    assert len(steps) <= 10 and steps == sorted(set(steps)) and steps[0] == 1 and steps[-1] > 30


@pytest.mark.parametrize("epochs", [1, 60, 61, 500])
def test_pictures_are_taken_densely_at_first_and_at_the_end(epochs):
    taken = [epoch for epoch in range(epochs + 1) if film.is_picture_epoch(epoch, epochs)]
    assert taken[0] == 0 and taken[-1] == epochs and len(taken) <= film.MAX_PICTURES + 1
    if epochs <= film.MAX_PICTURES:
        assert taken == list(range(epochs + 1))
    gaps = np.diff(taken)
    assert gaps[0] == 1 and gaps[-1] == gaps.max()


def test_pictures_are_grey_levels_with_their_titles():
    run = ask(changed(TINY, epochs=2))
    worker.work(run)
    assert run.picture_epochs() == [0, 1, 2]
    for epoch in run.picture_epochs():
        planes, about = tensors.load_with_metadata((run.folder / "pictures" / f"{epoch:05d}.safetensors").read_bytes())
        sheets = json.loads(about["sheets"])
        assert [s["name"] for s in sheets] == ["samples", "reconstructions", "filters"]
        assert all(s["title"] and s["about"] for s in sheets) and [s["signed"] for s in sheets] == [False, False, True]
        assert planes.keys() == {s["name"] for s in sheets}
        assert {name: plane.shape for name, plane in planes.items()} == {
            "samples": (10, 3, 3),
            "reconstructions": (28, 3, 3),
            "filters": (4, 3, 3),
        }
        assert all(plane.dtype == np.uint8 for plane in planes.values())
        examples = planes["reconstructions"][::2].reshape(14, 9)
        assert {tuple(e) for e in examples} <= {
            tuple(255 * e) for e in data.load(TINY.dataset).test.reshape(-1, 9).astype(int)
        }
    assert (planes["filters"] != 128).any()


def test_vectors_are_pictures_of_one_line(monkeypatch):
    rows = np.random.default_rng(0).integers(0, 2, (40, 6)).astype(np.uint8)
    monkeypatch.setattr(data, "load", lambda name: Dataset("drawn", "Drawn", "binary", (6,), rows, rows[:9]))
    preset = dataclasses.replace(TINY, dataset="drawn", model=RBMConfig((6,), hidden=4, chains=10))
    run = ask(changed(preset, epochs=1))
    worker.work(run)
    planes = tensors.load((run.folder / "pictures" / "00001.safetensors").read_bytes())
    assert {name: plane.shape for name, plane in planes.items()} == {
        "samples": (10, 1, 6),
        "reconstructions": (18, 1, 6),
        "filters": (4, 1, 6),
    }


def test_what_was_noted_after_the_state_is_forgotten():
    """Pictures of a try that did not last must not be shown beside another one's."""
    run = ask(changed(TINY, snapshots=8))
    with pytest.raises(PowerCut):
        worker.work(run, at(step_3=lambda: run.send(lr=0.05), step_9=power_cut))
    assert run.picture_epochs() == [0, 1, 2, 3, 4] and len(run.history()) == 4
    with pytest.raises(PowerCut):
        worker.work(run, at(step_4=power_cut))
    assert run.picture_epochs() == [0, 1, 2] and [line["epoch"] for line in run.history()] == [1, 2]
    assert [f.stem for f in sorted((run.folder / "snapshots").iterdir())] == ["epoch-00001", "epoch-00002"]
    assert [point[0] for point in run.curve()] == [1, 2, 3, 4]


# -- estimates ----------------------------------------------------------------------------------


def files(root: Path) -> dict[Path, bytes]:
    return {f: f.read_bytes() for f in root.rglob("*") if f.is_file()}


def test_an_estimate_counts_exactly_and_leaves_nothing_behind(root):
    root.mkdir()
    before, state, threads = files(root.parent), torch.get_rng_state(), torch.get_num_threads()
    numpys = np.random.get_state()[1].copy()  # noqa: NPY002
    found = estimate(TINY, "cpu", patience=0.2)
    assert found.parameters == sum(p.numel() for p in models.build("rbm", TINY.model).parameters())
    assert found.steps == 16 and found.device == "cpu"
    assert 0 < found.seconds < 1e6 and found.memory > 4 * found.parameters
    assert files(root.parent) == before and list(root.iterdir()) == []
    assert torch.get_rng_state().equal(state) and (np.random.get_state()[1] == numpys).all()  # noqa: NPY002
    assert torch.get_num_threads() == threads
    for changes, steps in (({"stop": 5}, 5), ({"stop": 99}, 16), ({"epochs": 1, "batch_size": 99}, 1)):
        found = estimate(changed(TINY, **changes), "cpu")
        assert found.steps == steps and 0 < found.seconds < 1e6


def test_an_estimate_of_what_cannot_be_trained_is_refused():
    with pytest.raises(DataError, match="dynamic"):
        estimate(dataclasses.replace(TINY, view="dynamic"), "cpu")
    with pytest.raises(SettingError, match="hidden=0"):
        estimate(TINY.override({"hidden": "0"}), "cpu")


def noisy_pictures(folder: Path, count: int) -> list[Path]:
    """Pictures of two sheets that hardly get smaller when they are deflated."""
    rng, files = np.random.default_rng(0), [folder / f"{i:05d}.safetensors" for i in range(count)]
    sheets = json.dumps([{"name": name, "title": name, "signed": False, "about": ""} for name in ("first", "second")])
    for file in files:
        planes = {name: rng.integers(0, 256, (64, 8, 8), np.uint8) for name in ("first", "second")}
        file.write_bytes(tensors.save(planes, {"sheets": sheets}))
    return files


def test_a_film_that_is_too_large_is_thinned_evenly(tmp_path):
    n = film.FILM_PICTURES
    files = noisy_pictures(tmp_path, 2 * n - 1)
    names, size = [file.name for file in files], max(file.stat().st_size for file in files)
    whole = {file.name: file.read_bytes() for file in files}
    assert film.short_film(files[:n], n * size) == {name: whole[name] for name in names[:n]}
    assert film.short_film(files, len(files) * size) == {name: whole[name] for name in names[::2]}
    assert film.short_film(files[:9], 5 * size) == {name: whole[name] for name in names[:9:2]}
    assert film.short_film(files[:1], 9 * size) == film.short_film(files, 99) == {}


def test_pictures_of_which_too_few_fit_are_made_smaller(tmp_path):
    files = noisy_pictures(tmp_path, 11)
    found = film.short_film(files, 2 * files[0].stat().st_size)
    assert len(found) >= film.FEWEST and files[0].name in found and files[-1].name in found
    for name, content in found.items():
        planes, about = tensors.load_with_metadata(content)
        before = tensors.load((tmp_path / name).read_bytes())["first"]
        assert planes.keys() == {"first"} and (planes["first"] == before[: film.TILES]).all()
        assert [sheet["name"] for sheet in json.loads(about["sheets"])] == ["first"]
