"""The machine against enumeration: energies, conditionals, gradients and the stationarity of its chains."""

import math

import pytest
import torch
from conftest import (
    VISIBLE,
    binary_states,
    log_joint,
    machine,
    plain_energy,
    seeded,
    visible_states,
)
from scipy import stats

from core.config.fields import SettingError
from core.models.boltzmann.rbm import RBM, RBMConfig, build
from core.models.capabilities import GibbsModel, Monitored, Sampler
from core.models.training_protocols import StartsFromData, Trainable
from core.numerics.sampling import bernoulli, binarise, multinomial_counts, pooled_bernoulli


def close(found, expected, tolerance=1e-9):
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance, check_dtype=False)


# -- energies and conditionals ------------------------------------------------------------------


def test_energy_is_the_papers(tiny):
    v, _ = visible_states(tiny)
    h = binary_states(3)
    expected = plain_energy(tiny, v, h)
    for j, state in enumerate(h):
        close(tiny.energy(v, state.expand(len(v), -1)), expected[:, j])


@pytest.mark.parametrize("path", ["heat", "base"])
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_free_energy_and_hidden_conditional_sum_over_the_hidden_states(tiny, beta, path):
    v, _ = visible_states(tiny)
    h = binary_states(3)
    joint = log_joint(tiny, v, h, beta, path)
    close(tiny.free_energy(v, beta, path), -joint.logsumexp(1))
    close(tiny.hidden_probs(v, beta), joint.softmax(1) @ h)
    column = torch.full((len(v), 1), beta, dtype=torch.float64)  # one beta a chain gives the same
    close(tiny.free_energy(v, column, path), -joint.logsumexp(1))
    close(tiny.hidden_probs(v, column), joint.softmax(1) @ h)


@pytest.mark.parametrize("path", ["heat", "base"])
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("visible", VISIBLE)
def test_visible_conditional_is_the_mean_over_the_visible_states(visible, beta, path):
    if visible == "gaussian" and beta == 0 and path == "heat":
        pytest.skip("real values at infinite temperature have no distribution")
    model = machine(visible, units=2 if visible == "gaussian" else 4)
    v, _ = visible_states(model)
    h = binary_states(3)
    weights = log_joint(model, v, h, beta, path).softmax(0)  # p(v | h)
    mean = weights.t() @ v / (v.sum(1)[0] if visible == "softmax" else 1)
    close(model.visible_probs(h, beta, path), mean, 1e-6)
    column = torch.full((len(h), 1), beta, dtype=torch.float64)
    close(model.visible_probs(h, column, path), mean, 1e-6)


def test_hidden_free_energy_sums_over_the_visible_states(tiny):
    v, log_volume = visible_states(tiny)
    h = binary_states(3)
    expected = -(log_joint(tiny, v, h) + log_volume).logsumexp(0)
    close(tiny.hidden_free_energy(h, length=3.0), expected, 1e-7)


@pytest.mark.parametrize("path", ["heat", "base"])
def test_gaussian_noise_has_the_tempered_variance(path):
    model = machine("gaussian", units=2)
    beta, h = 0.4, torch.ones(1, 3, dtype=torch.float64)
    v, _ = visible_states(model)
    weights = log_joint(model, v, h, beta, path).softmax(0)[:, 0]
    variance = weights @ v**2 - (weights @ v) ** 2
    n = 200_000
    drawn = model.draw_visible(h.expand(n, -1), seeded(), h, beta, path)
    ratio = drawn.var(0) / variance
    assert ((ratio - 1).abs() < 4 * (2 / n) ** 0.5).all(), ratio


def test_word_counts_keep_the_length_of_their_document():
    model = machine("softmax", units=5)
    v = torch.tensor([[3.0, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 9]], dtype=torch.float64)
    drawn, _ = model.gibbs_step(v, seeded())
    assert drawn.sum(1).tolist() == [4, 0, 9]


def test_images_and_flat_vectors_are_the_same():
    model = build(RBMConfig((2, 3), hidden=4))
    v = bernoulli(torch.full((5, 2, 3), 0.5), seeded())
    close(model.free_energy(v), model.free_energy(v.flatten(1)))
    with pytest.raises(ValueError, match=r"\(5, 3, 3\).*\(N, 6\)"):
        model.free_energy(torch.zeros(5, 3, 3))
    with pytest.raises(ValueError, match=r"\(5, 7\)"):
        model.hidden_probs(torch.zeros(5, 7))


