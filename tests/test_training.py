"""The training loop: what it reports, that a stopped run goes on as if it never stopped, and that it learns."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from conftest import binary_states, machine, seeded

from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data import load
from core.data.augmentation import random_affine
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.data.sets.bars_and_stripes import patterns
from core.evaluation.ais import exact_log_z, log_prob
from core.models.autoencoders.autoencoder import AutoencoderConfig
from core.models.autoencoders.autoencoder import build as build_autoencoder
from core.models.boltzmann.rbm import RBMConfig, build
from core.training import TrainState, fit, learning_rate

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def bars():
    return preprocess(load("bars-and-stripes-3"), "as-is")


def grey(n=23, shape=(3, 2)):
    """A small data set of grey levels: its "dynamic" view draws from the training's own generator."""
    images = np.random.default_rng(0).integers(0, 256, (n, *shape)).astype(np.uint8)
    return Dataset("grey", "Grey", "levels", shape, images, images[:5], levels=256)


def state_of(train, seed=3, **model):
    return TrainState(build(RBMConfig(**{"event_shape": (3, 2), "hidden": 4, **model})), train, seed, CPU)


def tensors(state):
    return {**state.result(), **{f"now.{k}": v for k, v in state.model.state_dict().items()}}


def equal(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].equal(b[name]), name


# -- stopping and going on ----------------------------------------------------------------------

