"""The semi-supervised VAE: bounds against enumeration and integration, which labels it is given, learning, resuming."""

import dataclasses
import math

import pytest
import torch
from conftest import seeded
from torch.nn import functional

from core import evaluation, models
from core.config.fields import SettingError
from core.config.presets import Preset, TrainConfig
from core.data import load as load_data
from core.data.preprocessing import preprocess
from core.jobs import worker
from core.models.autoencoders import ssvae
from core.models.autoencoders.ssvae import SSVAE, Config
from core.models.autoencoders.vae import VAE, VAEConfig
from core.models.capabilities import (
    BoundsLikelihood,
    Codec,
    HasLayers,
    HasPosterior,
    LearnsClasses,
    Monitored,
    Sampler,
    SeparatesStyle,
    ShowsProgress,
)
from core.models.training_protocols import ClassConditional, LearnsFromFewLabels, StartsFromData
from core.store import checkpoints
from core.training import TrainState, fit

TINY = Config((2, 3), layers=(5,), classifier=(4,), latent=1, classes=3, labels=6, consistency=1.0)
SMALL = Config((8, 8), layers=(24,), classifier=(24, 16), latent=3, labels=50, consistency=1.0)


def tiny(**changed) -> SSVAE:
    torch.manual_seed(3)
    model = SSVAE(dataclasses.replace(TINY, **changed)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.7, generator=seeded())
    return model


def states() -> torch.Tensor:
    """All 64 pictures of six bits."""
    return torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 6).view(64, 2, 3)


def log_joint(model: SSVAE, x: torch.Tensor) -> torch.Tensor:
    """log p(x, y) by integrating over a code of one number: (N, K)."""
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    log_prior = -0.5 * z.square() - 0.5 * math.log(2 * math.pi) + math.log(float(z[1] - z[0]))
    found = []
    for y in torch.eye(model.classes, dtype=torch.float64):
        logits = model.decode_logits(z[:, None], y.expand(len(z), -1)).double()
        log_x = x.flatten(1) @ logits.T - functional.softplus(logits).sum(1)  # (N, points)
        found.append((log_x + log_prior).logsumexp(1) - math.log(model.classes))
    return torch.stack(found, 1)


# -- the model ------------------------------------------------------------------------------------


@torch.no_grad()
def test_the_unlabelled_bound_is_the_sum_over_the_classes():
    model, x = tiny(), torch.rand(5, 6, generator=seeded(1), dtype=torch.float64)
    noise = torch.randn(5, 3, 1, generator=seeded(2), dtype=torch.float64)
    found, q = model.unlabelled_bounds(x, noise), model.classify(x.view(5, 2, 3)).double()
    for n in range(5):
        total = 0.0
        for y in range(3):
            one = functional.one_hot(torch.tensor([[y]]), 3).double()
            bound = float(model.joint_bounds(x[n : n + 1], one, noise[n : n + 1, y : y + 1]))
            total += float(q[n, y]) * (bound - math.log(float(q[n, y])))
        assert float(found[n]) == pytest.approx(total, abs=1e-4)


@torch.no_grad()
def test_the_bounds_are_below_what_integration_gives():
    model, x = tiny(), states()
    joint = log_joint(model, x)
    assert float(joint.exp().sum()) == pytest.approx(1, abs=1e-4), "all pictures and classes together"
    draws = 400
    noise = torch.randn(draws, 64, 3, 1, generator=seeded(2), dtype=torch.float64)
    labelled, unlabelled = [], []
    for one in noise:
        labelled.append(model.joint_bounds(x.flatten(1), torch.eye(3, dtype=torch.float64)[None], one).double())
        unlabelled.append(model.unlabelled_bounds(x.flatten(1), one).double())
    for bounds, exact in ((labelled, joint), (unlabelled, joint.logsumexp(1))):
        mean, error = torch.stack(bounds).mean(0), torch.stack(bounds).std(0) / math.sqrt(draws)
        assert (mean - 4 * error <= exact + 1e-4).all() and (mean < exact).float().mean() > 0.9


@torch.no_grad()
def test_the_bound_is_tight_where_the_posterior_is_the_true_one():
    """A decoder that does not listen to the style: q(z | x, y) = p(z), and q(y | x) as by Bayes' rule of two pixels."""
    model = tiny(classifier=(4,), classes=2)
    for parameter in model.parameters():
        parameter.zero_()
    model.decoder_in.y.weight[0] = torch.tensor([3.0, -3.0])
    model.decoder[0].weight[:, 0] = torch.tensor([1.0, -1.0, 0.5, 0.0, 2.0, -0.5])
    model.decoder[0].bias.copy_(torch.tensor([-1.0, 1.0, 0.3, 0.1, -2.0, 0.0]))
    x = states()
    exact = log_joint(model, x)
    noise = torch.randn(64, 2, 1, generator=seeded(), dtype=torch.float64)
    bounds = model.joint_bounds(x.flatten(1), torch.eye(2, dtype=torch.float64)[None], noise).double()
    torch.testing.assert_close(bounds, exact, rtol=0, atol=1e-4)
    model.label_logits = lambda u: exact.float()  # which is the true p(y | x) but for a constant
    torch.testing.assert_close(
        model.unlabelled_bounds(x.flatten(1), noise).double(), exact.logsumexp(1), rtol=0, atol=1e-4
    )