def test_abilities(tiny):
    for ability in (Trainable, StartsFromData, Monitored, Sampler, GibbsModel):
        assert isinstance(tiny, ability)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"event_shape": ()}, "event_shape"),
        ({"event_shape": (4, 0)}, "event_shape"),
        ({"hidden": 0}, "hidden=0"),
        ({"steps": 0}, "steps=0"),
        ({"chains": 0}, "chains=0"),
        ({"temperatures": 1}, "temperatures=1"),
        ({"visible": "words"}, "visible='words'"),
        ({"negative": "exact"}, "negative='exact'"),
        ({"sparsity_target": 1.0}, "sparsity_target"),
        ({"sparsity_cost": -1.0}, "sparsity_cost"),
        ({"learn_variance": True}, "learn_variance"),
        ({"visible": "softmax"}, "centred"),
        ({"visible": "softmax", "centred": False}, "negative"),
    ],
)
def test_a_setting_out_of_range_is_named(settings, named):
    with pytest.raises(SettingError, match=named):
        RBMConfig(**{"event_shape": (4,), **settings})


# -- the gradient -------------------------------------------------------------------------------


def examples(visible, n=7):
    generator = seeded(5)
    if visible == "gaussian":
        return torch.randn(n, 4, generator=generator, dtype=torch.float64)
    if visible == "softmax":
        return torch.randint(0, 4, (n, 4), generator=generator).double()
    return bernoulli(torch.full((n, 4), 0.4, dtype=torch.float64), generator)


def model_samples(model, x, monkeypatch):
    """The samples that `loss` contrasts with the data, and the gradients that it leaves behind."""
    seen = {}
    original = RBM._gap_and_gradients

    def spy(self, both, inputs, n):
        seen["v"] = both[n:].clone()
        return original(self, both, inputs, n)

    monkeypatch.setattr(RBM, "_gap_and_gradients", spy)
    loss = model.loss(x, seeded(3))["loss"]
    loss.backward()
    assert not seen["v"].equal(x)
    return seen["v"], loss


NEGATIVES = [
    {"negative": "cd", "steps": 1},
    {"negative": "cd", "steps": 3},
    {"negative": "pcd", "steps": 2, "chains": 5},
    {"negative": "pt", "chains": 5, "temperatures": 3},
]


def with_chains(model):
    if hasattr(model, "chains"):
        replicas, n, _ = model.chains.shape
        for replica in model.chains:
            replica.copy_(examples(model.config.visible, n))
    return model


@pytest.mark.parametrize(
    ("visible", "settings"),
    [
        *[(visible, settings) for visible in ("bernoulli", "gaussian") for settings in NEGATIVES],
        ("gaussian", {"negative": "pcd", "chains": 5, "learn_variance": True}),
        ("gaussian", {"negative": "cd", "learn_variance": True}),
        *[("softmax", settings) for settings in NEGATIVES[:2]],
    ],
)
def test_gradient_is_that_of_the_free_energy_gap(visible, settings, monkeypatch):
    model = with_chains(machine(visible, **settings))
    x = examples(visible)
    v_model, loss = model_samples(model, x, monkeypatch)
    found = [p.grad.clone() for p in model.trained_parameters()]
    gap = model.free_energy(x).mean() - model.free_energy(v_model).mean()
    close(loss.detach(), gap.detach())
    for mine, true in zip(found, torch.autograd.grad(gap, model.trained_parameters()), strict=True):
        assert mine.dtype == torch.float64
        close(mine, true)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_centred_gradient_is_a_step_of_the_centred_machine(visible, monkeypatch):
    """E = V(v; a') - (h - lam) b' - (s - mu) W (h - lam), s the drive of v (Melchior et al. 2016, eq. 4)."""
    model = with_chains(machine(visible, negative="pcd", chains=5, centred=True))
    with torch.no_grad():
        model.visible_offset.copy_(torch.rand(4, generator=seeded(1)))
        model.hidden_offset.copy_(torch.rand(3, generator=seeded(2)))
    lam = model.hidden_offset.clone()
    x = examples(visible)
    v_model, _ = model_samples(model, x, monkeypatch)
    found = [p.grad.clone() for p in model.trained_parameters()]

    variance = model.log_variance.detach().exp() if visible == "gaussian" else torch.ones(4, dtype=torch.float64)
    s = variance.sqrt()
    mu = model.visible_offset / s
    W = model.W.detach().clone().requires_grad_()
    # the same machine in centred coordinates: a = a' - s W lam, b = b' - mu W
    a = (model.visible_bias + s * (W @ lam)).detach().requires_grad_()
    b = (model.hidden_bias + mu @ W).detach().requires_grad_()
    h = binary_states(3)

    def free_energy(v):
        own = ((v - a) ** 2 / (2 * variance)).sum(1) if visible == "gaussian" else -(v - mu) @ a
        joint = -own[:, None] + ((h - lam) @ b)[None] + (v / s - mu) @ W @ (h - lam).t()
        return -joint.logsumexp(1)

    shift = free_energy(x) - model.free_energy(x).detach()  # the same machine up to a constant energy
    close(shift.detach(), shift[0].detach().expand(len(x)))
    dW, da, db = torch.autograd.grad(free_energy(x).mean() - free_energy(v_model).mean(), (W, a, b))
    for mine, true in zip(found, (dW, da - s * (dW @ lam), db - mu @ dW), strict=True):
        close(mine, true)


