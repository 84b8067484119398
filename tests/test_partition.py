"""Partition functions: enumeration, annealing and its reverse agree."""

import math

import pytest
import torch
from conftest import VISIBLE, log_joint, machine, seeded, sequences, visible_states

from core.data.sets.bars_and_stripes import patterns
from core.evaluation.ais import (
    PAPER_SCHEDULE,
    LogZ,
    ais_log_weights,
    ais_log_z,
    all_states,
    can_be_exact,
    exact_log_z,
    log_prob,
    reverse_bound,
    schedule,
    spaced,
)
from core.models.boltzmann.rbm import RBMConfig, build

LENGTH = 3  # words of a document


def enumerated_log_z(model) -> float:
    v, log_volume = visible_states(model, LENGTH)
    h = torch.cat(list(all_states(model.config.hidden)))
    return float((log_joint(model, v, h) + log_volume).logsumexp((0, 1)))


def test_all_states_are_all_states_once():
    chunks = list(all_states(5, chunk=6))
    assert [len(c) for c in chunks] == [6, 6, 6, 6, 6, 2]
    states = torch.cat(chunks)
    assert states.dtype == torch.float64
    assert len(states.unique(dim=0)) == 32
    assert states.equal(states.unique(dim=0)), "in order"


def test_exact_log_z_is_the_sum_over_all_pairs(tiny):
    found = exact_log_z(tiny, LENGTH)
    assert found.exact and found.standard_error == 0 and found.effective_chains == math.inf
    assert found.value == pytest.approx(enumerated_log_z(tiny), abs=1e-7)


def test_both_sides_of_a_machine_give_the_same_log_z():
    """With more hidden than visible units the visible side is summed; the transposed machine is the same one."""
    wide = machine(units=3, hidden=6)
    narrow = machine(units=6, hidden=3)
    with torch.no_grad():
        narrow.W.copy_(wide.W.t())
        narrow.visible_bias.copy_(wide.hidden_bias)
        narrow.hidden_bias.copy_(wide.visible_bias)
    assert exact_log_z(wide).value == pytest.approx(exact_log_z(narrow).value, abs=1e-10)
    v = torch.cat(list(all_states(3)))
    assert exact_log_z(wide).value == pytest.approx(float((-wide.free_energy(v)).detach().logsumexp(0)), abs=1e-10)


def test_probabilities_sum_to_one(tiny):
    v, log_volume = visible_states(tiny, LENGTH)  # for word counts: every sequence of words in order
    log_z = exact_log_z(tiny, LENGTH)
    with torch.no_grad():
        assert float((log_prob(tiny, v, log_z) + log_volume).logsumexp(0)) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_word_sequences_of_every_length_sum_to_one(length):
    model = machine("softmax", units=3)
    v = sequences(3, length)
    assert len(v) == 3**length
    assert float(log_prob(model, v, exact_log_z(model, length)).exp().sum()) == pytest.approx(1, abs=1e-9)


def test_float32_machines_are_summed_in_float64():
    """A machine whose energies are large: float32 sums would be off by more than the tolerance."""
    model = machine(units=6, hidden=10)
    with torch.no_grad():
        model.W.mul_(20)
        model.W.copy_(model.W.float())
        model.visible_bias.copy_(model.visible_bias.float())
        model.hidden_bias.copy_(model.hidden_bias.float())
        exact = exact_log_z(model).value
        assert exact_log_z(model.float()).value == pytest.approx(exact, abs=1e-9)
        assert log_prob(model, torch.zeros(2, 6), 1.0).dtype == torch.float64
        assert ais_log_weights(model, schedule(((1.0, 5),)), 3, seeded()).dtype == torch.float64
        assert reverse_bound(model, torch.zeros(2, 6), seeded(), ((1.0, 5),)).dtype == torch.float64


def test_large_machines_are_refused():
    model = build(RBMConfig((30,), hidden=25))
    assert not can_be_exact(model)
    with pytest.raises(ValueError, match="30 visible and 25 hidden"):
        exact_log_z(model)
    assert can_be_exact(build(RBMConfig((8,), hidden=200)))
    assert not can_be_exact(build(RBMConfig((8,), hidden=200, visible="gaussian")))  # no sum over real values
    assert can_be_exact(build(RBMConfig((300,), hidden=8, visible="gaussian")))


@pytest.mark.parametrize("pieces", [PAPER_SCHEDULE, spaced(1_450), spaced(3), ((1.0, 1),), ((0.2, 3), (1.0, 2))])
def test_schedules_rise_from_zero_to_one(pieces):
    betas = schedule(pieces)
    assert betas.dtype == torch.float64
    assert betas[0] == 0 and betas[-1] == 1
    assert (betas.diff() > 0).all()
    assert len(betas) == 1 + sum(count for _, count in pieces)


def test_the_papers_schedule_has_its_14_500_temperatures():
    betas = schedule(PAPER_SCHEDULE)
    assert len(betas) - 1 == 14_500
    assert betas[500] == pytest.approx(0.5) and betas[4_500] == pytest.approx(0.9)


def test_other_numbers_of_temperatures_are_spaced_as_the_papers_are():
    assert spaced(14_500) == PAPER_SCHEDULE
    assert spaced(1_450) == ((0.5, 50), (0.9, 400), (1.0, 1_000))
    assert sum(count for _, count in spaced(77)) == 77


