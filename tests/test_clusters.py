"""Clusters of points by k-means."""

import numpy as np
import pytest

from core.numerics.clusters import REDUCED, k_means

RNG = np.random.default_rng(5)
GROUP = np.repeat(np.arange(4), 25)


def groups(d: int) -> np.ndarray:
    """Points about the corners of a square, in d dimensions."""
    x = 0.1 * RNG.normal(size=(100, d))
    x[:, :2] += np.array([[0, 0], [0, 10], [10, 0], [10, 10]])[GROUP]
    return x


@pytest.mark.parametrize("d", [2, REDUCED + 30])
def test_groups_that_lie_apart_are_found_and_the_same_again(d):
    x = groups(d)
    member, _ = k_means(x, 4)
    assert len({*zip(GROUP, member, strict=True)}) == 4
    assert np.array_equal(member, k_means(x, 4)[0])


@pytest.mark.parametrize("unit", [1, 1e30])
def test_distances_are_those_to_the_centres_of_the_clusters(unit):
    x = groups(3)
    centres = np.stack([x[group == GROUP].mean(0) for group in range(4)])
    expected = np.square(x - centres[GROUP]).sum(1)
    far = k_means(unit * x, 4)[1]
    assert far / far.max() == pytest.approx(expected / expected.max(), abs=1e-3)


def test_there_are_no_more_clusters_than_points():
    assert sorted(k_means(np.eye(3), 10)[0]) == [0, 1, 2]
