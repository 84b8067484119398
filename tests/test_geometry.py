"""Geometry, alignment and readout of representations, against closed forms."""

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from sklearn.linear_model import RidgeCV

from core.config.fields import SettingError
from core.numerics.cancel import Cancelled, cancelled_when
from core.representations import alignment, geometry, readout

RNG = np.random.default_rng(1)


# -- geometry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 5])
def test_two_nn_finds_the_dimension_of_a_gaussian_in_more_dimensions(d):
    x = RNG.normal(size=(3_000, d)) @ RNG.normal(size=(d, 20)) + 3
    found = geometry.two_nn(x)
    assert found.value == pytest.approx(d, rel=0.1) and found.low < found.value < found.high


def test_two_nn_of_a_curve_and_a_sphere():
    t = RNG.uniform(0, 6, 2_000)
    assert geometry.two_nn(np.stack([np.cos(t), np.sin(t), t], 1)).value == pytest.approx(1, rel=0.1)
    sphere = RNG.normal(size=(3_000, 4))
    assert geometry.two_nn(sphere / np.linalg.norm(sphere, axis=1)[:, None]).value == pytest.approx(3, rel=0.1)


def test_two_nn_is_the_fit_of_the_paper():
    x = RNG.normal(size=(500, 3))
    r = cKDTree(x).query(x, 3)[0]
    mu = np.sort(r[:, 2] / r[:, 1])
    kept = int(0.9 * len(mu))
    empirical = np.arange(len(mu)) / len(mu)
    slope = np.linalg.lstsq(np.log(mu[:kept, None]), -np.log(1 - empirical[:kept]), rcond=None)[0][0]
    assert geometry.two_nn(x).value == pytest.approx(slope, rel=1e-3)


def test_equal_examples_count_once():
    x = RNG.normal(size=(400, 3)).astype(np.float32)
    assert geometry.two_nn(np.concatenate([x, x[:100]])).value == pytest.approx(geometry.two_nn(x).value)
    with pytest.raises(SettingError, match="examples=3: at least 20 different"):
        geometry.two_nn(np.repeat(x[:3], 50, 0))


def test_participation_ratio_and_spectrum_of_known_variances():
    basis = np.linalg.qr(RNG.normal(size=(300, 6)))[0]
    basis = np.linalg.qr(basis - basis.mean(0))[0]
    shares = np.array([5, 3, 1, 1, 0, 0]) / 10
    x = basis * np.sqrt(shares) @ np.linalg.qr(RNG.normal(size=(6, 6)))[0]
    assert geometry.spectrum(x) == pytest.approx(shares, abs=1e-5)
    assert geometry.participation_ratio(x) == pytest.approx(1 / np.square(shares).sum(), rel=1e-4)
    wide = np.pad(x[:5], ((0, 0), (0, 20)))
    assert geometry.spectrum(wide).shape == (5,) and geometry.spectrum(wide).sum() == pytest.approx(1)
    assert np.isnan(geometry.participation_ratio(np.ones((9, 2)))) and not geometry.spectrum(np.ones((9, 2))).any()


# -- alignment --------------------------------------------------------------------------------------


def test_a_map_that_is_turned_mirrored_scaled_and_moved_comes_back():
    reference = RNG.normal(size=(100, 2))
    turned = 0.01 * reference @ np.array([[0.6, 0.8], [0.8, -0.6]]) + [50, -3]
    assert alignment.align(reference, turned) == pytest.approx(reference, abs=1e-5)
    assert alignment.align(reference, np.zeros((100, 2))) == pytest.approx(np.tile(reference.mean(0), (100, 1)))
    with pytest.raises(SettingError, match=r"map=\(100, 3\): the reference's shape, \(100, 2\)"):
        alignment.align(reference, np.zeros((100, 3)))


def test_change_of_neighbourhood_is_one_less_jaccard():
    x, y = RNG.normal(size=(80, 3)), RNG.normal(size=(80, 3))
    near = [cKDTree(one).query(one, 6)[1][:, 1:] for one in (x, y)]
    expected = [1 - len({*a} & {*b}) / len({*a} | {*b}) for a, b in zip(*near, strict=True)]
    assert alignment.change_of_neighbourhood(x, y, 5) == pytest.approx(expected, abs=1e-6)
    assert not alignment.change_of_neighbourhood(x, 3 * x + 1, 5).any()


