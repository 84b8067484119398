"""Deep Boltzmann machines against enumeration, and their training."""

import dataclasses
import math

import pytest
import torch

from core import models
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data import load
from core.data.preprocessing import preprocess
from core.evaluation import dbm as scoring
from core.evaluation.ais import LogZ
from core.evaluation.score import Subject
from core.models.boltzmann.dbm import DBM, DBMConfig, refit
from core.models.boltzmann.layers import DoubledRBM
from core.models.boltzmann.rbm import BernoulliRBM, RBMConfig
from core.models.boltzmann.stack import RBMStack, RBMStackConfig
from core.models.capabilities import (
    Decodes,
    Encodes,
    GibbsModel,
    HasLayers,
    Monitored,
    Sampler,
)
from core.models.training_protocols import StartsFromData
from core.training import TrainState, fit

SIZES = [((4, 3, 2), 0), ((3, 2, 3, 2), 0), ((4, 3, 2), 3), ((3, 2, 2, 2), 3)]  # units of the layers, classes


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def states(units):
    return torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * units).view(-1, units)


def tiny(sizes, labels=0, scale=1.0):
    model = DBM(DBMConfig((sizes[0],), layers=sizes[1:], labels=labels, chains=64)).double()
    for i, parameter in enumerate(model.parameters()):
        parameter.data = scale * torch.randn(parameter.shape, generator=seeded(i), dtype=torch.float64)
    return model


@pytest.fixture(params=SIZES, ids=str)
def machine(request):
    return tiny(*request.param)


def values(model, layer):
    """All values of a layer's units."""
    size = model.sizes[layer]
    return torch.eye(size, dtype=torch.float64) if layer > model.top else states(size)


def every_state(model):
    each = [values(model, layer) for layer in range(len(model.sizes))]
    rows = torch.cartesian_prod(*(torch.arange(len(one)) for one in each))
    return [one[row] for one, row in zip(each, rows.t(), strict=True)]


def log_joint(model, layers):
    """-E, written out unit by unit."""
    total = sum((u * b).sum(1) for u, b in zip(layers, model.biases, strict=True))
    for weight, below, above in zip(model.weights, layers, layers[1:], strict=False):
        total = total + torch.einsum("ni,ij,nj->n", below, weight, above)
    return total


def exact(model):
    """v (2^D, D), log p*(v), log Z."""
    v = states(model.sizes[0])
    joint = log_joint(model, every_state(model)).view(len(v), -1)
    return v, joint.logsumexp(1), joint.flatten().logsumexp(0)


@torch.no_grad()
def test_energy_and_conditionals_of_each_layer_by_enumeration(machine):
    layers = every_state(machine)
    joint = log_joint(machine, layers)
    torch.testing.assert_close(machine.energy(layers), -joint)
    for layer in range(len(machine.sizes)):
        own = values(machine, layer)
        some = [u[::37] for u in layers]
        each = torch.stack(
            [log_joint(machine, [*some[:layer], o.expand(len(some[0]), -1), *some[layer + 1 :]]) for o in own], 1
        )
        torch.testing.assert_close(machine.layer_mean(some, layer), each.softmax(1) @ own)
        torch.testing.assert_close(machine.free_energy(some, [layer]), -each.logsumexp(1))


def test_neighbouring_layers_are_not_summed_out_together(machine):
    with pytest.raises(ValueError, match=r"summed=\(0, 1\)"):
        machine.free_energy(every_state(machine), (0, 1))


@torch.no_grad()
def test_exact_log_z_and_marginal(machine):
    v, marginal, log_z = exact(machine)
    assert scoring.exact_log_z(machine) == pytest.approx(float(log_z))
    torch.testing.assert_close(scoring.exact_log_marginal(machine, v), marginal)


@torch.no_grad()
@pytest.mark.parametrize("start", ["up", "half"])
@pytest.mark.parametrize("damping", [0.0, 0.5])
def test_mean_field_settles_at_a_fixed_point_and_its_bound_rises_to_below_the_exact_value(machine, damping, start):
    v, marginal, _ = exact(machine)
    before = None
    for iterations in (1, 2, 5, 20):
        now = machine.unnormalised_bound(machine.mean_field(v, iterations, 0.0, damping, start).layers)
        assert before is None or (now >= before - 1e-9).all()
        before = now
    found = machine.mean_field(v, 2_000, 1e-9, damping, start)
    assert found.settled
    for layer in range(1, len(found.layers)):
        torch.testing.assert_close(found.layers[layer], machine.layer_mean(found.layers, layer), atol=1e-7, rtol=0)
    bound = machine.unnormalised_bound(found.layers)
    assert (bound <= marginal + 1e-9).all()
    assert (bound >= before - 1e-9).all()


