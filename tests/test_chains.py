"""Chains frame by frame: they sample what they should, however they are cut, held, heated or thinned out."""

import numpy as np
import pytest
import torch
from conftest import binary_states, log_joint, machine, seeded
from scipy.stats import chi2

from core.analysis.gibbs_chains import (
    MAX_CHAINS,
    MAX_FRAMES,
    REPLICAS,
    ChainSettings,
    Clamp,
    pack_bits,
    run,
    unpack_bits,
)
from core.config.fields import SettingError


@pytest.fixture(scope="module")
def model():
    return machine("bernoulli", units=4, hidden=3).float()


def visible_distribution(model, beta=1.0, off=()) -> torch.Tensor:
    """p(v) of every visible state by enumeration, at inverse temperature beta, with some hidden units held at 0."""
    v, h = binary_states(4), binary_states(3)
    log_p = log_joint(model.double(), v, h, beta)
    model.float()
    log_p = log_p[:, (h[:, list(off)] == 0).all(1)]
    return torch.softmax(log_p.logsumexp(1), 0)


def counts(samples: torch.Tensor) -> torch.Tensor:
    """How often each visible state (rows of four bits) was seen."""
    return torch.bincount((samples.flatten(0, -2) @ torch.tensor([8.0, 4, 2, 1])).long(), minlength=16)


def draw(model, settings, frames=40, burn=30, clamp=None):
    """Visible samples (T, N, D) after a burn-in, `settings.sweeps` sweeps apart."""
    start = torch.zeros(MAX_CHAINS, 4)
    made = run(model, settings, start, 0, burn, clamp=clamp)
    hidden = made.replicas[-1] if made.replicas else made.hidden[-1]
    return torch.stack(run(model, settings, start, burn, frames, hidden, clamp).sample)


def chi_square(seen: torch.Tensor, expected: torch.Tensor) -> float:
    """p-value of the counts under the distribution."""
    wanted = expected * seen.sum()
    return float(chi2.sf(float(((seen - wanted) ** 2 / wanted).sum()), len(wanted) - 1))


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_gibbs_chains_sample_the_machine_at_their_temperature(model, temperature):
    settings = ChainSettings(temperature=temperature, sweeps=12, seed=1)
    seen = counts(draw(model, settings))
    assert chi_square(seen, visible_distribution(model, 1 / temperature)) > 1e-4
    other = 2.0 if temperature == 1 else 1.0
    assert chi_square(seen, visible_distribution(model, 1 / other)) < 1e-4, "the test can tell temperatures apart"


def test_tempered_chains_sample_the_machine(model):
    seen = counts(draw(model, ChainSettings(sampler="pt", sweeps=6, seed=2), frames=60))
    assert chi_square(seen, visible_distribution(model)) > 1e-4


@pytest.mark.parametrize("sampler", ["gibbs", "pt"])
def test_with_units_off_they_sample_the_smaller_machine(model, sampler):
    seen = counts(draw(model, ChainSettings(sampler=sampler, sweeps=8, off=(1,), seed=3)))
    assert chi_square(seen, visible_distribution(model, off=(1,))) > 1e-4
    assert chi_square(seen, visible_distribution(model)) < 1e-4


@pytest.mark.parametrize("sampler", ["gibbs", "pt"])
def test_with_pixels_held_they_sample_the_rest_given_those(model, sampler):
    clamp = Clamp(torch.tensor([False, True, False, True]), torch.tensor([0.0, 1, 0, 0]))
    seen = counts(draw(model, ChainSettings(sampler=sampler, sweeps=8, seed=5), clamp=clamp))
    states = binary_states(4)
    allowed = (states[:, 1] == 1) & (states[:, 3] == 0)
    assert not seen[~allowed].any()
    given = visible_distribution(model)[allowed]
    assert chi_square(seen[allowed], given / given.sum()) > 1e-4


def test_cd_sees_the_distribution_after_k_sweeps_not_the_stationary_one(model):
    """From one start, k = 1: p(v') = sum_h p(h | v) p(v' | h), by enumeration."""
    start = torch.tensor([1.0, 0, 1, 0]).expand(MAX_CHAINS, 4)
    made = run(model, ChainSettings(sampler="cd", cd_steps=2, seed=4), start, 0, 120)
    seen = counts(torch.stack(made.sample[1::2]))
    h, v = binary_states(3), binary_states(4)
    model.double()
    up = torch.distributions.Bernoulli(model.hidden_probs(start[:1].double())).log_prob(h).sum(1)
    down = torch.distributions.Bernoulli(model.visible_probs(h)).log_prob(v[:, None]).sum(-1)
    model.float()
    assert chi_square(seen, (up + down).logsumexp(1).exp().detach()) > 1e-4


@pytest.mark.parametrize(
    ("k", "sweeps", "back"),
    [
        (5, 1, [0, 5, 10]),
        (1, 1, range(12)),
        (4, 2, [0, 2, 4, 6, 8, 10]),
        (3, 7, range(12)),
        (3, 2, [0, 2, 3, 5, 6, 8, 9, 11]),
    ],
)
def test_cd_goes_back_to_the_start_every_k_sweeps(model, k, sweeps, back):
    start = torch.tensor([1.0, 1, 0, 1]).expand(64, 4)
    made = run(model, ChainSettings(sampler="cd", cd_steps=k, sweeps=sweeps), start, 0, 12)
    assert [t for t in range(12) if torch.equal(made.sample[t], start)] == list(back)


