"""The routes of the comparison: examples, maps, neighbours, similarities, one image through all; nonsense."""

import csv
import gzip
import io
import json
import shutil

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from core import data, jobs, representations
from core.analysis import checkpoint_codec, example_scores, representation_maps
from core.data.greys import grey_images
from core.data.preprocessing import preprocess
from core.jobs import process, worker
from core.representations import similarity
from core.representations.readout import predictions, read_factors, readout
from core.store import checkpoints
from pages.compare import loading, routes
from pages.shared import represented
from pages.shared.codec import pack, unpack

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
    before = represented.version("digits")
    assert represented.version("digits") == before
    aside = folder / ".aside"
    (folder / FOUND["digits-rbm"].name).rename(aside)
    try:
        assert represented.version("digits") != before
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


def test_a_map_by_pca_in_three_dimensions(client, vectors):
    header, planes = get(client, "map", of="pixels", method="pca-3d")
    x = vectors["pixels"] - vectors["pixels"].mean(0)
    values = np.linalg.svd(x, compute_uv=False) ** 2
    assert planes["coordinates"].shape == (360, 3) and header["explained"] > 0.35
    assert np.square(planes["coordinates"]).sum(0) == pytest.approx(values[:3], rel=1e-3)
    flat = get(client, "map", of=CODE, method="pca-3d")[1]["coordinates"]
    assert not flat[:, 2].any()  # a code of two numbers


def test_a_map_by_umap_in_three_dimensions(client):
    query = {"of": CODE, "method": "umap-3d", "n_neighbors": 8}
    assert not get(client, "map", **query)[0]["ready"]
    run = jobs.get_run(client.post("/api/compare/digits/map", params=query, json={}).json()["run"])
    worker.work(run)
    header, planes = get(client, "map", **query)
    assert header["ready"] and planes["coordinates"].shape == (360, 3) and planes["coordinates"].std(0).min() > 0.1
    assert not get(client, "map", of=CODE, method="umap", n_neighbors=8)[0]["ready"]  # the plane's is another
    points = get(client, "map-readout", **query)[0]["points"]
    assert points[-1]["mean"] > 0.6


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


def test_models_say_something_of_every_example(client):
    listed = {one["key"]: one for one in get(client, "about")[0]["scores"]}
    vae, rbm, net = (FOUND[name] for name in ("digits-vae-2", "digits-rbm", "digits-autoencoder-2"))
    assert {f"{vae.name}~elbo", f"{vae.name}~error", f"{rbm.name}~free-energy", f"{net.name}~error"} == listed.keys()
    elbo = get(client, "values", of=f"{vae.name}~elbo")[1]["values"]
    assert elbo.mean() == pytest.approx(vae.score("test ELBO").value, abs=0.2) and len(elbo) == 360
    error = get(client, "values", of=f"{net.name}~error")[1]["values"]
    assert error.mean() == pytest.approx(net.score("reconstruction error").value, rel=0.01)
    bits = preprocess(data.load("digits"), rbm.preset.view, "test").all(torch.Generator().manual_seed(9))
    energy = get(client, "values", of=f"{rbm.name}~free-energy")[1]["values"]
    assert energy.mean() == pytest.approx(-float(rbm.model().free_energy(bits).mean()), abs=1)
    refused(client.get("/api/compare/digits/values", params={"of": f"{net.name}~elbo"}), 400, "error")
    refused(client.get("/api/compare/sprites/values", params={"of": f"{net.name}~error"}), 400, "sprites")


def test_what_takes_too_long_is_left_open():
    checkpoint = FOUND["digits-pixelcnn-17-classes"]
    rows = np.arange(360)
    some = example_scores.compute(checkpoint, "log-prob", "test", rows, seconds=0)
    assert np.isfinite(some[:200]).all() and np.isnan(some[200:]).all()
    every = example_scores.compute(checkpoint, "log-prob", "test", rows)
    assert every.mean() == pytest.approx(checkpoint.score("test log-probability").value, abs=1e-3)


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
    value, low, high = header["participation"]
    assert value == pytest.approx(1 / np.square(shares).sum(), rel=1e-4) and low < value < high
    assert (planes["low"] <= planes["spectrum"] + 1e-6).all() and (planes["spectrum"] <= planes["high"] + 1e-6).all()