def test_the_group_that_parts_is_suggested_first():
    centres = 20 * RNG.normal(size=(6, 5))
    group = np.repeat(np.arange(6), 30)
    x = centres[group] + RNG.normal(size=(180, 5))
    y = x.copy()
    parted = np.flatnonzero(group == 2)
    y[parted] = centres[RNG.permutation(np.repeat([0, 1, 3, 4, 5], 6))] + RNG.normal(size=(30, 5))
    first = alignment.suggested_selections(x, y, 8)[0]
    assert set(first.rows) <= set(parted) and len(first.rows) >= 8
    assert first.together > 0.5 > first.apart and first.score == first.together - first.apart
    assert alignment.suggested_selections(x, x, 8) == []


def test_of_groups_beside_one_another_one_is_suggested(monkeypatch):
    """A large cloud that parts is cut into clusters, each as good a selection as the others."""
    cloud, still = RNG.normal(size=(340, 2)), 200 + RNG.normal(size=(60, 2))
    x = np.concatenate([cloud, still])
    y = np.concatenate([RNG.normal(size=(340, 2)) * 50, still])
    found = alignment.suggested_selections(x, y, 8, most=20)
    lists = cKDTree(x).query(x, 9)[1][:, 1:]
    for i, one in enumerate(found):
        outer = np.setdiff1d(lists[one.rows], one.rows)
        assert len(outer) and all(np.isin(outer, other.rows).mean() < 0.4 for other in found[:i])
    monkeypatch.setattr(alignment, "BESIDE", 1.1)
    assert 1 <= len(found) < len(alignment.suggested_selections(x, y, 8, most=20))


# -- readout ----------------------------------------------------------------------------------------