@pytest.mark.parametrize("sampler", ["gibbs", "cd", "pt"])
@pytest.mark.parametrize("cuts", [(1, 1, 1, 1, 1, 1, 1), (2, 5), (6, 1)])
def test_a_film_is_the_same_however_it_is_cut(model, sampler, cuts):
    settings = ChainSettings(sampler=sampler, sweeps=2, cd_steps=3, off=(2,), seed=9)
    start = torch.bernoulli(torch.full((7, 4), 0.5), generator=seeded())
    clamp = Clamp(torch.tensor([True, False, False, False]), torch.ones(4))
    whole = run(model, settings, start, 0, 7, clamp=clamp)
    t, hidden = 0, None
    for cut in cuts:
        part = run(model, settings, start, t, cut, hidden, clamp)
        for name in ("mean", "sample", "hidden", "free_energy", "replicas"):
            for k, tensor in enumerate(getattr(part, name)):
                assert torch.equal(tensor, getattr(whole, name)[t + k]), (name, t + k)
        t += cut
        hidden = part.replicas[-1] if sampler == "pt" else part.hidden[-1]


def test_every_frame_and_seed_has_random_numbers_of_its_own(model):
    start = torch.zeros(MAX_CHAINS, 4)
    films = [torch.stack(run(model, ChainSettings(seed=seed), start, 0, 10).hidden) for seed in range(4)]
    frames = torch.cat(films).flatten(1)
    assert len(torch.unique(frames, dim=0)) == len(frames)


@pytest.mark.parametrize("sampler", ["gibbs", "cd", "pt"])
def test_the_frame_zero_is_the_start_and_free_energies_are_of_what_is_shown(model, sampler):
    start = torch.bernoulli(torch.full((5, 4), 0.5), generator=seeded(1))
    made = run(model, ChainSettings(sampler=sampler, temperature=1), start, 0, 4)
    assert torch.equal(made.sample[0], start) and torch.equal(made.mean[0], start)
    for v, energy in zip(made.sample, made.free_energy, strict=True):
        torch.testing.assert_close(energy, model.free_energy(v))


@pytest.mark.parametrize("sampler", ["gibbs", "cd", "pt"])
def test_off_units_stay_off_and_held_pixels_hold(model, sampler):
    clamp = Clamp(torch.tensor([True, False, True, False]), torch.tensor([1.0, 0, 0, 0]))
    made = run(model, ChainSettings(sampler=sampler, off=(0, 2), cd_steps=4), torch.zeros(9, 4), 0, 20, clamp=clamp)
    assert not torch.stack(made.hidden)[..., [0, 2]].any()
    assert torch.stack(made.hidden)[..., 1].any()
    for layer in (made.sample, made.mean):
        assert (torch.stack(layer)[..., 0] == 1).all() and (torch.stack(layer)[..., 2] == 0).all()
    if made.replicas:
        assert torch.stack(made.replicas).shape == (20, REPLICAS, 9, 3)
        assert not torch.stack(made.replicas)[..., [0, 2]].any()


def test_a_gaussian_machine_runs_and_heat_spreads_it():
    model = machine("gaussian", units=3).float()
    spread = [
        torch.stack(run(model, ChainSettings(temperature=t), torch.zeros(200, 3), 0, 30).sample[10:]).std()
        for t in (0.5, 1, 4)
    ]
    assert spread[0] < spread[1] < spread[2]


@pytest.mark.parametrize("units", [1, 7, 8, 9, 500])
def test_bits_survive_packing(units):
    x = np.random.default_rng(units).integers(0, 2, (3, 5, units))
    packed = pack_bits(x)
    assert packed.shape == (3, 5, -(-units // 8)) and packed.dtype == np.uint8
    assert np.array_equal(unpack_bits(packed, units), x)
    assert packed[0, 0, 0] >> 7 == x[0, 0, 0], "most significant bit first, as the browser reads them"
    with pytest.raises(ValueError, match="cannot hold"):
        unpack_bits(packed, 8 * packed.shape[-1] + 1)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"sampler": "annealed"}, "sampler"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": float("inf")}, "temperature"),
        ({"sweeps": 0}, "sweeps"),
        ({"sweeps": 201}, "sweeps"),
        ({"cd_steps": 0}, "cd_steps"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
    ],
)
def test_a_setting_out_of_range_is_named(settings, named):
    with pytest.raises(SettingError, match=named):
        ChainSettings(**settings)


def test_arguments_that_do_not_fit_are_named(model):
    start = torch.zeros(2, 4)
    with pytest.raises(SettingError, match="chains"):
        run(model, ChainSettings(), torch.zeros(MAX_CHAINS + 1, 4), 0, 1)
    with pytest.raises(SettingError, match="count"):
        run(model, ChainSettings(), start, 0, MAX_FRAMES + 1)
    with pytest.raises(SettingError, match="start"):
        run(model, ChainSettings(), torch.zeros(2, 5), 0, 1)
    for off in ((3,), (-1,)):
        with pytest.raises(SettingError, match="off"):
            run(model, ChainSettings(off=off), start, 0, 1)
    with pytest.raises(SettingError, match="temperature"):
        run(model, ChainSettings(sampler="pt", temperature=2), start, 0, 1)
    with pytest.raises(ValueError, match="frame before"):
        run(model, ChainSettings(), start, 3, 1)
    with pytest.raises(ValueError, match="frame before"):
        run(model, ChainSettings(), start, 0, 1, torch.zeros(2, 3))
