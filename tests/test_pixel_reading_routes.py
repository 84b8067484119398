"""Routes of reading images: surprise, other models, holes, free running, receptive fields; refusals of nonsense."""

import numpy as np
import pytest
import readers
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data
from core.analysis import free_running, image_sources, inpainting
from core.models.autoregressive.base import log_prob
from pages.shared.codec import message, unpack
from pages.shared.routes import ROUTES


@pytest.fixture(autouse=True, scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pixels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        yield readers.shelf(folder)


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def get(client, name: str, path: str, **query):
    return client.get(f"/api/pixels/{name}/{path}", params=query)


def post(client, name: str, path: str, header: dict, **planes):
    body = message(header, {k: ("u8", np.asarray(v, np.uint8)) for k, v in planes.items()})
    return client.post(f"/api/pixels/{name}/{path}", content=body)


def read(answer) -> tuple[dict, dict]:
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def refused(answer, status: int, named: str) -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


def digit(checkpoint) -> np.ndarray:
    return checkpoint.arrays("portrait.safetensors")["examples"][3]


def test_what_is_around_a_model(client, here):
    header, planes = read(get(client, here["right"].name, "around"))
    assert header["twin"]["name"] == here["wrong"].name and here["digits-vae-2"].name in header["rivals"]
    assert header["nats"] == 30 and planes["samples"].shape == (16, 64)
    assert read(get(client, here["nade"].name, "around"))[0]["twin"] is None
    assert get(client, here["right"].name, "around").headers["cache-control"] == "no-store"


def test_surprise_is_the_cost_of_what_is_shown(client, here):
    x, model = digit(here["right"]), here["right"].model()
    for how in image_sources.PERTURBATIONS:
        header, planes = read(post(client, here["right"].name, "surprise", {"vary": how, "level": 1}, image=x))
        shown = torch.from_numpy(planes["levels"].astype(np.int64))
        nats = -float(log_prob(model, shown[None]))
        assert header["nats"] == pytest.approx(nats, abs=1e-3) == header["variants"][how]
        assert planes["bits"].sum() * np.log(2) == pytest.approx(nats, abs=1e-3)
        assert header["bits"] == pytest.approx(planes["bits"].mean(), abs=1e-5) and 0.1 < header["hardest"] < 1
    header, _ = read(post(client, here["classes"].name, "surprise", {"label": 7}, image=x))
    assert header["label"] == 7


def test_other_models_read_the_same_variant(client, here):
    x, name = digit(here["right"]), here["right"].name
    own, _ = read(post(client, name, "surprise", {"vary": "shifted"}, image=x))
    header, _ = read(post(client, name, "readings", {"vary": "shifted", "rival": name}, image=x))
    assert header["nats"] == pytest.approx(own["nats"], abs=1e-3) and header["nature"] == "exact"
    for rival, nature in (("digits-vae-2", "upper bound"), ("wrong", "no likelihood"), ("digits-rbm-exact", "exact")):
        header, _ = read(post(client, name, "readings", {"rival": here[rival].name}, image=x))
        assert header["nature"] == nature and header["nats"] > 0
    refused(post(client, name, "readings", {"rival": here["levels"].name}, image=x), 400, "rival")


@pytest.mark.parametrize("kind", ["right", "nade", "levels", "classes"])
def test_holes_are_filled_around_what_is_given(client, here, kind):
    x, missing = digit(here[kind]), inpainting.inpainting_mask("right", (8, 8)).numpy()
    for way in ("held", "renewed", *(["first"] if kind == "nade" else [])):
        header, planes = read(post(client, here[kind].name, "fill", {"way": way, "hole": "right"}, image=x))
        assert planes["values"].shape == (8, 64) and (planes["values"][:, ~missing] == x[~missing]).all()
        assert 1 <= header["effective"] <= 64.001 and header["evidence"] > 0 and 0 <= header["right"] <= 1
        brushed = read(post(client, here[kind].name, "fill", {"way": way}, image=x, missing=missing))
        assert brushed[0] == header  # the same question has the same answer
    header, planes = read(post(client, here[kind].name, "fill", {"way": "truth", "hole": "lower"}, image=x))
    assert header["after"] == pytest.approx(0, abs=1e-6) and np.array_equal(planes["values"][0], x)


def test_drawings_that_weights_choose_come_beside_those_that_were_held(client, here):
    x, missing = digit(here["right"]), inpainting.inpainting_mask("left", (8, 8)).numpy()
    header, planes = read(post(client, here["right"].name, "fill", {"way": "held", "hole": "left"}, image=x))
    assert planes["weighted"].shape == (8, 64) and (planes["weighted"][:, ~missing] == x[~missing]).all()
    assert header["weighted"]["after"] < header["after"]  # what fits the given pixels weighs more


def test_free_runs_begin_as_the_image_does(client, here):
    x, name = digit(here["levels"]), here["levels"].name
    _, planes = read(post(client, name, "running", {"t": 20}, image=x))
    assert (planes["free"][:, :20] == x[:20]).all() and planes["free"].shape == (8, 64)
    _, planes = read(post(client, name, "ahead", {}, image=x))
    mean, best = free_running.one_step_ahead(here["levels"].model(), torch.from_numpy(x.astype(np.int64))[None])
    assert np.allclose(planes["mean"], mean[0], atol=1e-4) and np.array_equal(planes["best"], best[0])


def test_drift_is_measured_on_the_test_images_that_are_kept(client, here, monkeypatch):
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    for kind in ("levels", "classes"):
        header, planes = read(get(client, here[kind].name, "drift", t=30, v=here[kind].version))
        assert header["images"] == 64 and header["error"] > 0 and np.allclose(planes["truth"][:30], planes["own"][:30])
        assert (planes["met"][:30] == 1).all()


def test_fields_come_layer_by_layer_and_are_kept_by_the_browser(client, here):
    answer = get(client, here["levels"].name, "field", place=20, v=here["levels"].version)
    header, planes = read(answer)
    assert header["by"] == "gradient" and planes["field"].shape == (3, 64) and not planes["field"][:, 20:].any()
    assert "immutable" in answer.headers["cache-control"]
    for kind in ("right", "nade", "classes"):
        header, planes = read(get(client, here[kind].name, "field", place=20))
        assert header["by"] == "change" and planes["field"][0, :20].any() and not planes["field"][0, 20:].any()
    assert read(get(client, here["wrong"].name, "field", place=20))[1]["field"][0, 20] > 0


@pytest.mark.parametrize(
    ("path", "header", "named"),
    [
        ("surprise", {"vary": "turned"}, "vary"),
        ("surprise", {"vary": "constant", "level": 2}, "level"),
        ("surprise", {"level": "x"}, "level"),
        ("fill", {"way": "held", "hole": "nowhere"}, "hole"),
        ("fill", {"way": "first", "hole": "lower"}, "way"),
        ("fill", {"hole": "lower"}, "way"),
        ("fill", {"way": "held", "hole": "lower", "order": "spiral"}, "order"),
        ("fill", {"way": "held", "hole": "lower", "seed": -1}, "seed"),
        ("running", {"t": 65}, "t"),
        ("running", {}, "t"),
        ("readings", {}, "rival"),
    ],
)
def test_nonsense_is_refused_by_name(client, here, path, header, named):
    refused(post(client, here["right"].name, path, header, image=digit(here["right"])), 400, named)


@pytest.mark.parametrize("image", [np.zeros(63), np.zeros((1, 64)), np.full(64, 2)])
def test_images_that_are_none_are_refused(client, here, image):
    for path, header in (("surprise", {}), ("fill", {"way": "held", "hole": "lower"}), ("running", {"t": 1})):
        refused(post(client, here["right"].name, path, header, image=image), 400, "")
    refused(post(client, here["right"].name, "surprise", {}), 400, "lacks")
    refused(post(client, here["classes"].name, "surprise", {"label": 10}, image=digit(here["right"])), 400, "class")


def test_numbers_in_addresses_are_checked(client, here):
    for path, query in (
        ("field", {"place": 64}),
        ("field", {}),
        ("drift", {"t": "-1"}),
        ("drift", {"t": 1, "seed": "x"}),
    ):
        refused(get(client, here["right"].name, path, **query), 400, "expected a whole number")
    refused(get(client, here["right"].name, "strange", source="../etc"), 409, "../etc")
    refused(get(client, here["digits-vae-2"].name, "field", place=1), 404, "vae")
