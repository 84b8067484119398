"""The data sets: what they claim about themselves holds."""

import subprocess
import sys

import numpy as np
import pytest

from core import data
from core.data.errors import DataError
from core.data.sets import bars_and_stripes, curves, mnist, olivetti, omniglot, sprites

EMBEDDED = [name for name, info in data.builtin().items() if not info.files]
DOWNLOADED = [name for name, info in data.builtin().items() if info.files]
RANGES = {
    "binary": (np.uint8, 1),
    "real": (np.float32, 1),
    "levels": (np.uint8, 255),
    "counts": (np.int32, 10_000),
    "text": (np.uint32, 0x10FFFF),
    "audio": (np.uint8, 255),
}


def load(name):
    if not data.info(name).is_here():
        pytest.skip(f"{name} is not in the data folder (PLAYGROUND_DATA); nothing is downloaded for a test")
    return data.load(name)


def test_the_catalogue_is_what_is_asked_for():
    assert set(EMBEDDED) >= {"digits", "bars-and-stripes", "curves", "sprites"}
    assert set(DOWNLOADED) >= {"mnist", "fashion-mnist", "olivetti", "olivetti-32", "face-patches", "omniglot"}


@pytest.mark.parametrize("name", data.builtin())
def test_an_entry_is_complete(name):
    info = data.info(name)
    assert info.name == name
    assert info.title and info.summary and info.licence and info.source
    assert (info.download_mb > 0) == bool(info.files)
    for file in info.files:
        assert file.urls and len(file.digest) == 64
        assert all(url.startswith("http") for url in file.urls)


@pytest.mark.parametrize("name", data.builtin())
def test_a_set_is_what_its_entry_says(name):
    info, found = data.info(name), load(name)
    assert (found.name, found.title, found.kind) == (info.name, info.title, info.kind)
    assert found.event_shape == info.event_shape
    dtype, top = RANGES[found.kind]
    for images, labels, factors in (
        (found.train, found.train_labels, found.train_factors),
        (found.test, found.test_labels, found.test_factors),
    ):
        assert images.dtype == dtype and images.shape[1:] == info.event_shape
        assert images.min() >= 0 and images.max() <= (found.levels - 1 if found.levels else top)
        assert images.flags.writeable  # torch.from_numpy warns of arrays that are not
        if labels is not None:
            assert labels.dtype == np.int64
            assert set(np.unique(labels)) <= set(range(len(found.class_names)))
        assert all(len(values) == len(images) for values in factors.values())
    assert len(set(found.class_names)) == len(found.class_names)
    assert set(found.train_factors) == set(found.test_factors)


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_set_made_twice_is_the_same(name):
    assert data.info(name).load().fingerprint == data.load(name).fingerprint


def test_load_keeps_what_it_has_loaded():
    assert data.load("digits") is data.load("digits")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(DataError, match="unknown data set 'mnits'.*mnist"):
        data.load("mnits")


def test_importing_the_catalogue_stays_light():
    heavy = "{'torch', 'sklearn', 'scipy', 'PIL', 'requests', 'pooch', 'streamlit'}"
    code = f"import core.data, sys; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def rows(images) -> set[bytes]:
    return {image.tobytes() for image in images}


@pytest.mark.parametrize("name", ["digits", "curves", "sprites", "mnist", "olivetti", "omniglot"])
def test_no_image_is_in_both_splits(name):
    found = load(name)
    assert not rows(found.train) & rows(found.test)


def test_digits_split_each_class_in_proportion():
    digits = data.load("digits")
    assert (len(digits.train), len(digits.test)) == (1437, 360)
    shares = np.bincount(digits.test_labels) / np.bincount(np.r_[digits.train_labels, digits.test_labels])
    assert np.abs(shares - 0.2).max() < 0.01
    assert digits.train.max() == digits.levels - 1 == 16


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_bars_and_stripes_are_complete(n):
    images, labels = bars_and_stripes.patterns(n)
    assert images.shape == (2 * 2**n - 2, n, n) and len(rows(images)) == len(images)
    every = (np.arange(2 ** (n * n))[:, None] >> np.arange(n * n) & 1).reshape(-1, n, n) if n < 5 else images
    bars = (every == every[:, :1]).all(axis=(1, 2))
    stripes = (every == every[:, :, :1]).all(axis=(1, 2))
    assert rows(every[bars | stripes].astype(np.uint8)) == rows(images)
    bars = (images == images[:, :1]).all(axis=(1, 2))
    stripes = (images == images[:, :, :1]).all(axis=(1, 2))
    np.testing.assert_array_equal(labels, np.where(bars & stripes, 2, np.where(bars, 0, 1)))


