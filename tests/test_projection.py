"""Maps: against the libraries that define them, repeatable, and for any points that can come."""

import itertools

import numpy as np
import pytest
import torch

from core.config.fields import SettingError
from core.data import info, load
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.models.autoencoders.linear_codes import LSA, PCA, LogisticPCA
from core.numerics.neighbors import knn_accuracy, nearest
from core.numerics.projections import fit_pca, fuzzy_graph, project

METHODS = ("pca", "umap", "tsne")
QUICK = {"pca": {}, "umap": {"epochs": 30}, "tsne": {"iterations": 250}}


def drawn(n=150, d=10, seed=0):
    return (np.random.default_rng(seed).normal(size=(n, d)) * np.linspace(3, 0.5, d)).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(200, 10), (20, 50), (300, 2)])
def test_pca_is_that_of_scikit_learn(n, d):
    from sklearn import decomposition

    x = drawn(n, d)
    theirs = decomposition.PCA(2).fit(x)
    ours = project("pca", x)
    signs = np.sign((theirs.transform(x) * ours.coordinates).sum(0))
    np.testing.assert_allclose(ours.coordinates, theirs.transform(x) * signs, atol=1e-5 * np.abs(x).max())
    assert ours.explained_variance_ratio == pytest.approx(theirs.explained_variance_ratio_.sum(), abs=1e-5)


