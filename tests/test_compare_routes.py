"""The routes of the comparison: examples, maps, neighbours, similarities, one image through all; nonsense."""

import gzip
import shutil

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data, jobs, representations
from core.analysis import checkpoint_codec, representation_maps
from core.data.greys import grey_images
from core.jobs import process, worker
from core.representations import similarity
from core.representations.readout import readout
from core.store import checkpoints
from pages.compare import loading, routes
from pages.shared.codec import pack, unpack
from pages.shared.routes import ROUTES

FOUND = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
SHOWN = ("digits-autoencoder-2", "digits-vae-2", "digits-rbm")
CODE = f"{FOUND['digits-autoencoder-2'].name}~code"
MEAN = f"{FOUND['digits-vae-2'].name}~posterior-mean"
HIDDEN = f"{FOUND['digits-rbm'].name}~hidden"
KEYS = ("pixels", "pca-30", CODE, MEAN, HIDDEN)


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    """Checkpoints of this module alone; no process is started."""
    made = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(made))
        patch.setattr(process, "start_worker", lambda run: None)
        for name in SHOWN:
            shutil.copytree(FOUND[name].folder, made / FOUND[name].name)
        yield made


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture(scope="module")
def vectors() -> dict[str, np.ndarray]:
    return {key: np.array(representations.compute(key, "digits").vectors) for key in KEYS}


