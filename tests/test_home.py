"""What Home shows: models chosen by what they can do, examples to begin with."""

import shutil

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data
from core.config.capabilities import Capability
from core.store import checkpoints
from pages.home.drawing import drawn
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES

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
