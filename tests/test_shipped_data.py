"""What comes with the project is enough: without a download, every model of MNIST opens with real test images."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import streamlit
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import data, representations
from core.analysis import checkpoint_codec, codec_comparison, embedding, latent_space, layouts
from core.config.capabilities import Capability
from core.data import download, one_shot
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.store import checkpoints
from pages.registry import exhibits
from pages.shared.codec import pack, unpack
from pages.shared.model_store import can
from pages.shared.routes import ROUTES

PAGES = Path(__file__).parent.parent / "pages"
PUBLISHED = {  # SHA-256 of what the published archives hold
    "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MODELS = [c for c in checkpoints.available()[0] if c.manifest.preset.dataset == "mnist"]
SHOWN = [
    (exhibit.name, checkpoint.name)
    for exhibit in exhibits()
    if exhibit.requires
    for checkpoint in exhibit.checkpoints()[0]
    if checkpoint in MODELS
]
FOUND = {c.manifest.preset.name: c for c in MODELS}


def having(*wanted: Capability) -> list[str]:
    return [c.name for c in MODELS if can(c, *wanted)]


@pytest.fixture
def whole():
    """MNIST as it is on this machine."""
    if not data.info("mnist").is_here():
        pytest.skip("mnist is not in the data folder (PLAYGROUND_DATA); nothing is downloaded for a test")
    return data.load("mnist")


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A machine that has downloaded nothing, and cannot."""
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setattr("requests.get", lambda *a, **k: pytest.fail("asked the network"))
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: None)
    latent_space._training.cache_clear()
    yield data.info("mnist")
    assert not list(tmp_path.iterdir()), "shipped files are read where they are"


@pytest.fixture
def client(fresh):
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def open_page(name: str, **query: str) -> tuple[AppTest, list[dict]]:
    """A page whose player says that it is there, and what its players were told."""
    app = AppTest.from_file(str(PAGES / name / "page.py"), default_timeout=300)
    for key in (name, "gibbs"):
        app.session_state[key] = {"shown": True}
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    return app, [json.loads(each.proto.json)[0] for each in app.get("bidi_component")]


def captions(app: AppTest) -> str:
    return " ".join(each.value for each in app.caption)


# -- the data -------------------------------------------------------------------------------------


def test_the_archives_hold_what_was_published(fresh):
    shipped = {file.name.split("/")[1]: file for file in fresh.files if file.is_shipped()}
    assert shipped.keys() == PUBLISHED.keys()
    for name, file in shipped.items():
        assert hashlib.sha256(file.read()).hexdigest() == PUBLISHED[name] == file.digest


def test_every_shipped_file_is_known_and_credited():
    parts = [part for entry in data.builtin().values() for part in (entry, entry.test) if part]
    files = [*(file for part in parts for file in part.files), one_shot.FILE]
    known = {str(Path(file.name).with_suffix(".xz")) for file in files}
    readme = (download.SHIPPED / "README.md").read_text()
    for path in download.SHIPPED.glob("*/*"):
        name = path.relative_to(download.SHIPPED).as_posix()
        assert name in known and f"`{name}`" in readme


def test_the_test_part_alone_is_here(fresh):
    assert fresh.test_is_here() and not fresh.is_here()
    assert fresh.download_mb == pytest.approx(9.94, abs=0.01)  # what is still to come
    found = data.load_test("mnist")
    assert found.test.shape == (10_000, 28, 28) and found.test_labels.shape == (10_000,)
    assert np.bincount(found.test_labels).min() > 800 and found.class_names == tuple("0123456789")
    assert data.load_test("mnist") is found
    assert preprocess(found, "grey", "test").batch(slice(0, 2), None).shape == (2, 28, 28)


@pytest.mark.parametrize("part", ["train", "train_labels", "train_factors"])
def test_the_training_part_is_missed_by_name(fresh, part):
    found = data.load_test("mnist")
    with pytest.raises(DataError, match="training part of MNIST is not here.*train-images.*core.data.fetch") as error:
        getattr(found, part)
    assert error.value.public == "The training part of MNIST is not downloaded."
    with pytest.raises(DataError, match="training part of MNIST"):
        preprocess(found, "standardised", "test")  # whose mean and spread are those of training examples


