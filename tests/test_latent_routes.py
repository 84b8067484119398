"""Routes and page of the latent space: posteriors, planes, decoders, drawings, samples; refusals of nonsense."""

import gzip
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit
import vaes
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import data
from core.analysis import checkpoint_codec, image_grid, latent_space
from core.store import checkpoints
from pages.latent import about
from pages.shared.codec import pack, unpack
from pages.shared.routes import ROUTES

PAGE = str(Path(__file__).parents[1] / "pages/latent/page.py")

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
ODD_NAMES = ["nothing", "..", "a b", "x" * 3000, "[a]"]


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("latent")
    for name in ("digits-vae-2", "digits-vae-beta-1"):
        vaes.train(made, name)
    vaes.train_conv(made)
    shutil.rmtree(made / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(made))
        for name in ("digits-autoencoder-2", "digits-autoencoder-16", "digits-rbm"):
            shutil.copytree(SHIPPED[name].folder, made / SHIPPED[name].name)
        yield made


@pytest.fixture(scope="module")
def here(folder):
    return {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def plane(here):
    return next(c for name, c in here.items() if name.startswith("digits-vae-2"))


@pytest.fixture
def wide(here):
    return next(c for name, c in here.items() if name.startswith("digits-vae-beta-1"))


def get(client, name: str, path: str, **query) -> tuple[dict, dict]:
    answer = client.get(f"/api/latent/{name}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def post(client, name: str, path: str, **planes):
    return client.post(f"/api/latent/{name}/{path}", content=gzip.decompress(pack({}, planes)))


def refused(answer, status: int, named: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


def test_posteriors_come_with_what_is_known_of_them(client, wide):
    header, planes = get(client, wide.name, "points")
    assert (header["n"], header["d"], header["height"], header["width"]) == (360, 10, 8, 8)
    assert header["classes"] == list("0123456789") and header["known"] == list(range(10))
    found = latent_space.posteriors(wide)
    assert np.allclose(planes["mean"], found.mean) and np.allclose(planes["log_var"], found.log_var, atol=0.01)
    assert np.array_equal(planes["labels"], found.labels) and planes["inactive"].shape == (10,)
    assert planes["pca_components"].shape == (10, 64) and planes["class_means"].shape == (10, 10)


def test_what_a_version_names_is_kept_by_the_browser(client, plane):
    for path in ("points", "decoder", "axes?kind=dims&first=0&second=1"):
        address = f"/api/latent/{plane.name}/{path}"
        sign = "&" if "?" in path else "?"
        assert "immutable" in client.get(f"{address}{sign}v={plane.version}").headers["cache-control"]
        assert client.get(address).headers["cache-control"] == "no-store"


def test_axes_are_those_of_the_core(client, wide):
    _, planes = get(client, wide.name, "axes", kind="class", first=3, second=8)
    assert np.allclose(planes["axes"], latent_space.axes(latent_space.posteriors(wide), "class", 3, 8))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=x&first=0&second=1",
        "kind=dims&first=0",
        "kind=dims&first=0&second=0",
        "kind=pca&first=0&second=99",
        "kind=dims&first=-1&second=0",
        "kind=dims&first=1e3&second=0",
        "kind=class&first=3&second=3",
    ],
)
def test_planes_that_are_none_are_refused(client, wide, query):
    refused(client.get(f"/api/latent/{wide.name}/axes?{query}"), 400)


def test_the_decoder_comes_layer_by_layer_also_of_an_autoencoder(client, wide, here):
    for name in (wide.name, here["digits-autoencoder-16"].name):
        header, planes = get(client, name, "decoder")
        assert len(header["units"]) == len([k for k in planes if k.startswith("weight")]) > 1
        assert planes["shift"].shape == planes["scale"].shape == (64,)


def test_a_convolutional_decoder_answers_on_the_server(client, here):
    name = here["tiny-conv"].name
    assert get(client, name, "decoder")[0]["units"] == []
    z = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    answer = post(client, name, "decode", z=("f32", z))
    assert np.array_equal(
        unpack(answer.content)[1]["images"],
        checkpoint_codec.to_grey(here["tiny-conv"], checkpoint_codec.decode(here["tiny-conv"], z)),
    )


@pytest.mark.parametrize(
    "z", [np.zeros((1, 3)), np.zeros(2), np.zeros((0, 2)), np.zeros((257, 2)), np.full((1, 2), np.nan)]
)
def test_codes_that_are_none_are_refused(client, plane, z):
    refused(post(client, plane.name, "decode", z=("f32", z)), 400, "z")


def test_pictures_are_the_examples(client, plane):
    _, planes = get(client, plane.name, "pictures")
    assert np.array_equal(planes["images"], np.rint(data.load("digits").test / 16.0 * 255))


def test_without_the_data_all_but_pictures_is_answered(client, plane, monkeypatch):
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    answer = client.get(f"/api/latent/{plane.name}/pictures")
    assert answer.status_code == 409 and answer.json()["missing_data"]
    for path in ("points", "decoder", "axes?kind=dims&first=0&second=1"):
        assert client.get(f"/api/latent/{plane.name}/{path}").status_code == 200


def test_a_drawing_has_a_posterior_and_an_autoencoders_code_no_spread(client, wide, here):
    image = latent_space.pictures(wide)[7]
    _, planes = unpack(post(client, wide.name, "encode", image=("u8", image)).content)
    assert (
        np.allclose(planes["mean"], latent_space.posteriors(wide).mean[7], atol=0.02)
        and (planes["log_var"] > -50).all()
    )
    deep = here["digits-autoencoder-16"]
    _, planes = unpack(post(client, deep.name, "encode", image=("u8", image)).content)
    assert np.allclose(planes["mean"], checkpoint_codec.encode_image(deep, image), atol=1e-4)
    assert (planes["log_var"] == -100).all()


@pytest.mark.parametrize("image", [np.zeros((8, 9), np.uint8), np.zeros(64, np.uint8), np.zeros((8, 8), np.float32)])
def test_other_images_are_refused(client, wide, image):
    refused(
        post(client, wide.name, "encode", image=("f32" if image.dtype == np.float32 else "u8", image)), 400, "image"
    )


def test_samples_meet_their_nearest_training_images(client, wide):
    images = latent_space.pictures(wide)[:3]
    header, planes = unpack(post(client, wide.name, "nearest", images=("u8", images)).content)
    assert header["rows"] == latent_space.nearest_training(wide, images)[1].tolist() and planes["distance"].shape == (
        3,
    )
    refused(post(client, wide.name, "nearest", images=("u8", np.zeros((65, 8, 8), np.uint8))), 400, "images")
    refused(post(client, wide.name, "nearest", images=("u8", np.zeros((2, 9, 9), np.uint8))), 400, "images")


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("path", ["points", "axes", "decoder", "pictures"])
def test_names_that_are_no_checkpoints(client, name, path):
    assert client.get(f"/api/latent/{name}/{path}").status_code == 404


def test_other_families_are_refused(client, here):
    refused(client.get(f"/api/latent/{here['digits-rbm'].name}/points"), 404, "rbm")
    refused(client.get(f"/api/latent/{here['digits-rbm'].name}/decoder"), 404)


def test_nonsense_in_a_message_is_refused(client, plane):
    for path in ("encode", "decode", "nearest"):
        refused(client.post(f"/api/latent/{plane.name}/{path}", content=b"nonsense"), 400)
        refused(client.post(f"/api/latent/{plane.name}/{path}", content=b"{}\n"), 400, "lacks")


# -- the page -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def links(monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))


def opened(**query: str) -> tuple[AppTest, dict]:
    app = AppTest.from_file(PAGE, default_timeout=300)
    app.session_state["latent"] = {"shown": True}
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    (component,) = app.get("bidi_component")
    return app, json.loads(component.proto.json)[0]


def test_the_page_opens_on_a_plane_and_explains_itself(plane):
    app, sent = opened()
    assert sent["checkpoint"] in (plane.name, "tiny-conv") or sent["checkpoint"].startswith(
        ("digits-vae-2", "tiny-conv")
    )
    assert not app.warning and sent["dataHere"] and any("What this is" in s.value for s in app.subheader)


def test_a_link_reaches_the_player(wide):
    app, sent = opened(checkpoint=wide.name, plane="class~3~8", t="0.5", frames="48", a="e3")
    assert sent["checkpoint"] == wide.name and not app.warning
    assert {"plane": "class~3~8", "t": 0.5, "frames": "48", "a": "e3"}.items() <= sent["state"].items()


def test_nonsense_in_a_link_is_said(wide):
    app, sent = opened(checkpoint="../etc", mode="banana", turn="x", frames="-3", manifold="maybe", z="x" * 5000)
    assert len(app.warning) == 6 and sent["state"]["frames"] == "24"


def test_nonsense_about_samples_is_said_too(wide):
    app, sent = opened(checkpoint=wide.name, temperature="nan", seed="-1", source="hat")
    assert len(app.warning) == 3 and (sent["state"]["temperature"], sent["state"]["seed"]) == (1.0, 0)
    assert sent["labelled"] and sent["mig"] is None


def test_nonsense_about_places_and_strengths_is_said_too(wide):
    app, sent = opened(checkpoint=wide.name, t="banana", strength="9")
    assert len(app.warning) == 2 and (sent["state"]["t"], sent["state"]["strength"]) == (0.0, 1.0)


def test_the_split_of_the_kl_comes_from_the_scores(plane):
    split = about.kl_split(plane)
    assert (
        split["mutual_information"] + split["aggregated_kl"] == pytest.approx(plane.score("KL").value)
        and split["n"] == 360
    )
    run = {**plane.run, "scores": [s for s in plane.run["scores"] if s["name"] != "mutual information"]}
    assert about.kl_split(checkpoints.Checkpoint(plane.folder, run)) is None


@pytest.mark.parametrize("frames", [2, 3, 22])
def test_a_film_of_equal_frames_has_all_of_them(frames):
    """Each for the same time, and but for one pixel of the margin the same picture."""
    tiles = np.full((frames, 2, 8, 8), 120, np.uint8)
    film = Image.open(io.BytesIO(image_grid.tiled_gif(tiles, np.zeros((frames, 2), np.uint8), [], 2, 10)))
    assert film.n_frames == frames
    seen = []
    for i in range(frames):
        film.seek(i)
        assert film.info["duration"] == 100
        seen.append(np.asarray(film.convert("L")).astype(int))
    assert all((np.abs(a - b) > 2).sum() == 0 and (a != b).sum() <= 1 for a, b in zip(seen, seen[1:], strict=False))


def test_without_the_data_the_page_works_and_offers_them(wide, monkeypatch):
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    monkeypatch.setattr(data.DatasetInfo, "download_mb", 3.0)
    app, sent = opened(checkpoint=wide.name)
    assert not sent["dataHere"] and "Download" in app.button[0].label


def test_the_autoencoder_beside_it_has_a_code_of_about_its_size(plane, wide, here):
    everything = list(here.values())
    assert about.autoencoder_beside(plane, everything).run["preset"]["name"] == "digits-autoencoder-2"
    assert about.autoencoder_beside(wide, everything).run["preset"]["name"] == "digits-autoencoder-16"
    assert about.autoencoder_beside(wide, [here["digits-rbm"]]) is None


def test_a_family_differs_in_beta_alone_and_holds_the_model_itself(plane, wide):
    def of(value: float, **more):
        run = json.loads(json.dumps(wide.run))
        run["preset"]["model"] |= {"beta": value, **more}
        return checkpoints.Checkpoint(wide.folder.with_name(f"made-{value}-{more}"), run)

    family = about.beta_family(wide, [of(20.0), of(0.1), of(1.0), of(4.0, latent=7), plane])
    assert [about.beta(c) for c in family] == [0.1, 1.0, 20.0] and family[1] is wide


def test_without_any_model_the_page_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    app = AppTest.from_file(PAGE, default_timeout=300).run()
    assert not app.exception and "python -m core train digits-vae-2" in app.info[0].value