RUNS = {
    "plain": ({}, {}),
    "momentum": ({"momentum": 0.9}, {}),
    "adam": ({"optimiser": "adam", "lr": 0.01, "weight_decay": 0.1}, {}),
    "average": ({"average": 0.9, "momentum": 0.5}, {}),
    "cd, not centred": ({"lr_schedule": "cosine"}, {"negative": "cd", "centred": False, "steps": 2}),
    "pt": ({"average": 0.9}, {"negative": "pt", "temperatures": 3, "chains": 5}),
    "sparse": ({}, {"sparsity_cost": 0.1, "sparsity_target": 0.2}),
    "bfloat16": ({"precision": "bfloat16", "momentum": 0.5}, {}),
    "bfloat16, pt": ({"precision": "bfloat16"}, {"negative": "pt", "temperatures": 3, "chains": 5}),
    "gaussian": ({"lr": 0.01}, {"visible": "gaussian", "learn_variance": True}),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_stopped_run_goes_on_as_if_it_never_stopped(name, tmp_path):
    """Saved in the middle of an epoch, loaded into a fresh state, twice: the same weights bit for bit."""
    settings, model = RUNS[name]
    config = TrainConfig(epochs=5, batch_size=4, **settings)  # 5 updates an epoch, 3 examples over
    shown = preprocess(grey(), "standardised" if model.get("visible") == "gaussian" else "dynamic")
    whole = state_of(config, **model)
    steps = [p.step for p in fit(whole, shown, report_every=0)]
    assert steps == list(range(1, 26))

    part = state_of(config, **model)
    for stop in (3, 12):
        for progress in fit(part, shown, report_every=0):
            if progress.step == stop:
                break
        part.save(tmp_path)
        fresh = state_of(config, seed=99, **model)  # all of it must come from the file
        fresh.load(tmp_path)
        assert (fresh.step, fresh.seed) == (stop, 3)
        part = fresh
    rest = [p.step for p in fit(part, shown, report_every=0)]
    assert rest == list(range(13, 26))
    equal(tensors(whole), tensors(part))


def test_the_seed_decides_the_result():
    config, shown = TrainConfig(epochs=2, batch_size=4), preprocess(grey(), "dynamic")
    runs = [state_of(config, seed=seed) for seed in (1, 1, 2)]
    for state in runs:
        for _ in fit(state, shown):
            pass
    equal(tensors(runs[0]), tensors(runs[1]))
    assert not runs[0].result()["W"].equal(runs[2].result()["W"])


def test_a_global_seed_decides_nothing_and_is_left_alone():
    config, shown = TrainConfig(epochs=2, batch_size=4), preprocess(grey(), "dynamic")
    results = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        state = state_of(config)
        for _ in fit(state, shown):
            pass
        assert torch.get_rng_state().equal(before)
        results.append(tensors(state))
    equal(*results)


def test_watching_changes_nothing():
    """Neither the held-out curve nor the number of reports may touch the run."""
    config, shown = TrainConfig(epochs=3, batch_size=4), preprocess(grey(), "dynamic")
    quiet, watched = state_of(config), state_of(config)
    for _ in fit(quiet, shown, report_every=1e9):
        pass
    for _ in fit(watched, shown, preprocess(grey(), "dynamic", "test"), report_every=0):
        pass
    equal(tensors(quiet), tensors(watched))


def test_a_saved_state_leaves_no_half_written_file(tmp_path):
    state = state_of(TrainConfig())
    state.save(tmp_path / "new")
    state.save(tmp_path / "new")
    assert [f.name for f in (tmp_path / "new").iterdir()] == ["state.safetensors"]


# -- reports ------------------------------------------------------------------------------------


def test_reports_only_ever_rise():
    config = TrainConfig(epochs=4, batch_size=5)
    shown = preprocess(grey(), "dynamic")
    reports = list(fit(state_of(config), shown, preprocess(grey(), "dynamic", "test"), report_every=0))
    for field in ("step", "epoch", "elapsed"):
        values = [getattr(p, field) for p in reports]
        assert values == sorted(values), field
    assert reports[-1].step == reports[-1].total_steps == 16
    assert reports[-1].epoch == reports[-1].total_epochs == 4
    ends = [p for p in reports if p.epoch_done]
    assert [p.epoch for p in ends] == [1, 2, 3, 4]
    curves = {"pseudo_log_likelihood", "reconstruction", "free_energy"}
    assert all(set(p.metrics) == curves | {f"train.{name}" for name in curves} for p in ends)
    assert all(not p.metrics for p in reports if not p.epoch_done)
    assert all(p.rate > 0 and math.isfinite(p.loss) for p in reports)


def test_elapsed_time_goes_on_after_a_stop(tmp_path):
    config, shown = TrainConfig(epochs=4, batch_size=5), preprocess(grey(), "dynamic")
    state = state_of(config)
    next(fit(state, shown, report_every=0))
    state.elapsed = 100.0
    state.save(tmp_path)
    again = state_of(config)
    again.load(tmp_path)
    assert all(p.elapsed > 100 for p in fit(again, shown))


def test_a_batch_larger_than_the_data_takes_all_of_it(bars):
    state = state_of(TrainConfig(epochs=2, batch_size=500), event_shape=(3, 3))
    assert [p.step for p in fit(state, bars)] == [1, 2]


@pytest.mark.parametrize(
    ("schedule", "hold", "expected"),
    [
        ("constant", 0.0, [1, 1, 1, 1]),
        ("linear", 0.0, [1, 0.75, 0.5, 0]),
        ("linear", 0.5, [1, 1, 1, 0]),
        ("cosine", 0.0, [1, 0.5 + 0.5 * math.cos(math.pi / 4), 0.5, 0]),
    ],
)
def test_learning_rates(schedule, hold, expected):
    config = TrainConfig(lr=0.2, lr_schedule=schedule, lr_hold=hold)
    found = [learning_rate(config, done) for done in (0, 0.25, 0.5, 1)]
    assert found == pytest.approx([0.2 * share for share in expected], abs=1e-12)
    assert learning_rate(dataclasses.replace(config, lr_hold=1.0), 0.999) == pytest.approx(0.2)


def test_the_average_is_the_running_one(bars):
    config = TrainConfig(epochs=6, batch_size=7, average=0.8)
    state = state_of(config, event_shape=(3, 3))
    expected = None
    for progress in fit(state, bars, report_every=0):
        now = state.model.W.detach().double()
        decay = min(0.8, progress.step / (progress.step + 10))
        expected = now.clone() if expected is None else expected
        if progress.step == 1:  # the start enters with the share that the decay leaves it
            expected = state.average["W"].double()
            continue
        expected = decay * expected + (1 - decay) * now
    torch.testing.assert_close(state.result()["W"].double(), expected, rtol=1e-5, atol=1e-6)
    assert not state.result()["W"].equal(state.model.W.detach())


def test_weight_decay_spares_the_biases(bars):
    plain, decayed = (
        state_of(TrainConfig(epochs=1, batch_size=14, lr_schedule="constant", weight_decay=decay), event_shape=(3, 3))
        for decay in (0.0, 1.0)
    )
    for state in (plain, decayed):
        assert [p.step for p in fit(state, bars)] == [1]
    assert plain.model.visible_bias.equal(decayed.model.visible_bias)
    assert plain.model.hidden_bias.equal(decayed.model.hidden_bias)
    assert decayed.model.W.norm() < plain.model.W.norm()


# -- what is refused ----------------------------------------------------------------------------


def test_the_wrong_kind_of_data_is_refused_and_both_are_named():
    state = state_of(TrainConfig(), visible="gaussian")
    with pytest.raises(DataError, match="GaussianRBM takes real data, but view 'dynamic' is binary"):
        next(fit(state, preprocess(grey(), "dynamic")))
    with pytest.raises(DataError, match="BernoulliRBM takes binary data, but view 'standardised' is real"):
        next(fit(state_of(TrainConfig()), preprocess(grey(), "standardised")))


def test_images_of_the_wrong_size_are_refused_and_both_are_named(bars):
    with pytest.raises(DataError, match=r"\(3, 3\).*\(3, 2\)"):
        next(fit(state_of(TrainConfig()), bars))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(bad):
    images = np.ones((3, 2, 2), np.float32)
    images[1, 0, 1] = bad
    with pytest.raises(DataError, match="odd: train .*not finite"):
        Dataset("odd", "Odd", "real", (2, 2), images, images[:1])
    with pytest.raises(DataError, match="odd: test .*not finite"):
        Dataset("odd", "Odd", "real", (2, 2), images[:1], images)


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_to_try():
    state = state_of(TrainConfig(epochs=50, batch_size=4, lr=99), visible="gaussian", learn_variance=True)
    with pytest.raises(FloatingPointError, match=r"loss became (nan|-?inf) at step \d+ \(lr=.*smaller lr"):
        for _ in fit(state, preprocess(grey(), "standardised"), report_every=0):
            pass


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"lr": 0.0}, "lr=0.0"),
        ({"lr": math.nan}, "lr=nan"),
        ({"momentum": 1.0}, "momentum=1.0"),
        ({"average": 1.0}, "average=1.0"),
        ({"lr_hold": 2.0}, "lr_hold=2.0"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"snapshots": 1_000}, "snapshots"),
        ({"optimiser": "rmsprop"}, "optimiser='rmsprop'"),
        ({"precision": "float8"}, "precision='float8'"),
    ],
)
def test_a_setting_out_of_range_is_named(settings, named):
    with pytest.raises(SettingError, match=named):
        TrainConfig(**settings)


