"""How alike representations are, against closed forms and other implementations."""

import numpy as np
import pytest
import scipy.spatial
import scipy.stats

from core.config.fields import SettingError
from core.numerics.cancel import Cancelled, cancelled_when
from core.representations import similarity
from core.representations.similarity import MEASURES, Terms, cka, overlap, overlaps, procrustes, rsa

RNG = np.random.default_rng(0)


def rotation(d: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(d).normal(size=(d, d)))[0]


def unbiased_hsic(x: np.ndarray, y: np.ndarray) -> float:
    """Song et al. 2012, equation 4, from the matrices of all pairs."""
    n = len(x)
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0), np.fill_diagonal(m, 0)
    ones = np.ones(n)
    return (
        np.trace(k @ m)
        + (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (ones @ k @ m @ ones)
    ) / (n * (n - 3))


@pytest.mark.parametrize("shape", [(60, 8, 5), (40, 100, 90), (50, 3, 200)], ids=str)
def test_debiased_cka_is_that_of_all_pairs(shape):
    n, p, q = shape
    x = RNG.normal(size=(n, p)) * np.linspace(0.1, 2, p) + 5
    y = np.tanh(x[:, :3] @ RNG.normal(size=(3, q))) + 0.1 * RNG.normal(size=(n, q))
    expected = unbiased_hsic(x, y) / np.sqrt(unbiased_hsic(x, x) * unbiased_hsic(y, y))
    assert cka(x, y) == pytest.approx(expected, abs=1e-4)


def test_biased_cka_is_that_of_the_centred_kernels():
    x, y = RNG.normal(size=(50, 7)), RNG.normal(size=(50, 4))
    centre = np.eye(50) - 1 / 50
    k, m = centre @ x @ x.T @ centre, centre @ y @ y.T @ centre
    expected = (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())
    assert cka(x, y, debiased=False) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_rotated_shifted_and_scaled_is_the_same(measure):
    x = RNG.normal(size=(200, 12)) * np.linspace(0.2, 3, 12)
    y = 7 * x @ rotation(12) + RNG.normal(size=12)
    same = 0 if measure == "procrustes" else 1
    assert similarity.similarity(x, y, measure) == pytest.approx(same, abs=1e-3 if measure == "overlap" else 1e-5)


def test_what_lies_in_orthogonal_directions_has_nothing_in_common():
    basis = np.linalg.qr(RNG.normal(size=(300, 20)) - 0)[0]
    basis = np.linalg.qr(basis - basis.mean(0))[0]
    x, y = basis[:, :10], basis[:, 10:]
    assert cka(x, y, debiased=False) == pytest.approx(0, abs=1e-6)
    assert procrustes(x, y) == pytest.approx(1, abs=1e-5)


def test_cka_of_orthonormal_columns_counts_those_shared():
    basis = np.linalg.qr(RNG.normal(size=(300, 20)))[0]
    basis = np.linalg.qr(basis - basis.mean(0))[0]
    assert cka(basis[:, :12], basis[:, 4:16], debiased=False) == pytest.approx(8 / 12, abs=1e-5)


def test_independent_noise_is_not_alike():
    x, y = RNG.normal(size=(400, 300)), RNG.normal(size=(400, 300))
    assert cka(x, y, debiased=False) > 0.3  # by the number of dimensions alone
    assert abs(cka(x, y)) < 0.02
    assert overlap(x, y, 20) == pytest.approx(20 / 399, abs=0.01)
    assert abs(rsa(x, y)) < 0.05


@pytest.mark.parametrize("shape", [(50, 6), (30, 40)], ids=str)
def test_procrustes_is_scipys(shape):
    x, y = RNG.normal(size=shape), RNG.normal(size=shape)
    y += 0.7 * x
    assert procrustes(x, y) == pytest.approx(scipy.spatial.procrustes(x, y)[2], abs=1e-5)


def test_procrustes_of_other_sizes_is_that_padded_with_zeros():
    x, y = RNG.normal(size=(50, 6)), RNG.normal(size=(50, 2))
    padded = np.pad(y, ((0, 0), (0, 4)))
    assert procrustes(x, y) == pytest.approx(scipy.spatial.procrustes(x, padded)[2], abs=1e-5)


def test_rsa_is_scipys_correlation_of_distances():
    x, y = RNG.normal(size=(60, 5)), RNG.normal(size=(60, 3)) ** 3
    a, b = (scipy.spatial.distance.pdist(one) for one in (x, y))
    assert rsa(x, y) == pytest.approx(scipy.stats.spearmanr(a, b)[0], abs=1e-5)
    assert rsa(x, y, spearman=False) == pytest.approx(scipy.stats.pearsonr(a, b)[0], abs=1e-5)


def test_overlap_is_that_of_the_sets_for_every_k():
    x = RNG.normal(size=(700, 4))
    y = x + 0.3 * RNG.normal(size=x.shape)
    trees = [scipy.spatial.cKDTree(one).query(one, 16)[1][:, 1:] for one in (x, y)]
    expected = [np.mean([len({*a[:k]} & {*b[:k]}) / k for a, b in zip(*trees, strict=True)]) for k in range(1, 16)]
    assert overlaps(x, y, 15) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_matrix_is_that_of_the_pairs(measure):
    parts = [RNG.normal(size=(40, d)) for d in (3, 8, 60)]
    found = similarity.similarity_matrix([Terms(one) for one in parts], measure, 5)
    assert found[0, 2] == found[2, 0] == similarity.similarity(parts[0], parts[2], measure, 5)
    assert (np.diag(found) == (0 if measure == "procrustes" else 1)).all()


def test_an_interval_covers_the_value_of_all_as_often_as_it_says():
    x = RNG.normal(size=(20_000, 3))
    y = x @ RNG.normal(size=(3, 3)) + RNG.normal(size=(20_000, 3))
    true = cka(x, y)
    held = 0
    for part in np.split(np.arange(20_000), 100):
        found = similarity.interval(x[part], y[part])
        held += found.low <= true <= found.high
    assert 88 <= held <= 100
    found = similarity.interval(x[:3_000], y[:3_000], "overlap")
    assert found.low < found.value < found.high < found.low + 0.05


def test_what_cannot_be_compared():
    x = RNG.normal(size=(10, 3))
    with pytest.raises(SettingError, match=r"examples=\(10, 9\): the same number"):
        cka(x, x[:9])
    with pytest.raises(SettingError, match="examples=3: at least 4"):
        cka(x[:3], x[:3])
    with pytest.raises(SettingError, match="measure='ckb': one of cka"):
        similarity.similarity(x, x, "ckb")
    with pytest.raises(ValueError, match="not finite"):
        cka(x, np.where(x == x[0, 0], np.nan, x))
    assert np.isnan(cka(x, np.ones((10, 2)))) and np.isnan(rsa(x, np.ones((10, 2))))


def test_a_matrix_can_be_given_up():
    with pytest.raises(Cancelled), cancelled_when(lambda: True):
        similarity.similarity_matrix([RNG.normal(size=(10, 3))] * 3)