def blobs(n: int = 300, apart: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % 3
    return apart * np.eye(3)[labels] + RNG.normal(size=(n, 3)), labels


@pytest.mark.parametrize("method", ["knn", "linear"])
def test_what_lies_apart_is_read_out_and_noise_is_not(method):
    x, labels = blobs()
    said = []
    points = readout.readout(x, labels, method, draws=3, report=lambda *args: said.append(args))
    assert [p.labels for p in points] == [1, 3, 10, 30, None]  # no class has 100
    assert [p.taught for p in points] == [3, 9, 30, 90, 210] and all(p.mean > 0.95 for p in points)
    assert all(len(p.accuracies) == 3 and p.spread >= 0 for p in points)
    assert said[-2][1:] == (17, 18) or said[-1][1:] == (18, 18)
    noise = readout.readout(RNG.normal(size=(300, 3)), labels, method, (None,), draws=5)[0]
    assert noise.mean == pytest.approx(1 / 3, abs=0.08)


def test_more_labels_read_more():
    x, labels = blobs(600, 2.0)
    points = readout.readout(x, labels, "linear", (1, 10, None))
    assert points[0].mean < points[1].mean < points[2].mean and points[0].spread > points[2].spread


def test_nothing_held_out_is_trained_on():
    """Labels that mean nothing cannot be read, even where each example has a direction of its own."""
    x, labels = np.eye(400), RNG.integers(0, 2, 400)
    assert readout.readout(x, labels, "linear", (None,), draws=5)[0].mean == pytest.approx(0.5, abs=0.1)
    assert (readout.predictions(x, labels, "linear") == labels).mean() == pytest.approx(0.5, abs=0.1)


def test_confusion_counts_each_pair():
    assert readout.confusion([0, 0, 1, 2], [0, 1, 1, 0]).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    x, labels = blobs()
    found = readout.confusion(labels, readout.predictions(x, labels), 4)
    assert found.shape == (4, 4) and found.sum() == 300 and np.trace(found) > 290


def test_factors_that_are_there_are_read():
    x = RNG.normal(size=(500, 4))
    factors = {
        "linear": x @ [1, -2, 0, 0.5],
        "square": np.square(x[:, 0]),
        "noise": RNG.normal(size=500),
        "sign": (x[:, 1] > 0).astype(np.int64),
    }
    found = {score.name: score for score in readout.read_factors(x, factors)}
    assert found["linear"].linear > 0.99 and found["linear"].unit == "R²"
    assert found["square"].knn > 0.4 > found["square"].linear
    assert abs(found["noise"].linear) < 0.1
    assert found["sign"].unit == "share right" and found["sign"].linear > 0.95


def test_intervals_of_the_variance_are_as_wide_as_fresh_samples_say():
    scales = np.array([3, 2, 1.5, 1, 1, 0.5])
    draws = [np.random.default_rng(i).normal(size=(400, 6)) * scales for i in range(60)]
    found = [geometry.spread_of_variance(x) for x in draws]
    ratios = [one.participation.value for one in found]
    assert ratios == pytest.approx([geometry.participation_ratio(x) for x in draws])
    widths = [(one.participation.high - one.participation.low) / 3.92 for one in found]
    assert np.mean(widths) == pytest.approx(np.std(ratios), rel=0.35)
    true = np.square(scales) / np.square(scales).sum()
    within = [(one.low <= true) & (true <= one.high) for one in found]
    assert 0.85 < np.mean(within) <= 1 and np.allclose(found[0].shares, geometry.spectrum(draws[0]), atol=1e-6)


def test_the_interval_of_what_one_example_alone_varies_stays_near_it():
    x = np.pad(RNG.normal(size=(400, 5)), ((0, 0), (0, 1)))
    x[7, 5] = 0.5  # without its block this direction has nothing
    found = geometry.spread_of_variance(x)
    assert found.shares[-1] < 1e-3 and found.shares[-1] < found.high[-1] < 5 * found.shares[-1]
    assert (np.diff(found.high) < 0).all() and (found.low > 0).all()


def test_wide_vectors_have_intervals_of_their_leading_directions(monkeypatch):
    monkeypatch.setattr(geometry, "LEADING", 4)
    x = RNG.normal(size=(80, 200)) * np.geomspace(5, 0.1, 200)
    found = geometry.spread_of_variance(x)
    assert found.shares == pytest.approx(geometry.spectrum(x)[:4], rel=1e-4)
    assert (found.low < found.shares).all() and (found.shares < found.high).all()
    ratio = found.participation
    assert ratio.low < ratio.value < ratio.high and ratio.value == pytest.approx(geometry.participation_ratio(x))


@pytest.mark.parametrize("shape", [(300, 12), (40, 90)])
def test_a_factor_is_regressed_as_by_scikit_learn(shape):
    x = RNG.normal(size=shape)
    y = np.stack([x[:, 0] + 0.5 * RNG.normal(size=len(x)), RNG.normal(size=len(x))], 1)
    train, test = torch.from_numpy(x[::2]).float(), torch.from_numpy(x[1::2]).float()
    found = readout._regress(train, y[::2], test)
    mean, scale = train.mean(0), (train - train.mean(0)).square().mean().sqrt()
    for column in range(2):
        fitted = RidgeCV(readout.PENALTIES).fit((train - mean) / scale, y[::2, column])
        assert found[:, column] == pytest.approx(fitted.predict((test - mean) / scale), abs=2e-3)


def test_wide_vectors_are_regressed_on_their_leading_components(monkeypatch):
    monkeypatch.setattr(readout, "REGRESSED", 5)
    x = RNG.normal(size=(200, 3)) @ RNG.normal(size=(3, 40))
    (score,) = readout.read_factors(x, {"first": x[:, 0]})
    assert score.linear > 0.99


def test_what_cannot_be_read():
    x, labels = blobs(30)
    with pytest.raises(SettingError, match=r"labels=\(29,\): a class for each of 30"):
        readout.readout(x, labels[:29])
    with pytest.raises(SettingError, match="labels='one class': at least two"):
        readout.readout(x, np.zeros(30, int))
    with pytest.raises(SettingError, match="method='svm': one of knn, linear"):
        readout.readout(x, labels, "svm")
    with pytest.raises(SettingError, match="labels='float64': whole numbers from 0"):
        readout.readout(x, labels + 0.5)
    with pytest.raises(SettingError, match="factor angle=3: a value for each of 30"):
        readout.read_factors(x, {"angle": np.zeros(3)})
    with pytest.raises(Cancelled), cancelled_when(lambda: True):
        readout.readout(x, labels)
