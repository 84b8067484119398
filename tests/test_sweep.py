"""Sweeps: which runs they are, what is refused before any is queued, and how they are listed and compared."""

import re
import shutil

import pytest

from core import jobs, models
from core.cli import main
from core.cli.console import console
from core.config.fields import SettingError
from core.evaluation import rbm as judge
from core.jobs import process, sweeps, worker
from core.store import checkpoints
from pages.train.selection import MAX_SELECTED

BARS = models.preset("bars-rbm")
SMALL = ("epochs=1", "chains=5", "steps=1")


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """A folder of runs of its own, in which none is started."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    monkeypatch.setattr(console, "width", 250)
    monkeypatch.setattr(judge, "FANTASY_SWEEPS", 5)
    return tmp_path


def sweep(*arguments: str) -> int:
    return main(["sweep", "bars-rbm", *SMALL, *arguments, "--device", "cpu"])


def test_a_sweep_is_every_combination_once():
    settings = sweeps.parse_sweep(["lr=0.1,0.3,0.10", "hidden=3, 4"])
    found = list(sweeps.expand_sweep(BARS, settings).values())
    assert [(p.train.lr, p.model.hidden) for p in found] == [(0.1, 3), (0.1, 4), (0.3, 3), (0.3, 4)]
    layers = sweeps.expand_sweep(models.preset("digits-dbn"), {"layers": ["8x4", "4x2"]})
    assert [p.model.layers for p in layers.values()] == [(8, 4), (4, 2)]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], "give settings with their values"),
        (["lr"], "'lr': expected NAME=VALUE"),
        (["lr="], "'lr=': expected NAME=VALUE"),
        (["lr=0.1,,0.3"], "no value empty"),
        (["=3"], "'=3'"),
        (["lr=0.1", "lr=0.3"], "'lr=0.3': lr is given twice"),
        (["hiden=3,4"], "unknown setting 'hiden'.*hidden"),
        (["hidden=3,many"], "hidden='many': expected a whole number"),
        (["hidden=3,0"], "hidden=0: between 1 and"),
        (["lr=0.1,1000"], "lr=1000.0: above 0 and below 100"),
        (["hidden=" + ",".join(map(str, range(1, 40))), "seed=" + ",".join(map(str, range(40)))], "more than 1,000"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:40],
)
def test_what_is_no_sweep_is_refused_by_name(values, named, root, capsys):
    assert main(["sweep", "bars-rbm", *values]) == 2
    assert re.search(named, capsys.readouterr().err, re.DOTALL)
    with pytest.raises(SettingError, match=f"(?s){named}"):
        sweeps.expand_sweep(BARS, sweeps.parse_sweep(values))
    assert not list(root.glob("**/request.json"))


def test_data_that_a_value_does_not_suit_are_refused_before_any_run_waits(root, capsys):
    assert sweep("visible=bernoulli,gaussian") == 2
    assert "takes real data" in capsys.readouterr().err and not jobs.list_runs()


def test_a_sweep_that_the_queue_cannot_hold_asks_for_nothing(monkeypatch, capsys):
    monkeypatch.setenv("PLAYGROUND_WAITING", "5")
    assert sweep("lr=0.1,0.2", "seed=1,2,3") == 2
    assert "6 of the 6 runs are still to be trained, but 5 may wait in all (PLAYGROUND_WAITING), and 0 do" in (
        capsys.readouterr().err
    )
    assert not jobs.list_runs()
    assert sweep("lr=0.1,0.2", "seed=1,2") == 0 and len(jobs.queued_runs()) == 4
    assert sweep("lr=0.1,0.2", "seed=1,2") == 0 and len(jobs.queued_runs()) == 4, "those that wait take no second place"
    assert sweep("lr=0.1,0.2", "seed=1,2,3") == 2 and "2 of the 6" in capsys.readouterr().err


def test_the_same_command_says_how_its_runs_stand_and_links_them_on_train(capsys):
    assert sweep("seed=1,2,3,4,5", "--status") == 0
    printed = capsys.readouterr().out
    assert printed.count("not queued") == 5 and "Compare" not in printed and not jobs.list_runs()
    assert sweep("seed=1,2,3,4,5") == 0
    waiting = jobs.queued_runs()
    assert [run.preset.seed for run in waiting] == [1, 2, 3, 4, 5]
    worker.work(waiting[0])
    capsys.readouterr()
    assert sweep("seed=1,2,3,4,5", "--status") == 0
    printed = capsys.readouterr().out
    first, *others = [line for line in printed.splitlines() if "bars-rbm-" in line and "Compare" not in line]
    assert "finished" in first and "1.0/1" in first and "test log-probability" in first
    assert len(others) == 4 and all("queued" in line for line in others)
    links = re.findall(r"Compare: /train\?runs=(\S+)", printed)
    assert [len(link.split(",")) for link in links] == [MAX_SELECTED, 1]
    assert ",".join(links).split(",") == [run.id for run in waiting]


def test_what_is_trained_already_is_not_trained_again(root):
    presets = sweeps.expand_sweep(BARS, {"epochs": ["1"], "chains": ["5"], "seed": ["1", "2"]})
    name, preset = next(iter(presets.items()))
    worker.train(preset, "cpu")
    shutil.rmtree(jobs.root())  # a checkpoint without a run, as one that was uploaded
    assert checkpoints.exists(name)
    sweeps.submit_sweep(presets, "cpu")
    assert [run.preset.seed for run in jobs.queued_runs()] == [2]


def test_titles_of_a_sweep_say_what_differs():
    assert sweep("lr=0.23,0.31") == 0
    titles = [run.title for run in jobs.queued_runs()]
    assert len(set(titles)) == 2 and all(f"lr {lr}" in title for lr, title in zip((0.23, 0.31), titles, strict=True))
