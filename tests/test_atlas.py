"""What a page of codes shows: points, maps that are kept and found, films, the way back; a map by a worker."""

import dataclasses
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core import data, jobs, models
from core.analysis import checkpoint_codec, embedding, layouts, training_trajectory
from core.analysis.layouts import LayoutMissing
from core.analysis.training_trajectory import procrustes
from core.config.fields import SettingError
from core.config.presets import Preset, TrainConfig
from core.data.errors import DataError
from core.jobs import film, worker
from core.models.boltzmann.stack import RBMStackConfig
from core.numerics.neighbors import knn_accuracy, nearest
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from core.store.tensors import SCALE

STACK = Preset(
    "tiny-stack",
    "Tiny stack",
    "stack",
    "digits",
    "grey",
    RBMStackConfig((8, 8), layers=(24, 2)),
    TrainConfig(epochs=4, lr=0.1, lr_schedule="constant"),
)
QUICK = {"epochs": 20}  # of UMAP


def codec(origin: str = "", layers: str = "24,2") -> Preset:
    made = models.refit(models.preset("mnist-autoencoder-2"), data.info("digits"), "grey")
    made = dataclasses.replace(made, name="tiny-autoencoder", origin=origin)
    return made.override({"layers": layers, "epochs": "3", "average": "0"})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a stack, the autoencoder that it was unrolled to, and one with a code of three numbers."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setitem(models.presets(), STACK.name, STACK)
        for preset in (codec(STACK.name), codec(layers="20,3"), models.preset("bars-rbm").override({"epochs": "1"})):
            worker.train(preset, "cpu")
    shutil.rmtree(folder / "runs")
    return folder


@pytest.fixture
def root(trained, tmp_path, monkeypatch):
    """A copy of it, to be spoiled."""
    shutil.copytree(trained, tmp_path / "root")
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "root"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setitem(models.presets(), STACK.name, STACK)
    return tmp_path / "root"


@pytest.fixture
def checkpoint(root):
    return next(c for c in checkpoints.available()[0] if c.preset.origin)


@pytest.fixture
def points(checkpoint):
    return embedding.embed_dataset(checkpoint)


def other(family: str):
    return next(c for c in checkpoints.available()[0] if c.preset.family == family and not c.preset.origin)


# -- points -------------------------------------------------------------------------------------


def test_points_carry_what_a_page_shows(points, checkpoint):
    dataset, model = data.load("digits"), checkpoint.model()
    assert points.images.shape == (360, 8, 8) and points.images.dtype == np.uint8 and points.images.max() == 255
    np.testing.assert_array_equal(points.labels, dataset.test_labels)
    np.testing.assert_allclose(points.values, dataset.test / (dataset.levels - 1), atol=1e-6)
    x = torch.from_numpy(points.values)
    torch.testing.assert_close(torch.from_numpy(points.codes), model.encode(x))
    lost = (model.decode(model.encode(x)) - x).square().sum((1, 2))
    torch.testing.assert_close(torch.from_numpy(points.errors), lost, rtol=1e-4, atol=1e-4)
    assert points.class_names == dataset.class_names and len(points) == 360


def test_splits_and_fair_draws(checkpoint):
    dataset = data.load("digits")
    whole = embedding.embed_dataset(checkpoint, "all", 70_000)
    n, m = len(dataset.test), len(dataset.train)
    assert len(whole) == n + m and whole.indices.tolist() == list(range(n + m))
    np.testing.assert_array_equal(whole.labels, np.concatenate([dataset.test_labels, dataset.train_labels]))
    some = embedding.embed_dataset(checkpoint, "all", 500, seed=1)
    assert len(some) == 500 and (np.diff(some.indices) > 0).all()
    np.testing.assert_allclose(some.codes, whole.codes[some.indices], atol=1e-5)
    np.testing.assert_array_equal(some.images, whole.images[some.indices])
    again = embedding.embed_dataset(checkpoint, "all", 500, seed=2)
    assert again.indices.tolist() != some.indices.tolist()
    train = embedding.embed_dataset(checkpoint, "train", 100)
    np.testing.assert_array_equal(train.labels, dataset.train_labels[train.indices])