def test_the_same_network_from_another_seed_is_found_by_its_config(client, folder):
    code = {one["key"]: one for one in get(client, "about")[0]["representations"]}[CODE]
    assert code["twin"] == "" and code["retrain"] == "python -m core train digits-autoencoder-2 --set seed=1"
    made = folder / "another-seed"
    shutil.copytree(FOUND["digits-autoencoder-2"].folder, made)
    run = json.loads((made / "run.json").read_text())
    run["preset"] |= {"seed": 5, "name": "mine", "title": "Mine"}
    (made / "run.json").write_text(json.dumps(run))
    try:
        code = {one["key"]: one for one in get(client, "about")[0]["representations"]}[CODE]
        assert code["twin"] == "another-seed"
    finally:
        shutil.rmtree(made)


def test_suggested_groups_part_in_the_other(client):
    groups = get(client, "suggest", of="pixels", against=CODE)[0]["groups"]
    assert groups and all(one["together"] > one["apart"] for one in groups)
    assert {one["from"] for one in groups} <= {0, 1}
    near = {0: loading.neighbours("digits", "pixels"), 1: loading.neighbours("digits", CODE)}
    one = groups[0]
    share = np.isin(near[one["from"]][one["rows"], :10], one["rows"]).mean()
    assert share == pytest.approx(one["together"], abs=1e-6)


def test_accuracy_rises_with_the_labels(client, vectors):
    answer = get(client, "readout", of="pixels", method="knn")[0]["points"]
    expected = readout(vectors["pixels"], data.load("digits").test_labels, "knn")
    assert answer == [{"labels": one.labels, "mean": one.mean, "spread": one.spread} for one in expected]
    assert answer[-1]["labels"] is None and answer[-1]["mean"] > answer[0]["mean"] + 0.1


def test_a_map_is_read_out_beside_the_full_space(client):
    flat = get(client, "map-readout", of="pixels", method="pca", by="knn")[0]["points"]
    coordinates = get(client, "map", of="pixels", method="pca")[1]["coordinates"]
    expected = readout(coordinates, data.load("digits").test_labels, "knn")
    assert [one["mean"] for one in flat] == pytest.approx([one.mean for one in expected], abs=0.02)
    full = get(client, "readout", of="pixels")[0]["points"]
    assert full[-1]["mean"] > flat[-1]["mean"] + 0.2
    query = {"of": "pixels", "method": "umap", "n_neighbors": 77}
    refused(client.get("/api/compare/digits/map-readout", params=query), 400, "umap", "not computed")


def test_the_class_of_every_example_is_read(client, vectors):
    labels = data.load("digits").test_labels
    found = get(client, "read", of=HIDDEN, method="linear")[1]["read"]
    assert np.array_equal(found, predictions(vectors[HIDDEN], labels, "linear")) and found.dtype == np.uint8
    assert (found == labels).mean() > 0.85


def test_known_factors_are_read(client):
    rows = get(client, "factors", "sprites", of="pca-10")[0]["factors"]
    made = representations.compute("pca-10", "sprites")
    expected = read_factors(made.vectors, made.factors)
    assert [row["name"] for row in rows] == list(made.factors) and rows[0]["unit"] in ("R²", "share right")
    assert [row["linear"] for row in rows] == pytest.approx([one.linear for one in expected])
    refused(client.get("/api/compare/digits/factors", params={"of": "pixels"}), 400, "known factors")


def test_every_model_with_a_likelihood_has_its_row(client):
    rows = get(client, "likelihoods")[0]["rows"]
    assert {row["model"] for row in rows} == {FOUND["digits-vae-2"].title, FOUND["digits-rbm"].title}
    (vae,) = [row for row in rows if row["model"] == FOUND["digits-vae-2"].title]
    score = FOUND["digits-vae-2"].score("test log-probability")
    assert (vae["value"], vae["spread"], vae["nature"]) == (score.value, score.spread, "lower bound")
    assert vae["parameters"] == 33604 and vae["view"] == "grey"
    assert f"latent?checkpoint={FOUND['digits-vae-2'].name}" in [page["address"] for page in vae["pages"]]