def test_bars_and_stripes_test_on_the_whole_distribution():
    found = data.load("bars-and-stripes")
    assert found.event_shape == (4, 4) and len(found.train) == 30
    np.testing.assert_array_equal(found.train, found.test)


def test_curves_are_strokes_inside_the_picture():
    found = data.load("curves")
    assert (len(found.train), len(found.test)) == (20_000, 10_000)
    images = found.train
    assert not images[:, [0, -1]].any() and not images[:, :, [0, -1]].any()
    assert images.max(axis=(1, 2)).min() > 100  # each shows ink
    assert np.count_nonzero(images, axis=(1, 2)).max() < 28 * 28 / 3  # in a line, not a blot
    assert len(np.unique(images)) > 200  # and with soft edges


def test_curves_follow_their_factors():
    found = data.load("curves")
    factors = found.test_factors
    points = np.stack([np.stack([factors[f"x{i}"], factors[f"y{i}"]], -1) for i in range(3)], 1)[:200]
    np.testing.assert_array_equal(curves.draw(points), found.test[:200])
    np.testing.assert_array_equal(curves.draw(points[:, ::-1]), found.test[:200])  # drawn from the other end
    flipped = curves.draw(27 - points)
    np.testing.assert_array_equal(flipped, found.test[:200, ::-1, ::-1])


def test_a_curve_is_smooth_and_unbroken():
    """A straight stroke has the same grey all along; the longest there is shows no gaps between steps."""
    (image,) = curves.draw(np.array([[[3.0, 14.0], [3.0, 14.0], [24.0, 14.0]]]))
    along = image[14, 5:23].astype(int)
    assert along.max() - along.min() <= 3 and along.min() > 200
    moved = curves.draw(np.array([[[5, 5], [15, 20], [22, 8]], [[5, 5], [15, 20.02], [22, 8]]]))
    assert 0 < np.abs(np.diff(moved.astype(int), axis=0)).max() < 10  # a small change of a point, of the image


def test_sprites_follow_their_factors():
    found = data.load("sprites")
    assert (len(found.train), len(found.test)) == (12_000, 3_000)
    factors = {name: values[:300] for name, values in found.test_factors.items()}
    np.testing.assert_array_equal(sprites.draw(**factors), found.test[:300])
    np.testing.assert_array_equal(found.test_factors["shape"], found.test_labels)
    images = found.train.astype(float) / 255
    area = images.sum(axis=(1, 2))
    np.testing.assert_allclose(np.sqrt(area), found.train_factors["size"], rtol=0.02)
    for axis, name in ((1, "x"), (2, "y")):
        centre = images.sum(axis=axis) @ np.arange(32) / area
        np.testing.assert_allclose(centre, found.train_factors[name], atol=0.1)
    assert not found.train[:, [0, -1]].any() and not found.train[:, :, [0, -1]].any()


def test_a_sprite_repeats_after_its_period_and_not_before():
    shape = np.arange(3)
    same = {"shape": shape, "size": np.full(3, 10), "x": np.full(3, 15), "y": np.full(3, 16)}
    start = sprites.draw(angle=np.full(3, 0.3), **same).astype(int)
    after = sprites.draw(angle=0.3 + sprites.PERIODS, **same).astype(int)
    half = sprites.draw(angle=0.3 + sprites.PERIODS / 2, **same).astype(int)
    assert np.abs(after - start).max() <= 1
    assert (np.abs(half - start).max(axis=(1, 2)) > 50).all()


def idx(*shape, kind=8, data=None) -> bytes:
    head = bytes((0, 0, kind, len(shape))) + np.array(shape, ">u4").tobytes()
    return head + (bytes(range(int(np.prod(shape)))) if data is None else data)


def test_idx_is_read_in_order():
    np.testing.assert_array_equal(
        mnist.parse_idx(idx(2, 3, 4), (2, 3, 4), "f"), np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    )


@pytest.mark.parametrize(
    ("malformed", "says"),
    [
        (b"", "not IDX"),
        (b"\x00\x00\x08", "not IDX"),
        (idx(2, 3)[:9], "not IDX"),
        (idx(2, 3, kind=13), "not IDX"),
        (b"\x01" + idx(2, 3)[1:], "not IDX"),
        (idx(6), "not IDX"),
        (idx(3, 2), r"shape \(3, 2\), not \(2, 3\)"),
        (idx(2, 3)[:-1], "5 values"),
        (idx(2, 3) + b"!", "7 values"),
    ],
)
def test_malformed_idx_is_refused_by_name(malformed, says):
    with pytest.raises(DataError, match=f"some-file.*{says}"):
        mnist.parse_idx(malformed, (2, 3), "some-file")


