"""Codes of one size beside each other: errors by their definition, the walk through the layers."""

import dataclasses
import math
import shutil

import numpy as np
import pytest
import torch

from core import data, models
from core.analysis import codec_comparison
from core.data.preprocessing import preprocess
from core.jobs import scoring, worker
from core.store import checkpoints

VARIANTS = ["", "random initialisation", "GELU", "plain SGD"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A small pretrained autoencoder of the digits, and its twin from random weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path_factory.mktemp("pair")))
        known = dict(models.presets())
        patch.setattr(models, "presets", lambda: known)
        size = {"event_shape": (8, 8), "layers": (30, 5)}
        for name in ("mnist-stack-30", "mnist-autoencoder-30"):
            preset = known[name]
            short = name.replace("mnist", "tiny").replace("-30", "")
            known[short] = dataclasses.replace(
                preset,
                name=short,
                dataset="digits",
                model=dataclasses.replace(preset.model, **size),
                train=dataclasses.replace(preset.train, epochs=4, batch_size=50, precision="float32"),
                origin="tiny-stack" if preset.origin else "",
            )
        pretrained = worker.train(known["tiny-autoencoder"])
        scoring.evaluate(pretrained, keep=True)
        pretrained = checkpoints.load(pretrained.name)
        known["tiny-autoencoder-random"] = dataclasses.replace(
            known["tiny-autoencoder"],
            name="tiny-autoencoder-random",
            origin="",
            variant_of="tiny-autoencoder",
            variant="random weights",
        )
        yield pretrained, worker.train(known["tiny-autoencoder-random"])


def test_each_error_is_what_it_says(pair):
    x, labels = codec_comparison.examples(pair[0])
    assert len(x) == len(labels) == len(data.load("digits").test)
    assert x.equal(preprocess(data.load("digits"), "grey", "test").all(torch.Generator()))
    found = codec_comparison.compare_codecs(pair[0])
    assert [r.name for r in found] == ["pretrained", "random weights", "logistic PCA", "PCA"]
    assert {r.size for r in found} == {5}
    for result in found:
        back = codec_comparison.reconstruct(result.codec, x)
        assert back.shape == x.shape
        expected = (back - x).square().sum((1, 2)).mean()
        assert result.error == pytest.approx(float(expected), rel=2e-3)  # linear codes are stored in half precision


def test_without_all_scores_logistic_pca_is_not_there(pair):
    assert [r.name for r in codec_comparison.compare_codecs(pair[1])] == ["pretrained", "random weights", "PCA"]


def test_each_way_of_training_finds_the_others(pair):
    pretrained, random = pair
    for checkpoint in pair:
        assert {k: c.name for k, c in codec_comparison.training_variants(checkpoint).items()} == {
            "pretrained": pretrained.name,
            "random weights": random.name,
        }
    errors = [{r.name: r.error for r in codec_comparison.compare_codecs(c)} for c in pair]
    assert errors[0]["pretrained"] == pytest.approx(errors[1]["pretrained"], rel=1e-5)


def test_a_training_without_its_weights_stands_beside_the_others_by_its_film(pair, tmp_path, monkeypatch):
    pretrained, random = pair
    for checkpoint, place in ((pretrained, tmp_path), (random, tmp_path / checkpoints.FILMS)):
        shutil.copytree(checkpoint.folder, place / checkpoint.name)
    for name in checkpoints.FILES:
        (tmp_path / checkpoints.FILMS / random.name / name).unlink()
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    assert list(codec_comparison.training_variants(pretrained)) == ["pretrained"]
    found = codec_comparison.trainings(pretrained)
    assert {title: c.name for title, c in found.items()} == {
        "pretrained": pretrained.name,
        "random weights": random.name,
    }
    assert found["random weights"].history() == random.history()


def test_a_net_of_other_layers_is_no_rival(pair):
    _, random = pair
    recipe = {**random.run["preset"], "name": "tiny-autoencoder"}
    recipe["model"] = {**recipe["model"], "layers": [30, 4]}
    other = dataclasses.replace(random, run={**random.run, "preset": recipe})
    assert list(codec_comparison.training_variants(other)) == ["pretrained"]


def test_presets_of_one_net_differ_in_the_way_of_training_only():
    known = models.presets()
    compared = sorted({p.variant_of for p in known.values() if p.variant_of and not p.name.startswith("tiny")})
    assert len(compared) == 5
    for name in compared:
        nets = [known[name], *(p for p in known.values() if p.variant_of == name)]
        assert [p.variant for p in nets] == VARIANTS
        assert len({(p.dataset, p.view, p.seed, p.train.epochs, p.train.batch_size) for p in nets}) == 1
        assert len({p.title for p in nets}) == len(nets)
        assert [bool(p.origin) for p in nets] == [True, False, False, False]
        assert [p.model.units for p in nets] == ["sigmoid", "sigmoid", "gelu", "sigmoid"]
        assert len({(p.model.layers, p.model.output) for p in nets}) == 1


def test_the_curve_of_pca_passes_through_its_rival_and_falls_to_nothing(pair):
    curve = pair[0].arrays("portrait.safetensors")["PCA.errors"]
    pca = next(r for r in codec_comparison.compare_codecs(pair[0]) if r.name == "PCA")
    assert len(curve) == 64 and (np.diff(curve) <= 0).all()
    assert curve[4] == pytest.approx(pca.error, rel=2e-3) and abs(curve[-1]) < 1e-3


def test_the_walk_ends_with_the_whole_way_through(pair):
    x, _ = codec_comparison.examples(pair[0], most=7)
    steps = list(codec_comparison.layerwise_reconstructions(pair[0], x))
    assert [title for title, _ in steps] == [
        "RBM stack, layer 1 (30 units)",
        "RBM stack, layer 2 (5 units)",
        "fine-tuned, layer 1 (30 units)",
        "fine-tuned, layer 2 (5 units)",
    ]
    assert all(images.shape == x.shape for _, images in steps)
    assert steps[-1][1].equal(codec_comparison.reconstruct(pair[0].model(), x))
    assert [title for title, _ in codec_comparison.layerwise_reconstructions(pair[1], x)] == [
        "layer 1 (30 units)",
        "layer 2 (5 units)",
    ]


def test_documents_meet_latent_semantic_analysis(monkeypatch):
    monkeypatch.delenv("PLAYGROUND_CHECKPOINTS", raising=False)  # those that come with the project
    checkpoint = checkpoints.load("topics-autoencoder-2-24f0e7cd")
    x, _ = codec_comparison.examples(checkpoint)
    found = {r.name: r for r in codec_comparison.compare_codecs(checkpoint)}
    assert list(found) == [codec_comparison.PRETRAINED, *VARIANTS[1:], "latent semantic analysis"]
    shares = x / x.sum(1, keepdim=True)
    for result in found.values():
        back = codec_comparison.reconstruct(result.codec, x)
        assert back.sum(1) == pytest.approx(1, abs=1e-3)
        expected = math.exp(-(shares * back.log()).sum(1).mean())
        assert result.error == pytest.approx(expected, rel=2e-3)
        assert codec_comparison.reconstruction_loss(checkpoint, x, back) == pytest.approx(expected, rel=1e-4)
    curve = checkpoint.arrays("portrait.safetensors")["latent semantic analysis.errors"]
    assert curve[1] == pytest.approx(found["latent semantic analysis"].error, rel=2e-3) and curve[-1] < curve[0] / 2