def test_a_set_without_shipped_files_is_as_it_was(fresh):
    other = data.info("fashion-mnist")
    assert not other.test_is_here() and other.download_mb == pytest.approx(30.9, abs=0.1)
    assert data.load_test("digits") is data.load("digits")


def test_both_states_are_one_data_set(whole):
    part = data.load_test("mnist")
    assert part.fingerprint == whole.fingerprint
    np.testing.assert_array_equal(part.test, whole.test)
    np.testing.assert_array_equal(part.test_labels, whole.test_labels)
    assert part.train is whole.train and part.train_labels is whole.train_labels


def test_a_file_in_the_data_folder_comes_first(fresh, tmp_path):
    (file,) = (file for file in fresh.files if "t10k-labels" in file.name)
    own = tmp_path / file.name
    own.parent.mkdir()
    own.write_bytes(b"damaged")
    assert file.path == own
    with pytest.raises(DataError, match="wrong content"):
        file.read()
    own.unlink()
    own.parent.rmdir()
    assert download.sha256(file.read()) == file.digest


# -- what is made of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("checkpoint", MODELS, ids=lambda c: c.name)
def test_a_checkpoint_knows_its_data(fresh, checkpoint):
    assert checkpoint.manifest.data_fingerprint == data.load_test("mnist").fingerprint
    assert len(checkpoint_codec.dataset_of(checkpoint).test) == 10_000


def test_keys_and_points_of_maps_are_equal_in_both_states(whole, monkeypatch, tmp_path):
    checkpoint = FOUND["mnist-vae-2"]

    def state() -> tuple[list[str], np.ndarray, np.ndarray]:
        points = embedding.embed_dataset(checkpoint, points=300)
        keys = [layouts.layout_key(points.checkpoint, name, 300, points.split, {}) for name in layouts.LAYOUTS]
        return keys, points.indices, points.values

    before = state()
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    data._load_test.cache_clear()
    after = state()
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    np.testing.assert_array_equal(before[2], after[2])


@pytest.mark.parametrize("split", ["train", "all"])
def test_maps_of_training_images_say_what_they_miss(fresh, split):
    assert len(embedding.embed_dataset(FOUND["mnist-vae-2"], points=50)) == 50
    with pytest.raises(DataError, match="training part of MNIST"):
        embedding.embed_dataset(FOUND["mnist-vae-2"], split, 50)


@pytest.mark.parametrize("name", having(Capability.DECODES_FROM_LAYERS))
def test_reconstructions_need_test_images_alone(fresh, name):
    checkpoint = checkpoints.load(name)
    x, labels = codec_comparison.examples(checkpoint)
    assert x.shape == (10_000, 28, 28) and labels.shape == (10_000,)
    results = codec_comparison.compare_codecs(checkpoint)
    assert "PCA" in [result.name for result in results]
    for result in results:
        back = codec_comparison.reconstruct(result.codec, x[:200])
        error = codec_comparison.reconstruction_loss(checkpoint, x[:200], back)
        assert error == pytest.approx(result.error, rel=0.2)  # which is of all of them


def test_representations_of_test_images_need_no_training_images(fresh, monkeypatch, tmp_path_factory):
    vectors = tmp_path_factory.mktemp("vectors")
    monkeypatch.setattr("core.representations.cache.root", lambda: vectors)
    model = FOUND["mnist-vae-2"].name
    keys = ("pixels", "pca-2", "pca-30", f"{model}~posterior-mean", f"{model}~posterior-mean~untrained")
    for key in keys:
        found = representations.compute(key, "mnist", limit=200)
        assert found.vectors.shape[0] == 200 and np.isfinite(found.vectors).all() and found.vectors.std() > 0
    with pytest.raises(DataError, match="training part of MNIST"):
        representations.compute("labels", "mnist", limit=200)