def test_shrinking_keeps_the_mean_and_flat_areas():
    ink = np.random.default_rng(0).uniform(size=(3, 105, 105))
    small = omniglot.shrink(ink)
    assert small.shape == (3, 28, 28)
    np.testing.assert_allclose(small.mean(axis=(1, 2)), ink.mean(axis=(1, 2)))
    np.testing.assert_allclose(omniglot.shrink(np.ones((1, 105, 105))), 1)
    np.testing.assert_allclose(omniglot.shrink(ink, 35), ink.reshape(3, 35, 3, 35, 3).mean(axis=(2, 4)))


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_mnist_has_its_known_counts(name):
    found = load(name)
    assert found.train.shape == (60_000, 28, 28) and found.test.shape == (10_000, 28, 28)
    assert len(found.class_names) == 10
    if name == "mnist":
        assert found.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
        assert np.bincount(found.test_labels).tolist() == [
            980,
            1135,
            1032,
            1010,
            982,
            892,
            958,
            1028,
            974,
            1009,
        ]
        assert found.train.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    else:
        assert np.bincount(found.train_labels).tolist() == [6000] * 10


def test_olivetti_tests_on_other_people():
    faces, small = load("olivetti"), load("olivetti-32")
    assert faces.train.shape == (300, 64, 64) and faces.test.shape == (100, 64, 64)
    assert set(faces.train_labels) == set(range(30)) and set(faces.test_labels) == set(range(30, 40))
    np.testing.assert_allclose(small.test, faces.test.reshape(-1, 32, 2, 32, 2).mean(axis=(2, 4)), rtol=1e-6)
    upright = faces.train[0, 0, :3] * 255  # the picture's first row, as scikit-learn has it (there over 242)
    np.testing.assert_allclose(upright / 242, [0.30991736, 0.3677686, 0.41735536], rtol=1e-6)


def test_omniglot_has_every_character_from_every_drawer():
    found = load("omniglot")
    assert len(found.class_names) == 242
    assert len({name.split("/")[0] for name in found.class_names}) == 8
    assert np.bincount(found.train_labels).tolist() == [15] * 242
    assert np.bincount(found.test_labels).tolist() == [5] * 242
    assert 0.02 < found.train.mean() / 255 < 0.2  # ink is bright, and little of a page


def test_a_set_that_contradicts_itself_is_refused():
    fine = {"name": "s", "title": "S", "kind": "real", "event_shape": (2,), "test": np.zeros((1, 2))}
    with pytest.raises(DataError, match="examples of shape"):
        data.Dataset(train=np.zeros((4, 3)), **fine)
    with pytest.raises(DataError, match="not finite"):
        data.Dataset(train=np.array([[0, np.nan]]), **fine)
    with pytest.raises(DataError, match="labels of shape"):
        data.Dataset(train=np.zeros((4, 2)), train_labels=np.zeros(3, int), **fine)
    with pytest.raises(DataError, match="how many levels"):
        data.Dataset(train=np.zeros((4, 2)), **fine | {"kind": "levels"})


def test_a_square_cut_out_of_a_picture_is_where_its_factors_say():
    """Of a picture whose grey rises to the right: turned, it rises down; its slope follows the side, its mean x."""
    rising = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    angle, side, x = np.array([0, np.pi / 2, 0]), np.array([40.0, 40.0, 20.0]), np.array([31.5, 31.5, 40.0])
    plain, turned, small = olivetti.cut(rising, angle, side, x, np.full(3, 31.5)).astype(float)
    np.testing.assert_allclose(plain, np.tile(plain[:1], (25, 1)))
    np.testing.assert_allclose(turned, plain[:, ::-1].T, atol=1)
    np.testing.assert_allclose(plain[0, -1] - plain[0, 0], 2 * (small[0, -1] - small[0, 0]), atol=2)
    np.testing.assert_allclose([plain.mean(), small.mean()], [255 / 2, 255 * 40 / 63], atol=1)


def test_patches_keep_people_apart_and_follow_their_factors():
    found, whole = load("face-patches"), data.load("olivetti")
    assert not set(found.train_labels) & set(found.test_labels)
    assert set(found.test_labels[:100]) == set(whole.test_labels)
    factors = {name: values[3::100] for name, values in found.test_factors.items()}
    np.testing.assert_array_equal(olivetti.cut(whole.test[3], **factors), found.test[3::100])
