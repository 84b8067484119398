"""Runs and the folders they leave: found again, gone on with, and refused with a message when they are damaged."""

import contextlib
import dataclasses
import errno
import hashlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from safetensors.numpy import save as save_arrays

from core import data, jobs, models
from core.config.presets import Preset, TrainConfig
from core.data import load as load_data
from core.evaluation import rbm as judge
from core.jobs import scoring, training_job, worker
from core.models import preset as named
from core.models.boltzmann.rbm import PRESETS, RBM, RBMConfig
from core.store import archive, checkpoints, disk, quantize, tensors
from core.store.checkpoints import CheckpointError
from core.store.naming import checkpoint_name

TINY = Preset(
    "tiny",
    "A tiny machine",
    "rbm",
    "bars-and-stripes-3",
    "as-is",
    RBMConfig((3, 3), hidden=4, chains=10),
    TrainConfig(epochs=8, batch_size=5, snapshots=2, average=0.9, momentum=0.5),
    seed=2,
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(judge, "FANTASY_SWEEPS", 5)
    monkeypatch.setattr(
        training_job, "fit", partial(training_job.fit, report_every=0)
    )  # a report a step, whatever the clock says
    return tmp_path / "checkpoints"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One finished checkpoint, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setattr(judge, "FANTASY_SWEEPS", 5)
        return worker.train(TINY, "cpu")


@pytest.fixture
def copy(trained, root):
    """A copy of it, alone in the root."""
    shutil.copytree(trained.folder, root / trained.name)
    return root / trained.name


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()


def visible(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def stop_at(step: int):
    def on_progress(progress):
        if progress.step >= step:
            raise KeyboardInterrupt

    return on_progress


# -- a run --------------------------------------------------------------------------------------


def test_a_run_leaves_a_whole_checkpoint(trained):
    assert trained.name == f"tiny-{TINY.key(load_data(TINY.dataset).fingerprint)}"
    assert trained.preset == TINY
    assert [line["epoch"] for line in trained.history()] == list(range(1, 9))
    assert sorted(f.name for f in (trained.folder / "snapshots").iterdir()) == [
        "epoch-00004.safetensors",
        "epoch-00008.safetensors",
    ]
    assert {f.name for f in trained.folder.iterdir()} == {
        "weights.safetensors", "portrait.safetensors", "run.json", "history.jsonl", "snapshots", "pictures"
    }  # fmt: skip
    assert visible(trained.folder.parent) == {trained.name, checkpoints.RUNS}, "nothing temporary is left"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(trained.folder.parent))
        (run,) = jobs.list_runs()
    assert (run.id, run.status().state, run.status().checkpoint) == (trained.name, "finished", trained.name)
    assert {f.name for f in run.folder.iterdir() if not f.name.startswith(".")} == {
        "request.json", "control.json", "progress.json", "history.jsonl", "curve.jsonl", "pictures", "lock"
    }  # fmt: skip
    assert trained.score("test log-probability").nature == "exact"
    assert trained.score("no such score") is None


def test_weights_come_back_as_they_were_judged(trained):
    model = trained.model()
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    assert model.W.dtype == torch.float32
    stored = trained.arrays()
    assert stored["W"].dtype == np.float16 and stored["chains"].dtype == np.uint8
    assert model.W.numpy() == pytest.approx(stored["W"].astype(np.float32))
    scores = {s.name: s.value for s in scoring.evaluate(trained, thorough=False, device_name="cpu").scores}
    assert scores == {s["name"]: s["value"] for s in trained.run["scores"]}


def test_smaller_weights_are_near_and_stay_thin(copy, monkeypatch):
    monkeypatch.setattr(quantize, "FROM", 1)
    full = checkpoints.load(copy)
    exact = full.arrays()
    smaller = scoring.quantize_checkpoint(full, "cpu")
    assert smaller.stored_arrays()["W"].dtype == np.int8 and smaller.version != full.version
    step = quantize.scales(torch.from_numpy(exact["W"])).numpy()
    assert (np.abs(smaller.arrays()["W"] - exact["W"]) <= 0.51 * step.astype(np.float32) + 1e-6).all()
    np.testing.assert_array_equal(smaller.model().W.numpy(), smaller.arrays()["W"])
    assert set(smaller.arrays()) == set(exact)
    scores = {s.name: s.value for s in scoring.evaluate(smaller, device_name="cpu", keep=True).scores}
    assert scores == {s["name"]: s["value"] for s in smaller.run["scores"]}  # those of the weights that are stored
    again = scoring.quantize_checkpoint(checkpoints.load(copy), "cpu")
    assert again.stored_arrays()["W"].dtype == np.int8  # scoring leaves them small
    np.testing.assert_array_equal(again.arrays()["W"], smaller.arrays()["W"])


def test_a_scale_that_is_none_of_its_rows_is_named(copy):
    full = checkpoints.load(copy)
    weights = {k: torch.from_numpy(v) for k, v in full.arrays().items()}
    portrait = {k: torch.from_numpy(v) for k, v in full.arrays("portrait.safetensors").items()}
    rows, columns = weights["W"].shape
    for name, shape in (("W", (rows, columns)), ("W", (1, columns)), ("none", (1,))):
        scales = {f"{name}{tensors.SCALE}": torch.ones(shape)}
        bad = checkpoints.save(copy, weights | scales, portrait, full.run, full.history())
        with pytest.raises(CheckpointError, match=f"{name}{tensors.SCALE}"):
            bad.arrays()


def test_what_was_trained_is_found_again_without_training(copy):
    def never(*_):
        raise AssertionError("trained again")

    found = worker.train(TINY, "cpu", on_progress=never)
    assert found.folder == copy
    assert worker.train(dataclasses.replace(TINY, title="Another title"), "cpu", on_progress=never).folder == copy


def test_restart_trains_anew_and_gives_the_same(copy):
    before, steps = digest(copy), []
    found = worker.train(TINY, "cpu", restart=True, on_progress=lambda p: steps.append(p.step))
    assert steps == list(range(1, 17))
    assert digest(found.folder) == before
    assert {f.name for f in (copy / "snapshots").iterdir()} == {"epoch-00004.safetensors", "epoch-00008.safetensors"}


@pytest.mark.parametrize("stops", [[7], [3, 9, 14], [16]])
def test_an_interrupted_run_goes_on_to_the_same_weights(root, trained, stops):
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            worker.train(TINY, "cpu", on_progress=stop_at(stop))
        good, problems = checkpoints.available()
        assert (good, problems) == ([], []), "an unfinished run is neither good nor a problem"
    found = worker.train(TINY, "cpu")
    assert digest(found.folder) == digest(trained.folder)
    assert found.history() == trained.history(), "the losses of an epoch too, whatever the stops in it"
    assert visible(root) == {found.name, checkpoints.RUNS}


def test_a_signal_waits_for_the_end_of_the_step(root, trained):
    """SIGINT may arrive in the middle of an update; the state saved is from between two."""

    sent, original = [], RBM.loss

    def loss(self, x, generator):
        if len(sent) == 12:
            signal.raise_signal(signal.SIGINT)
        sent.append(1)
        return original(self, x, generator)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RBM, "loss", loss)
        with pytest.raises(KeyboardInterrupt):
            worker.train(TINY, "cpu")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert digest(worker.train(TINY, "cpu").folder) == digest(trained.folder)


