"""What the Autoencoder page asks for: ways to a code, examples through them, layers, codes decoded."""

import gzip

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.analysis import checkpoint_codec, codec_comparison
from core.store import checkpoints
from pages.autoencoder import EXHIBIT, routes
from pages.shared.codec import message, unpack

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
PLANE, WIDE, WORDS = (
    SHIPPED[f"{name}"] for name in ("digits-autoencoder-2", "digits-autoencoder-16", "topics-autoencoder-2")
)


def read(answer: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(gzip.decompress(answer), 2**20)


def ask(checkpoint, **header):
    about, _ = read(routes.about(checkpoint.name, {}))
    of = [[way["kind"], way["checkpoint"]] for way in about["ways"]]
    return about, *read(routes.through(checkpoint.name, {"digit": "any", "seed": 0, "of": of} | header, {}))


def test_the_page_opens_on_the_net_of_the_paper():
    assert EXHIBIT.checkpoints()[0][0].name == SHIPPED["mnist-autoencoder-30"].name


@pytest.mark.parametrize("checkpoint", [PLANE, WORDS], ids=lambda c: c.run["preset"]["name"])
def test_each_way_gives_back_what_its_codec_does(checkpoint):
    about, header, planes = ask(checkpoint, seed=4)
    x = codec_comparison.examples(checkpoint)[0][header["rows"]]
    np.testing.assert_allclose(planes["x"], x.flatten(1), atol=1e-3)
    assert about["ways"][0]["checkpoint"] == checkpoint.name and about["ways"][0]["error"]
    for i, way in enumerate(about["ways"]):
        theirs = checkpoints.load(way["checkpoint"])
        assert theirs.code_size == way["size"]
        codec = theirs.model() if way["kind"] == "network" else codec_comparison.linear_code(theirs, way["kind"])
        back = codec_comparison.reconstruct(codec, x).flatten(1)
        np.testing.assert_allclose(planes[f"back{i}"], back, atol=2e-3)
    with torch.no_grad():
        np.testing.assert_allclose(planes["codes"], checkpoint.model().encode(x), atol=1e-5)


def test_nets_of_all_sizes_stand_beside_each_other():
    ways = ask(PLANE)[0]["ways"]
    nets = [(way["title"], way["size"]) for way in ways if way["kind"] == "network"]
    assert nets == [("pretrained", 2), ("random initialisation", 2), ("GELU", 2), ("plain SGD", 2), ("pretrained", 16)]
    assert [way["size"] for way in ways if way["kind"] == "logistic PCA"] == [2, 16]


def test_a_class_and_a_seed_choose_the_examples_of_old_links():
    _, header, _ = ask(PLANE, digit="8", seed=3)
    _, labels = codec_comparison.examples(PLANE)
    of_class = np.flatnonzero(labels == 8)
    assert header["rows"] == np.random.default_rng(3).permutation(of_class)[:12].tolist()
    assert header["labels"] == ["8"] * 12


def test_pca_of_every_size_agrees_with_its_curve():
    _, planes = read(routes.linear(PLANE.name, {}))
    components, mean, errors = (planes[f"linear_{k}"].astype(np.float64) for k in ("components", "mean", "errors"))
    assert len(components) == len(errors) == 64
    x = codec_comparison.examples(PLANE)[0].flatten(1).numpy()
    for size in (1, 2, 16, 50):
        back = mean + (x - mean) @ components[:size].T @ components[:size]
        assert np.square(back - x).sum(1).mean() == pytest.approx(errors[size - 1], rel=5e-3)


def test_mnist_needs_no_download_for_a_hundred_components(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    for name in ("mnist-autoencoder-30", "mnist-autoencoder-2"):
        among = [SHIPPED[name], SHIPPED["mnist-autoencoder-30"]]
        title, found = codec_comparison.linear_basis(among)
        assert title == "PCA" and found["components"].shape == (100, 784) and len(found["errors"]) == 784
        assert (np.diff(found["errors"]) <= 1e-3).all()
        assert found["errors"][29] == pytest.approx(
            SHIPPED["mnist-autoencoder-30"].score("PCA, for comparison").value, rel=0.01
        )


def test_a_drawing_goes_through_every_way_and_layer():
    image = np.zeros((8, 8), np.uint8)
    image[2:6, 3] = 255
    of = [["network", WIDE.name], ["logistic PCA", PLANE.name]]
    header, planes = read(routes.through(PLANE.name, {"of": of}, {"image": image}))
    assert header["rows"] == [] and planes["back0"].shape == planes["back1"].shape == (1, 64)
    header, planes = read(routes.layer(PLANE.name, {"layer": 4}, {"image": image}))
    assert header["titles"] == ["RBM stack, layer 4 (2 units)", "fine-tuned, layer 4 (2 units)"]
    x = torch.from_numpy(checkpoint_codec.image_input(PLANE, image))[None]
    np.testing.assert_allclose(planes["back1"], codec_comparison.reconstruct(PLANE.model(), x).flatten(1), atol=1e-3)


def test_a_code_is_decoded():
    z = np.array([[1.0, -2.0]], np.float32)
    _, planes = read(routes.decode(PLANE.name, {}, {"z": z}))
    np.testing.assert_allclose(planes["back"], checkpoint_codec.decode(PLANE, z).reshape(1, -1), atol=1e-3)


@pytest.mark.parametrize(
    ("path", "header", "planes", "words"),
    [
        ("through", {"digit": "11", "seed": 0, "of": []}, {}, "digit='11': expected any, or one of 0, 1"),
        ("through", {"digit": "any", "seed": -1, "of": []}, {}, "seed"),
        ("through", {"digit": "any", "seed": 0, "of": [["network"]]}, {}, "expected pairs"),
        ("through", {"digit": "any", "seed": 0, "of": [["network", "digits-rbm"]]}, {}, "digits-rbm"),
        ("through", {"digit": "any", "seed": 0, "of": [["network", WORDS.name]]}, {}, "other data"),
        ("through", {"digit": "any", "seed": 0, "of": [["ICA", PLANE.name]]}, {}, "holds no ICA"),
        ("layer", {"digit": "any", "seed": 0, "layer": 5}, {}, "layer='5'"),
        ("layer", {"layer": 1}, {"image": ("u8", np.zeros((9, 9)))}, "image of shape"),
        ("decode", {}, {"z": ("f32", np.zeros((1, 3)))}, "2-D codes"),
        ("decode", {}, {"z": ("f32", np.full((1, 2), np.nan))}, "finite"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(path, header, planes, words):
    with TestClient(Starlette(routes=routes.ROUTES)) as client:
        answer = client.post(f"/api/autoencoder/{PLANE.name}/{path}", content=message(header, planes))
    assert 400 <= answer.status_code < 500 and words in answer.json()["error"]
