"""Several processes train together as one does alone: same numbers, same weights within rounding, one checkpoint."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import seeded
from safetensors.torch import load_file
from tiny_families import cases
from together_worker import CASES, STOP, preset_of
from torch import Tensor

from core import jobs, models
from core.config.fields import SettingError
from core.data.preprocessing import preprocess
from core.jobs import worker
from core.models.training_protocols import Staged
from core.numerics import sampling
from core.numerics.processes import Processes
from core.store import checkpoints
from core.training import TrainState, class_labels, fit
from core.training.share import Share

TOLERANCE = 1e-4  # of weights after five updates: what makes up a mean is summed in another order

SMALL = ["--set", "hidden=6", "chains=10", "batch_size=10", "steps=1", "seed=3"]


def launch(count: int, folder: Path, *command: str) -> subprocess.Popen:
    """`torchrun` on this machine, at a free port."""
    run = [sys.executable, "-m", "torch.distributed.run", "--nnodes=1", "--rdzv-backend=c10d"]
    run += ["--rdzv-endpoint=127.0.0.1:0", f"--nproc-per-node={count}", *command]
    root = Path(__file__).parents[1]
    settings = {
        "PLAYGROUND_CHECKPOINTS": str(folder),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(root),
        "COLUMNS": "200",
    }
    return subprocess.Popen(
        run, cwd=root, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finished(process: subprocess.Popen) -> str:
    printed, _ = process.communicate(timeout=900)
    assert process.returncode == 0, printed[-3_000:]
    return printed


def trained_alone(case: str, folder: Path) -> tuple[dict[str, Tensor], list[float]]:
    """Weights and losses of one process, which saves its state on the way."""
    preset, train = preset_of(case)
    state, losses = TrainState(models.build(preset.family, preset.model), preset.train, 0, torch.device("cpu")), []
    for progress in fit(state, train, report_every=0):
        losses.append(progress.loss)
        if progress.step == STOP:
            state.save(folder)
    return state.last(), losses


def equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name].double(), value.double(), rtol=TOLERANCE, atol=TOLERANCE), name


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, tuple[dict[str, Tensor], list[float]]]:
    """What one process makes of every case."""
    folder = tmp_path_factory.mktemp("together")
    return {"folder": folder, **{case: trained_alone(case, folder / case / "one") for case in CASES}}


@pytest.fixture(scope="module")
def folder(alone) -> Path:
    """What two processes make of every case."""
    finished(launch(2, alone["folder"], str(Path(__file__).parent / "together_worker.py"), str(alone["folder"])))
    return alone["folder"]


@pytest.mark.worker
@pytest.mark.parametrize("case", CASES)
def test_two_processes_give_the_weights_of_one(case, alone, folder):
    weights, losses = alone[case]
    preset, _ = preset_of(case)
    fresh = models.build(preset.family, preset.model).state_dict()
    assert any(not torch.equal(fresh[name], value) for name, value in weights.items()), "it learns"
    equal(load_file(folder / case / "whole.safetensors"), weights)
    assert json.loads((folder / case / "losses.json").read_text()) == pytest.approx(losses, rel=1e-4, abs=1e-4)


@pytest.mark.worker
@pytest.mark.parametrize("case", CASES)
def test_a_training_goes_on_with_another_number_of_processes(case, alone, folder):
    weights, _ = alone[case]
    equal(load_file(folder / case / "resumed.safetensors"), weights)  # by two, from the state of one
    preset, train = preset_of(case)
    state = TrainState(models.build(preset.family, preset.model, 1), preset.train, 9, torch.device("cpu"))
    state.load(folder / case / "two")
    assert state.step == STOP
    for _ in fit(state, train):
        pass
    equal(state.last(), weights)  # by one, from the state of two


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    return tmp_path


def wait_for(holds: Callable[[], object], process: subprocess.Popen) -> None:
    end = time.monotonic() + 300
    while not holds():
        assert process.poll() is None and time.monotonic() < end, process.communicate()[0][-3_000:]
        time.sleep(0.05)


@pytest.mark.worker
def test_the_command_line_trains_one_checkpoint_by_two_and_prints_once(runs, tmp_path_factory, monkeypatch):
    command = ["-m", "core", "train", "bars-rbm", *SMALL, "epochs=20", "--device", "cpu"]
    printed = finished(launch(2, runs, *command))
    assert printed.count("test log-probability") == 1
    (made,) = checkpoints.available()[0]
    (run,) = jobs.list_runs()
    assert run.status().state == "finished" and len(run.history()) == 20
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path_factory.mktemp("alone")))
    own = worker.train(run.preset, "cpu")
    assert own.name == made.name
    equal(*({k: torch.from_numpy(v.copy()) for k, v in c.stored_arrays().items()} for c in (made, own)))


@pytest.mark.worker
def test_two_processes_are_stopped_by_ctrl_c_and_one_finishes_what_they_began(runs):
    process = launch(2, runs, "-m", "core", "train", "bars-rbm", *SMALL, "epochs=100000", "--device", "cpu")
    wait_for(lambda: jobs.list_runs() and jobs.list_runs()[0].status().step > 20, process)
    (run,) = jobs.list_runs()
    run.send(lr=0.01)
    wait_for(lambda: run.control().ack_seq == 1, process)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=300)
    status = run.status()
    assert status.state == "stopped", printed[-3_000:]
    jobs.stop(run, "finish")
    worker.work(run)
    made = checkpoints.load(run.status().checkpoint)
    assert made.preset.train.stop >= status.step > 20 and [lr for _, lr in made.preset.train.lr_changes] == [0.01]


# -- without processes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        lambda n, generator: sampling.uniform((n, 3), generator, torch.device("cpu")),
        lambda n, generator: sampling.normal((n, 3), generator, torch.device("cpu")),
        lambda n, generator: sampling.bernoulli(torch.full((n, 3), 0.4), generator),
        lambda n, generator: sampling.pooled_bernoulli(torch.zeros(n, 3), generator),
        lambda n, generator: sampling.categorical(torch.tensor([[0.2, 0.5, 0.3]]).expand(n, 3), generator),
    ],
)
def test_parts_of_a_draw_are_the_rows_of_the_whole(draw):
    generators = [sampling.BatchGenerator().manual_seed(5) for _ in range(3)]
    whole, parts = draw(8, generators[0]), []
    for rank, generator in enumerate(generators[1:]):
        with generator.drawing_part(rank, 2):
            parts.append(draw(4, generator))
    assert torch.equal(torch.cat(parts), whole)
    assert all(torch.equal(g.get_state(), generators[0].get_state()) for g in generators)
    assert torch.equal(draw(4, generators[0]), draw(4, generators[1])), "afterwards each draws for itself"


def test_a_generator_of_pytorch_draws_all():
    drawn = sampling.uniform((4, 2), seeded(1), torch.device("cpu"))
    assert torch.equal(drawn, torch.rand(4, 2, generator=seeded(1)))
    assert sampling.categorical(torch.tensor([[0.0, 1.0]]), seeded()).tolist() == [1]


@pytest.mark.parametrize(
    ("settings", "count", "named"),
    [
        ("chains=10 hidden=4", 5, "batch_size=12: a multiple of 5, the number of processes"),
        ("chains=10 hidden=4", 4, "chains=10: a multiple of 4, the number of processes"),
    ],
)
def test_what_cannot_be_divided_is_refused(settings, count, named):
    preset, train = preset_of("rbm-pcd")
    preset = preset.override(dict(pair.split("=") for pair in settings.split()))
    share = Share(models.build(preset.family, preset.model), Processes(0, count))
    with pytest.raises(SettingError, match=named):
        share.check(preset.train, len(train))


@pytest.mark.parametrize(("preset", "dataset"), list(cases()))
def test_parts_of_a_batch_give_the_loss_and_the_gradient_of_the_whole(preset, dataset):
    """Of every family: a loss is a mean over examples and chains, its noise from `core.numerics.sampling`; else it says
    that it needs whole batches."""
    cpu, train = torch.device("cpu"), preprocess(dataset, preset.view)
    rows = torch.arange(len(train) // 2 * 2)[:8]
    found = []
    for count in (1, 2):
        losses, gradients = [], []
        for rank in range(count):
            state = TrainState(models.build(preset.family, preset.model), preset.train, 0, cpu)
            state.start(train)
            if isinstance(state.model, Staged):
                state.model.enter(state.model.stage(0.0), train.batch(slice(None), seeded()))
            share, generator = Share(state.model, Processes(rank, count)), state.generator
            share.split()
            own, x = share.rows(len(rows)), train.batch(rows, seeded(1))
            with share.drawing(generator):
                labels = class_labels(state.model, train, rows[own])
                loss = state.model.train().loss(x[own], generator, **labels)["loss"]
            loss.backward()
            losses.append(loss.detach())
            gradients.append([p.grad for p in state.model.parameters() if p.grad is not None])
        found.append([torch.stack(each).mean(0) for each in (losses, *zip(*gradients, strict=True))])
    for whole, parts in zip(*found, strict=True):
        assert torch.allclose(whole, parts, rtol=1e-3, atol=1e-5)


def test_chains_are_divided_and_whole_batches_are_not():
    preset, _ = preset_of("stack")
    model = models.build(preset.family, preset.model)
    for rank in (0, 1):
        share = Share(model, Processes(rank, 2))
        assert share.chains and share.rows(12) == slice(6 * rank, 6 * rank + 6)
    share.split()
    assert {model.get_buffer(name).shape[axis] for name, axis in share.chains.items()} == {5}
    preset, _ = preset_of("rbm-pt")
    share = Share(models.build(preset.family, preset.model), Processes(1, 2))
    assert share.rows(12) == slice(12) and not share.chains
