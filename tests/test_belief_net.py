"""Deep belief networks: their bound, their labels and their samples, against enumeration."""

import dataclasses

import pytest
import torch
from conftest import binary_states, plain_energy, seeded

from core import evaluation
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data import load
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.evaluation import dbn as judge
from core.evaluation.ais import ais_log_z, exact_log_z, log_prob
from core.models.boltzmann.layers import LabelledRBM
from core.models.boltzmann.rbm import RBMConfig
from core.models.boltzmann.rbm import build as build_rbm
from core.models.boltzmann.stack import RBMStack, RBMStackConfig, refit
from core.training import TrainState, check, fit

CPU = torch.device("cpu")


def net(layers=(5, 4), units=6, seed=0, spread=1.0, **settings) -> RBMStack:
    """A belief network with random weights large enough that its units depend on each other, in float64."""
    model = RBMStack(RBMStackConfig((units,), layers, code="binary", **settings)).double().eval().requires_grad_(False)
    generator = seeded(seed)
    for values in model.parameters():
        values.copy_(torch.randn(values.shape, generator=generator, dtype=torch.float64) * spread)
    return model


def log_bernoulli(x, logits):
    return (x * logits - torch.nn.functional.softplus(logits)).sum(-1)


def one_of(classes: int) -> torch.Tensor:
    return torch.eye(classes, dtype=torch.float64)


def top_joint(model: RBMStack) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """States u of the penultimate layer, (U, 2^H) or (U, C, 2^H) log p(u, y, h) by the sum over all, and log Z."""
    top = model.machines[-1]
    u, h = binary_states(model.config.layers[-2]), binary_states(model.config.layers[-1])
    if not isinstance(top, LabelledRBM):
        joint = -plain_energy(top, u, h)
    else:
        y = one_of(top.labels)
        v = torch.cat([u.repeat_interleave(len(y), 0), y.repeat(len(u), 1)], 1)
        joint = -plain_energy(top, v, h).view(len(u), len(y), len(h))
    log_z = joint.flatten().logsumexp(0)
    return u, joint - log_z, log_z


def log_likelihood(model: RBMStack, v: torch.Tensor) -> torch.Tensor:
    """log p(v) by listing every state of every layer: (N,)."""
    u, joint, _ = top_joint(model)
    log_p = joint.flatten(1).logsumexp(1)  # of every state of the layer under the top
    for i in reversed(range(len(model.machines) - 1)):
        below = v if i == 0 else binary_states(model.config.layers[i - 1])
        down = model.machines[i].visible_input(u)
        conditional = log_bernoulli(below[:, None], down[None])  # (below, u)
        log_p, u = (conditional + log_p).logsumexp(1), below
    return log_p


def exact_bound(model: RBMStack, v: torch.Tensor) -> torch.Tensor:
    """The bound's expectation for a network of two machines, by listing h1: (N,)."""
    u, joint, _ = top_joint(model)
    first = model.machines[0]
    log_q = log_bernoulli(u[None], first.hidden_input(v)[:, None])  # (N, 2^H1)
    log_p = log_bernoulli(v[:, None], first.visible_input(u)[None]) + joint.flatten(1).logsumexp(1)
    return (log_q.exp() * (log_p - log_q)).sum(1)


# -- the bound ----------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [0, 3])
@pytest.mark.parametrize("layers", [(5, 4), (4, 5, 3)])
def test_the_bound_stays_below_the_likelihood(layers, labels):
    model = net(layers, labels=labels)
    v = binary_states(6)
    exact = log_likelihood(model, v)
    assert float(exact.logsumexp(0)) == pytest.approx(0, abs=1e-9), "a distribution over all v"
    log_z = judge.top_log_z(model.machines[-1], seeded(), ())
    assert log_z.exact and log_z.value == pytest.approx(float(top_joint(model)[2]), abs=1e-9)
    terms = torch.stack([judge.bound(model, v, seeded(seed))[0] for seed in range(1_500)]) - log_z.value
    each, error = terms.mean(0), terms.std(0) / len(terms) ** 0.5
    assert (each - 4.5 * error < exact).all() and (exact - each).mean() > 0.1
    if len(layers) == 2:
        found = exact_bound(model, v)
        assert (found <= exact + 1e-9).all()
        assert ((each - found).abs() < 4.5 * error + 1e-9).all()


def test_the_mean_of_draws_knows_its_error():
    model = net(spread=0.8)
    v = binary_states(6)[::3]
    log_z = judge.top_log_z(model.machines[-1], seeded(), ())
    exact = float(exact_bound(model, v).mean())
    found = [judge.mean_bound(model, v, log_z, 5, seeded(seed)) for seed in range(200)]
    away = torch.tensor([(value - exact) / error for value, error in found])
    assert abs(float(away.mean())) < 0.35 and 0.8 < float(away.std()) < 1.3