def test_base_log_z_is_that_of_the_machine_at_beta_zero(tiny):
    v, log_volume = visible_states(tiny, LENGTH)
    h = torch.cat(list(all_states(3)))
    expected = (log_joint(tiny, v, h, 0.0, "base") + log_volume).logsumexp((0, 1))
    found = tiny.base_log_z(torch.tensor([float(LENGTH)]))
    assert found.dtype == torch.float64
    assert float(found) == pytest.approx(float(expected), abs=1e-7)


def test_word_counts_need_a_length():
    with pytest.raises(ValueError, match="lengths"):
        machine("softmax").base_log_z()


@pytest.mark.parametrize("visible", VISIBLE)
def test_annealing_finds_log_z(visible):
    model = machine(visible, units=2 if visible == "gaussian" else 5, hidden=4).float()
    length = LENGTH if visible == "softmax" else None
    exact = exact_log_z(model, LENGTH).value
    found = ais_log_z(model, seeded(4), ((0.5, 50), (1.0, 150)), chains=400, length=length)
    assert not found.exact and (found.chains, found.temperatures) == (400, 200)
    assert 1 <= found.effective_chains <= 400
    assert 0 < found.standard_error < 0.1
    assert abs(found.value - exact) < 4 * found.standard_error + 1e-4
    with torch.no_grad():  # and another machine would not pass for this one
        model.visible_bias.add_(0.2)
    assert abs(found.value - exact_log_z(model, LENGTH).value) > 4 * found.standard_error


@pytest.mark.parametrize("visible", VISIBLE)
@pytest.mark.parametrize("temperatures", [1, 3, 12])
def test_annealing_weights_are_unbiased_however_few_the_temperatures(visible, temperatures):
    """E[w] = Z / Z_base, exactly: what fails is a transition that does not leave its distribution alone."""
    model = machine(visible, units=2 if visible == "gaussian" else 3, hidden=2).float()
    n = 40_000
    lengths = torch.full((n,), float(LENGTH)) if visible == "softmax" else None
    log_w = ais_log_weights(model, schedule(((1.0, temperatures),)), n, seeded(5), lengths)
    base = float(model.base_log_z(None if lengths is None else lengths[:1]))
    w = (log_w + base - exact_log_z(model, LENGTH).value).exp()
    error = float(w.std()) / n**0.5
    assert error < 0.1
    assert abs(float(w.mean()) - 1) < 4 * error


@pytest.mark.parametrize("visible", VISIBLE)
def test_the_reverse_weights_are_unbiased_for_the_annealing_model(visible):
    """E[w(v)] = p_annealed(v), so the mean of w(v) / p(v) over v drawn from p is the sum of p_annealed: one."""
    model = machine(visible, units=2 if visible == "gaussian" else 3, hidden=2).float()
    v, _ = visible_states(model, LENGTH)
    n = 20_000
    p = log_prob(model, v.float(), exact_log_z(model, LENGTH)).softmax(0)
    rows = v[torch.multinomial(p, n, replacement=True, generator=seeded(6))].float()
    for temperatures in (1, 4):
        bound = reverse_bound(model, rows, seeded(7), ((1.0, temperatures),))
        ratio = (bound - log_prob(model, rows, exact_log_z(model, LENGTH))).exp()
        error = float(ratio.std()) / n**0.5
        assert abs(float(ratio.mean()) - 1) < 4 * error, temperatures


@pytest.mark.parametrize("visible", VISIBLE)
def test_the_reverse_bound_stays_below_and_comes_close(visible):
    model = machine(visible, units=2 if visible == "gaussian" else 5, hidden=4).float()
    v, _ = visible_states(model, LENGTH)
    p = log_prob(model, v.float(), exact_log_z(model, LENGTH)).softmax(0)
    rows = v[torch.multinomial(p, 500, replacement=True, generator=seeded(8))].float()
    exact = log_prob(model, rows, exact_log_z(model, LENGTH))
    gaps = []
    for temperatures in (2, 20, 200):
        below = exact - reverse_bound(model, rows, seeded(9), ((1.0, temperatures),))
        error = float(below.std()) / len(rows) ** 0.5
        assert float(below.mean()) > -4 * error
        gaps.append(float(below.mean()))
    assert gaps[0] > gaps[2] and abs(gaps[2]) < 0.05
    several = exact - reverse_bound(model, rows, seeded(9), ((1.0, 2),), chains=8)
    assert float(several.mean()) < gaps[0], "more chains tighten it"


def test_a_sure_machine_is_scored_at_the_entropy():
    """Weights zero and biases zero: every image has probability 2^-D."""
    model = build(RBMConfig((3, 3), hidden=2)).eval()
    images = torch.from_numpy(patterns(3)[0]).float()
    found = log_prob(model, images, exact_log_z(model))
    torch.testing.assert_close(found, torch.full_like(found, -9 * math.log(2)), rtol=0, atol=1e-6)
    assert float(log_prob(model, images, 2.0)[0]) == pytest.approx(float(-model.free_energy(images)[0].detach()) - 2)
    assert LogZ(1.0, chains=3).exact is False


def test_progress_is_reported():
    calls = []
    ais_log_z(machine().float(), seeded(), ((1.0, 120),), 3, progress=lambda *at: calls.append(at))
    assert calls == sorted(calls) and all(0 <= done <= total == 120 for done, total in calls)