# -- the pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "name"), SHOWN)
def test_a_page_opens_with_test_images(fresh, page, name):
    app, told = open_page(page, checkpoint=name)
    assert not app.warning and not app.error and not app.info
    assert all(each.get("dataHere", True) for each in told)
    downloads = [button.label for button in app.button if "Download" in button.label]
    if page in ("codes", "latent"):
        assert downloads == ["Download MNIST (10 MB)"] and "Only for" in captions(app)
        assert not told[0]["trainHere"]
    else:
        assert not downloads


@pytest.mark.parametrize("page", ["codes", "latent"])
def test_nothing_is_offered_where_all_is_here(whole, monkeypatch, page):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: None)
    app, told = open_page(page, checkpoint=FOUND["mnist-vae-2"].name)
    assert told[0]["trainHere"] and not any("Download" in button.label for button in app.button)


def test_a_link_to_training_data_shows_held_out_data_and_says_so(fresh):
    app, told = open_page("codes", checkpoint=FOUND["mnist-vae-2"].name, split="train")
    assert told[0]["state"]["split"] == "test" and "training data" in app.info[0].value


@pytest.mark.parametrize("name", having(Capability.HAS_GIBBS_CHAIN))
def test_chains_start_from_test_images(client, name):
    asked = {"settings": {}, "chains": 4, "first": 0, "count": 1}
    for start in ({"start": "test"}, {"start": "class", "class": "3"}):
        answer = client.post(f"/api/gibbs/{name}/frames", content=gzip.decompress(pack(asked | start, {})))
        assert answer.status_code == 200, answer.text
        assert unpack(answer.content)[1]["sample"].any()


@pytest.mark.parametrize("name", having(Capability.HAS_POSTERIOR))
def test_a_latent_space_has_pictures_and_misses_the_nearest_training_images(client, name):
    _, planes = unpack(client.get(f"/api/latent/{name}/pictures").content)
    images = planes["images"]
    np.testing.assert_array_equal(images, data.load_test("mnist").test[: len(images)])
    asked = gzip.decompress(pack({}, {"images": ("u8", images[:2])}))
    answer = client.post(f"/api/latent/{name}/nearest", content=asked)
    assert answer.status_code == 409 and answer.json()["error"] == "The training part of MNIST is not downloaded."


@pytest.mark.parametrize("name", having(Capability.ENCODES, Capability.DECODES))
def test_maps_are_of_test_images(client, name):
    header, planes = unpack(client.get(f"/api/maps/{name}/points?points=50").content)
    assert header["n"] == 50
    answer = client.get(f"/api/maps/{name}/points?points=50&split=train")
    assert answer.status_code == 409 and answer.json()["error"] == "The training part of MNIST is not downloaded."


@pytest.mark.parametrize("name", having(Capability.STEPS_PIXELS))
def test_pixels_are_those_of_test_images(client, name):
    _, planes = unpack(client.get(f"/api/pixels/{name}/about").content)
    assert planes["examples"].shape == (64, 784) and planes["examples"].any()


def test_training_asks_for_the_rest(fresh):
    app, _ = open_page("train", data="mnist")
    assert "Training data not downloaded (10 MB)." in captions(app)
    assert not any(button.label == "Start" for button in app.button)


# -- maps -----------------------------------------------------------------------------------------

WITH_MAPS = [c for c in checkpoints.available()[0] if (c.folder / "layouts").exists()]


@pytest.mark.parametrize("checkpoint", WITH_MAPS, ids=lambda c: c.name)
def test_maps_that_are_brought_along_are_those_that_a_page_asks_for(fresh, checkpoint):
    points = embedding.embed_dataset(checkpoint)
    files = {file.stem for file in (checkpoint.folder / "layouts").iterdir()}
    keys = {layouts.layout_key(checkpoint, name, 10_000, "test", {}): name for name in layouts.LAYOUTS}
    assert files <= keys.keys(), "computed for other weights, or with other settings"
    for name in (keys[file] for file in files):
        found = layouts.get_layout(points, name)
        assert found.coordinates.shape == (len(points), 2) and np.isfinite(found.coordinates).all()
        assert found.scores["knn_accuracy"] > 0.8


def test_maps_that_are_brought_along_weigh_little():
    assert WITH_MAPS
    assert sum(file.stat().st_size for c in WITH_MAPS for file in (c.folder / "layouts").iterdir()) < 400_000
