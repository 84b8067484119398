"""The routes of the maps: points, pictures, places, neighbours, decoders, films, drawings; and refusals of nonsense."""

import dataclasses
import gzip
import json
import re
import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core import jobs
from core.analysis import checkpoint_codec, embedding, layouts
from core.jobs import process
from core.store import checkpoints
from pages.codes import about, loading, routes
from pages.shared import theme, work
from pages.shared.codec import pack, unpack

FOUND = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
PLANE = FOUND["digits-autoencoder-2"]  # a code of two numbers, with a film
WIDE = FOUND["digits-autoencoder-16"]
ODD_NAMES = ["nothing", "..", ".", "*", "[a]", "~", "a b", "x" * 3000, ".layouts", "runs", "a%2Fb"]


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    """Checkpoints of this module alone, without the maps that they bring along; no process is started."""
    made, without_maps = tmp_path_factory.mktemp("maps"), shutil.ignore_patterns("layouts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(made))
        patch.setattr(process, "start_worker", lambda run: None)
        for found in (PLANE, WIDE, FOUND["digits-rbm"]):
            shutil.copytree(found.folder, made / found.name, ignore=without_maps)
        shutil.copytree(PLANE.folder, made / "without-film", ignore=without_maps)
        (made / "without-film" / "film.safetensors").unlink(missing_ok=True)
        yield made


@pytest.fixture(scope="module")
def points():
    return loading.embedded_dataset(PLANE.name, "test", 100)


def get(client, path: str, name: str = PLANE.name, **query) -> tuple[dict, dict]:
    """The answer as (header, planes); of 100 test points unless said otherwise."""
    answer = client.get(f"/api/maps/{name}/{path}", params={"points": 100, **query})
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def refused(answer, status: int, named: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


# -- points ---------------------------------------------------------------------------------------


def test_points_come_with_labels_errors_and_what_else_there_is(client, points):
    header, planes = get(client, "points")
    assert (header["n"], header["dim"], header["split"]) == (100, 2, "test")
    assert (header["height"], header["width"], header["glyphs"]) == (8, 8, True)
    assert header["classes"] == list("0123456789")
    assert np.array_equal(planes["labels"], points.labels) and planes["labels"].dtype == np.uint8
    assert np.array_equal(planes["errors"], points.errors)
    assert np.array_equal(planes["indices"], points.indices)
    names = {m["name"]: m for m in header["maps"]}
    assert "code" in names and "pca-code" not in names
    assert names["umap-pixels"]["settings"]["n_neighbors"] == [2, 200, 15] and names["code"]["settings"] == {}
    assert [m for m in names if names[m]["decodes"]] == ["code", "pca-pixels"]


def test_a_wider_code_has_other_maps(client):
    header, _ = get(client, "points", WIDE.name)
    names = [m["name"] for m in header["maps"]]
    assert "code" not in names and "pca-code" in names and header["dim"] == 16 and header["film"] is False
    assert any("16-D" in m["title"] for m in header["maps"])


@pytest.mark.parametrize("split", ["test", "train", "all"])
def test_every_split_has_its_points(client, split):
    header, planes = get(client, "points", split=split, points=50)
    assert header["split"] == split and len(planes["errors"]) == 50


def test_what_a_version_names_is_kept_by_the_browser(client):
    path = f"/api/maps/{PLANE.name}/points?points=100"
    assert "immutable" in client.get(f"{path}&v={PLANE.version}").headers["cache-control"]
    assert client.get(path).headers["cache-control"] == "no-store"


def test_pictures_come_in_parts(client, points, monkeypatch):
    monkeypatch.setattr(routes, "CHUNK", 64 * 40)
    header, _ = get(client, "points")
    assert header["chunk"] == 40
    parts = [get(client, f"sprites/{part}") for part in range(3)]
    assert [h["first"] for h, _ in parts] == [0, 40, 80]
    assert np.array_equal(np.concatenate([p["images"] for _, p in parts]), points.images)
    refused(client.get(f"/api/maps/{PLANE.name}/sprites/3?points=100"), 400, "part")


def test_no_part_is_too_large():
    class Large:
        images = np.zeros((3, 784, 784), np.uint8)

    assert routes._per_chunk(Large) * 784 * 784 <= routes.CHUNK


# -- maps -----------------------------------------------------------------------------------------


def test_the_code_is_a_map_at_once_and_its_scores_come_after(client, points, folder):
    shutil.rmtree(folder / layouts.FOLDER, ignore_errors=True)
    quick = client.get(f"/api/maps/{PLANE.name}/layouts/code?points=100&quick=1&v=1")
    header, planes = unpack(quick.content)
    assert header == {"ready": True, "scores": None} and quick.headers["cache-control"] == "no-store"
    assert np.array_equal(planes["coordinates"], points.codes)
    full, again = get(client, "layouts/code")
    assert np.array_equal(again["coordinates"], points.codes)
    assert full["scores"]["error"] == pytest.approx(float(points.errors.mean()))
    assert 0 < full["scores"]["knn_accuracy"] <= 1


@pytest.mark.parametrize(("name", "layout"), [(PLANE.name, "pca-pixels"), (WIDE.name, "pca-code")])
def test_the_quick_places_are_those_of_the_full_answer(client, folder, name, layout):
    shutil.rmtree(folder / layouts.FOLDER, ignore_errors=True)
    _, quick = get(client, f"layouts/{layout}", name, quick=1)
    header, full = get(client, f"layouts/{layout}", name)
    assert np.allclose(quick["coordinates"], full["coordinates"], atol=1e-5)
    assert 0 < header["scores"]["explained"] < 1


def test_a_map_that_takes_a_run_says_its_cost_and_is_asked_for(client, folder):
    path, query = f"/api/maps/{PLANE.name}/layouts/umap-pixels", {"points": 100, "n_neighbors": 7}
    answer = client.get(path, params=query)
    header, planes = unpack(answer.content)
    assert header["ready"] is False and header["run"] is None and "seconds" in header["cost"] and planes == {}
    assert answer.headers["cache-control"] == "no-store"
    run = client.post(path, params=query, json={}).json()["run"]
    assert jobs.get_run(run).request.layout == {
        "name": "umap-pixels",
        "points": 100,
        "split": "test",
        "settings": {"n_neighbors": 7},
    }
    assert unpack(client.get(path, params=query).content)[0]["run"] == run, "a second visitor sees the same run"
    layouts.compute_layout(loading.embedded_dataset(PLANE.name, "test", 100), "umap-pixels", {"n_neighbors": 7})
    header, planes = unpack(client.get(path, params=query).content)
    assert header["ready"] and planes["coordinates"].shape == (100, 2) and np.isfinite(planes["coordinates"]).all()
    assert header["settings"]["n_neighbors"] == 7


def test_usual_settings_are_the_map_without_settings(client):
    asked = [
        client.post(f"/api/maps/{PLANE.name}/layouts/tsne-pixels?points=100{more}", json={}).json()["run"]
        for more in ("", "&perplexity=30")
    ]
    assert asked[0] == asked[1]


def test_only_pages_of_this_app_can_start_a_computation(client):
    path = f"/api/maps/{PLANE.name}/layouts/umap-pixels?points=100"
    refused(client.post(path, content=b"{}", headers={"content-type": "text/plain"}), 415, "json")
    refused(client.post(path, content=b"{", headers={"content-type": "application/json"}), 400, "JSON")


@pytest.mark.parametrize(
    ("layout", "query", "named"),
    [
        ("umap-pixels", "n_neighbors=1", "n_neighbors"),
        ("umap-pixels", "n_neighbors=2.5", "n_neighbors"),
        ("umap-pixels", "min_dist=nan", "min_dist"),
        ("umap-pixels", "min_dist=2", "min_dist"),
        ("tsne-pixels", "perplexity=inf", "perplexity"),
        ("tsne-pixels", "perplexity=x", "perplexity"),
        ("code", "split=dev", "split"),
        ("code", "points=9", "points"),
        ("code", "points=70001", "points"),
        ("code", "points=-5", "points"),
        ("code", "points=1e3", "points"),
        ("nonsense", "", "nonsense"),
        ("pca-code", "", "pca-code"),
        ("%2E%2E", "", ".."),
    ],
)
def test_a_bad_question_about_a_map_is_refused_by_name(client, layout, query, named):
    refused(client.get(f"/api/maps/{PLANE.name}/layouts/{layout}?{query}"), 400, named)
    if layout != "code":
        refused(client.post(f"/api/maps/{PLANE.name}/layouts/{layout}?{query}", json={}), 400, named)


# -- single points ----------------------------------------------------------------------------------


def test_neighbours_are_the_true_ones(client, points):
    answer = client.get(f"/api/maps/{PLANE.name}/neighbours?points=100&of=3&k=5").json()
    for space, values in (("pixels", points.values.reshape(100, -1)), ("code", points.codes)):
        apart = np.square(values - values[3]).sum(1)
        apart[3] = np.inf
        assert sorted(apart[answer[space]]) == pytest.approx(sorted(apart)[:5])


@pytest.mark.parametrize("query", ["", "of=100", "of=-1", "of=x", "of=1&k=0", "of=1&k=51", "of=1.5", "of=1&metric=l1"])
def test_neighbours_of_nothing_are_refused(client, query):
    refused(client.get(f"/api/maps/{PLANE.name}/neighbours?points=100&{query}"), 400, "expected")


def test_reconstructions_are_what_the_model_makes_of_the_points(client, points):
    _, planes = get(client, "reconstructions", rows="5.0.99")
    assert np.array_equal(planes["images"], points.reconstructions([5, 0, 99]))
    assert planes["images"].dtype == np.uint8 and planes["images"].shape == (3, 8, 8)


@pytest.mark.parametrize("rows", ["", ".", "100", "1.x", "-1", "1,2", ".".join(["1"] * (routes.MOST_ROWS + 1))])
def test_reconstructions_of_other_rows_are_refused(client, rows):
    refused(client.get(f"/api/maps/{PLANE.name}/reconstructions?points=100&rows={rows}"), 400, "rows")


# -- the way back -----------------------------------------------------------------------------------

UNITS = {
    "linear": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}


def run(header: dict, planes: dict, places: np.ndarray) -> np.ndarray:
    """What the browser computes from the message: greys from 0 to 1."""
    u = places
    for i, unit in enumerate(header["units"]):
        u = UNITS[unit](u @ planes[f"weight{i}"].astype(np.float32).T + planes[f"bias{i}"].astype(np.float32))
    return planes["shift"] + planes["scale"] * u


def test_the_decoder_of_the_code_is_the_models_own(client, points):
    header, planes = get(client, "decoder/code")
    got = run(header, planes, points.codes[:20])
    assert np.abs(255 * got - points.reconstructions(range(20)).reshape(20, -1)).max() < 2


def test_the_way_back_from_pca_is_the_best_linear_one(client, points):
    header, planes = get(client, "decoder/pca-pixels")
    places = layouts.get_layout(points, "pca-pixels").coordinates
    got, true = run(header, planes, places), points.images.reshape(100, -1) / 255
    design = np.c_[places, np.ones(100)]
    best = design @ np.linalg.lstsq(design, true, rcond=None)[0]
    assert np.abs(got - best).max() < 0.01


def test_a_place_on_the_pca_of_a_code_goes_through_the_decoder(client):
    header, planes = get(client, "decoder/pca-code", WIDE.name)
    assert planes["weight0"].shape == (16, 2) and header["units"][0] == "linear"
    found = loading.embedded_dataset(WIDE.name, "test", 100)
    mean = found.codes.mean(0, keepdims=True)
    got = run(header, planes, np.zeros((1, 2), np.float32))
    back = checkpoint_codec.to_grey(found.checkpoint, checkpoint_codec.decode(found.checkpoint, mean))
    assert np.abs(255 * got - back.reshape(1, -1)).max() < 2


@pytest.mark.parametrize("layout", ["umap-pixels", "tsne-code", "nonsense"])
def test_other_maps_have_no_way_back(client, layout):
    refused(client.get(f"/api/maps/{PLANE.name}/decoder/{layout}?points=100"), 400, layout)


# -- the film ---------------------------------------------------------------------------------------


def test_the_film_ends_at_the_finished_codes(client):
    header, planes = get(client, "film")
    frames, examples = planes["codes"].shape[:2]
    assert frames == len(planes["epochs"]) == len(planes["errors"]) == len(header["stages"]) and frames > 1
    found = loading.embedded_dataset(PLANE.name, "test", 70_000)
    assert np.abs(planes["codes"][-1] - found.codes[:examples]).max() < 0.05 * np.abs(found.codes).max()


def test_a_checkpoint_without_a_film_says_so(client):
    assert get(client, "points", "without-film")[0]["film"] is False
    refused(client.get("/api/maps/without-film/film"), 400, "film")


# -- drawings ---------------------------------------------------------------------------------------


def land(client, image: np.ndarray, name: str = PLANE.name, **header):
    body = pack({"points": 100, "maps": [{"name": "code"}, {"name": "pca-pixels"}], **header}, {"image": ("u8", image)})
    return client.post(f"/api/maps/{name}/land", content=gzip.decompress(body))


def test_an_image_of_the_atlas_lands_where_it_lies(client, points):
    answer = land(client, points.images[7], maps=[{"name": m} for m in ("code", "pca-pixels", "tsne-code")])
    assert answer.status_code == 200
    header, planes = unpack(answer.content)
    assert header["code"] == pytest.approx(points.codes[7].tolist(), abs=0.02)
    code, pca, absent = header["places"]
    assert code["exact"] and code["at"] == pytest.approx(header["code"])
    at = layouts.get_layout(points, "pca-pixels").coordinates[7]
    assert pca["exact"] and pca["at"] == pytest.approx(at.tolist(), abs=0.02) and absent is None
    assert header["error"] == pytest.approx(float(points.errors[7]), rel=0.02)
    assert np.abs(planes["back"] - points.reconstructions([7])[0].astype(int)).max() < 3


def test_where_there_is_no_formula_it_lands_among_its_neighbours(client, points):
    layouts.compute_layout(points, "umap-code", {})
    header, _ = unpack(land(client, points.images[7], maps=[{"name": "umap-code"}]).content)
    (place,) = header["places"]
    near = layouts.get_layout(points, "umap-code").coordinates
    assert not place["exact"] and (near.min(0) <= place["at"]).all() and (place["at"] <= near.max(0)).all()


@pytest.mark.parametrize(
    ("image", "header", "named"),
    [
        (np.zeros((8, 9), np.uint8), {}, "image"),
        (np.zeros(64, np.uint8), {}, "image"),
        (np.zeros((0, 8), np.uint8), {}, "image"),
        (np.zeros((8, 8), np.uint8), {"maps": "code"}, "maps"),
        (np.zeros((8, 8), np.uint8), {"maps": [3]}, "maps"),
        (np.zeros((8, 8), np.uint8), {"maps": [{"name": "x"}]}, "x"),
        (np.zeros((8, 8), np.uint8), {"maps": [{}] * 9}, "maps"),
        (np.zeros((8, 8), np.uint8), {"maps": [{"name": "umap-code", "n_neighbors": [1]}]}, "n_neighbors"),
        (np.zeros((8, 8), np.uint8), {"points": {}}, "points"),
        (np.zeros((8, 8), np.uint8), {"split": None}, "split"),
    ],
)
def test_a_drawing_that_does_not_fit_is_refused(client, image, header, named):
    refused(land(client, image, **header), 400, named)


@pytest.mark.parametrize(
    "body", [b"", b"x", b"{}\n", b"[]\n", json.dumps({"planes": 3}).encode() + b"\n", bytes(range(99))]
)
def test_a_message_that_is_none_is_refused(client, body):
    refused(client.post(f"/api/maps/{PLANE.name}/land", content=body), 400)


# -- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_checkpoint_that_is_not_there_is_not_found(client, name):
    quoted = name.replace("[", "%5B").replace(" ", "%20").replace(".", "%2E")
    for path in ("points", "sprites/0", "layouts/code", "neighbours?of=1", "reconstructions?rows=1", "film"):
        assert client.get(f"/api/maps/{quoted}/{path}").status_code == 404
    assert client.post(f"/api/maps/{quoted}/layouts/umap-code", json={}).status_code == 404


def test_a_model_without_a_code_is_refused(client):
    refused(client.get(f"/api/maps/{FOUND['digits-rbm'].name}/points"), 404, "rbm")


def test_data_that_are_not_here_are_said(client, folder, monkeypatch):
    made = folder / "elsewhere"
    shutil.copytree(PLANE.folder, made, dirs_exist_ok=True)
    text = json.loads((made / "run.json").read_text())
    text["data_fingerprint"] = "0" * 64
    (made / "run.json").write_text(json.dumps(text))
    answer = client.get("/api/maps/elsewhere/points")
    refused(answer, 409, "data")
    assert answer.json()["missing_data"] is True


# -- one visitor beside another --------------------------------------------------------------------


def test_a_large_cold_map_does_not_make_a_small_one_wait(client, monkeypatch):
    """While the points of one visitor are being encoded, those of another are."""
    begun, go_on, plain = threading.Event(), threading.Event(), embedding.embed_dataset

    def slow(checkpoint, split, points):
        if points == 1_700:
            begun.set()
            assert go_on.wait(60)
        return plain(checkpoint, split, points)

    monkeypatch.setattr(embedding, "embed_dataset", slow)
    with ThreadPoolExecutor(1) as pool:
        cold = pool.submit(get, client, "points", split="all", points=1_700)
        assert begun.wait(60)
        assert get(client, "points", points=33)[0]["n"] == 33
        assert not cold.done()
        go_on.set()
        assert cold.result(60)[0]["n"] == 1_700


def test_those_who_wait_for_one_cold_map_hold_no_thread(client, monkeypatch):
    """Nine requests of three visitors for one map that is being made, of a pool of four: other maps go on."""
    begun, go_on, plain = threading.Event(), threading.Event(), embedding.embed_dataset
    opened, asked, nine = [], Counter(), threading.Event()

    def slow(checkpoint, split, points):
        opened.append(points)
        if points == 1_600:
            begun.set()
            assert go_on.wait(60)
        return plain(checkpoint, split, points)

    def counted(future, gone, plain=work._settled):
        asked["settled"] += 1
        if asked["settled"] == 8:
            nine.set()
        return plain(future, gone)

    def points(visitor, n):
        answer = client.get(
            f"/api/maps/{PLANE.name}/points?split=all&points={n}", headers={"Cookie": f"_streamlit_xsrf={visitor}"}
        )
        return answer.status_code

    monkeypatch.setattr(embedding, "embed_dataset", slow)
    monkeypatch.setattr(work, "_settled", counted)
    monkeypatch.setattr(work, "PATIENCE", 600.0)  # however slow the machine is
    with ThreadPoolExecutor(10) as pool:
        cold = [pool.submit(points, visitor, 1_600) for visitor in "abc" for _ in range(3)]
        assert begun.wait(60) and nine.wait(60)
        assert points("d", 34) == points("a", 35) == 200
        go_on.set()
        assert [each.result(60) for each in cold] == [200] * 9
    assert opened.count(1_600) == 1


# -- in their own space; words; factors -----------------------------------------------------------


def test_accuracy_is_that_of_the_spaces_not_of_the_maps(client):
    found = client.get(f"/api/maps/{WIDE.name}/accuracy?points=100").json()
    atlas_ = loading.embedded_dataset(WIDE.name, "test", 100)
    assert found == {
        "n": 100,
        "code": atlas_.accuracy("code"),
        "pixels": atlas_.accuracy("pixels"),
    }
    assert found["code"] > get(client, "layouts/pca-code", WIDE.name)[0]["scores"]["knn_accuracy"]


def test_clusters_are_those_of_the_codes(client, points):
    header, planes = get(client, "clusters")
    assert np.array_equal(planes["clusters"], points.clusters()) and planes["clusters"].dtype == np.uint8
    assert header["sizes"] == np.bincount(points.clusters()).tolist()


def test_pictures_have_no_words(client):
    refused(client.get(f"/api/maps/{PLANE.name}/words?rows=0&points=100"), 400, "no words")


def test_few_examples_are_shown_all_and_the_page_is_told(client, monkeypatch):
    few = SimpleNamespace(split="all", codes=np.zeros((5, 2)))
    assert routes._note(few, {"split": "test"}).startswith("Fewer than 3 held-out examples: the maps show all 5")
    assert routes._note(few, {"split": "all"}) == ""


def test_known_factors_come_with_the_points(client, monkeypatch):
    found = dataclasses.replace(
        loading.embedded_dataset(PLANE.name, "test", 100), factors={"angle": np.arange(100) / 7}
    )
    monkeypatch.setattr(loading, "embedded_dataset", lambda *of: found)
    header, planes = get(client, "points")
    assert header["factors"] == ["angle"] and header["kind"] == "images" and header["size"] == 64
    assert np.allclose(planes["factor0"], np.arange(100) / 7)


def test_words_of_documents_and_their_help():
    assert about._kind_of(PLANE) == "image" and "Draw an image" in about._last_try("image")
    for kind in ("document", "row"):
        assert "Draw" not in about._first_try(kind) + about._last_try(kind)
    assert about._kind_of(FOUND["topics-autoencoder-2"]) == "document"


def test_every_class_has_the_shape_that_the_theme_names():
    shapes = getattr(theme, "CLASS_SHAPES", None)
    if shapes is None:
        pytest.skip("the theme names no shapes")
    text = (Path(routes.__file__).parents[1] / "shared/view/shapes.js").read_text()
    assert tuple(re.findall(r'^  "?([a-z-]+)"?: \(x, y, r\)', text, re.M)) == tuple(shapes)