def test_a_run_in_another_process_is_respected(root):
    run = jobs.prepare_training(TINY, "cpu")
    hold = "import sys, filelock; l = filelock.FileLock(sys.argv[1]); l.acquire(); print('held', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(run.folder / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(jobs.RunBusy, match="tiny"):
            worker.train(TINY, "cpu")
    finally:
        other.communicate("\n", timeout=300)
    assert worker.train(TINY, "cpu").folder == training_job.checkpoint_folder(TINY)


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_damaged_state_is_named_and_restart_helps(root, content):
    with pytest.raises(KeyboardInterrupt):
        worker.train(TINY, "cpu", on_progress=stop_at(1))
    (unfinished,) = root.glob("runs/tiny-*")
    (unfinished / "state.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{unfinished.name}.*--restart"):
        worker.train(TINY, "cpu")
    assert worker.train(TINY, "cpu", restart=True).folder.is_dir()


# -- the key ------------------------------------------------------------------------------------


def changed(value):
    """Another valid value of a setting, by its type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 + 0.1
        case tuple():
            return (*value, 1) if value else ((5, 0.1),)  # the empty one: `lr_changes`
    return None


def variants():
    yield "seed", dataclasses.replace(TINY, seed=9)
    yield "origin", dataclasses.replace(TINY, origin="tiny-12345678@0123456789abcdef")
    yield "dataset", dataclasses.replace(TINY, dataset="digits")
    yield "view", dataclasses.replace(TINY, view="static")
    for part in ("model", "train"):
        owner = getattr(TINY, part)
        for field in dataclasses.fields(owner):
            if (other := changed(getattr(owner, field.name))) is not None and field.name != "learn_variance":
                yield field.name, dataclasses.replace(TINY, **{part: dataclasses.replace(owner, **{field.name: other})})
    yield "visible", dataclasses.replace(TINY, model=dataclasses.replace(TINY.model, visible="gaussian"))
    yield "negative", dataclasses.replace(TINY, model=dataclasses.replace(TINY.model, negative="cd"))
    for field, other in (("optimiser", "adam"), ("lr_schedule", "cosine"), ("precision", "bfloat16")):
        yield field, dataclasses.replace(TINY, train=dataclasses.replace(TINY.train, **{field: other}))


def test_the_key_changes_with_all_that_decides_the_result():
    keys = {"": TINY.key("data"), "data": TINY.key("other data")}
    keys |= {name: preset.key("data") for name, preset in variants()}
    assert len(set(keys.values())) == len(keys)
    assert len(keys) > 20
    assert all(len(key) == 8 for key in keys.values())
    assert dataclasses.replace(TINY, title="other", name="other").key("data") == TINY.key("data")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_presets_survive_json(preset):
    plain = json.loads(json.dumps(preset.to_json()))
    assert checkpoints.Checkpoint(Path("x"), {"preset": plain}).preset == preset == named(preset.name)


# -- damage -------------------------------------------------------------------------------------


def cut(name, at=0.5):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * at)])

    return damage


def edit_weights(folder):
    content = bytearray((folder / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(content)


def run_json(change):
    def damage(folder):
        run = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(change(run)))

    return damage


def without(*names):
    return run_json(lambda run: {k: v for k, v in run.items() if k not in names})


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def remove(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


DAMAGE = {
    "weights cut": cut("weights.safetensors"),
    "weights empty": cut("weights.safetensors", 0),
    "weights edited": edit_weights,
    "weights missing": remove("weights.safetensors"),
    "portrait missing": remove("portrait.safetensors"),
    "portrait cut": cut("portrait.safetensors"),
    "run.json missing": remove("run.json"),
    "run.json empty": write("run.json", b""),
    "run.json cut": cut("run.json"),
    "run.json no text": write("run.json", bytes(range(256))),
    "run.json a list": write("run.json", b"[1, 2]"),
    "run.json a number": write("run.json", b"3"),
    "another format": run_json(lambda run: {**run, "format": 999}),
    "no format": without("format"),
    "no preset": without("preset"),
    "no scores": without("scores"),
    "no digests": without("sha256"),
    "no seconds": without("seconds", "device"),
    "odd scores": run_json(lambda run: {**run, "scores": [3]}),
    "odd preset": run_json(lambda run: {**run, "preset": "tiny"}),
    "odd digests": run_json(lambda run: {**run, "sha256": {}}),
    "empty folder": lambda folder: [shutil.rmtree(folder), folder.mkdir()],
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_folder_is_set_aside_with_one_message(kind, copy, root):
    good = root / "good-00000000"
    shutil.copytree(copy, good)
    DAMAGE[kind](copy)
    found, problems = checkpoints.available()
    assert [c.folder for c in found] == [good]
    assert len(problems) == 1 and str(copy) in problems[0]
    for name in (copy, copy.name, "tiny"):
        with pytest.raises(CheckpointError, match=copy.name):
            checkpoints.load(name)
    if (copy / "run.json").exists():  # the same in front of a training, which must not go over it
        with pytest.raises(CheckpointError, match=copy.name):
            worker.train(TINY, "cpu")


def test_what_is_no_checkpoint_is_passed_over(copy, root):
    (root / "stray.txt").write_text("hello")
    (root / ".hidden").mkdir()
    (root / checkpoints.RUNS / "tiny-12345678").mkdir(parents=True)
    (copy / "stray.txt").write_text("hello")
    found, problems = checkpoints.available()
    assert [c.folder for c in found] == [copy] and problems == []


def test_a_preset_of_another_version_is_named(copy):
    for change in (
        {"family": "no such family"},
        {"model": {"no such setting": 1}},
        {"train": {"epochs": -1}},
        {"extra": 1},
    ):
        run_json(lambda run, change=change: {**run, "preset": {**TINY.to_json(), **change}})(copy)
        with pytest.raises(CheckpointError, match=copy.name):
            _ = checkpoints.load(copy).preset


def test_weights_of_another_shape_are_named(copy):
    run_json(lambda run: {**run, "preset": dataclasses.replace(TINY, model=RBMConfig((3, 3), hidden=5)).to_json()})(
        copy
    )
    with pytest.raises(CheckpointError, match=f"{copy.name}.*do not fit"):
        checkpoints.load(copy).model()


def test_damage_after_listing_is_noticed_on_reading(copy):
    found = checkpoints.load(copy)
    edit_weights(copy)
    with pytest.raises(CheckpointError, match=f"{copy.name}.*weights.safetensors"):
        found.model()
    (copy / "weights.safetensors").unlink()
    with pytest.raises(CheckpointError, match=copy.name):
        found.arrays()


@pytest.mark.parametrize(
    "name", ["nothing", "", "..", "a/b", "tiny-0", "nothing" * 1_000, "nothing" * 100, "nothing\0"]
)
def test_an_unknown_name_is_named(name, copy):
    with pytest.raises(CheckpointError, match="nothing|no run.json|unknown checkpoint"):
        checkpoints.load(name)


def test_the_newest_of_a_preset_is_loaded_by_its_name(copy, root):
    newer = root / "tiny-ffffffff"
    shutil.copytree(copy, newer)
    os.utime(newer, (2e9, 2e9))
    assert checkpoints.load("tiny").folder == newer
    assert checkpoints.load(copy.name).folder == copy
    assert checkpoints.load(str(copy)).folder == copy


def test_without_a_root_there_is_nothing(root):
    assert not root.exists()
    assert checkpoints.available() == ([], [])
    with pytest.raises(CheckpointError, match="there: none"):
        checkpoints.load("tiny")


def test_other_data_is_not_scored(copy):
    run_json(lambda run: {**run, "data_fingerprint": "0" * 64})(copy)
    with pytest.raises(data.DataError, match="different version of the data bars-and-stripes-3"):
        scoring.evaluate(checkpoints.load(copy), device_name="cpu")
    before = (copy / "weights.safetensors").read_bytes()
    with pytest.raises(data.DataError, match="different version of the data bars-and-stripes-3"):
        scoring.quantize_checkpoint(checkpoints.load(copy), "cpu")
    assert (copy / "weights.safetensors").read_bytes() == before


def test_saving_scores_keeps_weights_history_and_snapshots(copy):
    before = checkpoints.load(copy)
    files = {f.name: f.read_bytes() for f in copy.glob("**/*") if f.is_file() and f.name != "run.json"}
    scoring.evaluate(before, thorough=True, device_name="cpu", keep=True)
    after = checkpoints.load(copy)
    assert after.version == before.version and after.preset == before.preset
    for name, content in files.items():
        if name != "portrait.safetensors":
            assert next(copy.glob(f"**/{name}")).read_bytes() == content, name
    assert list(copy.parent.iterdir()) == [copy]


def test_nothing_is_lost_where_a_save_fails(copy, trained, monkeypatch):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(tensors, "write_tensors", full)
    with pytest.raises(OSError, match="no space"):
        checkpoints.save(copy, {}, {}, {}, [])
    with contextlib.suppress(OSError):
        worker.train(dataclasses.replace(TINY, seed=77), "cpu")
    assert checkpoints.load(copy).version == trained.version
    assert [c.folder for c in checkpoints.available()[0]] == [copy]


# -- what comes from elsewhere ------------------------------------------------------------------

SHIPPED = Path(__file__).parents[1] / "checkpoints"
OF_EACH_FAMILY = (
    "digits-rbm", "topics-rbm", "digits-autoencoder-2", "digits-stack-2", "digits-dbn", "digits-vae-2",
    "sprites-vae-10", "digits-made-17", "digits-nade-17-classes", "digits-pixelcnn-17-slices",
    "digits-pixelrnn-17-row", "help-ngram",
    "help-gru", "help-transformer-pairs", "tones-wavenet",
)  # fmt: skip
ODD = (
    None, True, False, 0, -1, 1, 3, 2.5, 1e308, float("nan"), float("inf"), 10**30, -(10**30), 100_000, "", "x",
    "x" * 5_000, "<img src=x onerror=alert(1)>", "\ud800", [], [1], [0], [-3], ["x"], [[1]], {}, {"a": 1}, [[]] * 300,
    [100_000, 100_000], [20_000, 2_000], [1] * 3_000, [10**30], [1.5], [True],
)  # fmt: skip


def shipped(name: str) -> Path:
    return next(folder for folder in sorted(SHIPPED.glob(f"{name}-????????")))


def packed(folder: Path, name: str = "brought", **changed: bytes) -> bytes:
    """The zip of a checkpoint, some of its files replaced."""
    files = {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()} | changed
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for file, content in files.items():
            archive.writestr(f"{name}/{file}", content)
    return found.getvalue()


def with_digests(run: dict, **files: bytes) -> bytes:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return json.dumps({**run, "sha256": {**run["sha256"], **digests}}).encode()


def places(plain, path=()):
    """The path of every value in plain data."""
    entries = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


def mutations(run: dict, seed: int, count: int):
    """The run.json with one to three values replaced, taken away, renamed or doubled."""
    chance = random.Random(seed)
    known = list(places(run))
    known = [p for p in known if p[0] != "scores"] * 3 + known  # most of it is scores
    for _ in range(count):
        mutated = json.loads(json.dumps(run))
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            *path, key = chance.choice(known)
            with contextlib.suppress(KeyError, IndexError, TypeError):
                inner = mutated
                for step in path:
                    inner = inner[step]
                what = chance.choice(("odd", "odd", "odd", "away", "rename", "more"))
                if what == "odd":
                    inner[key] = chance.choice(ODD)
                elif what == "away":
                    del inner[key]
                elif what == "rename" and isinstance(inner, dict):
                    inner[f"{key}x"] = inner.pop(key)
                elif isinstance(inner[key], int | float):
                    inner[key] *= chance.choice((2, -1, 10**6))
                elif isinstance(inner[key], list | str):
                    inner[key] = inner[key] * 2
        yield mutated


def used(found: checkpoints.Checkpoint) -> None:
    """What lists and pages do with any checkpoint, without its data."""
    model = found.run["preset"]["model"]
    assert (found.title + found.version + found.run.get("finished", "") + found.run["data_title"]).encode()
    assert len(model["event_shape"]) in range(5) and f"{found.run['seconds']:,.0f} {found.run['seconds'] / 60:.1f}"
    for score in found.run["scores"]:
        assert (
            f"{score['name'].title()} {score['value']:.2f} {score['spread'] or 0:.2f} {score['unit'] + score['note']}"
        )
    assert found.preset.to_json()["model"].items() >= {k: v for k, v in model.items() if k != "event_shape"}.items()
    assert "".join(found.run["class_names"]).encode() is not None and found.history() is not None


@pytest.mark.parametrize("name", OF_EACH_FAMILY)
def test_any_change_of_a_description_is_loaded_or_refused(name, root, monkeypatch):
    """Nothing of what a visitor brings ends in another error, takes memory that its weights do not need, or stops the
    list of the others."""
    source = shipped(name)
    run = json.loads((source / "run.json").read_text())
    monkeypatch.setattr(models, "build", only_what_fits(models.build, source))
    refused = 0
    for mutated in mutations(run, seed=OF_EACH_FAMILY.index(name), count=60):
        content = json.dumps(mutated).encode()
        try:
            used(archive.unpack(packed(source, **{"run.json": content})))
        except CheckpointError as error:
            refused += 1
            assert 0 < len(str(error)) < 2_000 and str(root) not in str(error)
            if not (root / "brought").exists():  # the same, in the folder already
                shutil.copytree(source, root / "brought")
            (root / "brought" / "run.json").write_bytes(content)
        good, problems = checkpoints.available()
        assert len(good) + len(problems) == 1
        for found in good:
            used(found)
            with contextlib.suppress(CheckpointError):
                found.model()
        assert visible(root) == {"brought"}
        shutil.rmtree(root / "brought")
    assert refused > 20


def only_what_fits(build, source: Path):
    """`build`, which may be asked only for models of about the size of the weights in `source`."""
    most = 8 * (source / "weights.safetensors").stat().st_size

    def built(family, config, *rest):
        with torch.device("meta"):
            model = models.families()[family].build(config)
        assert sum(t.numel() for t in model.state_dict().values()) < most
        return build(family, config, *rest)

    return built


@pytest.mark.parametrize("name", OF_EACH_FAMILY)
def test_what_is_packed_here_is_taken_elsewhere(name, root, monkeypatch):
    found = archive.unpack(archive.pack(checkpoints.load(shipped(name))))
    assert found.folder == root / shipped(name).name and checkpoints.available() == ([found], [])
    assert archive.unpack(archive.pack(found)).version == found.version, "once more changes nothing"


def test_what_an_operating_system_adds_to_a_zip_is_passed_over(root):
    content = archive.pack(checkpoints.load(shipped("digits-rbm")))
    name = shipped("digits-rbm").name
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as changed:
        for added in (f"__MACOSX/{name}/._run.json", f"{name}/.DS_Store", ".DS_Store", f"{name}/x/Thumbs.db"):
            changed.writestr(added, b"x")
    assert archive.unpack(file.getvalue()).folder == root / name
    backslashes = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(backslashes, "w") as changed:
        for entry in whole.infolist():
            changed.writestr(entry.filename.replace("/", "\\"), whole.read(entry))
    assert archive.unpack(backslashes.getvalue()).folder == root / name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"event_shape": [100_000, 100_000]}, "event_shape"),
        ({"event_shape": [400, 500], "hidden": 20_000}, "do not fit the model"),
        ({"hidden": 100_000, "chains": 100_000}, "do not fit the model"),
        ({"hidden": 12.5}, "hidden=12.5: expected int"),
        ({"hidden": True}, "hidden=True: expected int"),
        ({"hidden": "128"}, "hidden='128': expected int"),
        ({"hidden": 10**30}, "expected int"),
        ({"event_shape": "8x8"}, "event_shape"),
        ({"event_shape": [64]}, ""),  # the same weights, another shape: that is a model too
    ],
)
def test_sizes_are_compared_before_anything_is_built(change, words, root, monkeypatch):
    source = shipped("digits-rbm")
    run = json.loads((source / "run.json").read_text())
    run["preset"]["model"] |= change
    if not words:
        arrays = checkpoints.load(source).arrays()
        assert arrays["view.shift"].shape == () and archive.unpack(
            packed(source, **{"run.json": json.dumps(run).encode()})
        )
        return

    def never(*_):
        raise AssertionError("built")

    monkeypatch.setattr(models, "build", never)
    with pytest.raises(CheckpointError, match=words):
        archive.unpack(packed(source, **{"run.json": json.dumps(run).encode()}))
    assert visible(root) == set()


@pytest.mark.parametrize(
    "nested", [b"[" * 200_000, b'{"a":' * 200_000, b"1" * 10_000, b'{"format": 2, "a": ' + b"[" * 90_000]
)
def test_a_description_nested_too_deeply_is_refused(nested, copy, root):
    (copy / "run.json").write_bytes(nested)
    assert checkpoints.available()[0] == [] and "damaged" in checkpoints.available()[1][0]
    with pytest.raises(CheckpointError, match="damaged"):
        archive.unpack(packed(shipped("digits-rbm"), **{"run.json": nested}))


def test_a_description_that_is_too_long_is_not_read(copy):
    (copy / "run.json").write_bytes(b" " * (checkpoints.MAX_RUN + 1))
    assert "larger than 2 MB" in checkpoints.available()[1][0]


def brought(name: str, change, file: str = "weights.safetensors", save=tensors.save) -> bytes:
    """A zip whose tensors are changed, with the digests that they then have."""
    source = shipped(name)
    changed = change({k: v.copy() for k, v in tensors.load((source / file).read_bytes()).items()})
    content = changed if isinstance(changed, bytes) else save(changed)
    run = json.loads((source / "run.json").read_text())
    if file == "weights.safetensors":
        run.pop("version", None)
    run = with_digests(run, **{file: content})
    return packed(source, **{"run.json": run, file: content})


def put(name: str, value):
    return lambda tensors: {**tensors, name: value(tensors.get(name)) if callable(value) else value}


TENSORS = {
    "not finite": ("digits-rbm", put("W", lambda w: np.full_like(w, np.nan)), "W .* not finite"),
    "one infinite": ("digits-vae-2", put("head.bias", lambda b: b + np.float16(np.inf)), "not finite"),
    "one lacks": ("digits-rbm", lambda t: {k: v for k, v in t.items() if k != "W"}, "W: none in the file"),
    "one more": ("digits-rbm", put("more", np.zeros(3)), "more: .*none by run.json"),
    "another shape": ("digits-rbm", put("W", lambda w: w.T.copy()), "W: "),
    "odd shift": ("digits-rbm", put("view.shift", np.zeros(5, np.float16)), "view.shift"),
    "no shift": ("digits-rbm", lambda t: {k: v for k, v in t.items() if k != "view.shift"}, "no 'view.shift'"),
    "tokens beyond": ("help-ngram", put("text", lambda t: np.full(len(t), 500, np.int16)), "not below 320"),
    "tokens below": ("help-ngram", put("text", lambda t: np.full(len(t), -1, np.int16)), "not below 320"),
    "text of two axes": ("help-ngram", put("text", lambda t: t[None]), "text: "),
    "no vocabulary": ("help-gru", put("view.vocabulary", np.frombuffer(b"[" * 90_000, np.uint8)), "view.vocabulary"),
    "odd vocabulary": ("help-gru", put("view.vocabulary", np.frombuffer(b'{"kind": 3}', np.uint8)), "view.vocabulary"),
    "garbage": ("digits-rbm", lambda _: b"garbage" * 100, "weights.safetensors"),
    "a long header": ("digits-rbm", lambda _: (2**62).to_bytes(8, "little") + b"{}", "header"),
    "nothing": ("digits-rbm", lambda _: b"", "weights.safetensors"),
}  # fmt: skip


@pytest.mark.parametrize("save", [tensors.save, save_arrays], ids=["deflated", "plain"])
@pytest.mark.parametrize("kind", TENSORS)
def test_tensors_that_are_none_of_the_model_are_named(kind, save, root):
    name, change, words = TENSORS[kind]
    with pytest.raises(CheckpointError, match=words):
        archive.unpack(brought(name, change, save=save))
    assert visible(root) == set()


def former(source: Path) -> bytes:
    """The zip of a checkpoint as it was before tensors were deflated."""
    files = {f: save_arrays(checkpoints.load(source).stored_arrays(f)) for f in checkpoints.FILES}
    run = json.loads((source / "run.json").read_text())
    run.pop("version", None)
    return packed(source, source.name, **files, **{"run.json": with_digests(run, **files)})


@pytest.mark.parametrize("name", OF_EACH_FAMILY)
def test_a_checkpoint_of_before_tensors_were_deflated_is_the_same(name, root):
    """It opens, with the version that it had; saved again it is deflated, and links to it stand."""
    now = checkpoints.load(shipped(name))
    found = archive.unpack(former(shipped(name)))
    assert "version" not in found.run and found.version == now.version
    assert archive.unpack(archive.pack(now)).folder == found.folder, "not other weights"
    for file in checkpoints.FILES:
        kept, wanted = found.stored_arrays(file), now.stored_arrays(file)
        assert kept.keys() == wanted.keys()
        assert all((kept[k].dtype, kept[k].tobytes()) == (wanted[k].dtype, wanted[k].tobytes()) for k in wanted)
    assert found.model().state_dict().keys() == now.model().state_dict().keys()
    before = sum((found.folder / file).stat().st_size for file in checkpoints.FILES)
    weights, portrait = ({k: torch.from_numpy(v) for k, v in found.stored_arrays(f).items()} for f in checkpoints.FILES)
    again = checkpoints.save(found.folder, weights, portrait, found.run, found.history())
    assert again.version == now.version
    assert sum((found.folder / file).stat().st_size for file in checkpoints.FILES) < before


def test_what_would_be_larger_than_an_upload_may_be_is_not_inflated(root, monkeypatch):
    """A kilobyte in a zip can tell of a megabyte; all of it counts before any of it is inflated."""
    most = 2**20
    content = brought("digits-rbm", put("view.more", np.zeros(most, np.uint8)))
    assert archive.unpack(content)
    shutil.rmtree(root)
    monkeypatch.setattr(archive, "MAX_UPLOAD", most)
    monkeypatch.setattr(tensors.zlib, "decompressobj", None)
    assert len(content) < most
    with pytest.raises(CheckpointError, match="its tensors are larger than 1 MB"):
        archive.unpack(content)
    assert visible(root) == set()


def test_a_version_that_is_none_of_its_weights_is_refused(root):
    run = json.loads((shipped("digits-rbm") / "run.json").read_text())
    for version, words in (("0" * 16, "another version of the weights"), ("x", "lacks version"), (3, "lacks version")):
        content = packed(shipped("digits-rbm"), **{"run.json": json.dumps({**run, "version": version}).encode()})
        with pytest.raises(CheckpointError, match=words):
            archive.unpack(content)
    assert visible(root) == set()


@pytest.mark.parametrize(
    ("name", "array", "value"),
    [
        ("digits-rbm", "hidden_use", np.zeros(127)),
        ("digits-rbm", "fantasy", np.zeros((256, 63))),
        ("digits-rbm", "fantasy", np.zeros((0, 64))),
        ("digits-rbm", "free_energy.test", np.full(9, np.inf)),
        ("digits-autoencoder-2", "codes.errors", np.zeros(7)),
        ("digits-vae-2", "codes.log_var", np.zeros((360, 3))),
        ("digits-made-17", "examples", np.zeros((64, 8, 8), np.uint8)),
        ("help-gru", "reach.left", np.zeros((2, 2), np.int32)),
    ],
)
def test_a_portrait_of_another_shape_is_named(name, array, value, root):
    with pytest.raises(CheckpointError, match=array):
        archive.unpack(brought(name, put(array, value), "portrait.safetensors"))


def test_an_array_that_a_portrait_lacks_is_named(root):
    less = archive.unpack(brought("digits-rbm", lambda t: {"fantasy": t["fantasy"]}, "portrait.safetensors"))
    with pytest.raises(CheckpointError, match="portrait.safetensors holds no 'hidden_use'"):
        less.arrays("portrait.safetensors")["hidden_use"]


def test_scores_that_are_not_finite_are_left_out(copy):
    def odd(run):
        first, *others = run["scores"]
        return {**run, "scores": [{**first, "value": float("-inf")}, {**first, "spread": float("nan")}, *others]}

    whole = checkpoints.load(copy).run["scores"]
    run_json(odd)(copy)
    assert checkpoints.load(copy).run["scores"] == whole[1:]


def test_damaged_lines_of_a_history_are_passed_over(copy):
    whole = checkpoints.load(copy).history()
    with (copy / "history.jsonl").open("a") as file:
        file.write('[1]\n3\n{"epoch": 9}\n{"epoch": "x", "step": 1}\n{"epoch": 9, "step": 18, "loss": [1]}\n{"ep')
        file.write("\n" + "[" * 90_000)
    assert checkpoints.load(copy).history() == whole


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a zip"),
        (b"PK" + b"x" * 500, "not a zip"),
        (b"PK\x05\x06" + b"\xff" * 18, "too many files"),
    ],
)
def test_what_is_no_zip_is_refused(content, words, root):
    with pytest.raises(CheckpointError, match=words):
        archive.unpack(content)


def test_any_bytes_of_a_zip_may_be_wrong(root):
    whole, chance = packed(shipped("digits-rbm-exact")), random.Random(1)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 1, 5))):
            content[chance.choice((chance.randrange(len(content)), -chance.randrange(1, 600)))] ^= (
                1 << chance.randrange(8)
            )
        with contextlib.suppress(CheckpointError):
            archive.unpack(bytes(content))
            shutil.rmtree(root)
    assert not root.exists() or visible(root) <= {"brought"}


def test_no_room_for_what_is_brought_is_said(root, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    content = packed(shipped("digits-rbm"))
    with (
        monkeypatch.context() as patch,
        pytest.raises(CheckpointError, match="brought could not be saved: .*is full"),
    ):
        patch.setattr(Path, "write_bytes", full)
        archive.unpack(content)
    assert visible(root) == set()
    assert archive.unpack(content).folder == root / "brought"


# -- what a failure leaves behind ---------------------------------------------------------------


def test_nothing_half_written_is_left(tmp_path, copy, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "here").write_text("old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "replace", full)
        disk.write_atomically(tmp_path / "here", "new")
    assert (tmp_path / "here").read_text() == "old" and visible(tmp_path) == {"here", "checkpoints"}
    found = checkpoints.load(copy)
    weights = {k: torch.from_numpy(v) for k, v in found.arrays().items()}
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "write_text", full)
        checkpoints.save(copy, weights, {}, found.run, [])
    assert visible(copy.parent) == {copy.name} and checkpoints.load(copy).version == found.version


def test_what_a_process_that_is_gone_left_is_removed(copy):
    gone = 2**22 + 5
    for name in (f".{copy.name}.{gone}", f".{copy.name}.{gone}.old", f".{copy.name}.{os.getppid()}", f".other.{gone}"):
        (copy.parent / name).mkdir()
        os.utime(copy.parent / name, (1.0, 1.0))
    (copy.parent / f".{copy.name}.{gone}.new").mkdir()  # perhaps of another machine
    found = checkpoints.load(copy)
    weights, portrait = ({k: torch.from_numpy(v) for k, v in found.stored_arrays(f).items()} for f in checkpoints.FILES)
    checkpoints.save(copy, weights, portrait, found.run, found.history())
    kept = {f".{copy.name}.{os.getppid()}", f".{copy.name}.{gone}.new", f".other.{gone}"}
    assert visible(copy.parent) == {copy.name} | kept


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk that holds the trained models is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk that holds the trained models is full"),
        (SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"), "is full"),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written to"),
        (PermissionError(errno.EACCES, "Permission denied", "/a/secret/place"), "not allowed to write place"),
    ],
)
def test_what_a_disk_refuses_is_said_in_words(error, words):
    said = disk.explain_error(error)
    assert words in said and "Errno" not in said and "/" not in said and disk.is_disk_error(error)
    assert not disk.is_disk_error(ValueError("x")) and not disk.is_disk_error(OSError("x"))


# -- what comes with the project ----------------------------------------------------------------


def test_every_shipped_checkpoint_is_whole_and_is_what_its_name_says(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(SHIPPED))
    good, problems = checkpoints.available()
    assert problems == []
    for checkpoint in good:
        fingerprint = checkpoint.run["data_fingerprint"]  # the data here may be others
        assert checkpoint.name == checkpoint_name(checkpoint.preset, fingerprint)
        model = checkpoint.model()
        assert all(torch.isfinite(p).all() for p in model.parameters())
        assert {"view.shift", "view.scale"} <= set(checkpoint.arrays())
        assert all(np.isfinite(a).all() for a in checkpoint.arrays("portrait.safetensors").values())