def test_centring_leaves_the_expected_gradient_of_a_full_step_alone():
    """Where the model's samples are the data, no gradient is left, centred or not."""
    model = machine("bernoulli", centred=True)
    x = examples("bernoulli")
    _, gradients = model._gap_and_gradients(torch.cat([x, x]).double(), model.hidden_input(torch.cat([x, x])), len(x))
    for gradient in gradients:
        close(gradient, torch.zeros_like(gradient))


def test_sparsity_pulls_the_hidden_biases_toward_the_target(monkeypatch):
    x = examples("bernoulli")
    plain, sparse = machine(), machine(sparsity_target=0.1, sparsity_cost=2.0)
    for model in (plain, sparse):
        model.loss(x, seeded(3))["loss"].backward()
    pull = 2.0 * (plain.hidden_probs(x).mean(0) - 0.1)
    close(sparse.hidden_bias.grad - plain.hidden_bias.grad, pull.detach())
    close(sparse.W.grad, plain.W.grad)


def test_half_precision_gradient_follows_the_weights():
    """The cast weights of one step must not serve the next, whichever way the weights were changed."""
    x = examples("bernoulli").float()
    model = build(RBMConfig((4,), hidden=3, negative="cd", centred=False))
    for change in (
        lambda: model.start_from(x),
        lambda: model.W.data.add_(3.0),
        lambda: torch.optim.SGD([model.W], lr=5.0, fused=True).step(),
        lambda: model.load_state_dict({k: torch.full_like(v, 0.5) for k, v in model.state_dict().items()}),
    ):
        change()
        model.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model.loss(x, seeded(3))["loss"]
        loss.backward()
        half = model.W.grad.clone()
        model.zero_grad()
        torch.testing.assert_close(
            model._gap_and_gradients(*_replay(model, x))[1][0].float(), half, rtol=0.05, atol=0.02
        )


def _replay(model, x):
    with torch.no_grad():
        v = x.bfloat16()
        h = model._draw(model.hidden_input(v), generator := seeded(3))
        v_model = model.draw_visible(h, generator, v)
        both = torch.cat([v, v_model]).float()
        return both, model.hidden_input(both), len(x)


# -- chains -------------------------------------------------------------------------------------


def chi_square(found: torch.Tensor, expected: torch.Tensor) -> float:
    """p-value of counts against probabilities; states expected fewer than five times are put together."""
    n = found.sum()
    rare = expected * n < 5
    found = torch.cat([found[~rare], found[rare].sum()[None]])
    expected = torch.cat([expected[~rare], expected[rare].sum()[None]]) * n
    keep = expected > 0
    return float(stats.chisquare(found[keep].numpy(), expected[keep].numpy()).pvalue)


def counted(model, v, length=3):
    """How often each distinct visible state occurs, beside its probability by enumeration at each beta."""
    states, which = visible_states(model, length)[0].unique(dim=0, return_inverse=True)
    match = (v[:, None] == states[None]).all(2)
    assert match.any(1).all()
    return match.sum(0).double(), which


def probabilities(model, beta=1.0, path="heat", length=3):
    v, _ = visible_states(model, length)
    which = v.unique(dim=0, return_inverse=True)[1]
    p = (-model.free_energy(v, beta, path)).softmax(0)
    return torch.zeros(int(which.max()) + 1, dtype=torch.float64).index_add_(0, which, p.detach())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("visible", ["bernoulli", "softmax"])
