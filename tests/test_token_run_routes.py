"""Routes of teacher forcing: what a request determines, what judges find, refusals of nonsense."""

import shutil

import numpy as np
import pytest
import torch
import writers
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data
from core.analysis import teacher_forcing
from core.store import checkpoints
from pages.shared import model_store
from pages.shared.codec import message, unpack
from pages.shared.routes import ROUTES
from pages.tokens import loading

KINDS = ("ngram", "lstm", "transformer", "pairs")
RBM = next(c for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-rbm")


@pytest.fixture(autouse=True, scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writers")
    shutil.copytree(RBM.folder, folder / RBM.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        yield writers.shelf(folder, *KINDS)


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def post(client, name: str, path: str, **header):
    return client.post(f"/api/tokens/{name}/{path}", content=message(header, {}))


def runs(client, name: str, **header) -> tuple[dict, dict]:
    answer = post(client, name, "runs", **header)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def drift(client, name: str, **header) -> list[tuple[dict, dict]]:
    answer = post(client, name, "drift", **header)
    assert answer.status_code == 200, answer.text
    return list(writers.messages(answer.content))


def tensor(plane: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(plane.astype(np.int64))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stretch_is_told_from_the_truth_and_run_from_its_start(client, here, kind):
    name = here[kind].name
    header, planes = runs(client, name, first=20, seed=3, stretch=4)
    given, truth = tensor(planes["given"])[None], tensor(planes["truth"])[None]
    assert header == {"stretch": 4, "stretches": 32, "most": 256} and given.shape == (1, 20)
    opened = loading.language_model(name)
    assert opened.vocabulary.decode(given[0].numpy())[1:-1] in teacher_forcing.held_out_text(opened.checkpoint)[0]
    best, probs, told = teacher_forcing.one_step_ahead(opened.model, given, truth)
    assert np.array_equal(planes["best"], best[0])
    assert np.allclose(planes["log_probs"], told[0], atol=1e-4) and np.allclose(planes["probs"], probs[0], atol=1e-3)
    free = teacher_forcing.free_run(opened.model, given.expand(4, -1), 100, torch.Generator().manual_seed(3))
    assert np.array_equal(planes["free"], free)


def test_the_same_request_has_the_same_runs_and_another_seed_others(client, here):
    name = here["lstm"].name
    one, again, other = (runs(client, name, first=10, seed=seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(one["free"], again["free"]) and not np.array_equal(one["free"], other["free"])
    assert np.array_equal(one["truth"], other["truth"])
    assert runs(client, name, first=10, stretch=32 + 5)[0]["stretch"] == 5  # beyond the last begins the first
    greedy = [runs(client, name, first=10, seed=seed, pick="greedy")[1]["free"] for seed in (0, 1)]
    assert greedy[0].shape == (1, 100) and np.array_equal(*greedy)


@pytest.mark.parametrize("pick", ["drawn", "greedy"])
def test_the_model_judges_first_then_the_others_of_the_same_tokens(client, here, pick):
    (header, curves), *judges = drift(client, here["ngram"].name, first=30, seed=2, pick=pick)
    assert header["stretches"] == 32 and header["whole"]
    for part in ("right", "met"):
        assert header[part][0] == pytest.approx(curves[part].mean(), abs=1e-5) and header[part][1] > 0
    assert header["chance"] == pytest.approx(curves["chance"].mean(), abs=1e-5)
    assert judges[0][0]["judge"] == here["ngram"].name and judges[0][0]["short"] == "n-gram"
    assert {said["judge"] for said, _ in judges[1:]} == {here[kind].name for kind in ("lstm", "transformer")}
    for said, planes in judges:
        more = planes["truth"] - planes["free"]
        assert more.shape == (100,) and said["all"][0] == pytest.approx(more.mean(), abs=1e-4)
        assert said["early"][0] == pytest.approx(more[:25].mean(), abs=1e-4)
        assert said["growth"][0] == pytest.approx(said["late"][0] - said["early"][0], abs=1e-4)
        assert min(said[part][1] for part in ("all", "early", "late", "growth")) > 0


def test_who_asks_again_is_told_the_same_without_another_run(client, here, monkeypatch):
    model_store._answer.cache_clear()
    calls, real = [], teacher_forcing.free_run
    monkeypatch.setattr(teacher_forcing, "free_run", lambda *a: calls.append(a) or real(*a))
    asked = ({"first": 12}, {"first": 12}, {"first": 12, "seed": 1}, {"first": 12, "pick": "greedy"}, {"first": 13})
    one, again, *others = (post(client, here["ngram"].name, "drift", **header).content for header in asked)
    assert one == again and one not in others and len(calls) == 4


def test_greedy_texts_are_easier_and_begin_as_one_ahead_does(client, here):
    (_, curves), (itself, _), *_ = drift(client, here["ngram"].name, first=64, pick="greedy")
    assert curves["met"][0] == pytest.approx(curves["right"][0])  # the first place still has the true past
    assert itself["all"][0] < -3 * itself["all"][1]


def test_without_the_data_what_the_checkpoint_keeps_is_read(client, here, monkeypatch):
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    (header, _), *judges = drift(client, here["ngram"].name, first=64)
    assert not header["whole"] and header["stretches"] == 32 and len(judges) == 3
    (header, _), *judges = drift(client, here["pairs"].name, first=64)
    assert 2 <= header["stretches"] < 32 and [said["judge"] for said, _ in judges] == [here["pairs"].name]


@pytest.mark.parametrize("path", ["runs", "drift"])
@pytest.mark.parametrize(
    ("header", "named"),
    [
        ({"first": -1}, "first"), ({"first": 257}, "first"), ({"first": "x"}, "first"), ({"first": True}, "first"),
        ({"seed": 2**31}, "seed"), ({"seed": 0.5}, "seed"), ({"pick": "best"}, "pick"), ({"pick": None}, "pick"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(client, here, path, header, named):
    answer = post(client, here["lstm"].name, path, **header)
    assert answer.status_code == 400, answer.text
    assert named in answer.json()["error"] and len(answer.json()["error"]) < 300


def test_what_writes_no_texts_or_has_none_to_begin_with_is_refused(client, here, monkeypatch):
    assert post(client, RBM.name, "runs").status_code == 404 and post(client, "nothing", "drift").status_code == 404
    assert post(client, here["lstm"].name, "runs", stretch=-1).status_code == 400
    monkeypatch.setattr(teacher_forcing, "held_out_text", lambda checkpoint: ("x", False))
    answer = post(client, here["lstm"].name, "drift", first=64)
    assert answer.status_code == 400 and "at least 2 are needed" in answer.json()["error"]