def test_what_cannot_be_shown_says_why(checkpoint, monkeypatch):
    with pytest.raises(SettingError, match="split='valid'"):
        embedding.embed_dataset(checkpoint, "valid")
    with pytest.raises(SettingError, match="points=70001"):
        embedding.embed_dataset(checkpoint, points=70_001)
    with pytest.raises(CheckpointError, match="has no code"):
        embedding.embed_dataset(other("rbm"))
    others = dataclasses.replace(checkpoint, run={**checkpoint.run, "data_fingerprint": "0" * 64})
    with pytest.raises(DataError, match="trained on a different version of the data digits"):
        embedding.embed_dataset(others)
    monkeypatch.setattr(data, "info", lambda name: SimpleNamespace(test_is_here=lambda: False))
    with pytest.raises(DataError, match="digits is not downloaded"):
        embedding.embed_dataset(checkpoint)


def test_neighbours_of_one_point_are_those_of_all(points):
    for space in ("pixels", "code"):
        expected, _ = nearest(points.features(space), 5)
        assert sorted(points.neighbours_of(17, 5)[space].tolist()) == sorted(expected[17].tolist())
        np.testing.assert_array_equal(points.neighbours(space, 5), expected)
        np.testing.assert_array_equal(points.neighbours(space, 3), expected[:, :3])
        assert points.neighbours_of(17, 4)[space].tolist() == expected[17, :4].tolist()


def test_neighbours_by_cosine_are_those_in_direction(points):
    for space in ("pixels", "code"):
        features = points.features(space).astype(np.float64)
        unit = features / np.linalg.norm(features, axis=1, keepdims=True)
        cosine = unit @ unit[17]
        cosine[17] = -2
        found = points.neighbours_of(17, 5, "cosine")[space]
        assert np.allclose(cosine[found], np.sort(cosine)[::-1][:5], atol=1e-5)


def few(tests: int, trains: int):
    """The digits, of which only so many are left."""
    whole = data.load("digits")
    cut = {f"{part}{what}": getattr(whole, f"{part}{what}")[:n]
           for part, n in (("test", tests), ("train", trains)) for what in ("", "_labels")}  # fmt: skip
    return dataclasses.replace(whole, **cut)


@pytest.mark.parametrize("asked", ["test", "train"])
def test_a_split_too_small_for_a_map_opens_on_all_data(checkpoint, monkeypatch, asked):
    sizes = {"test": (2, 5), "train": (5, 2)}[asked]
    monkeypatch.setattr(embedding, "dataset_of", lambda checkpoint: few(*sizes))
    found = embedding.embed_dataset(checkpoint, asked)
    assert (found.split, len(found)) == ("all", 7)
    assert 0 <= found.accuracy("code") <= 1
    for name in ("code", "pca-pixels"):
        assert np.isfinite(layouts.get_layout(found, name).coordinates).all()
    monkeypatch.setattr(embedding, "dataset_of", lambda checkpoint: few(1, 1))
    with pytest.raises(DataError, match="2 examples in all, a map needs at least 3"):
        embedding.embed_dataset(checkpoint, asked)


def test_a_code_is_judged_in_its_own_space(points, monkeypatch):
    assert points.accuracy("code") == layouts.get_layout(points, "code").scores["knn_accuracy"]  # a code of two numbers
    own = knn_accuracy(points.features("pixels"), points.labels, 10)
    assert points.accuracy("pixels") == own > layouts.get_layout(points, "pca-pixels").scores["knn_accuracy"]
    monkeypatch.setattr(embedding, "MOST_VOTERS", 100)
    monkeypatch.setattr(embedding, "VOTERS", 90)
    points._accuracy.clear()
    assert points.accuracy("pixels") == pytest.approx(own, abs=0.1)
    assert dataclasses.replace(points, labels=None).accuracy("code") is None


