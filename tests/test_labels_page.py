"""The page of labels: what its routes answer, what it shows, what its link says."""

import numpy as np
import pytest
from brought import save, table
from conftest import page, player
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import representations
from pages.labels import loading
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES


@pytest.fixture
def client():
    with TestClient(Starlette(routes=ROUTES)) as made:
        yield made


def get(client, name: str, path: str, **query) -> tuple[dict, dict]:
    answer = client.get(f"/api/labels/{name}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content, 2**20)


def test_the_pool_of_the_digits(client):
    header, planes = get(client, "digits", "about")
    pixels = representations.compute("pixels", "digits", "test")
    assert header["n"] == len(pixels) == 360 and header["classes"] == [str(c) for c in range(10)]
    assert planes["images"].shape == (360, 8, 8) and np.array_equal(planes["labels"], pixels.labels)
    keys = [one["key"] for one in header["representations"]]
    assert keys[:2] == ["pixels", "pca-30"] and len(set(keys)) == len(keys) >= 5
    assert header["words"] == []


def test_a_view_is_short_and_has_its_neighbours(client):
    _, planes = get(client, "digits", "view", of="pixels")
    vectors = planes["vectors"].astype(np.float64)
    assert vectors.shape == (360, loading.NUMBERS) and planes["neighbours"].shape == (360, loading.NEIGHBOURS)
    assert np.allclose(vectors.mean(0), 0, atol=1e-2) and (vectors**2).sum(1).mean() == pytest.approx(1, abs=1e-2)
    far = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)
    np.fill_diagonal(far, np.inf)
    found = np.take_along_axis(far, planes["neighbours"].astype(int), 1)
    assert np.allclose(found, np.sort(far, 1)[:, : loading.NEIGHBOURS], atol=1e-2)


def test_a_map_by_pca_at_once_and_by_umap_kept(client, tmp_path, monkeypatch):
    _, planes = get(client, "digits", "map", of="pixels", method="pca")
    vectors = loading.view("digits", "pixels").vectors
    assert planes["map"].shape == (360, 2)
    _, sizes, _ = np.linalg.svd(vectors, full_matrices=False)
    assert np.allclose(np.linalg.norm(planes["map"], axis=0), sizes[:2], rtol=1e-2)
    answer = client.get("/api/labels/digits/map", params={"of": "pixels", "method": "isomap"})
    assert answer.status_code == 400 and "expected one of pca, umap" in answer.json()["error"]


@pytest.mark.parametrize("path", ["view", "map"])
def test_another_representation_is_refused(client, path):
    answer = client.get(f"/api/labels/digits/{path}", params={"of": "nothing", "method": "pca"})
    assert answer.status_code in (400, 404) and "nothing" in answer.json()["error"]


def test_own_tables_have_words_and_data_without_classes_are_refused(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    labelled = save("people.csv", table(120))
    header, planes = get(client, labelled, "about")
    assert sorted(header["classes"]) == ["even", "odd"] and "images" not in planes
    assert len(header["words"]) == header["n"] and "size: " in " ".join(header["words"])
    _, view = get(client, labelled, "view", of="pixels")
    assert view["vectors"].shape == (header["n"], 3)
    plain = save("plain.csv", table(120, classes=False))
    answer = client.get(f"/api/labels/{plain}/about")
    assert answer.status_code == 400 and "no classes" in answer.json()["error"]


def test_a_link_is_read_and_its_nonsense_said(links):
    state = player(page("labels", labels="3.1.4.1", method="linear", query="uncertain"))["state"]
    assert (list(state["labels"]), state["method"], state["query"]) == ([3, 1, 4, 1], "linear", "uncertain")
    (warning,) = [w.value for w in page("labels", method="magic").warning]
    assert "must be one of spread, linear, nearest" in warning
