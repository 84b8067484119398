"""Convolutional RBMs with probabilistic max-pooling against enumeration, and their training."""

import itertools
import math

import numpy as np
import pytest
import torch

from core import data
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data.preprocessing import preprocess
from core.evaluation import crbm as scoring
from core.evaluation.ais import spaced
from core.evaluation.score import Subject
from core.models.boltzmann.crbm import Config, ConvRBM, feature_shape, refit
from core.models.capabilities import (
    Codec,
    HasLayers,
    Monitored,
    Sampler,
    ShowsProgress,
)
from core.models.training_protocols import StartsFromData
from core.numerics.gabor import fit_gabor, gabor
from core.training import TrainState, fit


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def tiny(shape=(3, 4), filters=2, size=2, pool=1, visible="bernoulli", **settings):
    model = ConvRBM(Config(shape, filters=filters, size=size, pool=pool, visible=visible, chains=32, **settings))
    for i, parameter in enumerate(model.parameters()):
        parameter.data = torch.randn(parameter.shape, generator=seeded(i), dtype=torch.float64)
    return model.double()


def hidden_states(model, shape):
    """Every state of the detection units that pooling allows: (S, K, h, w)."""
    rows, columns = (side // model.config.pool for side in feature_shape(shape, model.config.size))
    blocks = model.config.filters * rows * columns
    units = model.config.pool**2
    each = torch.cat([torch.eye(units), torch.zeros(1, units)]).double()
    states = torch.stack([torch.stack(one) for one in itertools.product(each, repeat=blocks)])
    return model.maps(states.view(len(states), model.config.filters, rows, columns, units))


def visible_states(shape):
    d = math.prod(shape)
    return torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * d).view(-1, *shape)


MACHINES = [
    {"shape": (3, 3), "pool": 2},
    {"shape": (2, 3), "pool": 1},
    {"shape": (3, 3), "pool": 2, "visible": "gaussian"},
]


@pytest.mark.parametrize("of", MACHINES, ids=str)
def test_the_free_energy_sums_over_all_hidden_states(of):
    model, shape = tiny(**of), of["shape"]
    v = torch.rand(5, *shape, generator=seeded(3), dtype=torch.float64)
    states = hidden_states(model, shape)
    each = torch.stack([torch.logsumexp(-model.energy(one.expand(len(states), *shape), states), 0) for one in v])
    assert torch.allclose(model.free_energy(v), -each)


@pytest.mark.parametrize("of", MACHINES, ids=str)
def test_conditionals_are_those_of_the_energy(of):
    model, shape = tiny(**of), of["shape"]
    v = torch.rand(1, *shape, generator=seeded(3), dtype=torch.float64)
    states = hidden_states(model, shape)
    p = (-model.energy(v.expand(len(states), *shape), states)).softmax(0)
    assert torch.allclose(model.detection_probs(v)[0], (p[:, None, None, None] * states).sum(0))
    on = model.blocks(states).sum(-1)
    assert on.max() == 1
    assert torch.allclose(model.pooling_probs(v)[0], (p[:, None, None, None] * on).sum(0))
    if of.get("visible") == "gaussian":
        return
    h = states[7:8]
    every = visible_states(shape)
    p = (-model.energy(every, h.expand(len(every), *h.shape[1:]))).softmax(0)
    assert torch.allclose(model.visible_probs(h)[0], (p[:, None, None] * every).sum(0))


def test_a_block_has_one_unit_on_or_none_and_its_probabilities_sum_to_one():
    model = tiny((7, 9), filters=3, size=2, pool=2)
    x = model.hidden_input(torch.rand(6, 7, 9, generator=seeded(1), dtype=torch.float64))
    assert torch.allclose(model.block_probs(x).sum(-1), torch.ones((), dtype=torch.float64))
    h = model.draw_hidden(x, seeded())
    assert set(model.blocks(h).sum(-1).flatten().tolist()) == {0.0, 1.0}
    assert torch.equal(model.maps(model.blocks(x)), x)
    many = torch.stack([model.draw_hidden(x[:1], seeded(i)) for i in range(4_000)]).mean(0)
    assert (many - model.maps(model.block_probs(x[:1])[..., :-1])).abs().max() < 0.05


def test_chains_visit_states_as_often_as_their_energies_say():
    model = tiny((2, 2), filters=2, size=1, pool=2)
    every = visible_states((2, 2))
    p = (-model.free_energy(every)).softmax(0)
    v = model.sample(6_000, seeded(), steps=40)
    place = v.flatten(1) @ torch.tensor([8.0, 4.0, 2.0, 1.0], dtype=torch.float64)
    share = torch.bincount(place.long(), minlength=16) / len(v)
    assert (share - p).abs().max() < 0.025