@pytest.mark.parametrize("name", ["digits-vae-2", "digits-rbm"])
def test_samples_of_a_model_and_their_time(client, name):
    header, planes = get(client, "samples", of=FOUND[name].name)
    images = planes["images"]
    assert images.shape == (loading.STRIP, 8, 8) and 0 < header["seconds"] < 60 and images.std() > 20
    if name == "digits-rbm":
        stored = FOUND[name].arrays("portrait.safetensors")["fantasy"][: len(images)].reshape(-1, 8, 8)
        assert np.array_equal(images > 127, stored > 0.5)
    assert np.array_equal(images, get(client, "samples", of=FOUND[name].name)[1]["images"])
    refused(client.get("/api/compare/sprites/samples", params={"of": FOUND[name].name}), 400, "sprites")
    refused(client.get("/api/compare/digits/samples", params={"of": CODE.split("~")[0]}), 404, "draws no images")


def test_what_a_text_costs_is_a_log_probability(client, folder):
    found = FOUND["help-ngram"]
    shutil.copytree(found.folder, folder / found.name)
    (row,) = get(client, "likelihoods", "help")[0]["rows"]
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
    images = represented.examples("digits").images
    header, planes = through(client, {"of": list(KEYS)}, image=images[40])
    assert header["rows"][0]["nearest"][0] == 40 and header["rows"][2]["nearest"][0] == 40
    assert np.abs(planes["back1"].astype(int) - images[40]).mean() < 20


# -- vectors that are brought ---------------------------------------------------------------------


def brought(client, content: bytes, name: str = "clip.npy", metadata: bytes | None = None, **said: str):
    planes = {"vectors": content} | ({"metadata": metadata} if metadata else {})
    arrays = {key: ("u8", np.frombuffer(part, np.uint8)) for key, part in planes.items()}
    body = gzip.decompress(pack({"title": "CLIP", "name": name, "metadata": "metadata.tsv", **said}, arrays))
    return client.post("/api/compare/digits/upload", content=body)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_uploaded_vectors_are_a_representation_until_they_are_forgotten(client, vectors):
    before = represented.version("digits")
    answer = brought(client, npy(vectors[HIDDEN]))
    assert answer.status_code == 200, answer.text
    one = unpack(answer.content)[0]["representation"]
    assert one["key"] == "upload~clip" and one["kind"] == "upload" and one["size"] == vectors[HIDDEN].shape[1]
    listed = [each["key"] for each in get(client, "about")[0]["representations"]]
    assert one["key"] in listed and represented.version("digits") == before
    url, query = "/api/compare/digits/neighbours", {"of": one["key"], "v": before}
    answer = client.get(url, params=query)
    assert answer.headers["cache-control"] == "no-store"
    assert np.array_equal(unpack(answer.content, 2**22)[1]["rows"], get(client, "neighbours", of=HIDDEN)[1]["rows"])
    header, _ = through(client, {"of": [one["key"]]}, image=np.zeros((8, 8), np.uint8))
    assert "uploaded" in header["rows"][0]["problem"]
    body = gzip.decompress(pack({"key": one["key"]}, {}))
    assert client.post("/api/compare/digits/forget", content=body).status_code == 200
    assert one["key"] not in [each["key"] for each in get(client, "about")[0]["representations"]]
    refused(client.get(url, params=query), 400, "upload~clip")
    again = brought(client, npy(vectors["pixels"]))  # another matrix of that name
    assert unpack(again.content)[0]["representation"]["key"] == "upload~clip"
    rows = unpack(client.get(url, params=query).content, 2**22)[1]["rows"]
    assert np.array_equal(rows, get(client, "neighbours", of="pixels")[1]["rows"])
    for _ in range(2):  # the second time it is gone already
        assert client.post("/api/compare/digits/forget", content=body).status_code == 200
    body = gzip.decompress(pack({"key": "pixels"}, {}))
    refused(client.post("/api/compare/digits/forget", content=body), 400, "pixels")


