"""Representations: which there are, what they hold, and how they are kept."""

import json
import subprocess
import sys
from urllib.parse import quote

import numpy as np
import pytest
import torch

from core import data, representations
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.data.base import PartialDataset
from core.data.errors import DataError
from core.models.capabilities import HasLayers, HasPosterior
from core.numerics.cancel import Cancelled, cancelled_when
from core.representations import cache, sources
from core.store import checkpoints

HERE = [name for name in ("digits", "topics", "help", "bars-and-stripes") if data.info(name).is_here()]
DIGITS = {one.key: one for one in representations.available("digits")}
LAYERS = [c for c in checkpoints.available()[0] if Capability.HAS_LAYERS in c.capabilities]
OTHERS = ("faces-vae", "faces-rbm", "help-gru", "help-transformer-pairs", "topics-stack", "topics-autoencoder-2-mod")
SMALL = [c for c in LAYERS if c.manifest.preset.dataset == "digits" or c.name.startswith(OTHERS)]


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "root", lambda: tmp_path)
    return tmp_path


def named(name: str) -> str:
    return next(key for key in DIGITS if key.startswith(name))


def test_listing_needs_no_torch():
    code = (
        "import sys, json; from core import representations; "
        "found = [r.key for r in representations.available('digits')]; "
        "assert 'torch' not in sys.modules; print(json.dumps(found))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == list(DIGITS)


def test_keys_can_stand_in_a_link_and_name_one_each():
    for dataset in data.builtin():
        keys = [one.key for one in representations.available(dataset)]
        assert len(set(keys)) == len(keys) and all(quote(key, safe="") == key for key in keys)
        assert {"pixels"} <= set(keys)


def test_titles_say_model_and_layer():
    assert DIGITS["pixels"].title == "Digits 8×8: pixels"
    assert DIGITS["pca-10"].title == "Digits 8×8: PCA, 10-D"
    assert DIGITS[named("digits-vae-2-")].title == "Digits 8×8 · VAE, 2-D: encoder layer 1"
    mean = next(one for one in DIGITS.values() if one.key.startswith("digits-vae-2-") and one.kind == "code")
    assert (mean.title, mean.size, mean.layer) == ("Digits 8×8 · VAE, 2-D: posterior mean", 2, "posterior-mean")


@pytest.mark.parametrize("checkpoint", SMALL, ids=lambda c: c.name)
def test_layers_have_the_sizes_that_run_json_says(checkpoint):
    model, shape = checkpoint.model(), tuple(checkpoint.manifest.preset.event_shape)
    assert isinstance(model, HasLayers) and checkpoint.layers == model.layer_sizes
    x = torch.zeros(2, *(shape or (7,)))
    x.view(2, -1)[1, ::3] = 1
    with torch.no_grad():
        found = dict(model.activations(x))
        again = dict(model.activations(x))
    assert {name: u.shape for name, u in found.items()} == {n: (2, d) for n, d in checkpoint.layers.items()}
    assert list(found) == list(checkpoint.layers)
    for name, u in found.items():
        assert torch.equal(u, again[name]) and torch.isfinite(u).all()
        assert not torch.equal(u[0], u[1]) or "-plain" in checkpoint.name, name  # whose plain SGD got nowhere
    if Capability.ENCODES in checkpoint.capabilities:
        code = found["posterior-mean" if isinstance(model, HasPosterior) else "code"]
        assert torch.allclose(code, model.encode(x), atol=1e-6)


@pytest.mark.parametrize("dataset", HERE)
def test_every_representation_can_be_computed(dataset, own_cache):
    split = "train" if dataset == "bars-and-stripes" else "test"
    rows, seen = None, set()
    for one in representations.available(dataset):
        family = one.checkpoint and checkpoints.load(one.checkpoint).manifest.preset.family
        if (one.kind, family) in seen:
            continue
        seen.add((one.kind, family))
        found = representations.compute(one.key, dataset, split, limit=24)
        assert found.vectors.shape == (len(found), one.size) and found.vectors.dtype == np.float32, one.key
        assert np.isfinite(found.vectors).all() and found.vectors.std(0).max() > 0, one.key
        rows = found.indices if rows is None else rows
        assert (found.indices == rows).all()


def test_the_input_is_the_data(own_cache):
    digits = data.load("digits")
    found = representations.compute("pixels", "digits", limit=100, seed=3)
    assert np.allclose(found.vectors, digits.test[found.indices].reshape(100, 64) / 16)
    assert (found.labels == digits.test_labels[found.indices]).all() and len(set(found.indices)) == 100


def test_pca_keeps_the_distances_that_it_can(own_cache):
    pixels, pca = (representations.compute(key, "digits", limit=50).vectors for key in ("pixels", "pca-63"))
    apart = [np.linalg.norm(x[:, None] - x[None], axis=2) for x in (pixels, pca)]
    assert np.allclose(*apart, atol=0.05)
    assert representations.info("pca-7", "digits").size == 7


def test_a_checkpoint_may_be_named_by_its_preset():
    assert representations.info("digits-vae-2~posterior-mean", "digits").key == named("digits-vae-2-").replace(
        "encoder-1", "posterior-mean"
    )


def test_a_network_trained_on_labels_tells_them_better_than_one_untrained(own_cache):
    from core.numerics.neighbors import knn_accuracy

    taught, pixels = (representations.compute(key, "digits") for key in ("labels", "pixels"))
    assert knn_accuracy(taught.vectors, taught.labels, 5) >= knn_accuracy(pixels.vectors, pixels.labels, 5)


def test_an_untrained_network_is_another_one_and_always_the_same(own_cache):
    key = named("digits-autoencoder-16-").replace("~encoder-1", "~code")
    trained, untrained = (representations.compute(k, "digits", limit=40).vectors for k in (key, f"{key}~untrained"))
    sources._untrained.cache_clear()
    again = representations.compute(f"{key}~untrained", "digits", limit=39).vectors
    assert trained.shape == untrained.shape and not np.allclose(trained, untrained)
    rows = (
        representations.compute("pixels", "digits", limit=40).indices,
        representations.compute("pixels", "digits", limit=39).indices,
    )
    shared = np.isin(rows[0], rows[1]), np.isin(rows[1], rows[0])
    assert np.allclose(untrained[shared[0]], again[shared[1]], atol=1e-5)


def test_the_cache_gives_what_was_computed(own_cache, monkeypatch):
    key = named("digits-rbm-exact")
    assert representations.stored(key, "digits", limit=60) is None
    said = []
    fresh = representations.compute(key, "digits", limit=60, report=lambda *args: said.append(args))
    assert said[-1][1:] == (60, 60) and said[-1][0] == DIGITS[key].title
    (file,) = own_cache.glob("digits/*.npy")
    monkeypatch.setattr(sources, "vectors", None)  # nothing is computed any more
    kept = representations.compute(key, "digits", limit=60)
    assert isinstance(kept.vectors, np.memmap) and not kept.vectors.flags.writeable
    assert (kept.vectors == fresh.vectors).all() and (kept.labels == fresh.labels).all()
    assert (representations.stored(key, "digits", limit=60).vectors == fresh.vectors).all()
    monkeypatch.undo()
    whole = file.read_bytes()
    file.unlink()  # not written over: it is mapped
    file.write_bytes(whole[:300])
    monkeypatch.setattr(cache, "root", lambda: own_cache)
    assert representations.stored(key, "digits", limit=60) is None
    assert (representations.compute(key, "digits", limit=60).vectors == fresh.vectors).all()


def test_all_layers_of_a_model_by_one_pass_are_those_one_by_one(own_cache, monkeypatch):
    keys = [
        one.key for one in DIGITS.values() if one.checkpoint.startswith("digits-vae-2-") and one.kind != "untrained"
    ]
    assert len(keys) == 4  # two layers, posterior mean and sample
    single = [representations.compute(key, "digits", limit=300).vectors.copy() for key in keys]
    monkeypatch.setattr(cache, "root", lambda: own_cache / "again")
    passes = []
    original = sources.vectors
    monkeypatch.setattr(sources, "vectors", lambda group, *rest: passes.append(len(group)) or original(group, *rest))
    together = representations.compute_all([*keys, "pixels", keys[0]], "digits", limit=300)
    assert sorted(passes) == [1, 4]
    assert [one.info.key for one in together] == [*keys, "pixels", keys[0]]
    for alone, one in zip(single, together, strict=False):
        assert np.array_equal(alone, one.vectors)


def test_what_is_given_up_leaves_nothing(own_cache):
    asked = iter([False, True])
    with pytest.raises(Cancelled), cancelled_when(lambda: next(asked, True)):
        representations.compute("pixels", "digits", "train")
    assert not list(own_cache.rglob("*.npy*"))


def test_where_nothing_can_be_kept_it_is_computed_all_the_same(own_cache):
    (own_cache / "digits").write_text("in the way")
    found = representations.compute("pixels", "digits", limit=30)
    assert found.vectors.shape == (30, 64)


def test_the_oldest_goes_first(own_cache, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 3 * 30 * 64 * 4)
    for seed in range(5):
        representations.compute("pixels", "digits", limit=30, seed=seed)
    assert 1 <= len(list(own_cache.glob("digits/*.npy"))) <= 2
    assert representations.stored("pixels", "digits", limit=30, seed=4) is not None


@pytest.mark.parametrize(
    "name", ["pixels", "pca-5", "labels", "digits-rbm-exact", "digits-vae-beta-4", "digits-made-17"]
)
def test_a_drawing_is_mapped_as_an_example_is(name, own_cache):
    key = name if name in ("pixels", "pca-5", "labels") else named(name)
    digits = data.load("digits")
    found = representations.compute(key, "digits", limit=20)
    again = representations.map_images(key, "digits", digits.test[found.indices] / 16)
    assert np.allclose(found.vectors, again, atol=1e-2)  # means of a standardised view are kept in half precision


def test_many_images_are_mapped_batch_by_batch_and_may_be_given_up(monkeypatch):
    key = named("digits-vae-2-")
    images = data.load("digits").test[:70] / 16
    at_once = representations.map_images(key, "digits", images)
    monkeypatch.setattr(sources, "BATCH", 30)
    sizes, layers = [], sources._of_layers
    monkeypatch.setattr(sources, "_of_layers", lambda *asked: sizes.append(len(asked[2])) or layers(*asked))
    assert np.allclose(representations.map_images(key, "digits", images), at_once, atol=1e-5)
    assert len(sizes) == 3 and max(sizes) <= 30 and sum(sizes) == 70
    asked = iter([False, True])
    with pytest.raises(Cancelled), cancelled_when(lambda: next(asked, True)):
        representations.map_images(key, "digits", images)
    assert len(sizes) == 4


def test_test_examples_need_no_training_part(own_cache, monkeypatch):
    """But for the network that is trained on its labels."""

    def missing():
        raise DataError("the training part is not here")

    digits = data.load("digits")
    monkeypatch.setattr(data, "load_test", lambda name: PartialDataset(digits, digits.fingerprint, missing))
    rbm = named("digits-rbm-exact")
    for key in ("pixels", "pca-10", rbm, f"{rbm}~untrained", named("digits-autoencoder-16-")):
        found = representations.compute(key, "digits", limit=50)
        assert found.vectors.shape == (50, found.info.size) and found.labels is not None
        assert representations.map_images(key, "digits", digits.test[:2] / 16).shape == (2, found.info.size)
    with pytest.raises(DataError, match="the training part is not here"):
        representations.compute("labels", "digits", limit=50)


def test_wrong_questions():
    with pytest.raises(SettingError, match="representation='pixel': none of digits's"):
        representations.compute("pixel", "digits")
    with pytest.raises(SettingError, match="representation='pca-65': none"):
        representations.compute("pca-65", "digits")
    with pytest.raises(SettingError, match="split='valid': test, train or all"):
        representations.compute("pixels", "digits", "valid")
    with pytest.raises(SettingError, match="limit=0: at least 1"):
        representations.compute("pixels", "digits", limit=0)
    with pytest.raises(DataError, match="unknown data set 'digit'"):
        representations.available("digit")
    with pytest.raises(SettingError, match=r"images=\(3, 28, 28\): an array of shape \('n', 8, 8\)"):
        representations.map_images("pixels", "digits", np.zeros((3, 28, 28)))