def test_mean_field_that_has_not_settled_says_so(machine):
    found = machine.mean_field(states(machine.sizes[0]), 1, 1e-9)
    assert (found.iterations, found.settled) == (1, False)
    assert found.residual > 1e-9
    with pytest.raises(ValueError, match=r"damping=1"):
        machine.mean_field(states(machine.sizes[0]), damping=1.0)


@torch.no_grad()
def test_gibbs_sweeps_leave_the_distribution_as_it_is(machine):
    layers = every_state(machine)
    p = log_joint(machine, layers).softmax(0)
    rows = torch.multinomial(p, 40_000, replacement=True, generator=seeded())
    drawn = machine.gibbs_sweep([u[rows] for u in layers], seeded(1))
    for units, after in zip(layers, drawn, strict=True):
        assert (after.mean(0) - p @ units).abs().max() < 5 * 0.5 / math.sqrt(len(rows))


@torch.no_grad()
def test_ais_and_reverse_ais_find_log_z_within_their_error(machine):
    _, _, log_z = exact(machine)
    machine = machine.float()
    layers = [torch.zeros_like(c) for c in machine.chains]
    for _ in range(200):
        layers = machine.gibbs_sweep(layers, seeded(3))
    for chain, units in zip(machine.chains, layers, strict=True):
        chain.copy_(units)
    for estimate in (scoring.ais, scoring.reverse_ais):
        found = estimate(machine, seeded(4), ((1.0, 300),), 64)
        assert abs(found.value - float(log_z)) < 4 * found.standard_error + 0.01
        assert found.effective_chains > 10


def test_estimates_that_disagree_or_hang_on_few_chains_are_no_score():
    good = LogZ(10.0, 0.1, 40.0, 64, 100)
    assert scoring.disagreement(good, LogZ(10.3, 0.1, 30.0, 64, 100)) == ""
    assert "differ by 0.60 nats" in scoring.disagreement(good, LogZ(10.6, 0.1, 30.0, 64, 100))
    assert "2.0 of 64" in scoring.disagreement(LogZ(10.0, 0.1, 2.0, 64, 100), good)


def test_gradient_is_that_of_the_bound_minus_log_z_by_finite_differences(machine):
    v, _, _ = exact(machine)
    v = v[[1, 2, 5]]
    beliefs = machine.mean_field(v, 5_000, 1e-12).layers
    every = every_state(machine)

    def objective():
        with torch.no_grad():
            settled = machine.mean_field(v, 5_000, 1e-12).layers
            return float(machine.unnormalised_bound(settled).mean()) - float(exact(machine)[2])

    with torch.no_grad():
        p = log_joint(machine, every).softmax(0)
        moments = [[u * (p * len(p)).sqrt()[:, None] for u in every]]  # products of pairs are then exact means
        slopes = machine.gradients(beliefs, moments[0], [torch.zeros(n, dtype=torch.float64) for n in machine.sizes])
    for parameter, slope in zip(machine.weights, slopes, strict=False):
        for at in ((0, 0), (1, 1)):
            ends = []
            for step in (1e-5, -1e-5):
                parameter.data[at] += step
                ends.append(objective())
                parameter.data[at] -= step
            assert float(slope[at]) == pytest.approx(-(ends[0] - ends[1]) / 2e-5, abs=1e-5)


def test_centred_gradient_is_the_plain_one_of_the_centred_machine(machine):
    """Steps on weights W and biases c of -(u_l - m_l) W_l (u_l+1 - m_l+1) - c.u, taken back to plain biases."""
    data, model = ([torch.rand(7, n, generator=seeded(k), dtype=torch.float64) for n in machine.sizes] for k in (1, 2))
    offsets = [torch.rand(n, generator=seeded(9 + n), dtype=torch.float64) for n in machine.sizes]
    weights = [w.detach().clone().requires_grad_() for w in machine.weights]
    biases = [torch.zeros(n, dtype=torch.float64, requires_grad=True) for n in machine.sizes]

    def energy(layers):
        total = -sum((u @ c).mean() for u, c in zip(layers, biases, strict=True))
        away = [u - m for u, m in zip(layers, offsets, strict=True)]
        return total - sum(((a @ w) * b).sum(1).mean() for a, w, b in zip(away, weights, away[1:], strict=False))

    (energy(data) - energy(model)).backward()
    expected = [c.grad.clone() for c in biases]
    for layer, weight in enumerate(weights):  # b = c - W m
        expected[layer] -= weight.grad @ offsets[layer + 1]
        expected[layer + 1] -= offsets[layer] @ weight.grad
    with torch.no_grad():
        found = machine.gradients(data, model, offsets)
    torch.testing.assert_close(found, [*(w.grad for w in weights), *expected])