def test_the_gradient_is_that_of_the_free_energies():
    model = tiny((3, 3), pool=2, negative="pcd")
    model.chains.copy_(visible_states((3, 3))[torch.randint(512, (32,), generator=seeded(2))])
    x = visible_states((3, 3))[::37].float()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.loss(x, seeded())["loss"].backward()
    chains = model.chains.clone().double()
    model.load_state_dict(state)
    places = math.prod(feature_shape((3, 3), 2))
    for parameter in model.parameters():
        at = (0,) * parameter.ndim
        values = []
        for by in (1e-3, -1e-3):
            with torch.no_grad():
                parameter[at] += by
                values.append((model.free_energy(x.double()).mean() - model.free_energy(chains).mean()) / places)
                parameter[at] -= by
        assert float(parameter.grad[at]) == pytest.approx(float(values[0] - values[1]) / 2e-3, rel=1e-3, abs=1e-6)


def test_images_of_any_size_that_pooling_fits():
    model = tiny((7, 7), size=2, pool=2)
    assert model.sample(2, seeded(), steps=2, shape=(9, 13)).shape == (2, 9, 13)
    with pytest.raises(ValueError, match="each side must be 1 more than a multiple of 2"):
        model.hidden_input(torch.zeros(1, 8, 7, dtype=torch.float64))
    with pytest.raises(ValueError, match="images of 1×9"):
        model.sample(1, seeded(), shape=(1, 9))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"event_shape": (8, 8), "size": 9, "pool": 1}, "size=9"),
        (
            {"event_shape": (9, 7), "size": 3, "pool": 2},
            r"pool=2: a divisor of 7 and 5, .* \(1\); filters of size 2, 4, 6 fit pool=2$",
        ),
        ({"event_shape": (9, 8), "size": 3, "pool": 2}, r"divisor of 7 and 6.*\(1\); no filter fits pool=2$"),
        (
            {"event_shape": (8, 8), "pool": 1, "sparsity_target": 0.0, "sparsity_cost": 1.0},
            "sparsity_target=0.0: above 0",
        ),
        ({"event_shape": (8, 8), "sparsity_target": 0.25, "sparsity_cost": 1.0}, "sparsity_target=0.25: .* below 0.25"),
        ({"event_shape": (64,)}, "event_shape"),
    ],
)
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(SettingError, match=words):
        Config(**settings)


def test_other_data_get_filters_and_pooling_that_fit():
    config = Config((28, 28), filters=32, size=7, pool=2)
    for shape, expected in (((8, 8), (3, 2)), ((9, 7), (4, 2)), ((9, 8), (4, 1)), ((1, 5), (1, 1)), ((2, 2), (1, 2))):
        made = refit(config, "binary", shape)
        assert (made.size, made.pool) == expected
    made = refit(config, "real", (20, 32))
    assert made.visible == "gaussian" and (made.size, made.pool) == (7, 2)
    with pytest.raises(SettingError, match="binary or real"):
        refit(config, "counts", (10,))
    with pytest.raises(SettingError, match="height and width"):
        refit(config, "binary", (64,))


def test_what_it_can_do():
    model = tiny((7, 7), size=2, pool=2)
    assert all(
        isinstance(model, kind) for kind in (Codec, HasLayers, Monitored, Sampler, ShowsProgress, StartsFromData)
    )
    x = torch.rand(3, 7, 7, generator=seeded(1), dtype=torch.float64)
    layers = dict(model.activations(x))
    assert {name: values.shape[1] for name, values in layers.items()} == model.layer_sizes
    assert torch.equal(layers["code"], model.encode(x)) and model.encode(x).shape == (3, model.code_size)
    assert model.decode(model.encode(x)).shape == x.shape
    assert [sheet.images.ndim for sheet in model.progress_images(x, seeded())] == [3, 3, 3]


@pytest.mark.parametrize("negative", ["cd", "pcd"])
def test_training_raises_the_exact_likelihood(negative):
    train = preprocess(data.load("bars-and-stripes-3"), "as-is", "train")
    model = ConvRBM(Config((3, 3), filters=12, size=2, pool=1, negative=negative, steps=5, chains=50))
    every, x = visible_states((3, 3)).float(), train.values.float()

    def likelihood():
        with torch.no_grad():
            return float((-model.free_energy(x)).mean() - torch.logsumexp(-model.free_energy(every), 0))

    model.start_from(x)
    before = likelihood()
    config = TrainConfig(epochs=1_500, batch_size=14, lr=0.5)
    for _ in fit(TrainState(model, config, 0, torch.device("cpu")), train):
        pass
    assert likelihood() > before + 0.8


@pytest.mark.parametrize("negative", ["cd", "pcd"])
def test_a_training_that_was_interrupted_goes_on_to_the_same_weights(negative, tmp_path):
    train = preprocess(data.load("digits"), "threshold", "train")
    config = TrainConfig(epochs=1, batch_size=100, lr=0.1)

    def started():
        model = ConvRBM(Config((8, 8), filters=4, size=3, pool=2, negative=negative, chains=20))
        model.start_from(train.values[:500].float())
        return TrainState(model, config, 0, torch.device("cpu"))

    def run(state, until):
        for _ in fit(state, train, report_every=0):
            if state.step >= until:
                break

    whole, half, rest = started(), started(), started()
    run(whole, 12)
    run(half, 5)
    half.save(tmp_path)
    rest.load(tmp_path)
    run(rest, 12)
    for name, expected in whole.result().items():
        assert torch.equal(rest.result()[name], expected), name