def test_pca_of_large_matrices_finds_the_same_directions(monkeypatch):
    x = torch.from_numpy(drawn(120, 60))
    exact = fit_pca(x, 3)
    monkeypatch.setattr("core.numerics.projections.DENSE", 10)
    found = fit_pca(x, 3)
    torch.testing.assert_close(found.components, exact.components, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.variances, exact.variances, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_maps_may_have_three_dimensions(method):
    x = np.random.default_rng(0).normal(size=(120, 6))
    found = project(method, x, dimensions=3).coordinates
    assert found.shape == (120, 3) and np.isfinite(found).all() and (found.std(0) > 0.1).all()
    with pytest.raises(SettingError, match="dimensions=4: 2 or 3"):
        project(method, x, dimensions=4)
    with pytest.raises(SettingError, match="dimensions=3: 2 for tsne"):
        project("tsne", x, dimensions=3)


def test_pca_does_not_flip_when_the_data_do():
    x = drawn()
    one, other = project("pca", x), project("pca", x[::-1])
    np.testing.assert_allclose(one.coordinates, other.coordinates[::-1], atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_map(method):
    one, again = (project(method, drawn(), 3, **QUICK[method]).coordinates for _ in range(2))
    assert one.dtype == np.float32 and one.shape == (150, 2)
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "points",
    [drawn(3), drawn(4), drawn(7, 1), np.repeat(drawn(4), 6, 0), np.eye(9)[:, :5], drawn(40, 70)],
    ids=["three", "four", "on a line", "duplicates", "few values", "many dimensions"],
)
def test_any_points_have_a_map(method, points):
    coordinates = project(method, points, **QUICK[method]).coordinates
    assert coordinates.shape == (len(points), 2) and np.isfinite(coordinates).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unit", [1e30, 1e-30])
def test_a_map_does_not_depend_on_the_unit(method, unit):
    """Squares of such numbers are no float32 any more."""
    usual, extreme = (project(method, drawn() * scale, 3, **QUICK[method]) for scale in (1.0, unit))
    assert np.isfinite(extreme.coordinates).all() and np.ptp(extreme.coordinates) > 0
    if method == "pca":
        np.testing.assert_allclose(extreme.coordinates / unit, usual.coordinates, atol=1e-3)
        assert extreme.explained_variance_ratio == pytest.approx(usual.explained_variance_ratio, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_numbers_of_very_different_size_have_a_map(method):
    points = drawn()
    points[:, 0] *= 1e30
    points[:, 1] *= 1e-30
    assert np.isfinite(project(method, points, **QUICK[method]).coordinates).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_largest_numbers_have_a_map(method):
    """Their differences and sums are no float32 numbers: t-SNE would be given NaN, and the process would die of it."""
    points = np.where(drawn() > 0, 3e38, -3e38).astype(np.float32)
    found = project(method, points, **QUICK[method])
    assert np.isfinite(found.coordinates).all() and np.ptp(found.coordinates.astype(np.float64)) > 0


@pytest.mark.parametrize("method", METHODS)
def test_points_in_one_place_stay_there(method):
    found = project(method, np.full((12, 5), 2.5))
    assert (found.coordinates == 0).all()
    assert found.explained_variance_ratio == (0 if method == "pca" else None)


@pytest.mark.parametrize("method", METHODS)
def test_what_has_no_map_is_refused(method):
    with pytest.raises(ValueError, match="2 points: a map needs at least 3"):
        project(method, drawn(2))
    bad = drawn()
    bad[3, 3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        project(method, bad)


@pytest.mark.parametrize(
    ("method", "settings", "named"),
    [
        ("pca", {"perplexity": 5}, "perplexity=5: pca has no settings"),
        ("umap", {"perplexity": 5}, "perplexity=5: umap has n_neighbors, min_dist, epochs"),
        ("umap", {"n_neighbors": 1}, "n_neighbors=1: a whole number between 2 and 200"),
        ("umap", {"n_neighbors": 5.5}, "n_neighbors=5.5: a whole number"),
        ("umap", {"min_dist": 1.0}, "min_dist=1.0: a number between 0.0 and 0.99"),
        ("tsne", {"perplexity": float("nan")}, "perplexity=nan"),
        ("tsne", {"perplexity": "30"}, "perplexity='30'"),
        ("isomap", {}, "method='isomap': one of pca, umap, tsne"),
    ],
)
def test_settings_are_checked(method, settings, named):
    with pytest.raises(SettingError, match=named.replace("(", r"\(")):
        project(method, drawn(), **settings)


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_groups_stay_apart_and_progress_is_told(method):
    centres = np.random.default_rng(1).normal(size=(3, 10)) * 10
    labels = np.repeat(np.arange(3), 50)
    told = []
    found = project(method, drawn()[:150] + centres[labels], report=lambda *at: told.append(at))
    middles = np.stack([found.coordinates[labels == c].mean(0) for c in range(3)])
    wide = np.sqrt(np.square(found.coordinates - middles[labels]).mean())
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(middles, 2)) > 3 * wide
    assert knn_accuracy(found.coordinates, labels) == 1
    last = found.settings["epochs" if method == "umap" else "iterations"]
    epochs = [done for what, done, total in told if what in ("UMAP", "t-SNE") and total == last]
    assert epochs == sorted(epochs) and epochs[-1] > 0
    assert told[0][0] == "principal components"


def test_the_graph_of_umap_is_that_of_umap_learn():
    from umap.umap_ import fuzzy_simplicial_set

    x = drawn(300)
    x[5] = x[6] = x[7]
    others, distances = nearest(x, 14)
    itself = np.arange(300)[:, None]
    theirs = fuzzy_simplicial_set(
        x,
        15,
        np.random.RandomState(0),
        "euclidean",
        {},
        np.concatenate([itself, others], 1),
        np.concatenate([np.zeros((300, 1), np.float32), distances], 1),
    )[0]
    assert abs(fuzzy_graph(others, distances) - theirs).max() < 1e-4


# -- linear codes -------------------------------------------------------------------------------


def test_linear_codes_of_full_size_lose_nothing():
    x = torch.from_numpy(drawn(100, 6)).view(100, 2, 3)
    codec = PCA(6).fit(x)
    torch.testing.assert_close(codec.decode(codec.encode(x)), x, atol=1e-4, rtol=1e-4)


def test_logistic_pca_finds_the_pattern_behind_pixels():
    generator = torch.Generator().manual_seed(0)
    weight, z = torch.randn(2, 30, generator=generator) * 3, torch.randn(600, 2, generator=generator)
    means = torch.sigmoid(z @ weight)
    lost = {}
    for codec in (PCA(2), LogisticPCA(2), LogisticPCA(2, "searched")):
        codec.fit(means[:500], **({} if isinstance(codec, PCA) else {"steps": 400}))
        back = codec.decode(codec.encode(means[500:]))
        lost[getattr(codec, "codes", "pca")] = float((back - means[500:]).square().sum(1).mean())
    assert lost["searched"] < 0.1 * lost["linear"] < lost["linear"] < lost["pca"]


def test_lsa_gives_shares_of_words():
    counts = torch.from_numpy(np.random.default_rng(0).poisson(1.0, (40, 12))).float()
    codec = LSA(3).fit(counts)
    shares = codec.decode(codec.encode(counts))
    assert (shares > 0).all()
    torch.testing.assert_close(shares.sum(1), torch.ones(40))


def test_pca_of_mnist_has_the_published_error():
    try:
        here = info("mnist").is_here()
    except DataError:
        here = False
    if not here:
        pytest.skip("MNIST is not here")
    generator = torch.Generator().manual_seed(0)
    train, test = (preprocess(load("mnist"), "grey", split).all(generator) for split in ("train", "test"))
    codec = PCA(30).fit(train)
    assert float((codec.decode(codec.encode(test)) - test).square().sum((1, 2)).mean()) == pytest.approx(
        13.87, abs=0.01
    )