def test_it_encodes_decodes_and_samples_by_class():
    model = SSVAE(SMALL).eval()
    for ability in (Codec, HasLayers, Sampler, ClassConditional, SeparatesStyle, BoundsLikelihood, Monitored):
        assert isinstance(model, ability), ability
    assert isinstance(model, ShowsProgress | StartsFromData) and isinstance(model, LearnsFromFewLabels)
    assert not isinstance(model, HasPosterior) and not isinstance(model, LearnsClasses)
    x = torch.rand(7, 8, 8, generator=seeded())
    code = model.encode(x)
    assert code.shape == (7, model.code_size) == (7, 13)
    torch.testing.assert_close(code[:, 3:], model.classify(x))
    torch.testing.assert_close(code[:, :3], model.style(x, code[:, 3:]))
    layers = dict(model.activations(x))
    assert {name: u.shape[1] for name, u in layers.items()} == model.layer_sizes and list(layers)[-1] == "code"
    u = code
    for layer in model.decoder_layers():
        u = u @ layer.weight.T + layer.bias
        u = {"gelu": functional.gelu, "sigmoid": torch.sigmoid, "linear": lambda v: v}[layer.unit](u)
    torch.testing.assert_close(u.view(7, 8, 8), model.decode(code))
    of = torch.tensor([4, 4, 1])
    drawn = model.sample(3, seeded(), labels=of)
    z = torch.randn(3, 3, generator=seeded())
    torch.testing.assert_close(drawn, model.decode(torch.cat([z, functional.one_hot(of, 10).float()], 1)))
    assert torch.equal(model.sample(5, seeded(2)), model.sample(5, seeded(2)))


# -- which labels -----------------------------------------------------------------------------------


def test_labels_are_drawn_class_by_class():
    labels = torch.tensor([0] * 50 + [1] * 3 + [2] * 30)
    seen = set()
    for seed in range(10):
        rows = dataclasses.replace(TINY, labels=20).labelled_rows(labels, seeded(seed))
        assert len(set(rows.tolist())) == 20
        counts = torch.bincount(labels[rows], minlength=3).tolist()
        assert counts[1] == 3 and sorted([counts[0], counts[2]]) in ([8, 9],)
        seen.add(tuple(rows.tolist()))
    assert len(seen) == 10
    rows = dataclasses.replace(TINY, labels=6).labelled_rows(labels, seeded())
    assert torch.bincount(labels[rows]).tolist() == [2, 2, 2]
    assert torch.equal(rows, dataclasses.replace(TINY, labels=6).labelled_rows(labels, seeded()))
    every = dataclasses.replace(TINY, labels=83).labelled_rows(labels, seeded())
    assert sorted(every.tolist()) == list(range(83))


