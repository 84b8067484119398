"""Exact neighbours against all pairs, and the scores of maps against scikit-learn and by hand."""

import numpy as np
import pytest

from core.config.fields import SettingError
from core.numerics import neighbors
from core.numerics.neighbors import continuity, knn_accuracy, knn_transfer, nearest, subsample, trustworthiness


def drawn(n=200, d=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def by_hand(x, k, queries=None):
    """Sorted by distance, then by index."""
    q = x if queries is None else queries
    apart = np.linalg.norm(q[:, None].astype(np.float64) - x[None], axis=2)
    if queries is None:
        np.fill_diagonal(apart, np.inf)
    order = apart.argsort(1, kind="stable")[:, :k]
    return order, np.take_along_axis(apart, order, 1)


@pytest.mark.parametrize("d", [1, 2, 3, 4, 50])
@pytest.mark.parametrize("own", [True, False])
def test_neighbours_are_those_of_all_pairs(d, own, monkeypatch):
    monkeypatch.setattr(neighbors, "_AT_ONCE", 5_000)  # many chunks
    x, queries = drawn(150, d), None if own else drawn(40, d, 1)
    indices, distances = nearest(x, 7, queries)
    expected, far = by_hand(x, 7, queries)
    assert indices.dtype == np.int32 and distances.dtype == np.float32
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, far, atol=1e-5)


@pytest.mark.parametrize("d", [2, 8])
def test_duplicates_are_neighbours_at_no_distance_in_order_of_index(d):
    x = drawn(60, d)
    x[[7, 20, 41]] = x[3]
    indices, distances = nearest(x, 4)
    assert indices[20].tolist()[:3] == [3, 7, 41] and (distances[20, :3] == 0).all()
    assert 20 not in indices[20]


@pytest.mark.parametrize("d", [2, 8])
def test_all_points_in_one_place(d):
    indices, distances = nearest(np.full((100, d), 3.7), 5)
    assert (distances == 0).all()
    assert all(i not in row and len(set(row)) == 5 for i, row in enumerate(indices.tolist()))


def test_points_far_from_zero_lose_nothing_to_rounding():
    x = drawn(100, 10)
    np.testing.assert_array_equal(nearest(x + 1_000, 5)[0], by_hand((x + 1_000).astype(np.float32), 5)[0])


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(SettingError, match="k=10: between 1 and 9"):
        nearest(drawn(10), 10)
    with pytest.raises(ValueError, match="not finite"):
        nearest([[0.0, 1.0], [np.nan, 0.0], [1.0, 1.0]], 1)
    with pytest.raises(ValueError, match="queries of 3 numbers"):
        nearest(drawn(10, 4), 2, drawn(5, 3))


@pytest.mark.parametrize(("n", "k"), [(200, 12), (60, 5), (5, 1)])
def test_trustworthiness_and_continuity_are_those_of_scikit_learn(n, k):
    from sklearn.manifold import trustworthiness as theirs

    x = drawn(n, 8)
    flat = x[:, :2] + drawn(n, 2, 1)
    assert trustworthiness(x, flat, k) == pytest.approx(theirs(x, flat, n_neighbors=k), abs=1e-12)
    assert continuity(x, flat, k) == pytest.approx(theirs(flat, x, n_neighbors=k), abs=1e-12)


def test_a_faithful_map_is_trusted_and_a_random_one_is_not():
    x = drawn(400, 2)
    assert trustworthiness(x, x) == continuity(x, x) == 1
    assert trustworthiness(x, drawn(400, 2, 5)) == pytest.approx(0.5, abs=0.05)
    assert trustworthiness(x[:3], drawn(3, 2, 1)) <= 1


def test_many_points_are_judged_by_the_same_sample():
    x = drawn(2_500, 4)
    assert trustworthiness(x, x[:, :2], seed=1) == trustworthiness(x, x[:, :2], seed=1)
    assert subsample(10, 20, 0).tolist() == list(range(10))
    rows = subsample(100, 20, 0)
    assert len(set(rows.tolist())) == 20 and (np.diff(rows) > 0).all()


def test_accuracy_counts_votes_and_the_nearer_class_wins_a_draw():
    line = np.array([[0.0], [1.0], [2.1], [10.0], [11.0], [12.1]])
    labels = np.array([0, 0, 0, 4, 4, 4])
    assert knn_accuracy(line, labels, 2) == 1
    assert knn_transfer(line, labels, np.array([[1.4], [11.6], [9.0]]), np.array([0, 4, 0]), 3) == pytest.approx(2 / 3)
    two = np.array([[0.0], [3.0]])
    assert knn_transfer(two, np.array([7, 1]), np.array([[1.0], [2.0]]), np.array([7, 1]), 2) == 1


@pytest.mark.parametrize("unit", [1e30, 5e37, 1e-30])
def test_neighbours_do_not_depend_on_the_unit(unit):
    x = np.random.default_rng(0).normal(size=(60, 7)).astype(np.float32)
    found, distances = nearest(x, 5)
    again, far = nearest(x * np.float32(unit), 5)
    np.testing.assert_array_equal(again, found)
    np.testing.assert_allclose(far / unit, distances, rtol=1e-4)


def test_some_points_vote_as_they_do_among_all():
    random = np.random.default_rng(0)
    x = np.repeat(random.normal(size=(40, 3)).astype(np.float32), 2, 0)  # every point has a copy
    labels = random.integers(0, 3, len(x))
    assert knn_accuracy(x, labels, 5, np.arange(len(x))) == pytest.approx(knn_accuracy(x, labels, 5))
    rows = np.arange(0, len(x), 7)
    found = [knn_accuracy(x, labels, 5, rows[i : i + 1]) for i in range(len(rows))]
    assert knn_accuracy(x, labels, 5, rows) == pytest.approx(np.mean(found))
