"""The command line, as a person types it: what it prints, and with which status it ends."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import SafetensorError

from core import jobs
from core.cli import main
from core.cli.console import console
from core.evaluation import rbm as judge
from core.store import checkpoints
from core.training import TrainState

SMALL = ["--set", "hidden=3", "epochs=2", "chains=10", "steps=1"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setattr(judge, "FANTASY_SWEEPS", 5)
        assert main(["train", "bars-rbm", *SMALL, "--device", "cpu"]) == 0
        return checkpoints.load("bars-rbm").folder


@pytest.fixture
def folder(tmp_path, monkeypatch, trained):
    """A root with one trained checkpoint."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "root"))
    monkeypatch.setattr(console, "width", 200)
    monkeypatch.setattr(judge, "FANTASY_SWEEPS", 5)
    shutil.copytree(trained, tmp_path / "root" / trained.name)
    return tmp_path / "root" / trained.name


def refused(arguments, capsys) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err
    return captured.err


def test_help_names_the_commands():
    done = subprocess.run([sys.executable, "-m", "core", "--help"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    for word in ("list", "train", "evaluate", "sample", "PLAYGROUND_DATA", "PLAYGROUND_CHECKPOINTS"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [[], ["fly"], ["estimate"], ["sample"], ["list", "cats"]])
def test_wrong_usage_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_list(folder, capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    for word in ("digits", "MB to download" if "MB to download" in printed else "yes", "bars-rbm", folder.name):
        assert word in printed
    for what in ("datasets", "presets", "checkpoints"):
        assert main(["list", what]) == 0
    assert folder.name in capsys.readouterr().out


def test_list_sets_damaged_checkpoints_aside(folder, capsys):
    (folder / "run.json").write_text("{")
    assert main(["list", "checkpoints"]) == 0
    assert folder.name in capsys.readouterr().err


def test_train_trains_and_finds_again(folder, capsys):
    name = "bars-rbm"
    assert main(["train", name, *SMALL, "seed=5", "--device", "cpu"]) == 0
    first = capsys.readouterr().out
    assert name in first and "test log-probability" in first and "exact" in first
    (other,) = [c for c in checkpoints.available()[0] if c.folder != folder]
    assert other.preset.seed == 5 and other.preset.model.hidden == 3
    before = (other.folder / "run.json").stat().st_mtime_ns
    assert main(["train", name, *SMALL, "seed=5", "--device", "cpu"]) == 0
    assert (other.folder / "run.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["no-such-preset"], ["no-such-preset", "bars-rbm"]),
        (["bars-rbm", "--set", "hiden=3"], ["hiden", "hidden"]),
        (["bars-rbm", "--set", "hidden=many"], ["hidden", "many", "whole number"]),
        (["bars-rbm", "--set", "hidden=0"], ["hidden=0", "between 1 and"]),
        (["bars-rbm", "--set", "lr=nan"], ["lr=nan"]),
        (["bars-rbm", "--set", "optimiser=magic"], ["optimiser", "magic", "sgd"]),
        (["bars-rbm", "--set", "hidden"], ["hidden", "KEY=VALUE"]),
        (["bars-rbm", "--set", "=3"], ["=3", "KEY=VALUE"]),
        (["bars-rbm", "--set", "view=upside-down"], ["upside-down", "as-is"]),
        (["bars-rbm", "--set", "dataset=cats"], ["cats", "digits"]),
        (["bars-rbm", "--set", "dataset=bars-and-stripes-3"], ["(3, 3)", "(4, 4)"]),
        (["bars-rbm", "--set", "visible=gaussian"], ["real", "binary"]),
        (["bars-rbm", *SMALL, "seed=6", "--device", "abacus"], ["abacus", "cpu"]),
    ],
)
def test_bad_input_is_named(arguments, named, folder, capsys):
    message = refused(["train", *arguments], capsys)
    for word in named:
        assert word in message
    assert [f.name for f in folder.parent.iterdir()] == [folder.name], "nothing is left behind"


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_missing_name_is_said(command, capsys):
    assert f"{command}: name a " in refused([command], capsys)
    assert "'no-such-run'" in refused([command, "--run", "no-such-run"], capsys)


def test_evaluate_prints_a_table_or_json(folder, capsys):
    assert main(["evaluate", folder.name, "--device", "cpu"]) == 0
    assert "test log-probability" in capsys.readouterr().out
    assert main(["evaluate", "bars-rbm", "--json", "--quick", "--device", "cpu"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["checkpoint"] == folder.name
    score = found["scores"][0]
    assert score["name"] == "test log-probability" and score["nature"] == "exact" and score["unit"] == "nats/image"
    assert -13 < score["value"] < -3  # between guessing and knowing the 30 patterns


def test_evaluate_says_what_its_estimates_were_made_with(tmp_path, monkeypatch, capsys):
    shipped = {c.manifest.preset.name: c.folder for c in checkpoints.available()[0]}
    notes = []
    for name, asked in (("digits-rbm", "--temperatures 777 --chains 60"), ("digits-vae-2", "--importance-samples 3")):
        assert main(["evaluate", str(shipped[name]), "--json", "--quick", "--device", "cpu", *asked.split()]) == 0
        notes += [score["note"] for score in json.loads(capsys.readouterr().out)["scores"]]
    assert any("AIS, 777 temperatures, 60 chains" in note for note in notes)
    assert any("3 codes per example" in note for note in notes)
    said = refused(["evaluate", str(shipped["digits-rbm"]), "--chains", "1"], capsys)
    assert "chains=1: between 2 and 100,000" in said


def test_evaluate_saves_only_when_asked(folder, capsys):
    def names():
        return [s["name"] for s in checkpoints.load(folder).run["scores"]]

    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "scores": []}))
    assert main(["evaluate", folder.name, "--device", "cpu"]) == 0 and names() == []
    assert main(["evaluate", folder.name, "--save", "--device", "cpu"]) == 0
    assert names() == [s["name"] for s in run["scores"]]


@pytest.mark.parametrize(("n", "size"), [(1, 1 * 6 + 2), (7, 3 * 6 + 2), (64, 8 * 6 + 2)])
def test_sample_writes_a_picture(folder, tmp_path, n, size):
    out = tmp_path / "grid.png"
    assert main(["sample", folder.name, "-n", str(n), "--out", str(out), "--device", "cpu"]) == 0
    with Image.open(out) as picture:
        assert picture.format == "PNG" and picture.size == (3 * size, 3 * size)  # 4 + 2 pixels an image, zoomed
        first = picture.tobytes()
    assert main(["sample", folder.name, "-n", str(n), "--out", str(out), "--device", "cpu"]) == 0
    with Image.open(out) as picture:
        assert picture.tobytes() == first
    assert main(["sample", folder.name, "-n", "64", "--seed", "1", "--out", str(out), "--device", "cpu"]) == 0
    with Image.open(out) as picture:
        assert picture.tobytes() != first


def test_samples_are_of_the_class_that_is_asked_for(tmp_path):
    """Read by the model itself: most of what it draws of a class is of that class."""
    shipped = Path(__file__).parent.parent / "checkpoints"
    (name,) = (folder.name for folder in shipped.glob("digits-dbn-*"))
    for number in (0, 7):
        out = tmp_path / "grid.png"
        assert main(["sample", str(shipped / name), "-n", "16", "--of", str(number), "--out", str(out)]) == 0
        with Image.open(out) as picture:
            tiles = np.asarray(picture.convert("L"))[1::3, 1::3].astype(np.float32) / 255
        images = [tiles[2 + 10 * (i // 4) :, 2 + 10 * (i % 4) :][:8, :8] for i in range(16)]
        model = checkpoints.load(shipped / name).model()
        read = model.classify(torch.from_numpy(np.stack(images) > 0.5).float()).argmax(1)
        assert (read == number).float().mean() > 0.6
    assert main(["sample", str(shipped / name), "--of", "10", "--out", str(out)]) == 2


def test_sample_writes_a_sound(tmp_path):
    (folder,) = (Path(__file__).parent.parent / "checkpoints").glob("tones-wavenet-*")
    heard = []
    for asked in (["--of", "1"], ["--of", "1"], ["--of", "1", "--seed", "1"], []):  # of seed 0 another class is drawn
        out = tmp_path / "drum.wav"
        assert main(["sample", str(folder), "-n", "300", "--out", str(out), *asked, "--device", "cpu"]) == 0
        with wave.open(str(out)) as file:
            assert (file.getnchannels(), file.getframerate(), file.getsampwidth(), file.getnframes()) == (
                1,
                8000,
                2,
                300,
            )
            heard.append(file.readframes(300))
    assert heard[0] == heard[1] and len(set(heard)) == 3 and len(set(heard[0])) > 20
    for asked in (["--of", "6"], ["--of", "-1"], ["--speaker", "0"]):
        assert main(["sample", str(folder), "-n", "3", "--out", str(out), *asked]) == 2
    assert main(["sample", str(folder), "-n", "3"]) == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["evaluate", "no-such-model"], ["no-such-model", "bars-rbm"]),
        (["evaluate", "no/such/folder"], ["no/such/folder"]),
        (["sample", "no-such-model", "--out", "x.png"], ["no-such-model"]),
        (["sample", "bars-rbm", "-n", "0", "--out", "x.png"], ["-n 0"]),
        (["sample", "bars-rbm", "--of", "1", "--out", "x.png"], ["--of 1", "not class-conditional"]),
        (["sample", "bars-rbm", "-n", "1", "--out", "no/such/folder/x.png"], ["no/such/folder"]),
        (["evaluate", "bars-rbm", "--device", "abacus"], ["abacus"]),
    ],
)
def test_what_is_not_there_is_named(arguments, named, folder, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    message = refused(arguments, capsys)
    for word in named:
        assert word in message


def test_a_full_disk_is_said_with_what_is_kept_and_how_to_go_on(folder, capsys, monkeypatch):
    def full(*_, **__):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(TrainState, "save", full)
        message = refused(["train", "bars-rbm", *SMALL, "seed=3", "--device", "cpu"], capsys)
    assert "the disk that holds the trained models is full" in message and "run the same command again" in message
    (run,) = jobs.list_runs()
    assert run.status().state == "interrupted" and "is full" in run.status().message
    assert main(["train", "bars-rbm", *SMALL, "seed=3", "--device", "cpu"]) == 0 and capsys.readouterr().out

    def no_write(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", no_write)
        for arguments in (["train", "bars-rbm", *SMALL, "seed=4"], ["runs", "--delete", run.id]):
            assert "the disk that holds the trained models is full" in refused(arguments, capsys)
    assert jobs.list_runs() == [run], "what never began is no run"


def test_names_with_brackets_are_printed_as_they_are(folder, capsys):
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**content, "title": "[red]x[/] [/y] \\"}))
    assert main(["list", "checkpoints"]) == 0 and "[red]x[/] [/y]" in capsys.readouterr().out
    assert "[/z]" in refused(["evaluate", "[/z]"], capsys)