# -- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("negative", "precision"), [("pcd", "float32"), ("pcd", "bfloat16"), ("pt", "float32")])
def test_bars_and_stripes_are_learned_almost_to_their_entropy(bars, negative, precision):
    """14 patterns, equally likely: no model can exceed -log 14 = -2.64 nats."""
    images = torch.from_numpy(patterns(3)[0]).float()
    model = {"event_shape": (3, 3), "hidden": 12, "negative": negative, "temperatures": 4, "chains": 100, "steps": 2}
    config = TrainConfig(epochs=2_500, batch_size=14, lr=0.3, average=0.99, precision=precision)
    state = state_of(config, **model)
    scores = []
    for progress in fit(state, bars, report_every=1e9):
        if progress.step in (1, config.epochs):
            judged = build(state.model.config)
            judged.load_state_dict(state.result())
            scores.append(float(log_prob(judged, images, exact_log_z(judged)).mean()))
    first, last = scores
    assert first < -5.5
    assert -math.log(14) - 0.25 < last < -math.log(14)


def test_a_model_learns_the_machine_that_made_its_data():
    """Data drawn exactly from a small machine: training brings the log-likelihood close to that machine's own."""
    truth = machine(units=6, hidden=2, seed=4)
    states = binary_states(6)
    p = (-truth.free_energy(states)).detach().softmax(0)
    rows = states[torch.multinomial(p, 4_000, replacement=True, generator=seeded(1))].to(torch.uint8).numpy()
    shown = preprocess(Dataset("drawn", "Drawn", "binary", (6,), rows, rows[:9]), "as-is")
    state = state_of(TrainConfig(epochs=30, batch_size=100, lr=0.1, average=0.99), event_shape=(6,), steps=3)
    for _ in fit(state, shown):
        pass
    learned = build(state.model.config)
    learned.load_state_dict(state.result())
    q = log_prob(learned, states, exact_log_z(learned))
    kl = float((p * (p.log() - q)).sum())
    assert 0 <= kl < 0.02, kl


# -- pictures that move ---------------------------------------------------------------------------


def test_pictures_without_spread_stay_as_they_are():
    x = torch.rand(3, 7, 5, generator=seeded(1))
    assert torch.allclose(random_affine(x, 0.0, seeded(2)), x, atol=1e-6)


def test_each_picture_gets_an_affine_map_of_its_own_drawn_from_the_generator():
    """The centre of a blob moves as far as the spread says; means of many draws stay in the middle."""
    at = torch.arange(28.0)
    blob = torch.exp(-((at[:, None] - 13.5) ** 2 + (at - 13.5) ** 2) / 8).expand(400, 28, 28)
    seen = random_affine(blob, 0.1, seeded(3))
    assert seen.equal(random_affine(blob, 0.1, seeded(3))) and not seen.equal(random_affine(blob, 0.1, seeded(4)))
    assert seen.min() >= blob.min() and seen.max() <= blob.max()
    weight = seen.sum((1, 2))
    rows, columns = ((seen * grid).sum((1, 2)) / weight - 13.5 for grid in (at[:, None], at))
    for moved in (rows, columns):
        assert moved.mean().abs() < 4 * 1.4 / 20
        assert moved.std() == pytest.approx(0.1 * 14, rel=0.15)


def test_only_training_sees_moved_pictures_and_only_where_they_can_be():
    images = np.random.default_rng(0).integers(0, 256, (20, 6, 6)).astype(np.uint8)
    dataset = Dataset("grey", "Grey", "levels", (6, 6), images, images[:5], levels=256)
    net = AutoencoderConfig((6, 6), layers=(4, 2))
    results = {}
    for spread in (0.0, 0.1):
        state = TrainState(build_autoencoder(net), TrainConfig(epochs=2, batch_size=4, warp=spread), 3, CPU)
        list(fit(state, preprocess(dataset, "grey"), report_every=0))
        results[spread] = state.result()
    assert not results[0.0]["encoder.0.weight"].equal(results[0.1]["encoder.0.weight"])
    with pytest.raises(DataError, match=r"warp=0.1 .* 'dynamic' has binary examples of shape \(6, 6\)"):
        list(fit(state_of(TrainConfig(warp=0.1), event_shape=(6, 6)), preprocess(dataset, "dynamic")))
    with pytest.raises(SettingError, match="warp=0.6"):
        TrainConfig(warp=0.6)