def test_the_two_files_of_the_embedding_projector_are_one_upload(client):
    rng = np.random.default_rng(0)
    order, values = rng.permutation(360), rng.normal(size=(360, 4))
    lines = "\n".join("\t".join(f"{x:.6f}" for x in values[i]) for i in order)
    metadata = "id\tword\n" + "\n".join(f"{i}\tword{i}" for i in order)
    answer = brought(client, lines.encode(), "vectors.tsv", metadata.encode(), title="Words")
    assert answer.status_code == 200, answer.text
    header = unpack(answer.content)[0]
    assert header["representation"]["size"] == 4 and "word" in " ".join(header["notes"])
    try:
        found = representations.compute(header["representation"]["key"], "digits").vectors
        assert found == pytest.approx(values, abs=1e-5)
    finally:
        client.post("/api/compare/digits/forget", content=gzip.decompress(pack({"key": "upload~words"}, {})))


@pytest.mark.parametrize(
    ("content", "name", "named"),
    [
        (npy(np.zeros((359, 3))), "a.npy", ("359", "360", "test")),
        (npy(np.full((360, 3), np.nan)), "a.npy", ("row 1", "nan")),
        (npy(np.zeros((2, 100_000), np.float32)), "a.npy", ("100,000", "20,000")),
        (b"id,a\n" + b"".join(b"%d,1\n" % (i % 359) for i in range(360)), "a.csv", ("id 0", "row")),
        (b"", "a.npy", ("empty",)),
        (b"hello", "a.docx", (".npy", ".parquet")),
    ],
    ids=["wrong rows", "NaN", "1e5 columns", "an id twice", "empty", "another kind"],
)
def test_what_is_wrong_with_an_upload_is_said(client, content, name, named):
    refused(brought(client, content, name), 400, *named)
    assert not list((checkpoints.root() / ".vectors").glob("digits/[a-z]*"))


# -- to take along ----------------------------------------------------------------------------------


def test_vectors_are_saved_as_a_table(client, vectors):
    answer = client.get("/api/compare/digits/vectors", params={"of": CODE})
    lines = list(csv.reader(io.StringIO(answer.text)))
    digits = data.load("digits")
    assert lines[0] == ["example", "label", "1", "2"] and len(lines) == 361
    assert [line[1] for line in lines[1:]] == [str(label) for label in digits.test_labels]
    assert np.array([line[2:] for line in lines[1:]], np.float32) == pytest.approx(vectors[CODE], rel=1e-5)


@pytest.mark.parametrize(
    ("dataset", "query", "said"),
    [
        ("digits", {"mode": "maps"}, "of the neighbourhood changed"),
        ("digits", {"mode": "maps", "method": "tsne", "perplexity": 5}, "of the neighbourhood changed"),
        ("digits", {"mode": "maps", "method": "pca-3d"}, "of the neighbourhood changed"),
        ("digits", {"mode": "alike", "lower": "rsa"}, "participation ratio"),
        ("digits", {"mode": "image", "row": 17}, "posterior mean"),
        ("digits", {"mode": "readout", "probe": "linear"}, "all labels of each class"),
        ("digits", {"mode": "readout", "reading": "confusions"}, "rows: true class"),
        ("sprites", {"mode": "readout", "reading": "factors"}, "by neighbours (R²)"),
        ("digits", {"mode": "likelihoods"}, "(lower bound)"),
    ],
)
def test_the_notebook_runs_and_says_what_is_shown(client, capsys, monkeypatch, dataset, query, said):
    keys = f"pixels,{MEAN}" if dataset == "digits" else "pca-2"
    answer = client.get(f"/api/compare/{dataset}/notebook", params={"reps": keys, **query})
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["nbformat"] == 4 and made["cells"][0]["cell_type"] == "markdown"
    names: dict = {}
    for cell in made["cells"][1:]:
        exec(compile(cell["source"], cell["id"], "exec"), names)
    assert said in capsys.readouterr().out
    if query["mode"] == "readout" and query.get("reading") is None:
        assert names["point"].mean == get(client, "map-readout", of=MEAN, by="linear")[0]["points"][-1]["mean"]


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
        ("map-readout", {"of": "pixels", "by": "tree"}, "by"),
        ("vectors", {"of": "nothing"}, "nothing"),
        ("notebook", {}, "representation"),
        ("notebook", {"reps": "pixels", "mode": "dance"}, "dance"),
        ("notebook", {"reps": "pixels", "row": "360"}, "row"),
        ("notebook", {"reps": "pixels", "mode": "readout", "reading": "factors"}, "factors"),
        ("read", {"of": "pixels", "method": "tree"}, "tree"),
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