def test_one_machine_alone_is_exact():
    model = net((4,))
    v = binary_states(6)
    log_z = exact_log_z(model.machines[0])
    value, error = judge.mean_bound(model, v, log_z, 3, seeded())
    assert error == 0 and value == pytest.approx(float(log_prob(model.machines[0], v, log_z).mean()), abs=1e-9)


def test_a_top_turned_upside_down_makes_the_bound_the_first_machines_likelihood():
    """Hinton, Osindero & Teh 2006, sec. 4: q is then the true posterior, and each draw gives log p(v) exactly."""
    model = net((5, 6))
    first, top = model.machines
    top.W.copy_(first.W.t())
    top.visible_bias.copy_(first.hidden_bias)
    top.hidden_bias.copy_(first.visible_bias)
    v = binary_states(6)
    own = log_prob(first, v, exact_log_z(first))
    torch.testing.assert_close(log_likelihood(model, v), own)
    terms, _ = judge.bound(model, v, seeded())
    torch.testing.assert_close(terms - exact_log_z(top).value, own)
    top.W.mul_(1.1)
    assert not torch.allclose(judge.bound(model, v, seeded())[0] - exact_log_z(top).value, own)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize(("hidden", "tolerance"), [(6, 1e-5), (400, 0.5)])
def test_a_tied_machine_begins_there(hidden, tolerance, centred):
    """Also with more units than are needed: their weak random weights change the bound by little."""
    model = RBMStack(RBMStackConfig((6,), (5, hidden), code="binary", tied=True, centred=centred))
    with torch.no_grad():
        for values in model.machines[0].parameters():
            values.copy_(torch.randn(values.shape, generator=seeded(1)))
    model.enter(model.stage(0.5), binary_states(6)[20:].float())
    model.double().eval().requires_grad_(False)
    first, top = model.machines
    assert int(model.at) == 1
    u = binary_states(5)
    joint = -plain_energy(first, binary_states(6), u)
    expected = (joint - joint.flatten().logsumexp(0)).logsumexp(0)  # log p(h1) of the first machine
    found = -top.free_energy(u)
    torch.testing.assert_close(found - found.logsumexp(0), expected, atol=tolerance, rtol=0)


# -- labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [3, 9])
def test_a_machine_with_labels_is_a_distribution_over_one_label_each(hidden):
    top = net((4, hidden), labels=3).machines[1]
    u, joint, log_z = top_joint(net((4, hidden), labels=3))
    if hidden <= 7:
        assert exact_log_z(top).value == pytest.approx(float(log_z), abs=1e-9)
    torch.testing.assert_close(top.label_logits(u) - log_z, joint.logsumexp(2))
    h = binary_states(hidden)
    torch.testing.assert_close(-top.hidden_free_energy(h) - log_z, joint.logsumexp((0, 1)))
    top.base_bias.copy_(torch.randn(7, generator=seeded(5), dtype=torch.float64))
    found = ais_log_z(top, seeded(1), ((1.0, 300),), chains=500)
    assert abs(found.value - float(log_z)) < 4 * found.standard_error
    with pytest.raises(ValueError, match="labels=None"):
        labelled = net((4, hidden), labels=3)
        labelled.at.fill_(1)
        labelled.loss(binary_states(6), seeded())


def test_classes_are_told_as_by_enumeration():
    model = net((4, 5, 3), labels=3)
    v = binary_states(6)
    u = model.up(v, 2)  # means, as the top machine sees the example
    h, y = binary_states(3), one_of(3)
    rows = torch.cat([u.repeat_interleave(3, 0), y.repeat(len(u), 1)], 1)
    joint = -plain_energy(model.machines[-1], rows, h).view(len(u), 3, len(h))
    torch.testing.assert_close(model.classify(v), joint.logsumexp(2).softmax(1))
    seen = model.machines[-1].with_labels(u)
    torch.testing.assert_close(seen, torch.cat([u, model.classify(v)], 1))
    assert model.encode(v).shape == (64, 3) and model.decode(model.encode(v)).shape == (64, 6)


@pytest.mark.parametrize("layers", [(4, 3), (4, 5, 3)])
def test_samples_of_a_class_are_those_of_its_conditional(layers):
    """E[v | y] by the chains, against enumeration; without labels, E[v]."""
    model = net(layers, labels=3, spread=0.7)
    u, joint, _ = top_joint(model)
    n = 20_000
    means = {}
    for label in (0, 2, None):
        p = joint.logsumexp((1, 2)) if label is None else joint[:, label].logsumexp(1)
        states, p = u, p.softmax(0)
        for machine in reversed(model.machines[1:-1]):
            below = binary_states(machine.W.shape[0])
            p = log_bernoulli(below[:, None], machine.visible_input(states)[None]).exp() @ p
            states = below
        expected = means[label] = p @ model.machines[0].visible_probs(states)
        labels = None if label is None else torch.full((n,), label)
        found = model.sample(n, seeded(7), steps=25, labels=labels)
        assert found.shape == (n, 6)
        assert ((found.mean(0) - expected).abs() < 4.5 * found.std(0) / n**0.5).all(), label
    assert len(layers) == 3 or means[0].sub(means[2]).abs().max() > 0.02, "classes that differ"