def test_codes_have_as_many_clusters_as_classes_the_largest_first(points):
    member = points.clusters()
    sizes = np.bincount(member)
    assert len(sizes) == 10 and (np.diff(sizes) <= 0).all()
    centres = np.stack([points.codes[member == cluster].mean(0) for cluster in range(10)])
    assert (np.square(points.codes[:, None] - centres).sum(2).argmin(1) == member).mean() > 0.98
    one_class = dataclasses.replace(points, labels=np.zeros_like(points.labels))
    assert len(np.bincount(one_class.clusters())) == 2
    assert len(np.bincount(dataclasses.replace(points, labels=None).clusters())) == embedding.CLUSTERS


def test_known_factors_and_words_come_along(checkpoint, monkeypatch):
    whole = data.load("digits")
    ink = {part: getattr(whole, part).sum((1, 2)).astype(np.float32) for part in ("train", "test")}
    made = dataclasses.replace(whole, train_factors={"ink": ink["train"]}, test_factors={"ink": ink["test"]})
    monkeypatch.setattr(embedding, "dataset_of", lambda checkpoint: made)
    found = embedding.embed_dataset(checkpoint, "all", 300)
    np.testing.assert_array_equal(found.factors["ink"], np.concatenate([ink["test"], ink["train"]])[found.indices])
    counts = dataclasses.replace(
        found,
        checkpoint=dataclasses.replace(checkpoint, run={**checkpoint.run, "kind": "counts"}),
        values=np.array([[0, 3, 1, 0], [1, 0, 0, 5]], np.float32),
        vocabulary=("tree", "code", "mean", "<b>"),
    )
    assert counts.words(0) == ["code ×3", "mean"] and counts.words(1) == ["<b> ×5", "tree"]
    assert len(found.words(0)) == 6


# -- maps ---------------------------------------------------------------------------------------


def test_maps_that_there_are(points):
    ready = layouts.list_layouts(points)
    assert ready == {
        "code": True,
        "pca-pixels": True,
        "umap-pixels": False,
        "umap-code": False,
        "tsne-pixels": False,
        "tsne-code": False,
    }
    with pytest.raises(LayoutMissing, match="submit_layout"):
        layouts.get_layout(points, "umap-code")
    with pytest.raises(SettingError, match="layout='umap'"):
        layouts.get_layout(points, "umap")
    with pytest.raises(SettingError, match="n_neighbors=0"):
        layouts.get_layout(points, "umap-code", n_neighbors=0)
    three = embedding.embed_dataset(other("autoencoder"))
    assert "code" not in layouts.list_layouts(three) and "pca-code" in layouts.list_layouts(three)
    with pytest.raises(SettingError, match="only for 2-D codes"):
        layouts.get_layout(three, "code")


def test_a_map_says_how_far_it_can_be_trusted(points):
    code, linear = layouts.get_layout(points, "code"), layouts.get_layout(points, "pca-pixels")
    np.testing.assert_array_equal(code.coordinates, points.codes)
    assert set(code.scores) == {"knn_accuracy", "trustworthiness", "continuity"}
    assert set(linear.scores) == {*code.scores, "explained"}
    assert all(0 < value < 1 for value in linear.scores.values())


def test_maps_are_kept_and_found(points, root, monkeypatch):
    made = layouts.compute_layout(points, "umap-pixels", QUICK)
    monkeypatch.setattr(layouts, "compute_layout", lambda *a, **k: pytest.fail("computed again"))
    found = layouts.get_layout(points, "umap-pixels", **QUICK)
    np.testing.assert_array_equal(found.coordinates, made.coordinates)
    assert found.scores == made.scores and found.settings["epochs"] == 20
    assert layouts.is_ready(points.checkpoint, "umap-pixels", 10_000, "test", QUICK)
    assert not layouts.list_layouts(points)["umap-pixels"], "one with the usual settings is another"
    with pytest.raises(LayoutMissing):
        layouts.get_layout(embedding.embed_dataset(points.checkpoint, points=100), "umap-pixels", **QUICK)
    assert not checkpoints.available()[1], "the folder of maps is no broken checkpoint"