@torch.no_grad()
def test_draws_follow_the_posterior_where_beliefs_leave_out_what_varies_together(machine):
    machine.config = dataclasses.replace(machine.config, drawn_updates=1, posterior_steps=30)
    v, every = states(machine.sizes[0])[5:6], every_state(machine)
    here = (every[0] == v).all(1)
    p = log_joint(machine, every)[here].softmax(0)[:, None]
    drawn = machine.data_layers(v.expand(20_000, -1), None, seeded())
    beliefs = machine.mean_field(v).layers
    away = []
    for layer in range(1, len(every) - 1):
        exact_product = (p * every[layer][here]).t() @ every[layer + 1][here]
        product = drawn[layer].t() @ drawn[layer + 1] / len(drawn[0])
        torch.testing.assert_close(product, exact_product, atol=0.02, rtol=0)
        away.append((beliefs[layer].t() @ beliefs[layer + 1] - exact_product).abs().max())
    assert max(away) > 0.02


@torch.no_grad()
def test_classes_are_held_where_they_are_known():
    machine = tiny((4, 3, 2), labels=3)
    v, y = states(4)[[1, 2, 5]], torch.tensor([2, 0, 1])
    for updates in (0, 1):
        machine.config = dataclasses.replace(machine.config, drawn_updates=updates)
        layers = machine.data_layers(v, y, seeded())
        assert torch.equal(layers[0], v)
        assert torch.equal(layers[-1].argmax(1), y) and set(layers[-1].unique().tolist()) == {0, 1}
    torch.testing.assert_close(machine.classify(v).sum(1), torch.ones(3, dtype=torch.float64))
    with pytest.raises(ValueError, match="no units for classes"):
        tiny((4, 3, 2)).sample(2, seeded(), 1, labels=torch.tensor([0, 1]))


@torch.no_grad()
def test_samples_of_a_class_follow_its_distribution():
    machine = tiny((4, 3, 2), labels=3)
    every = every_state(machine)
    p = log_joint(machine, every) + every[-1][:, 1].log()
    drawn = machine.sample(20_000, seeded(), steps=60, labels=torch.ones(20_000, dtype=torch.int64))
    assert (drawn.double().mean(0) - p.softmax(0) @ every[0]).abs().max() < 5 * 0.5 / math.sqrt(len(drawn))


@torch.no_grad()
def test_real_valued_visibles_by_integration():
    machine = DBM(DBMConfig((2,), layers=(3, 2), visible="gaussian", chains=64)).double()
    for i, parameter in enumerate(machine.parameters()):
        parameter.copy_(torch.randn(parameter.shape, generator=seeded(i), dtype=torch.float64))
    line = torch.linspace(-12, 12, 121, dtype=torch.float64)
    v = torch.cartesian_prod(line, line)
    h1, h2 = states(3).repeat_interleave(4, 0), states(2).repeat(8, 1)
    pairs = [(a.expand(len(v), -1), b.expand(len(v), -1)) for a, b in zip(h1, h2, strict=True)]
    joint = torch.stack([log_joint(machine, [v, a, b]) for a, b in pairs], 1)
    joint = joint - v.square().sum(1, keepdim=True) / 2
    torch.testing.assert_close(scoring.exact_log_marginal(machine, v), joint.logsumexp(1))
    area = 2 * math.log(float(line[1] - line[0]))
    log_z = float(joint.flatten().logsumexp(0)) + area
    assert scoring.exact_log_z(machine) == pytest.approx(log_z, abs=1e-6)
    mean = machine.layer_mean([v[:32], h1, h2], 0)
    torch.testing.assert_close(mean, (joint - joint.logsumexp(0)).exp().t() @ v, atol=1e-6, rtol=0)
    machine.base_bias.copy_(mean.mean(0))
    found = scoring.ais(machine.float(), seeded(4), ((1.0, 300),), 64)
    assert abs(found.value - log_z) < 4 * found.standard_error + 0.01