def get(client, path: str, dataset: str = "digits", **query) -> tuple[dict, dict]:
    answer = client.get(f"/api/compare/{dataset}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content, 2**22)


def refused(answer, status: int, *named: str) -> None:
    assert answer.status_code == status, answer.text
    said = answer.json()["error"]
    assert all(word in said for word in named) and 0 < len(said) < 600, said


# -- examples -------------------------------------------------------------------------------------


def test_about_lists_examples_and_representations(client):
    header, planes = get(client, "about")
    digits = data.load("digits")
    assert (header["n"], header["split"], header["height"], header["width"]) == (len(digits.test), "test", 8, 8)
    assert np.array_equal(planes["labels"], digits.test_labels) and header["classes"] == list("0123456789")
    assert header["usual"] == list(KEYS)
    listed = {one["key"]: one for one in header["representations"]}
    assert listed.keys() >= {*KEYS, f"{CODE}~untrained"}
    assert listed[CODE]["size"] == 2 and listed[CODE]["model"] == FOUND["digits-autoencoder-2"].title


def test_a_version_changes_with_the_models(folder):
    before = loading.version("digits")
    assert loading.version("digits") == before
    aside = folder / ".aside"
    (folder / FOUND["digits-rbm"].name).rename(aside)
    try:
        assert loading.version("digits") != before
    finally:
        aside.rename(folder / FOUND["digits-rbm"].name)


def test_pictures_come_in_parts(client, monkeypatch):
    monkeypatch.setattr(routes, "CHUNK", 64 * 100)
    parts = [get(client, f"images/{part}") for part in range(4)]
    assert [header["first"] for header, _ in parts] == [0, 100, 200, 300]
    together = np.concatenate([planes["images"] for _, planes in parts])
    assert np.array_equal(together, grey_images(data.load("digits"), data.load("digits").test))
    refused(client.get("/api/compare/digits/images/4"), 400, "part")


# -- one representation ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_a_map_by_pca_comes_at_once(client, vectors, key):
    header, planes = get(client, "map", of=key, method="pca")
    x = vectors[key].astype(float)
    x = x - x.mean(0)
    values = np.linalg.svd(x, compute_uv=False) ** 2
    assert header["explained"] == pytest.approx(values[:2].sum() / values.sum(), abs=1e-4)
    assert planes["coordinates"].var(0) * len(x) == pytest.approx(values[:2], rel=1e-3)


def test_neighbours_are_those_of_the_full_space(client, vectors):
    rows = get(client, "neighbours", of=HIDDEN)[1]["rows"]
    known = NearestNeighbors(n_neighbors=11).fit(vectors[HIDDEN]).kneighbors(return_distance=False)[:, :10]
    assert rows.shape == (360, loading.NEIGHBOURS) and rows.dtype == np.uint16
    assert (np.sort(rows[:, :10]) == np.sort(known)).mean() > 0.99


def test_a_map_by_umap_takes_a_run_and_is_then_there(client, monkeypatch):
    query = {"of": CODE, "method": "tsne", "perplexity": 10}
    header, planes = get(client, "map", **query)
    assert not header["ready"] and header["run"] is None and "seconds" in header["cost"] and not planes
    answer = client.post("/api/compare/digits/map", params=query, json={})
    assert answer.status_code == 200, answer.text
    run = jobs.get_run(answer.json()["run"])
    assert get(client, "map", **query)[0]["run"] == run.id
    assert run.request.layout["settings"] == {"perplexity": 10.0} and run.request.checkpoint in CODE
    worker.work(run)
    assert run.status().state == "finished"
    header, planes = get(client, "map", **query)
    assert header["ready"] and planes["coordinates"].shape == (360, 2)
    assert np.isfinite(planes["coordinates"]).all() and planes["coordinates"].std() > 1
    again = client.post("/api/compare/digits/map", params=query).status_code
    assert again == 415  # no other site's page can send this


def test_a_damaged_map_is_none(tmp_path, monkeypatch, folder):
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    key = representation_maps.map_key(x, "umap", {})
    assert key != representation_maps.map_key(x, "umap", {"n_neighbors": 7}) and len(key) == 16
    file = folder / ".layouts" / "maps" / f"{key}.npy"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x93NUMPY")
    assert representation_maps.stored_map(key, 5) is None
    np.save(file, np.zeros((4, 2), np.float32))
    assert representation_maps.stored_map(key, 5) is None and representation_maps.stored_map(key, 4) is not None


# -- several --------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", routes.MEASURES)
def test_a_matrix_holds_the_measure_of_every_pair(client, vectors, measure):
    matrix = get(client, "similarity", of=",".join(KEYS), measure=measure, k=7)[1]["matrix"]
    expected = similarity.similarity_matrix([vectors[key] for key in KEYS], measure, 7)
    assert matrix == pytest.approx(expected, abs=1e-5) and matrix.shape == (5, 5)


@pytest.mark.parametrize("measure", ["cka", "overlap"])
def test_a_pair_has_an_interval(client, vectors, measure):
    value, low, high = get(client, "interval", of="pixels", against=CODE, measure=measure)[0]["interval"]
    found = similarity.interval(vectors["pixels"], vectors[CODE], measure)
    assert (value, low, high) == pytest.approx((found.value, found.low, found.high)) and low < value < high


def test_the_shape_of_a_representation(client, vectors):
    header, planes = get(client, "geometry", of="pixels")
    value, low, high = header["two_nn"]
    assert low < value < high and 4 < value < 20
    shares = np.linalg.eigvalsh(np.cov(vectors["pixels"].T.astype(float)))[::-1]
    shares = shares / shares.sum()
    assert planes["spectrum"] == pytest.approx(shares, abs=1e-5)
    assert header["participation"] == pytest.approx(1 / np.square(shares).sum(), rel=1e-4)


def test_suggested_groups_part_in_the_other(client):
    groups = get(client, "suggest", of="pixels", against=CODE)[0]["groups"]
    assert groups and all(one["together"] > one["apart"] for one in groups)
    assert {one["from"] for one in groups} <= {0, 1}
    near = {0: loading.neighbours("digits", "pixels"), 1: loading.neighbours("digits", CODE)}
    one = groups[0]
    share = np.isin(near[one["from"]][one["rows"], :10], one["rows"]).mean()
    assert share == pytest.approx(one["together"], abs=1e-6)


def test_accuracy_rises_with_the_labels(client, vectors):
    answer = client.get("/api/compare/digits/readout", params={"of": "pixels", "method": "knn"}).json()["points"]
    expected = readout(vectors["pixels"], data.load("digits").test_labels, "knn")
    assert answer == [{"labels": one.labels, "mean": one.mean, "spread": one.spread} for one in expected]
    assert answer[-1]["labels"] is None and answer[-1]["mean"] > answer[0]["mean"] + 0.1


def test_every_model_with_a_likelihood_has_its_row(client):
    rows = client.get("/api/compare/digits/likelihoods").json()["rows"]
    assert {row["model"] for row in rows} == {FOUND["digits-vae-2"].title, FOUND["digits-rbm"].title}
    (vae,) = [row for row in rows if row["model"] == FOUND["digits-vae-2"].title]
    score = FOUND["digits-vae-2"].score("test log-probability")
    assert (vae["value"], vae["spread"], vae["nature"]) == (score.value, score.spread, "lower bound")
    assert vae["parameters"] == 33604 and vae["view"] == "grey"
    assert f"latent?checkpoint={FOUND['digits-vae-2'].name}" in [page["address"] for page in vae["pages"]]


def test_what_a_text_costs_is_a_log_probability(client, folder):
    found = FOUND["help-ngram"]
    shutil.copytree(found.folder, folder / found.name)
    (row,) = client.get("/api/compare/help/likelihoods").json()["rows"]
    score = found.score("nats a character")
    assert row["value"] == -score.value < 0 and row["unit"] == "nats/character" and row["view"] == ""


# -- one image through all ------------------------------------------------------------------------


def through(client, header: dict, **planes: np.ndarray) -> tuple[dict, dict]:
    body = gzip.decompress(pack(header, {name: ("u8", array) for name, array in planes.items()}))
    answer = client.post("/api/compare/digits/through", content=body)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def test_an_example_goes_through_all(client, vectors):
    header, planes = through(client, {"of": list(KEYS), "row": 17})
    assert [row["key"] for row in header["rows"]] == list(KEYS)
    for i, key in enumerate(KEYS):
        assert header["rows"][i]["nearest"] == loading.neighbours("digits", key)[17, :8].tolist()
        x = vectors[key]
        z = (x[17] - x.mean(0)) / x.std(0, ddof=1).clip(1e-12)
        assert planes[f"units{i}"] == pytest.approx(z.clip(-9, 9), abs=1e-3)
    backs = [i for i in range(5) if f"back{i}" in planes]
    assert backs == [1, 2, 3]  # PCA, autoencoder and VAE have a way back
    code = checkpoint_codec.decode(FOUND["digits-vae-2"], vectors[MEAN][17][None])
    assert np.array_equal(planes["back3"], checkpoint_codec.to_grey(FOUND["digits-vae-2"], code)[0])


def test_a_drawing_of_an_example_has_that_example_nearest(client):
    images = loading.examples("digits").images
    header, planes = through(client, {"of": list(KEYS)}, image=images[40])
    assert header["rows"][0]["nearest"][0] == 40 and header["rows"][2]["nearest"][0] == 40
    assert np.abs(planes["back1"].astype(int) - images[40]).mean() < 20


# -- nonsense -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("map", {}, "of"),
        ("map", {"of": "nothing"}, "nothing"),
        ("map", {"of": "pixels", "method": "mds"}, "mds"),
        ("map", {"of": "pixels", "method": "umap", "n_neighbors": "x"}, "n_neighbors"),
        ("map", {"of": "pixels", "method": "tsne", "perplexity": "1"}, "perplexity"),
        ("neighbours", {"of": "pca-0"}, "pca-0"),
        ("similarity", {"of": "pixels,pca-30", "measure": "love"}, "love"),
        ("similarity", {"of": "pixels,pca-30", "k": "0"}, "k="),
        ("similarity", {"of": ",".join(["pixels"] * 49)}, "49"),
        ("geometry", {"of": "pixels~untrained"}, "pixels~untrained"),
        ("suggest", {"of": "pixels"}, "against"),
        ("readout", {"of": "pixels", "method": "tree"}, "tree"),
    ],
)
def test_nonsense_is_named(client, path, query, named):
    refused(client.get(f"/api/compare/digits/{path}", params=query), 400, named)


def test_an_unknown_data_set_is_named(client):
    refused(client.get("/api/compare/nothing/about"), 409, "nothing")


@pytest.mark.parametrize(
    ("header", "named"),
    [({}, "of"), ({"of": []}, "of"), ({"of": ["pixels"] * 7}, "of"), ({"of": ["pixels"], "row": 360}, "row")],
)
def test_nonsense_about_an_image_is_named(client, header, named):
    body = gzip.decompress(pack(header, {}))
    refused(client.post("/api/compare/digits/through", content=body), 400, named)


def test_an_image_of_another_size_is_named(client):
    body = gzip.decompress(pack({"of": ["pixels"]}, {"image": ("u8", np.zeros((9, 8), np.uint8))}))
    refused(client.post("/api/compare/digits/through", content=body), 400, "(9, 8)", "(8, 8)")