@pytest.mark.parametrize("harm", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-3] + bytes([1, 2, 3])])
def test_a_damaged_map_is_computed_anew(points, root, harm):
    made = layouts.get_layout(points, "pca-pixels")
    (file,) = (root / layouts.FOLDER / points.checkpoint.name).glob("*.safetensors")
    whole = file.read_bytes()
    file.write_bytes(harm(whole))
    again = layouts.get_layout(points, "pca-pixels")
    np.testing.assert_array_equal(again.coordinates, made.coordinates)
    assert layouts._read(file, "pca-pixels", len(points)) is not None
    file.write_bytes(harm(whole))
    assert layouts._read(file, "pca-pixels", len(points)) is None


def test_a_checkpoint_brings_maps_along(points, root):
    made = layouts.compute_layout(points, "umap-code", {}, folder=points.checkpoint.folder / "layouts")
    assert not (root / layouts.FOLDER).exists()
    assert layouts.list_layouts(points)["umap-code"]
    np.testing.assert_array_equal(layouts.get_layout(points, "umap-code").coordinates, made.coordinates)


def test_maps_that_are_brought_along_are_small_and_as_exact_as_a_screen(points, root):
    folder = points.checkpoint.folder / "layouts"
    plain = layouts.compute_layout(points, "pca-pixels", {})
    small = layouts.compute_layout(points, "pca-pixels", {}, folder=folder)
    (file,) = folder.iterdir()
    span = np.ptp(plain.coordinates, axis=0).max()
    assert np.abs(small.coordinates - plain.coordinates).max() <= 0.51 * span / layouts.GRID
    np.testing.assert_array_equal(layouts._read(file, "pca-pixels", len(points)).coordinates, small.coordinates)
    assert small.scores == plain.scores
    one_place = layouts._grid_of(np.full((3, 2), 7.5, np.float32))
    np.testing.assert_array_equal(one_place.coordinates(), np.full((3, 2), 7.5, np.float32))


def test_maps_where_nothing_can_be_written(points, root):
    (root / layouts.FOLDER).write_text("in the way")
    assert layouts.get_layout(points, "pca-pixels").coordinates.shape == (360, 2)


def test_newcomers_are_placed(points):
    image, code = points.images[5], checkpoint_codec.encode_image(points.checkpoint, points.images[5])
    np.testing.assert_allclose(code, points.codes[5], atol=0.01)  # bytes round sixteenths
    seen = checkpoint_codec.image_input(points.checkpoint, image)
    np.testing.assert_allclose(seen, points.values[5], atol=1 / 255)
    for name in ("code", "pca-pixels"):
        where, exact = layouts.out_of_sample(points, name, points.values[5], points.codes[5])
        assert exact
        np.testing.assert_allclose(where, layouts.get_layout(points, name).coordinates[5], atol=1e-4)
    assert layouts.out_of_sample(points, "umap-pixels", seen, code) is None
    made = layouts.compute_layout(points, "umap-pixels", {})
    where, exact = layouts.out_of_sample(points, "umap-pixels", seen, code)
    close = nearest(points.features("pixels"), 9)[0][5]
    assert not exact
    np.testing.assert_allclose(where, made.coordinates[[5, *close]].mean(0), atol=1e-4)
    with pytest.raises(SettingError, match="image="):
        checkpoint_codec.encode_image(points.checkpoint, image[:5])


@pytest.mark.worker
def test_a_worker_computes_a_map(checkpoint, points):
    run = jobs.submit_layout(checkpoint, "umap-code", 10_000, "test", QUICK)
    assert run.kind == "layout" and jobs.submit_layout(checkpoint, "umap-code", 10_000, "test", QUICK) == run
    deadline = time.monotonic() + 120
    while (status := run.status()).state in jobs.LIVE_STATES and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status.state == "finished", (run.folder / "log.txt").read_text()[-2000:]
    found = layouts.get_layout(points, "umap-code", **QUICK)
    np.testing.assert_array_equal(found.coordinates, layouts.compute_layout(points, "umap-code", QUICK).coordinates)
    with pytest.raises(SettingError, match="min_dist=7"):
        jobs.submit_layout(checkpoint, "umap-code", settings={"min_dist": 7})
    jobs.delete(run)
    assert checkpoint.folder.exists(), "a map that is deleted takes no checkpoint with it"


