"""The page of labels: what its routes answer, what it shows, what its link says."""

import numpy as np
import pytest
from brought import save, table
from conftest import page, player
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import representations
from core.data.base import Dataset
from core.data.uploads import store
from core.data.uploads.schema import Prepared, Settings
from core.store import checkpoints
from pages.labels import loading, memorising
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


# -- memorise ---------------------------------------------------------------------------------------


def test_what_a_net_memorises_of_the_digits(client):
    header, planes = get(client, "digits", "memorise")
    assert header["training"] == 1_400 and header["shape"] == [8, 8]
    assert planes["x"].shape == (1_760, 64) and planes["x"].dtype == np.uint8
    test = representations.compute("pixels", "digits", "test")
    assert np.abs(planes["x"][1_400:] / 255 - test.vectors).max() < 0.003
    assert np.array_equal(planes["labels"][1_400:], test.labels)
    model = next(c for c in checkpoints.available()[0] if c.title == header["bits"]["model"])
    score = model.score(header["bits"]["score"])
    assert header["bits"]["bits"] == pytest.approx(-score.value / np.log(2))
    assert header["bits"]["levels"] == 17 and header["bits"]["nature"] == score.nature == "exact"


def test_the_likeliest_model_is_of_the_most_grey_levels_and_was_told_no_class():
    found = [c for c in checkpoints.available()[0] if c.manifest.preset.dataset == "digits"]
    model, score = memorising.likeliest("digits")
    assert score.name != "test log-probability" or "class given" not in score.note
    for other in found:
        rival = other.score("test log-probability")
        if memorising.levels(other) == 17 and rival and rival.nature != "measured" and "class given" not in rival.note:
            assert rival.value <= score.value, other.name
    assert memorising.likeliest("bars-and-stripes")[1].nature == "exact"
    assert memorising.likeliest("topics") is None and memorising.bits_of("topics") is None


def test_the_test_part_serves_for_both_where_it_is_had_alone():
    found = memorising.material("mnist")
    assert (found.x.shape, found.training, found.shape) == ((1_800, 196), 1_400, (14, 14))
    assert len(np.unique(found.labels[:1_400])) == len(np.unique(found.labels[1_400:])) == 10


@pytest.mark.parametrize(("shape", "wanted"), [((8, 8), (8, 8)), ((28, 28), (14, 14)), ((64, 64), (16, 16)),
                                               ((33, 20), (11, 6)), ((100, 3), (33, 1))])  # fmt: skip
def test_large_images_are_averaged(shape, wanted):
    images = np.random.default_rng(0).integers(0, 256, (3, *shape)).astype(np.uint8)
    small = memorising.averaged(images)
    assert small.shape == (3, *wanted) and small.dtype == np.uint8
    side = min(-(-max(shape) // memorising.SIDE), *shape)
    assert small[1, -1, -1] == np.rint(
        images[1, side * (wanted[0] - 1) : side * wanted[0]][:, side * (wanted[1] - 1) : side * wanted[1]].mean()
    )


def own(x: np.ndarray, labels: list[int], test: int = 0) -> str:
    known, cut = np.array(labels), len(x) - test
    made = Dataset("own", "Own", "real", x.shape[1:], x[:cut], x[cut:], known[:cut], known[cut:], ("a", "b"))
    return store.save(Prepared(made, "own.csv", Settings(), ()))


def test_own_vectors_are_scaled_and_too_few_or_one_class_refused(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    x = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32) * [1, 1_000, 0] + [0, 5, 2]
    header, planes = get(client, own(x.astype(np.float32), [i % 2 for i in range(300)], test=60), "memorise")
    assert (header["training"], header["shape"], header["bits"]) == (240, None, None)
    assert np.allclose(planes["x"][:240].std(0), [1, 1, 0], atol=1e-2)
    long = np.random.default_rng(0).normal(size=(120, 400)).astype(np.float32)
    header, planes = get(client, own(long, [i % 2 for i in range(120)], test=1), "memorise")
    assert planes["x"].shape == (120, 93) and header["training"] == 93  # as many components as there are examples
    few = client.get(f"/api/labels/{own(x[:30].astype(np.float32), [0, 1] * 15, test=6)}/memorise")
    assert few.status_code == 400 and "30 examples with a class; training and testing a net needs 50" in few.text
    one = client.get(f"/api/labels/{own(x.astype(np.float32), [1] * 300, test=60)}/about")
    assert one.status_code == 400 and "all examples are of one class, 'b'" in one.json()["error"]