# -- learning -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    whole = load("digits")
    return dataclasses.replace(
        whole,
        train=whole.train[:600],
        train_labels=whole.train_labels[:600],
        test=whole.test[:200],
        test_labels=whole.test_labels[:200],
    )


DEEP = {"code": "binary", "negative": "pcd", "centred": True, "propagate": "draws", "tied": True, "steps": 2}


def test_a_network_learns_to_tell_and_to_draw_classes(digits):
    config = RBMStackConfig((8, 8), (80, 100), labels=10, **{**DEEP, "steps": 1})
    state = TrainState(RBMStack(config), TrainConfig(epochs=80, batch_size=20, lr=0.3, average=0.99), 0, CPU)
    train, test = preprocess(digits, "threshold"), preprocess(digits, "threshold", "test")
    lines = [p.metrics for p in fit(state, train, test) if p.epoch_done]
    assert "error" not in lines[0] and lines[-1]["error"] < 0.2
    model = RBMStack(config)
    model.load_state_dict(state.result())
    model.eval().requires_grad_(False)
    labels = torch.arange(10).repeat_interleave(20)
    drawn = model.sample(200, seeded(), steps=100, labels=labels)
    # one in ten by chance; 0.78 to 0.85 on different processors, whose sums differ in their last digits
    assert float((model.classify(drawn).argmax(1) == labels).float().mean()) > 0.7
    subject = evaluation.Subject(model, digits, "threshold", thorough=False)
    found = {score.name: score for score in judge.scores(subject)}
    assert list(found) == [
        "bound on test log-probability",
        "bound on train log-probability",
        "log Z of the top RBM",
        "base-rate log-probability",
        "accuracy by free energy",
    ]
    score = found["bound on test log-probability"]
    assert found["base-rate log-probability"].value + 5 < score.value < -10
    assert score.nature == "upper-leaning estimate" and "AIS" in score.note and "effective" in score.note
    assert 0 < score.spread < 1 and score.data == "digits test, 200 examples, threshold"
    assert found["accuracy by free energy"].value == pytest.approx(1 - lines[-1]["error"], abs=0.05)
    greys = next(iter(judge.scores(dataclasses.replace(subject, view_name="grey"))))
    assert greys.data == "digits test, 200 examples, grey, binarised with seed 0" and greys.value < score.value
    sheets = {sheet.name: sheet for sheet in model.progress_images(test.batch(slice(0, 8), seeded()), seeded())}
    assert sheets["dreams"].images.shape == (100, 8, 8)


def test_a_trained_first_machine_is_taken_as_it_is(digits):
    first = build_rbm(RBMConfig((8, 8), hidden=12))
    with torch.no_grad():
        first.W.normal_(generator=seeded())
    config = RBMStackConfig((8, 8), (12, 70), frozen_first=1, **DEEP)
    state = TrainState(RBMStack(config), TrainConfig(epochs=2, batch_size=50), 0, CPU)
    state.start_with(first)
    names = [state.model.stage(done).name for done in (0, 0.5, 0.99)]
    assert names == ["layer 2 of 2"] * 3 and state.model.stage(0.5).done == pytest.approx(0.5)
    for _ in fit(state, preprocess(digits, "dynamic")):
        pass
    assert state.model.machines[0].W.equal(first.W) and state.model.machines[1].W.abs().sum() > 0
    with pytest.raises(ValueError, match="frozen_first=0"):
        RBMStack(dataclasses.replace(config, frozen_first=0)).start_from_model(first)
    with pytest.raises(ValueError, match="layers=.*13"):
        RBMStack(dataclasses.replace(config, layers=(13, 70))).start_from_model(first)


def test_classes_that_the_data_do_not_have_are_refused(digits):
    model = RBMStack(RBMStackConfig((8, 8), (9, 8), labels=7, code="binary"))
    with pytest.raises(DataError, match="classes=7, but the data has 10"):
        check(model, preprocess(digits, "dynamic"), TrainConfig())
    unknown = dataclasses.replace(digits, train_labels=None, test_labels=None)
    with pytest.raises(DataError, match="has none"):
        check(model, preprocess(unknown, "dynamic"), TrainConfig())
    assert refit(model.config, "binary", (4, 4)).labels == 0
    for wrong in ({"labels": 3}, {"labels": 1, "code": "binary"}, {"frozen_first": 1, "layers": (3,)}):
        with pytest.raises(SettingError, match=next(iter(wrong))):
            RBMStackConfig((4, 4), **{"layers": (5, 4), **wrong})


def test_plain_stacks_are_no_belief_networks():
    assert not judge.supports(RBMStack(RBMStackConfig((4, 4), (5, 2))))
    assert judge.supports(net())