def test_gibbs_steps_reach_the_models_distribution(visible, training):
    model = machine(visible, units=4).train(training)
    n, generator = 20_000, seeded(11)
    with torch.no_grad():
        v = torch.zeros(n, 4, dtype=torch.float64)
        v[:, 0] = 3 if visible == "softmax" else 0
        for _ in range(60):
            v, _ = model.gibbs_step(v, generator)
    found, _ = counted(model, v)
    assert chi_square(found, probabilities(model)) > 1e-3
    other = machine(visible, units=4)
    with torch.no_grad():
        other.W[0, 0] += 0.3
    assert chi_square(found, probabilities(other)) < 1e-6, "the test could not tell a wrong machine"


def test_gaussian_chains_reach_the_models_moments():
    model = machine("gaussian", units=2)
    n, generator = 40_000, seeded(12)
    v = torch.zeros(n, 2, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(60):
            v, _ = model.gibbs_step(v, generator)
        grid, _ = visible_states(model)
        p = (-model.free_energy(grid)).softmax(0)
    edges = torch.tensor([-1e9, -2.05, -1.05, 0.05, 1.05, 2.05, 1e9], dtype=torch.float64)  # between grid points
    for unit in range(2):  # the marginal of each pixel, in bins
        expected = torch.stack(
            [p[(grid[:, unit] > a) & (grid[:, unit] <= b)].sum() for a, b in zip(edges, edges[1:], strict=False)]
        )
        found = torch.histogram(v[:, unit], edges).hist
        share, sigma = found / n, (expected * (1 - expected) / n).sqrt()
        assert ((share - expected).abs() < 4 * sigma).all()
    mean = p @ grid
    spread = (p @ grid**2 - mean**2).sqrt()
    assert ((v.mean(0) - mean).abs() < 4 * spread / n**0.5).all()


def test_tempering_keeps_every_replica_at_its_own_distribution():
    model = machine(units=4, negative="pt", chains=1)
    betas = torch.tensor([1.0, 0.6, 0.25, 0.0], dtype=torch.float64)
    n, generator = 15_000, seeded(13)
    v = torch.zeros(len(betas), n, 4, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(40):
            v = model.tempering_step(v, betas, generator)
    for replica, beta in zip(v, betas.tolist(), strict=True):
        found, _ = counted(model, replica)
        assert chi_square(found, probabilities(model, beta, "base")) > 1e-3, beta
    assert chi_square(counted(model, v[0])[0], probabilities(model, 0.9, "base")) < 1e-6, "no power"


def test_tempering_swaps_carry_states_over_a_barrier():
    """Two far modes: a plain chain stays in its own, replica 0 visits both in the right shares."""
    model = machine(units=6, hidden=1)
    with torch.no_grad():
        model.W.fill_(8.0)
        model.visible_bias.fill_(-4.0)
        model.hidden_bias.fill_(-24.0)  # symmetric: all off and all on are equally likely
        model.base_bias.zero_()
        plain = torch.zeros(2_000, 6, dtype=torch.float64)
        v = torch.zeros(8, 2_000, 6, dtype=torch.float64)
        generator, betas = seeded(14), torch.linspace(1, 0, 8, dtype=torch.float64)
        for _ in range(60):
            plain, _ = model.gibbs_step(plain, generator)
            v = model.tempering_step(v, betas, generator)
    assert plain.mean() < 0.1
    assert abs(float((v[0].mean(1) > 0.5).double().mean()) - 0.5) < 0.06


def test_the_base_rate_model_is_drawn_at_its_means():
    model = machine(units=4)
    n = 40_000
    mean = torch.sigmoid(model.base_bias)
    found = model.base_sample(n, seeded()).mean(0)
    assert ((found - mean).abs() < 4 * (mean * (1 - mean) / n).sqrt()).all()


def test_samples_have_the_shape_of_an_example_and_follow_the_seed():
    model = build(RBMConfig((2, 3), hidden=4)).eval().requires_grad_(False)
    first = model.sample(5, seeded(1), steps=3)
    assert first.shape == (5, 2, 3)
    assert first.equal(model.sample(5, seeded(1), steps=3))
    assert not first.equal(model.sample(5, seeded(2), steps=3))


def test_start_from_sets_the_means_of_the_data():
    x = bernoulli(torch.tensor([0.1, 0.5, 0.9]).expand(4_000, 3), seeded())
    model = build(RBMConfig((3,), hidden=4, chains=6))
    model.start_from(x)
    close(torch.sigmoid(model.visible_bias).detach(), x.mean(0), 1e-3)
    close(model.visible_offset, x.mean(0))
    assert model.hidden_input(x.mean(0)[None]).abs().max() < 1e-5  # zero biases in centred coordinates
    assert (model.chains[0][:, None] == x[None]).all(2).any(1).all()  # chains start at examples
    never_on = torch.zeros(50, 3)
    model.start_from(never_on)
    assert torch.isfinite(model.visible_bias).all()


# -- draws --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_binary_draws_come_as_often_as_they_should(dtype):
    n = 400_000
    for p in (0.0, 1e-4, 0.03, 0.5, 0.97, 1.0):
        probs = torch.full((n,), p).to(dtype)
        drawn = bernoulli(probs, seeded(1))
        assert (probs == probs[0]).all() and abs(float(probs[0]) - p) < 4e-3 * p + 1e-9, "the argument was changed"
        assert drawn.dtype == dtype and drawn.shape == probs.shape
        _as_often(drawn, float(probs[0]))


@pytest.mark.parametrize("n", [400_000, 4_000_000])  # from the pool, and too many for it
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_pooled_draws_come_as_often_as_they_should(dtype, n):
    for x in (-math.inf, -9.0, -3.3, -0.1, 0.0, 2.7, math.inf):
        logits = torch.full((n,), x).to(dtype)
        drawn = pooled_bernoulli(logits, seeded(1))
        assert drawn.dtype == dtype and drawn.shape == logits.shape and (logits == logits[0]).all()
        exact = torch.sigmoid(logits[:1] if n > 2**20 else logits[:1].double())  # the large draw rounds it first
        _as_often(drawn, float(exact))


@pytest.mark.parametrize("n", [400_000, 4_000_000])
def test_levels_are_binarised_as_often_as_they_should(n):
    for top in (1, 16, 255):
        for level in {0, 1, top // 2, top - 1, top}:
            drawn = binarise(torch.full((n,), level, dtype=torch.uint8), top, seeded(1))
            assert drawn.dtype == torch.float32
            _as_often(drawn, level / top)


def _as_often(drawn, p):
    assert set(drawn.unique().tolist()) <= {0.0, 1.0}
    n, count = drawn.numel(), float(drawn.double().sum())
    if p in (0, 1):
        assert count == p * n  # never off at one, never on at zero
    assert abs(count - p * n) <= 4 * (n * p * (1 - p)) ** 0.5


@pytest.mark.parametrize("draw", [lambda x, g: pooled_bernoulli(x.float(), g), lambda x, g: binarise(x + 8, 16, g)])
def test_pooled_draws_are_independent_and_follow_the_generator(draw):
    x = torch.zeros(100_000, 4, dtype=torch.uint8)
    drawn = [draw(x, seeded(seed)).float() for seed in (2, 2, 3)]
    assert drawn[0].equal(drawn[1])
    pairs = torch.corrcoef(torch.cat([drawn[0], drawn[2]], 1).t())
    assert (pairs - torch.eye(8)).abs().max() < 4.5 / 100_000**0.5


@pytest.mark.parametrize("shape", [(1,), (3, 5), (2, 3, 7), (0, 4)])
def test_pooled_draws_fill_any_shape(shape):
    inf = torch.full(shape, math.inf)
    assert pooled_bernoulli(inf, seeded()).equal(torch.ones(shape))
    assert pooled_bernoulli(-inf, seeded()).equal(torch.zeros(shape))
    assert binarise(torch.full(shape, 9, dtype=torch.uint8), 9, seeded()).equal(torch.ones(shape))


def test_counts_have_their_totals_and_shares():
    probs = torch.tensor([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]], dtype=torch.float64)
    totals = torch.tensor([60_000.0, 7.0, 0.0])
    counts = multinomial_counts(probs, totals, seeded())
    assert counts.sum(1).tolist() == totals.tolist()
    assert counts[1].tolist() == [0, 7, 0]
    assert stats.chisquare(counts[0], probs[0] * 60_000).pvalue > 1e-3
    assert multinomial_counts(probs[:0], totals[:0], seeded()).shape == (0, 3)