@pytest.mark.parametrize(
    ("changed", "labels", "message"),
    [
        ({"labels": 2}, [0, 1, 2, 0], "labels=2: at least one of each of 3 classes"),
        ({"labels": 9}, [0, 1, 2, 0], "labels=9: at most the 4 training examples"),
        ({"labels": 3}, [1, 1, 1, 1], "labels=3: needs data of two classes or more"),
        ({"labels": 4}, [0, 1, 2, 3], "classes=3: at least the 4 of the data"),
        ({"labels": 4}, None, "labels=4: needs data with classes"),
    ],
)
def test_labels_that_cannot_be_drawn_are_named(changed, labels, message):
    config = dataclasses.replace(TINY, **changed)
    labels = None if labels is None else torch.tensor(labels)
    with pytest.raises(SettingError, match=message):
        config.labelled_rows(labels, seeded())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "5"}, "labels=5: at least one of each of 10 classes"),
        ({"labels": "1000000"}, "labels=1000000: at most the"),
        ({"labels": "0"}, "labels=0: between 1 and 1,000,000"),
        ({"radius": "0"}, "radius=0.0: above 0"),
        ({"layers": ""}, r"layers=\(\): 1 to 20,000 each"),
    ],
)
def test_a_training_that_cannot_be_is_refused_before_it_begins(settings, message, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    with pytest.raises(SettingError, match=message):
        worker.train(models.preset("digits-ssvae").override(settings), "cpu")


def test_it_is_fitted_to_other_images_and_refuses_the_rest():
    made = ssvae.refit(dataclasses.replace(TINY, m1_latent=4), "grey", (4, 4))
    assert made.event_shape == (4, 4) and made.m1_latent == 0
    with pytest.raises(SettingError, match="kind='counts'"):
        ssvae.refit(TINY, "counts", (100,))


# -- learning ---------------------------------------------------------------------------------------


def test_gradients_reach_every_weight_and_no_label_of_the_batch():
    model = SSVAE(SMALL)
    x, labels = torch.rand(60, 8, 8, generator=seeded()), torch.arange(60) % 10
    model.start_from(x)
    model.keep_labelled(x[:50], labels[:50])
    loss = model.loss(x, seeded(1), labels=labels)["loss"]
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    assert torch.equal(loss, model.loss(x, seeded(1), labels=labels.flip(0))["loss"])
    model.keep_labelled(x[:50], labels[:50].flip(0))
    assert not torch.equal(loss, model.loss(x, seeded(1), labels=labels)["loss"])


def test_the_perturbation_changes_the_class_more_than_a_random_one_of_its_length():
    model = tiny(radius=0.5)
    x = torch.rand(40, 6, generator=seeded(), dtype=torch.float64)
    found = float(model.inconsistency(x, seeded(1)).detach())
    log_q = model.label_logits(x).log_softmax(1)
    noise = functional.normalize(torch.randn(200, 40, 6, generator=seeded(2), dtype=torch.float64), dim=2)
    random = torch.stack([model._divergence(log_q, x + 0.5 * one) for one in noise]).detach()
    assert found > 1.3 * float(random.mean()) and found < float(random.max(0).values.mean()) * 1.2
    with torch.no_grad():  # as while weights are quantized
        assert float(model.inconsistency(x, seeded(1))) == pytest.approx(found, rel=1e-6)


def digits(n: int = 400):
    return preprocess(load_data("digits"), "grey").take(torch.arange(n))


def state(seed: int = 0, config: Config = SMALL) -> TrainState:
    train = TrainConfig(epochs=6, batch_size=40, optimiser="adam", lr=0.003, average=0.9)
    return TrainState(models.build("ssvae", config, seed), train, seed, torch.device("cpu"))


def test_resumes_to_the_bit_with_the_same_labels(tmp_path):
    whole = state()
    list(fit(whole, digits()))
    begun = state()
    for progress in fit(begun, digits(), report_every=0):
        if progress.step == 23:
            break
    begun.save(tmp_path)
    resumed = TrainState(models.build("ssvae", SMALL, 9), begun.config, 0, torch.device("cpu"))
    resumed.load(tmp_path)
    list(fit(resumed, digits()))
    a, b = whole.last(), resumed.last()
    assert all(torch.equal(a[k], b[k]) for k in a) and resumed.step == 60
    other = state(seed=1)
    other.start(digits())
    assert not torch.equal(other.model.examples, whole.model.examples)
    x, y = whole.model.given_examples()
    rows = SMALL.labelled_rows(digits().labels, torch.Generator().manual_seed(0))
    torch.testing.assert_close(x, digits().batch(rows, seeded()), rtol=0, atol=0.5 / 255 + 1e-6)
    assert torch.equal(y, digits().labels[rows]) and torch.bincount(y).tolist() == [5] * 10


def test_it_learns_classes_and_images():
    data = digits(800)
    learning = state()
    *_, last = fit(learning, data, digits(1_200).take(torch.arange(800, 1_200)))
    assert set(last.metrics) == {f"{p}{k}" for p in ("", "train.") for k in ssvae.METRICS}
    assert last.metrics["error"] < 0.4 and last.metrics["elbo"] > -32  # chance 0.9; independent pixels below
    (sheet,) = learning.model.progress_images(data.batch(slice(0, 12), seeded()), seeded())
    assert sheet.images.shape == (12 * 11, 8, 8) and torch.equal(sheet.images[11], data.batch(slice(1, 2), seeded())[0])


def test_stacked_it_stands_on_a_trained_vae_and_leaves_it_alone():
    stacked = dataclasses.replace(SMALL, m1_latent=4, m1_layers=(20,))
    model = SSVAE(stacked)
    with pytest.raises(ValueError, match="m1_latent=4: M1\\+M2 starts from a trained VAE"):
        model.start_from(torch.rand(5, 8, 8))
    with pytest.raises(ValueError, match="m1_latent=4"):
        model.start_from_model(SSVAE(SMALL))
    with pytest.raises(ValueError, match="units='gelu'"):
        model.start_from_model(VAE(VAEConfig((8, 8), (20,), 4)))
    below = VAE(VAEConfig((8, 8), (20,), 4, units="gelu"))
    learning = state(config=stacked)
    learning.start_with(below)
    before = {k: v.clone() for k, v in learning.model.state_dict().items()}
    list(fit(learning, digits()))
    after = learning.model.state_dict()
    assert all(torch.equal(after[f"m1.{k}"], v) for k, v in below.state_dict().items())
    moved = [k for k in before if not k.startswith("m1.") and not torch.equal(before[k], after[k])]
    assert {"classifier.0.weight", "decoder.0.weight", "log_scale", "examples"} <= set(moved)
    x = digits().batch(slice(0, 9), seeded())
    model = learning.model.eval()
    assert model.decode(model.encode(x)).shape == (9, 8, 8) and model.sample(2, seeded()).shape == (2, 8, 8)
    u = model.encode(x)
    for layer in model.decoder_layers():
        u = u @ layer.weight.T + layer.bias
        u = {"gelu": functional.gelu, "sigmoid": torch.sigmoid, "linear": lambda v: v}[layer.unit](u)
    torch.testing.assert_close(u.view(9, 8, 8), model.decode(model.encode(x)), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_stacked_its_bound_is_below_what_integration_gives():
    """Two codes of one number each: log p(x) = log sum_y int int p(x | u) p(u | y, z) p(z) dz du / K."""
    model, x = tiny(m1_latent=1, m1_layers=(3,)), states()
    z = torch.linspace(-7, 7, 401, dtype=torch.float64)
    u = torch.linspace(-30, 30, 3001, dtype=torch.float64)
    weight = torch.distributions.Normal(0.0, 1.0).log_prob(z).exp() * float(z[1] - z[0])
    p_u = torch.zeros_like(u)
    for y in torch.eye(3, dtype=torch.float64):
        mean = model.decode_logits(z[:, None], y.expand(len(z), -1)).double()  # (points, 1)
        p_u += weight @ torch.distributions.Normal(mean, model.log_scale.exp()).log_prob(u).exp() / 3
    assert float(p_u.sum() * (u[1] - u[0])) == pytest.approx(1, abs=1e-3)
    logits = model.m1.decode_logits(u[:, None])
    log_x = x.flatten(1) @ logits.T - functional.softplus(logits).sum(1)
    exact = (log_x + p_u.log() + math.log(float(u[1] - u[0]))).logsumexp(1)
    assert float(exact.exp().sum()) == pytest.approx(1, abs=1e-3)
    generator = seeded(1)
    drawn = torch.stack([model.elbo(x, generator).double() for _ in range(400)])
    mean, error = drawn.mean(0), drawn.std(0) / 20
    assert (mean - 4 * error <= exact).all() and (mean < exact).float().mean() > 0.9


# -- a checkpoint -------------------------------------------------------------------------------------


def test_a_checkpoint_keeps_its_labels_and_says_its_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    train = TrainConfig(epochs=3, batch_size=50, optimiser="adam", lr=0.003)
    made = worker.train(Preset("tiny-ssvae", "Tiny", "ssvae", "digits", "grey", SMALL, train, seed=2), "cpu")
    found = checkpoints.load(made.name)
    model = found.model()
    data = preprocess(load_data("digits"), "grey")
    rows = SMALL.labelled_rows(data.labels, torch.Generator().manual_seed(2))
    assert torch.equal(model.given_examples()[1], data.labels[rows])
    torch.testing.assert_close(model.given_examples()[0], data.batch(rows, seeded()), rtol=0, atol=0.5 / 255 + 1e-6)
    scores = {s.name: s for s in found.manifest.scores}
    assert {"class error", "test ELBO", "base-rate log-probability", "reconstruction error"} <= scores.keys()
    test = preprocess(load_data("digits"), "grey", "test")
    wrong = (model.classify(test.all(seeded())).argmax(1) != test.labels).double()
    assert scores["class error"].value == pytest.approx(float(wrong.mean()))
    assert scores["class error"].unit == "share wrong" and "50 examples" in scores["class error"].note
    assert scores["test ELBO"].nature == "lower bound"
    subject = evaluation.Subject(model, load_data("digits"), "grey", thorough=False)
    assert scores["test ELBO"].value == pytest.approx(
        next(s.value for s in evaluation.scores(subject) if s.name == "test ELBO")
    )


@pytest.mark.parametrize("name", [p.name for p in ssvae.PRESETS])
def test_presets_say_how_many_labels(name):
    preset = models.preset(name)
    assert preset.model.labels == 100 and "100 labels" in preset.title
    assert ssvae.refit(preset.model, "binary", (5, 5)).layers