@torch.no_grad()
@pytest.mark.parametrize("centred", [True, False])
def test_a_doubled_layer_learns_like_one_on_two_copies_of_its_data(centred):
    config = RBMConfig((4,), hidden=3, negative="cd", centred=centred)
    one, two = DoubledRBM(config, 2, 1), BernoulliRBM(dataclasses.replace(config, event_shape=(8,)))
    for parameter in one.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=seeded(parameter.numel())))
    two.W.copy_(one.W.repeat(2, 1))
    two.visible_bias.copy_(one.visible_bias.repeat(2))
    two.hidden_bias.copy_(one.hidden_bias)
    one.visible_offset.fill_(0.3)
    two.visible_offset.fill_(0.3)
    v, h = states(4).float(), states(3).float()
    torch.testing.assert_close(one.hidden_input(v), two.hidden_input(v.repeat(1, 2)))
    torch.testing.assert_close(one.visible_input(h), two.visible_input(h)[:, :4])
    both = v[torch.randperm(16, generator=seeded())]
    _, (own, _, hidden) = one._gap_and_gradients(both, one.hidden_input(both), 6)
    wide = both.repeat(1, 2)
    _, (copies, _, same) = two._gap_and_gradients(wide, two.hidden_input(wide), 6)
    torch.testing.assert_close(own, copies[:4] + copies[4:])
    if centred:  # what keeps the machine's own biases as they are while W goes a step, which is twice as long in `one`
        hidden, same = hidden + 2 * one.visible_offset @ own, same + two.visible_offset @ copies
    torch.testing.assert_close(hidden, same)


@torch.no_grad()
def test_a_machine_starts_from_a_stack_with_doubled_weights():
    """At the means of all layers, every unit's input is what it was in the stack."""
    sizes = (5, 4, 3)
    stack = RBMStack(RBMStackConfig((6,), layers=sizes, code="binary", doubled=True))
    for i, machine in enumerate(stack.machines):
        for values in (*machine.parameters(), machine.visible_offset, machine.hidden_offset):
            values.copy_(torch.rand(values.shape, generator=seeded(10 * i + len(values))))
    model = DBM(DBMConfig((6,), layers=sizes, chains=8))
    model.start_from_model(stack)
    means = [machine.visible_offset for machine in stack.machines] + [stack.machines[-1].hidden_offset]
    torch.testing.assert_close(model.offsets, means)
    torch.testing.assert_close(
        model.layer_input([m[None] for m in means], 0), stack.machines[0].visible_input(means[1][None])
    )
    for layer, machine in enumerate(stack.machines):
        found = model.layer_input([m[None] for m in means], layer + 1)
        torch.testing.assert_close(found, machine.hidden_input(means[layer][None]))
    assert all(0 < chain.mean() < 1 for chain in model.chains)
    with pytest.raises(ValueError, match="doubled"):
        model.start_from_model(RBMStack(RBMStackConfig((6,), layers=sizes, code="binary")))
    with pytest.raises(ValueError, match=r"layers=\(5, 4\)"):
        DBM(DBMConfig((6,), layers=(5, 4))).start_from_model(stack)


def run(state, train, steps):
    for _ in fit(state, train, report_every=0):
        if state.step >= steps:
            return


def started(**settings):
    torch.manual_seed(0)
    model = DBM(DBMConfig((8, 8), layers=(12, 6), chains=20, **settings))
    return TrainState(model, TrainConfig(epochs=1, batch_size=50, lr=0.05, average=0.9), 0, torch.device("cpu"))


def test_resumes_to_the_bit(tmp_path):
    train = preprocess(load("digits"), "threshold", "train")
    whole, half, rest = (started(drawn_updates=8) for _ in range(3))
    run(whole, train, 12)
    run(half, train, 5)
    half.save(tmp_path)
    rest.load(tmp_path)
    run(rest, train, 12)
    for name, expected in whole.result().items():
        assert torch.equal(rest.result()[name], expected), name
    assert not torch.equal(whole.model.chain_1, started().model.chain_1)


def test_training_raises_the_exact_likelihood_above_the_base_rates():
    torch.manual_seed(0)
    data = load("bars-and-stripes")
    train = preprocess(data, "as-is", "train")
    model = DBM(DBMConfig((4, 4), layers=(8, 6), iterations=10, steps=5))
    config = TrainConfig(epochs=3000, batch_size=30, lr=0.2)
    for _ in fit(TrainState(model, config, 0, torch.device("cpu")), train):
        pass
    x = train.values.float().flatten(1)
    found = float(scoring.exact_log_marginal(model, x).mean()) - scoring.exact_log_z(model)
    assert found > -16 * math.log(2) + 4  # 16 fair coins, which are this data's base rates


def test_training_begins_with_draws_and_goes_on_with_beliefs():
    train = preprocess(load("digits"), "threshold", "train")
    state = started(drawn_updates=2)
    drawn = []
    for step in (1, 2, 3):
        u = state.model.data_layers(train.values[:50].float().flatten(1), None, seeded())[2]
        drawn.append(set(u.unique().tolist()) <= {0, 1})
        run(state, train, step)
    assert drawn == [True, True, False]