@pytest.mark.worker
def test_ctrl_c_keeps_what_was_reached_and_the_same_command_goes_on(tmp_path, monkeypatch):
    """A real process, a real signal."""

    def epochs(folder):
        return [json.loads(line)["epoch"] for line in (folder / "history.jsonl").read_text().splitlines()]

    root = tmp_path / "root"
    settings = ["hidden=3", "chains=10", "epochs=1500", "snapshots=20"]
    command = [sys.executable, "-m", "core", "train", "bars-rbm", "--device", "cpu", "--set", *settings]
    environment = {**os.environ, "PLAYGROUND_CHECKPOINTS": str(root), "OMP_NUM_THREADS": "1"}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 600
        while not list(root.glob("runs/*/snapshots/*")):  # it is training
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, message = running.communicate(timeout=600)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "saved" in message and "Traceback" not in message
    assert [f.name for f in root.iterdir()] == [checkpoints.RUNS]
    (unfinished,) = root.glob("runs/bars-rbm-*")
    assert (unfinished / "state.safetensors").exists()
    assert 0 < epochs(unfinished)[-1] < 1500
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(root))
    assert jobs.get_run(unfinished.name).status().state == "stopped"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    folder = root / unfinished.name
    assert jobs.get_run(folder.name).status().state == "finished"
    assert epochs(folder)[-1] == 1500 and epochs(folder) == sorted(set(epochs(folder)))
