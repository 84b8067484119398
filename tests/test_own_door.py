"""Home's third door: a small model for whatever is brought, maps of all examples, and what the page makes of a file."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from brought import images, save, table
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import data, jobs, models, representations
from core.config.fields import SettingError
from core.data.base import DatasetInfo
from core.data.uploads import store
from core.jobs import process, worker
from core.models import first_look as looking
from core.models.capabilities import Codec
from core.models.first_look import first_look
from core.numerics.projections import project
from core.store import checkpoints
from pages.home import own_data
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES

PAGE = str(Path(__file__).parent.parent / "pages/home/page.py")
SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Data, checkpoints and runs of the test's own; no process is started."""
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    return tmp_path


@pytest.fixture
def client():
    with TestClient(Starlette(routes=ROUTES)) as made:
        yield made


TEXT = ("Twenty-six letters, some spaces and a full stop make sentences. " * 40).encode()


def info(kind: str, shape: tuple[int, ...], train: int) -> DatasetInfo:
    return DatasetInfo("own-x", "X", kind, shape, "", lambda: None, "", "", train=train)


# -- a small model ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, shape, train",
    [
        ("levels", (28, 28), 4250),
        ("levels", (128, 128), 4250),
        ("levels", (28, 28), 85_000),
        ("binary", (16, 16), 500),
        ("real", (4,), 127),
        ("real", (300,), 20),
        ("counts", (2000,), 900),
    ],
)
def test_data_of_every_kind_and_size_have_a_small_model_that_is_soon_trained(kind, shape, train):
    made = first_look(info(kind, shape, train))
    assert made.dataset == "own-x" and made.model.event_shape == shape and not made.origin
    model = models.build(made.family, made.model)
    assert isinstance(model, Codec) and model.code_size == 2
    updates = math.ceil(train * (1 - made.train.validation) / made.train.batch_size) * made.train.epochs
    weights = sum(p.numel() for p in model.parameters())
    assert updates <= 1.2 * looking.UPDATES or made.train.epochs == 1
    assert 3 * weights * updates * made.train.batch_size <= 1.3 * looking.WORK or made.train.epochs == 1
    assert made.view in ("grey", "as-is", "standardised") and made.model.accepts[0] in ("grey", "real", "counts")


def test_what_an_autoencoder_cannot_take_is_said():
    with pytest.raises(SettingError, match="images, values or word counts: X is of the kind text"):
        first_look(info("text", (), 10_000))
    with pytest.raises(SettingError, match="19 training examples are too few .* at least 20"):
        first_look(info("real", (3,), 19))


# -- all examples -----------------------------------------------------------------------------------


def test_all_examples_are_the_test_examples_then_the_training_ones():
    digits = data.load("digits")
    whole = representations.compute("pixels", "digits", "all")
    parts = [representations.compute("pixels", "digits", split) for split in ("test", "train")]
    assert np.array_equal(whole.vectors, np.concatenate([one.vectors for one in parts]))
    assert np.array_equal(whole.labels, np.concatenate([digits.test_labels, digits.train_labels]))
    few = representations.compute("pixels", "digits", "all", limit=100)
    assert np.array_equal(few.vectors, whole.vectors[few.indices]) and len(few) == 100
    assert np.array_equal(few.labels, whole.labels[few.indices])


def test_a_model_s_codes_of_all_examples(folder):
    import shutil

    found = SHIPPED["digits-autoencoder-2"]
    shutil.copytree(found.folder, folder / "checkpoints" / found.name)
    key = f"{found.name}~code"
    both = [representations.compute(key, "digits", split).vectors for split in ("test", "train")]
    whole = representations.compute(key, "digits", "all").vectors
    assert np.allclose(whole, np.concatenate(both), atol=1e-5)


def test_stretches_of_a_text_are_those_of_both_parts():
    name = save("t.txt", TEXT)
    sizes = [len(representations.compute("pixels", name, split)) for split in ("test", "train", "all")]
    assert sizes[0] + sizes[1] == sizes[2] > 3


