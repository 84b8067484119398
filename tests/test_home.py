"""What Home shows: models chosen by what they can do, examples to begin with."""

import importlib
import shutil
from dataclasses import replace
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data
from core.config.capabilities import Capability
from core.store import checkpoints
from docs import gallery
from pages.home import doors, history, recordings
from pages.home.drawing import drawn
from pages.registry import exhibits
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES
from pages.shared.state import from_query

FOUND = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of checkpoints, and what puts committed ones into it."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))

    def put(*names: str):
        for name in names:
            shutil.copytree(FOUND[name].folder, tmp_path / FOUND[name].name)

    return put


def test_every_tile_has_a_model_that_can_do_it():
    shown = drawn()
    assert shown.name == "mnist"
    needed = {
        "gibbs": {Capability.HAS_GIBBS_CHAIN},
        "compare": {Capability.ENCODES, Capability.DECODES_FROM_LAYERS},
        "latent": {Capability.HAS_POSTERIOR, Capability.DECODES},
        "codes": {Capability.ENCODES, Capability.DECODES},
        "pixels": {Capability.STEPS_PIXELS},
    }
    assert list(shown.models) == list(needed)
    for page, model in shown.models.items():
        assert needed[page] <= model.capabilities and model.manifest.preset.dataset == "mnist"
    assert shown.models["latent"].code_size == shown.models["codes"].code_size == 2
    assert not shown.models["pixels"].manifest.preset.model["classes"]
    told = shown.told()
    assert (told["width"], told["height"]) == (28, 28) and all(tile["title"] for tile in told["tiles"])


def test_without_models_of_mnist_the_data_set_with_most_tiles_is_drawn_for(folder):
    assert drawn() is None
    folder("faces-rbm")
    assert drawn() is None or drawn().name == "faces"  # where the faces are here
    folder("digits-rbm")
    assert list(drawn().models) == ["gibbs"]
    folder("digits-vae-2")
    shown = drawn()
    assert shown.name == "digits" and list(shown.models) == ["gibbs", "latent", "codes"]
    before = shown.version
    folder("digits-autoencoder-16")
    assert list(drawn().models) == ["gibbs", "compare", "latent", "codes"] and drawn().version != before
    folder("mnist-rbm")
    assert drawn().name == "mnist"


@pytest.mark.parametrize("name", ["mnist", "digits"])
def test_the_examples_are_test_images(name):
    with TestClient(Starlette(routes=ROUTES)) as client:
        answer = client.get(f"/api/home/{name}/examples")
        assert answer.status_code == 200
        images = unpack(answer.content)[1]["images"]
        assert client.get("/api/home/help/examples").status_code == 409  # a text
        assert client.get("/api/home/nothing/examples").status_code in (400, 404, 409)
    top = (data.info(name).load().levels - 1) if name == "digits" else 255
    expected = data.load_test(name).test[: len(images)].astype(float) * 255 / top
    assert np.abs(images - expected).max() <= 0.5


# -- the gallery ------------------------------------------------------------------------------------

RECORDED = [exhibit for exhibit in exhibits() if recordings.read(exhibit.name)]


def test_every_page_asks_a_short_question():
    assert all(1 <= len(exhibit.question.split()) <= 8 and exhibit.question.endswith("?") for exhibit in exhibits())


def test_recordings_are_small_and_all_made_by_the_script():
    sizes = {e.name: (recordings.PAGES / e.name / recordings.PICTURE).stat().st_size for e in RECORDED}
    assert sizes.keys() == gallery.FILMS.keys()
    assert max(sizes.values()) <= gallery.LARGEST and sum(sizes.values()) <= gallery.LARGEST_SUM


@pytest.mark.parametrize("exhibit", RECORDED, ids=lambda exhibit: exhibit.name)
def test_a_recording_is_served_and_its_model_is_here(exhibit):
    found = recordings.read(exhibit.name)
    with TestClient(Starlette(routes=ROUTES)) as client:
        answer = client.get(f"/api/home/recordings/{exhibit.name}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    width, height = Image.open(BytesIO(answer.content)).size
    assert height % found.frames == 0 and width * 3 == height // found.frames * 5
    model = recordings.model_of(found.preset)
    assert model is not None and (not exhibit.link or exhibit.can_show(model))


@pytest.mark.parametrize("name", ["data", "nothing", "..%2Fshared"])
def test_a_page_without_a_recording_has_none_to_serve(name):
    with TestClient(Starlette(routes=ROUTES)) as client:
        assert client.get(f"/api/home/recordings/{name}").status_code == 404


def test_a_page_without_a_recording_has_its_icon():
    told = {entry["name"]: entry for entry in recordings.gallery()}
    assert told["data"]["recording"] is None and told["data"]["icon"] == "upload_file"
    assert told["gibbs"]["recording"]["frames"] > 1


def test_the_recorded_pixels_are_what_the_page_samples():
    frames, found = gallery.pixels()
    sheet = Image.open(recordings.PAGES / "pixels" / recordings.PICTURE).convert("L")
    last = sheet.crop((0, sheet.height - frames[-1].height, *sheet.size))
    assert np.array_equal(np.asarray(last), np.asarray(frames[-1])) and found == recordings.read("pixels")


# -- ways on ----------------------------------------------------------------------------------------


def addresses() -> list[str]:
    steps, questions = doors.explore(), doors.teach(drawn().models)
    found = [entry["href"] for entry in (*recordings.gallery(), *history.told(), *steps, *questions)]
    return sorted({address for address in found if address})


@pytest.mark.parametrize("address", addresses())
def test_no_way_on_says_anything_that_its_page_refuses(address):
    parts = urlsplit(address)
    page, query = parts.path.removeprefix("./"), dict(parse_qsl(parts.query))
    exhibit = next(exhibit for exhibit in exhibits() if exhibit.name == page)
    if name := query.pop("checkpoint", ""):
        assert name in [c.name for c in exhibit.checkpoints()[0]]
    if dataset := query.pop("dataset", ""):
        assert data.info(dataset).test_is_here()
    if query:
        module = importlib.import_module(f"pages.{page}.state")
        (state,) = (kind for name, kind in vars(module).items() if name.endswith("State"))
        assert query.keys() <= vars(state()).keys() and not from_query(state, query)[1]


def test_the_line_of_time_is_in_order_and_leads_only_where_there_is_a_page(monkeypatch):
    years = [int(stop.year) for stop in history.STOPS]
    assert years == sorted(years) and len(history.STOPS) >= 10
    linked = {stop["title"]: stop["href"] for stop in history.told()}
    assert linked["VAE"].startswith("./latent?checkpoint=mnist-vae-2")
    assert replace(history.STOPS[0], page="nowhere").address({e.name: e for e in exhibits()}) == ""


def test_without_models_only_what_needs_none_is_linked(folder):
    assert {stop["title"] for stop in history.told() if stop["href"]} == {"PCA", "t-SNE", "UMAP"}
    assert [entry["href"] for entry in doors.teach({})] == ["./codes", "./compare?dataset=digits&mode=alike"]


def test_the_numbers_of_an_answer_are_the_checkpoint_s():
    deep = FOUND["mnist-autoencoder-30"]
    answer = doors.teach(drawn().models)[0]["answer"]
    assert f"{deep.score('reconstruction error').value:.2f} a test image" in answer
    assert f"{deep.score('PCA, for comparison').value:.2f}." in answer