def test_sparsity_pulls_every_filter_to_its_target():
    torch.manual_seed(0)
    settings = {"negative": "cd", "sparsity_target": 0.04, "sparsity_cost": 20.0}
    model = ConvRBM(Config((7, 7), filters=4, size=2, pool=2, **settings))
    x = (torch.rand(200, 7, 7, generator=seeded(5)) < 0.4).float()
    model.start_from(x)
    solver = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(300):
        solver.zero_grad()
        model.loss(x, seeded(i))["loss"].backward()
        solver.step()
    assert np.allclose(model.detection_probs(x).mean((0, 2, 3)).detach(), 0.04, atol=0.01)


# -- photo patches --------------------------------------------------------------------------------


def test_patches_are_whitened_and_test_patches_come_from_elsewhere():
    patches = data.load("patches")
    assert patches.train.shape == (10_000, 20, 20) and patches.test.shape == (1_000, 20, 20)
    assert patches.train.dtype == np.float32 and patches.train.min() >= 0 and patches.train.max() <= 1
    centred = patches.train - patches.train.mean()
    power = np.abs(np.fft.fft2(centred)).mean(0)
    along = power[0, 1:8]  # coarse to fine: about even, where photographs fall like 1 / f
    assert along.max() / along.min() < 3
    assert np.array_equal(data.load("patches").train, patches.train)
    seen = {one.tobytes() for one in patches.train}
    assert not any(one.tobytes() in seen for one in patches.test)


# -- scores ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", MACHINES[:2], ids=str)
def test_ais_finds_log_z_in_both_directions(of):
    model = tiny(**of, negative="pcd")
    model.chains.copy_(model.sample(32, seeded(8), steps=200))
    model.base_bias.fill_(-0.4)
    exact = scoring.exact_log_z(model)
    assert exact.exact
    with torch.no_grad():
        every = -model.free_energy(visible_states(of["shape"]))
    assert exact.value == pytest.approx(float(every.logsumexp(0)))
    for found in (
        scoring.ais(model, seeded(), spaced(1_000), 500),
        scoring.reverse_ais(model, seeded(), spaced(1_000), 500),
    ):
        assert found.value == pytest.approx(exact.value, abs=max(0.05, 4 * found.standard_error))
        assert found.effective_chains > 100


def test_of_gaussian_visibles_too():
    model = tiny((3, 3), pool=2, visible="gaussian", negative="cd")
    model.W.data *= 0.3
    states = hidden_states(model, (3, 3))
    mean = model.visible_input(states).flatten(1)
    c = float(model.visible_bias)
    # the integral over v of exp(-E(v, h)): Gaussians whose means the hidden units move
    minus = 0.5 * (mean.square() - c**2).sum(1) + 4.5 * math.log(2 * math.pi)
    minus = minus + (states * model.hidden_bias[:, None, None]).flatten(1).sum(1)
    found = scoring.ais(model, seeded(), spaced(1_000), 500)
    assert found.value == pytest.approx(float(minus.logsumexp(0)), abs=max(0.05, 4 * found.standard_error))


def test_the_machine_without_filters_is_where_ais_begins():
    model = tiny((3, 3), filters=3, size=2, pool=2)
    model.W.data.zero_()
    model.hidden_bias.data.zero_()
    model.visible_bias.data.fill_(0.7)
    model.base_bias.fill_(0.7)
    assert scoring.base_log_z(model) == pytest.approx(scoring.exact_log_z(model).value)


def test_scores_of_a_small_machine():
    dataset = data.load("bars-and-stripes-3")
    model = ConvRBM(Config((3, 3), filters=4, size=2, pool=2))
    model.start_from(preprocess(dataset, "as-is", "train").values)
    found = {score.name: score for score in scoring.scores(Subject(model, dataset, "as-is", thorough=False))}
    assert found["test log-probability"].nature == "exact"
    assert found["test log-probability"].value == pytest.approx(found["base-rate log-probability"].value, abs=0.3)
    assert 0 <= found["linear probe accuracy"].value <= 1
    assert "Gabor-like filters" not in found  # of 2×2 pixels each is one


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_a_gabor_function_is_found_again(noise):
    rng = np.random.default_rng(0)
    for _ in range(3):
        wanted = np.array([1.0, 4.2, 3.7, rng.uniform(0, 3), 0.17, rng.uniform(0, 6), np.log(1.8), np.log(2.5), 0.05])
        field = gabor(wanted, (9, 9)) + noise * rng.normal(size=(9, 9))
        parameters, explained = fit_gabor(field)
        assert explained > (0.99 if not noise else 0.6)
        assert np.abs(gabor(parameters, (9, 9)) - gabor(wanted, (9, 9))).mean() < 0.02 + noise


def test_noise_is_no_gabor_function():
    explained = [fit_gabor(np.random.default_rng(i).normal(size=(9, 9)))[1] for i in range(4)]
    assert max(explained) < 0.6 and fit_gabor(np.full((9, 9), 2.0))[1] == 0