# -- routes -----------------------------------------------------------------------------------------


def get(client, name: str, path: str, **query) -> tuple[dict, dict]:
    answer = client.get(f"/api/home/{name}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content, 2**20)


def refused(answer, status: int, words: str) -> None:
    assert answer.status_code == status and words in answer.json()["error"], answer.text


def test_points_and_the_example_under_the_pointer_of_images(client):
    name = save("x.npz", images())
    header, planes = get(client, name, "points")
    dataset = data.load(name)
    assert (header["n"], header["test"], header["classes"]) == (60, len(dataset.test), ["above", "below"])
    at = header["test"] + 3
    assert planes["labels"][at] == dataset.train_labels[3]
    found, picture = get(client, name, "example", point=at)
    assert found["words"] == [] and picture["image"].shape == tuple(dataset.event_shape)
    assert np.array_equal(picture["image"], dataset.train[3])
    refused(client.get(f"/api/home/{name}/example?point=60"), 400, "point='60'")
    refused(client.get(f"/api/home/{name}/example"), 400, "point=''")


def test_a_row_of_a_table_is_told_by_its_values_and_a_passage_by_itself(client):
    rows, text = save("t.csv", table()), save("t.txt", TEXT)
    words = get(client, rows, "example", point=0)[0]["words"]
    value = data.load(rows).test[0]
    assert len(words) == data.load(rows).event_shape[0]
    assert {word.rpartition(": ")[0] for word in words} == set(data.load(rows).vocabulary) == {"size", "weight", "age"}
    assert {float(word.rpartition(": ")[2]) for word in words} == {float(f"{v:.4g}") for v in value}
    assert get(client, text, "example", point=0)[0]["words"][0] in TEXT.decode()
    assert "labels" not in get(client, text, "points")[1]


def test_pca_is_there_at_once_and_umap_by_a_run_of_its_own(client):
    name = save("x.npz", images())
    header, planes = get(client, name, "map", method="pca")
    vectors = representations.compute("pixels", name, "all").vectors
    expected = project("pca", vectors)
    assert header["ready"] and np.allclose(planes["coordinates"], expected.coordinates, atol=1e-5)
    assert header["explained"] == pytest.approx(expected.explained_variance_ratio)
    header, _ = get(client, name, "map", method="umap")
    assert not header["ready"] and header["run"] is None and "second" in header["cost"]
    run = client.post(f"/api/home/{name}/map?method=umap", json={}).json()["run"]
    assert get(client, name, "map", method="umap")[0]["run"] == run
    worker.work(jobs.get_run(run))
    header, planes = get(client, name, "map", method="umap")
    assert header["ready"] and planes["coordinates"].shape == (60, 2)
    refused(client.get(f"/api/home/{name}/map?method=tsne"), 400, "pca, umap")


def test_the_autoencoder_is_trained_by_the_queue_and_its_codes_are_of_all_examples(client, monkeypatch):
    monkeypatch.setattr(looking, "EPOCHS", 2)
    name = save("x.npz", images())
    asked = client.get(f"/api/home/{name}/autoencoder").json()
    assert (asked["state"], asked["problem"]) == ("", "")
    run = client.post(f"/api/home/{name}/autoencoder", json={}).json()["run"]
    assert run == asked["run"] and jobs.get_run(run).status().state == "queued"
    assert client.get(f"/api/home/{name}/autoencoder").json()["state"] == "queued"
    assert client.post(f"/api/home/{name}/autoencoder", json={}).json()["run"] == run  # one is enough
    worker.work(jobs.get_run(run))
    assert client.get(f"/api/home/{name}/autoencoder").json()["state"] == "finished"
    made = jobs.get_run(run).status().checkpoint
    codes = get(client, name, "codes", of=made)[1]["coordinates"]
    assert codes.shape == (60, 2)
    answer = client.get(f"/api/runs/{run}/pictures/2?codes")
    planes = unpack(answer.content)[1]
    test = data.load(name).test
    assert np.corrcoef(planes["codes"].T, codes[: len(test)].T)[[0, 1], [2, 3]].min() > 0.99  # before averaging
    assert planes["reconstructions"].shape[1:] == test.shape[1:]
    assert "codes" not in unpack(client.get(f"/api/runs/{run}/pictures/2").content)[1]


def test_a_table_s_reconstructions_are_signed(client, monkeypatch):
    monkeypatch.setattr(looking, "EPOCHS", 1)
    name = save("t.csv", table())
    run = client.post(f"/api/home/{name}/autoencoder", json={}).json()["run"]
    worker.work(jobs.get_run(run))
    header, planes = unpack(client.get(f"/api/runs/{run}/pictures/1").content)
    assert next(sheet for sheet in header["sheets"] if sheet["name"] == "reconstructions")["signed"]
    assert planes["reconstructions"].min() < 128 < planes["reconstructions"].max()


def test_data_that_suit_no_autoencoder_are_offered_what_fits(client):
    text, few = save("t.txt", TEXT), save("few.csv", b"a,b\n1,2\n3,4\n5,7\n2,2\n")
    found = client.get(f"/api/home/{text}/autoencoder").json()
    assert "of the kind text" in found["problem"] and any("gram" in title for title in found["others"])
    found = client.get(f"/api/home/{few}/autoencoder").json()
    assert "too few" in found["problem"] and found["others"] == []
    refused(client.post(f"/api/home/{few}/autoencoder", json={}), 400, "too few")
    two = save("two.csv", b"a,b\n1,2\n3,4\n")
    refused(client.get(f"/api/home/{two}/map?method=pca"), 400, "a map needs at least 3")
    refused(client.get("/api/home/own-nothing/points"), 409, "own-nothing")


def test_a_data_set_of_the_project_that_says_no_number_is_counted():
    found = own_data.autoencoder("digits", {})
    expected = first_look(dataclasses.replace(data.info("digits"), train=len(data.load("digits").train)))
    assert found["run"].startswith(f"{expected.name}-")


# -- the page ---------------------------------------------------------------------------------------


def page(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return app


def players(app: AppTest) -> list:
    return app.get("bidi_component")


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not app.exception, app.exception
    return app


def test_the_door_is_shut_until_it_is_opened():
    app = page()
    assert not app.file_uploader and len(players(app)) == 1


def test_a_link_to_data_shows_them_and_one_to_none_says_so():
    name = save("x.npz", images())
    app = page(data=name)
    assert len(players(app)) == 2 and app.file_uploader and not app.warning
    app = page(data="own-<b>gone")
    assert "own-" in app.warning[0].value and "was not found" in app.warning[0].value and app.file_uploader


@pytest.mark.parametrize("name, content", [("x.npz", images()), ("t.csv", table()), ("t.txt", TEXT)])
def test_a_file_is_saved_with_the_settings_that_suit_it(name, content):
    app = upload(page(data="own-gone"), name, content)
    (saved,) = store.list_saved()[0]
    assert app.session_state["home_brought"] == saved.name and not app.error and not app.warning
    draft = store.read(name, content)
    assert saved.about["settings"] == {
        **dataclasses.asdict(store.suggest_settings(draft)),
        "leave_out": list(store.suggest_settings(draft).leave_out),
    }
    assert data.load(saved.name).title and [run.kind for run in jobs.list_runs()] == ["layout"]  # UMAP is on its way


def test_what_cannot_be_read_or_used_is_said_in_the_words_of_your_data():
    app = upload(page(data="own-gone"), "half.zip", b"PK\x03\x04 no more")
    assert "half.zip" in app.error[0].value and "Nothing was saved" in app.info[0].value
    holes = b"a,b\n1,2\n3,\n5,6\n"
    app = upload(page(data="own-gone"), "holes.csv", holes)
    assert "missing" in app.error[0].value and not store.list_saved()[0]