def test_the_second_layer_lives():
    """With beliefs alone its weights fall to a sixth, and the machine does as well without it."""
    train, test = (preprocess(load("digits"), "threshold", part) for part in ("train", "test"))
    preset = models.preset("digits-dbm-tiny")
    model = DBM(preset.model)
    config = dataclasses.replace(preset.train, epochs=40, average=0.0)
    for _ in fit(TrainState(model, config, 0, torch.device("cpu")), train):
        pass
    x = test.values.float()

    def likelihood():
        return float(scoring.exact_log_marginal(model, x).mean()) - scoring.exact_log_z(model)

    with torch.no_grad():
        whole = likelihood()
        model.biases[1].add_(model.weights[1] @ model.offsets[2])
        model.weights[1].zero_()
        assert whole > likelihood() + 0.03


def test_scores_are_exact_where_they_can_be_and_tell_classes():
    model = DBM(DBMConfig((8, 8), layers=(6, 4), labels=10, chains=20)).eval().requires_grad_(False)
    digits = load("digits")
    model.start_from(preprocess(digits, "threshold", "train").values.float())
    found = {score.name: score for score in scoring.scores(Subject(model, digits, "threshold", thorough=False))}
    assert {"test log-probability", "bound on test log-probability", "log Z", "log Z by AIS"} <= found.keys()
    assert found["bound on test log-probability"].value <= found["test log-probability"].value
    assert abs(found["log Z by AIS"].value - found["log Z"].value) < 0.1
    assert 0 <= found["accuracy by mean field"].value <= 1


def test_what_ais_claims_stands_where_it_is_no_score(monkeypatch):
    model = DBM(DBMConfig((8, 8), layers=(6, 4), chains=20)).eval().requires_grad_(False)
    digits = load("digits")
    model.start_from(preprocess(digits, "threshold", "train").values.float())
    monkeypatch.setattr(scoring, "ais", lambda *_: LogZ(60.0, 0.1, 2.0, 64, 100))
    monkeypatch.setattr(scoring, "reverse_ais", lambda *_: LogZ(40.0, 0.1, 1.5, 64, 100))
    found = {one.name: one for one in scoring.scores(Subject(model, digits, "threshold", thorough=False))}
    reason = found["log Z by AIS"].reason
    assert "differ by 20.00 nats" in reason and "(2.0 of 64 effective)" in reason and "(1.5 of 64 effective)" in reason
    by_ais, by_reverse = (float(part.split()[-1]) for part in reason.split(" (")[:2])
    assert by_reverse - by_ais == pytest.approx(20, abs=0.11)


def test_abilities():
    model = DBM(DBMConfig((2, 3), layers=(4, 3)))
    for ability in (Encodes, Decodes, HasLayers, Monitored, Sampler, StartsFromData):
        assert isinstance(model, ability)
    assert not isinstance(model, GibbsModel)
    x = torch.ones(5, 2, 3)
    assert model.encode(x).shape == (5, 3)
    assert model.decode(model.encode(x)).shape == (5, 2, 3)
    assert model.sample(7, seeded(), steps=2).shape == (7, 2, 3)
    assert {name: u.shape[1] for name, u in model.activations(x)} == model.layer_sizes == {"hidden-1": 4, "code": 3}
    with pytest.raises(ValueError, match=r"\(5, 7\)"):
        model.encode(torch.ones(5, 7))


def test_settings_and_data_that_do_not_fit_are_named():
    with pytest.raises(SettingError, match=r"layers=\(5,\)"):
        DBMConfig((8, 8), layers=(5,))
    with pytest.raises(SettingError, match=r"event_shape"):
        DBMConfig((), layers=(5, 5))
    with pytest.raises(SettingError, match=r"kind='counts'"):
        refit(DBMConfig((8, 8)), "counts", (3,))
    with pytest.raises(SettingError, match=r"labels=1"):
        DBMConfig((8, 8), labels=1)
    assert refit(DBMConfig((8, 8), labels=10), "real", (3,)).accepts == ("real",)


def test_presets_are_found():
    ends = ("", "-classes", "-pretrained", "-stack", "-tiny")
    names = {name for name in models.presets() if "dbm" in name}
    assert names == {"mnist-dbm", *(f"digits-dbm{end}" for end in ends)}
    assert models.origin_of(models.preset("digits-dbm-pretrained")) == models.preset("digits-dbm-stack")
