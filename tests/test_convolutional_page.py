"""The page of convolutional machines: what its routes answer, what it shows, what its link says."""

import gzip

import numpy as np
import pytest
from conftest import page, player
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.config.capabilities import Capability
from core.store import checkpoints
from pages.convolutional import EXHIBIT, loading, routes
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
MODELS = [c.manifest.preset.name for c in EXHIBIT.checkpoints()[0]]


@pytest.fixture
def client():
    with TestClient(Starlette(routes=ROUTES)) as made:
        yield made


def test_it_shows_machines_with_feature_maps_alone():
    assert "digits-crbm" in MODELS and not set(MODELS) & {"digits-rbm", "digits-dbn", "digits-dbm"}


@pytest.mark.parametrize("name", MODELS)
def test_the_machine_is_sent_as_it_is(client, name):
    answer = client.get(f"/api/convolutional/{SHIPPED[name].name}/about")
    assert answer.status_code == 200
    header, planes = unpack(answer.content)
    found = loading.machine(SHIPPED[name].name).model.feature_maps()
    assert np.array_equal(planes["filters"], found.filters.detach().numpy())
    assert np.array_equal(planes["hidden_bias"], found.hidden_bias.detach().numpy())
    assert header["visibleBias"] == pytest.approx(float(found.visible_bias))
    assert (header["pool"], header["binary"]) == (found.pool, found.binary)
    pixels = header["height"] * header["width"]
    assert planes["images"].shape[1:] == (header["height"], header["width"]) and len(planes["images"])
    assert ("shift" in planes) == (not found.binary)
    if not found.binary:
        assert planes["shift"].shape == planes["scale"].shape == (pixels,) and (planes["scale"] > 0).all()


def test_the_dense_rbm_of_the_same_images_stands_beside_it(client):
    name = SHIPPED["digits-crbm"].name
    beside = loading.dense(SHIPPED["digits-crbm"])
    assert beside.manifest.preset.name == "digits-rbm"
    planes = unpack(client.get(f"/api/convolutional/{name}/dense").content)[1]
    (connection,) = loading.open_model(beside.name).model.connections().layers
    assert planes["weight"].shape == tuple(connection.weight.shape) and len(planes["bias"]) == planes["weight"].shape[1]
    assert np.allclose(planes["weight"], connection.weight.detach().numpy(), atol=2e-3)


def test_other_models_and_missing_rivals_are_refused(client, monkeypatch):
    answer = client.get(f"/api/convolutional/{SHIPPED['digits-rbm'].name}/about")
    assert answer.status_code == 404 and "has no feature maps" in answer.json()["error"]
    monkeypatch.setattr(loading, "dense", lambda checkpoint: None)
    monkeypatch.setattr(routes, "answer", lambda of, name, *asked: of(name, *asked))
    answer = client.get(f"/api/convolutional/{SHIPPED['digits-crbm'].name}/dense")
    assert answer.status_code == 404 and "no RBM of the same images" in answer.json()["error"]


def test_without_test_images_the_filters_come_alone_and_are_asked_for_again(client, monkeypatch):
    from core.analysis import checkpoint_codec
    from core.data.errors import DataError

    def missing(checkpoint):
        raise DataError("mnist is not downloaded")

    monkeypatch.setattr(checkpoint_codec, "dataset_of", missing)
    monkeypatch.setattr(routes, "answer", lambda of, name, *asked: of(name, *asked))
    answer, lasting = routes.about(SHIPPED["digits-crbm"].name, {})
    assert not lasting and "images" not in unpack(gzip.decompress(answer))[1]


@pytest.mark.parametrize("name", MODELS)
def test_a_link_is_read_and_its_nonsense_said(links, name):
    query = {"mode": "samples", "size": "4", "filter": "3", "dx": "-2", "clamped": "image"}
    app = page("convolutional", checkpoint=SHIPPED[name].name, **query)
    state = player(app)["state"]
    assert (state["mode"], state["size"], state["filter"], state["dx"]) == ("samples", "4", 3, -2)
    assert not app.warning
    (warning,) = [w.value for w in page("convolutional", checkpoint=SHIPPED[name].name, size="3").warning]
    assert "must be one of 1, 2, 4" in warning


def test_its_capability_is_asked_for():
    assert EXHIBIT.requires == {Capability.HAS_FEATURE_MAPS, Capability.SAMPLES}