# -- films --------------------------------------------------------------------------------------


def test_points_are_laid_on_others():
    random = np.random.default_rng(0)
    onto = random.normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])  # mirrored, too
    np.testing.assert_allclose(procrustes(onto @ turn * 7 + 3, onto), onto, atol=1e-5)
    assert np.isfinite(procrustes(np.ones((50, 2)), onto)).all()
    noisy = onto @ turn + random.normal(size=onto.shape) * 0.1
    assert np.abs(procrustes(noisy, onto) - onto).max() < 0.6


def test_a_film_begins_with_the_pretraining(checkpoint):
    found = training_trajectory.training_trajectory(checkpoint)
    assert found.stages[-1] == "fine-tuning" and found.stages[0] == "pretraining, layer 2 of 2"
    tuned = found.stages.index("fine-tuning")
    assert found.epochs[tuned:].tolist() == [0, 1, 2, 3]
    assert set(found.epochs[:tuned].tolist()) <= {3, 4}, "the top layer does nothing before its turn"
    stored = checkpoints.Checkpoint(checkpoint.folder, checkpoint.run).model()
    codes = stored.encode(torch.from_numpy(embedding.embed_dataset(checkpoint).values)).numpy()
    np.testing.assert_allclose(found.codes[-1], codes, rtol=0.05, atol=0.05 * np.abs(codes).max())
    spreads = [np.linalg.norm(frame - frame.mean(0)) for frame in found.codes]
    np.testing.assert_allclose(spreads, spreads[-1], rtol=1e-3)
    history = {line["epoch"]: line["reconstruction"] for line in checkpoint.history()}
    assert found.errors[-1] == pytest.approx(history[3], rel=1e-4) and np.isnan(found.errors[tuned])


def test_a_film_is_as_fine_as_half_precision_at_its_largest():
    codes = torch.randn(6, 50, 2, generator=torch.Generator().manual_seed(0))
    codes *= torch.tensor([1e-6, 1e-3, 0.1, 0.0, 3.0, 900.0])[:, None, None]
    stored = film.in_steps(codes)
    assert stored["codes"].dtype == torch.int16
    error = (stored["codes"] * stored[f"codes{SCALE}"].float() - codes).abs().amax((1, 2))
    assert (error <= codes.abs().amax((1, 2)) / 2**11 + 2**-25).all()
    for odd in (torch.inf, torch.nan, 1e30):
        assert film.in_steps(torch.full((2, 3, 2), odd)).keys() == {"codes"}


def test_films_of_three_numbers_and_none(root):
    found = training_trajectory.training_trajectory(other("autoencoder"))
    assert found.codes.shape == (4, 360, 2) and set(found.stages) == {"training"}
    assert training_trajectory.training_trajectory(other("rbm")) is None
    file = other("autoencoder").folder / "film.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    assert training_trajectory.training_trajectory(other("autoencoder")) is None


# -- the way back -------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["autoencoder", "stack"])
def test_the_decoder_of_the_browser_draws_the_same(root, family):
    checkpoint = other(family)
    z = np.random.default_rng(0).normal(size=(5, checkpoint.preset.model.layers[-1])).astype(np.float32)
    u = z
    for weight, bias, unit in checkpoint_codec.decoder_weights(checkpoint):
        u = {"linear": lambda t: t, "sigmoid": lambda t: 1 / (1 + np.exp(-t))}[unit](u @ weight.T + bias)
    np.testing.assert_allclose(u.reshape(5, 8, 8), checkpoint_codec.decode(checkpoint, z), atol=1e-5)


def test_large_decoders_stay_here(checkpoint, monkeypatch):
    monkeypatch.setattr(checkpoint_codec, "MOST_WEIGHTS", 100)
    assert checkpoint_codec.decoder_weights(checkpoint) is None


def test_reconstructions_are_pictures(points, checkpoint):
    back = points.reconstructions([3, 1])
    assert back.dtype == np.uint8 and back.shape == (2, 8, 8)
    expected = checkpoint_codec.decode(checkpoint, points.codes[[3, 1]]) * 255
    np.testing.assert_allclose(back, expected, atol=0.51)
