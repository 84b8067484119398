"""The latent space of a variational autoencoder: planes, the decoder as the browser runs it, training images near."""

import numpy as np
import pytest
import torch
import vaes

from core import data
from core.analysis import checkpoint_codec, latent_space
from core.config.fields import SettingError
from core.data.preprocessing import preprocess

UNITS = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "gelu": lambda x: torch.nn.functional.gelu(torch.from_numpy(x)).numpy(),
    "tanh": np.tanh,
    "linear": lambda x: x,
    "levels": lambda x: torch.from_numpy(x).unflatten(1, (64, 17)).softmax(2).numpy() @ np.arange(17),
}


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    return vaes.train(tmp_path_factory.mktemp("wide"), "digits-vae-beta-1")


@pytest.fixture(scope="module")
def found(wide):
    return latent_space.posteriors(wide)


def test_posteriors_are_the_models_own(wide, found):
    x = preprocess(data.load("digits"), wide.preset.view, "test").batch(slice(0, 20), torch.Generator().manual_seed(0))
    mean, log_var = wide.model().posterior(x)
    assert np.allclose(found.mean[:20], mean, atol=5e-3) and np.allclose(found.log_var[:20], log_var, atol=5e-3)
    own = (np.square(found.mean) + np.exp(found.log_var) - 1 - found.log_var) / 2
    assert np.allclose(found.kl, own.mean(0), atol=5e-3) and (found.labels == data.load("digits").test_labels).all()
    assert set(found.class_means) == set(range(10))


@pytest.mark.parametrize(("kind", "first", "second"), [("dims", 3, 0), ("pca", 0, 1), ("pca", 2, 1), ("class", 3, 8)])
def test_axes_are_orthonormal(found, kind, first, second):
    axes = latent_space.axes(found, kind, first, second)
    assert axes.shape == (2, 10) and np.allclose(axes @ axes.T, np.eye(2), atol=1e-4)


def test_axes_of_units_are_the_units(found):
    assert np.array_equal(latent_space.axes(found, "dims", 7, 2), np.eye(10, dtype=np.float32)[[7, 2]])


def test_the_way_between_two_classes_joins_their_means_and_the_other_axis_is_the_widest_across_it(found):
    way, other = latent_space.axes(found, "class", 3, 8)
    apart = found.class_means[8] - found.class_means[3]
    assert np.allclose(way, apart / np.linalg.norm(apart), atol=1e-4)
    across = found.mean - np.outer(found.mean @ way, way)
    rng = np.random.default_rng(0)
    for _ in range(50):
        direction = rng.normal(size=10)
        direction -= (direction @ way) * way
        direction /= np.linalg.norm(direction)
        assert (across @ direction).var() <= (across @ other).var() * 1.001


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [("dims", 0, 0), ("dims", 0, 10), ("pca", -1, 0), ("pca", 0, 99), ("class", 3, 3), ("class", 3, 10), ("x", 0, 1)],
)
def test_planes_that_are_none_are_refused(found, kind, first, second):
    with pytest.raises(SettingError, match="plane"):
        latent_space.axes(found, kind, first, second)


def test_a_direction_without_variance_is_completed():
    rows = np.array([[0, 0, 0], [0, 0, 1]], np.float32)
    for both in (rows, rows[::-1], np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)):
        axes = latent_space._orthonormal(both)
        assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-5)


@pytest.fixture(scope="module")
def levels(tmp_path_factory):
    return vaes.train(tmp_path_factory.mktemp("levels"), "digits-vae-levels")


@pytest.mark.parametrize("name", ["wide", "levels"])
def test_layers_for_the_browser_decode_as_the_model_does(name, request):
    wide = request.getfixturevalue(name)
    layers = checkpoint_codec.decoder_weights(wide)
    u = z = np.random.default_rng(0).normal(size=(5, 10)).astype(np.float32)
    for weight, bias, unit in layers:
        u = UNITS[unit](u @ weight.T + bias)
    assert np.allclose(u.reshape(5, 8, 8), checkpoint_codec.decode(wide, z), atol=1e-5)


def test_levels_are_shown_as_the_greys_that_they_stand_for(levels):
    """A model of categories: what it decodes lies between 0 and 16, and is drawn between black and white."""
    decoded = checkpoint_codec.decode(levels, latent_space.posteriors(levels).mean)
    assert decoded.min() >= 0 and 8 < decoded.max() <= 16
    assert np.array_equal(checkpoint_codec.to_grey(levels, decoded), np.rint(decoded * (255 / 16)))
    shown = checkpoint_codec.image_input(levels, latent_space.pictures(levels)[0])
    assert np.allclose(shown, data.load("digits").test[0], atol=0.05)


def test_a_decoder_that_is_no_chain_of_layers_stays_on_the_server(tmp_path):
    assert checkpoint_codec.decoder_weights(vaes.train_conv(tmp_path)) is None


def test_a_drawing_lands_where_the_example_lies(wide, found):
    for row in range(5):
        mean, log_var = latent_space.image_posterior(wide, latent_space.pictures(wide)[row])
        assert np.allclose(mean, found.mean[row], atol=0.02) and np.allclose(log_var, found.log_var[row], atol=0.02)


def test_the_nearest_training_image_is_the_nearest(wide):
    train = data.load("digits").train.astype(np.float64) / 16
    images = latent_space.pictures(wide)[:6]
    found, rows, apart = latent_space.nearest_training(wide, images)
    for image, got, row, far in zip(images, found, rows, apart, strict=True):
        squares = np.square(train - image / 255).sum((1, 2))
        assert squares[row] == pytest.approx(squares.min(), abs=1e-3) and far == pytest.approx(squares.min(), abs=0.02)
        assert np.array_equal(got, np.rint(train[row] * 255))


def test_a_training_image_is_its_own_nearest(wide):
    image = np.rint(data.load("digits").train[:1].astype(np.float32) / 16 * 255).astype(np.uint8)
    _, rows, apart = latent_space.nearest_training(wide, image)
    assert rows[0] == 0 and apart[0] < 1e-3
