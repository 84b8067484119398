"""Variational autoencoders: bounds beside integrals, gradients beside differences, and what is repeatable."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from conftest import binary_states, mesh, seeded

from core import data, evaluation, models
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.evaluation import vae as judge
from core.models.autoencoders import vae
from core.models.autoencoders.vae import VAE, VAEConfig
from core.models.capabilities import Codec, Monitored, Sampler, ShowsProgress
from core.models.training_protocols import Trainable
from core.training import TrainState, fit

CPU = torch.device("cpu")
LIKELIHOODS = ("bernoulli", "gaussian", "levels")
VIEWS = {"bernoulli": "dynamic", "gaussian": "standardised", "levels": "as-is"}
NETS = {
    "dense": {"layers": (6, 5)},
    "linear": {"layers": ()},
    "conv": {"layers": (3, 4, 6), "net": "conv"},
}


def made(likelihood="bernoulli", shape=(2, 3), spread=0.6, seed=0, **settings) -> VAE:
    """A model with random weights, so that nothing in it is zero by luck; in float64, for evaluation."""
    config = VAEConfig(shape, likelihood=likelihood, levels=3, **{"layers": (6, 5), **settings})
    model, generator = VAE(config).double(), seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * spread)
    return model.eval().requires_grad_(False)


def examples(likelihood="bernoulli", n=5, shape=(2, 3), seed=1) -> torch.Tensor:
    generator = seeded(seed)
    if likelihood == "gaussian":
        return torch.randn(n, *shape, generator=generator, dtype=torch.float64)
    return torch.randint(2 if likelihood == "bernoulli" else 3, (n, *shape), generator=generator).double()


def log_prob(model: VAE, x: torch.Tensor) -> torch.Tensor:
    """log p(x) = log of the integral of p(x | z) N(z; 0, I) over a fine grid, (N,)."""
    z, cell = mesh(model.config.latent, 9.0, 1_801 if model.config.latent == 1 else 181)
    prior = -0.5 * z.square().sum(1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
    each = model.log_likelihood(x, z.expand(len(x), *z.shape))
    return torch.logsumexp(each + prior, 1) + cell


def noise(model: VAE, n: int, k: int, seed: int = 3) -> torch.Tensor:
    return torch.randn(n, k, model.config.latent, generator=seeded(seed), dtype=torch.float64)


def grey(n=23, shape=(3, 2), levels=3) -> Dataset:
    images = np.random.default_rng(0).integers(0, levels, (n, *shape)).astype(np.uint8)
    return Dataset("grey", "Grey", "levels", shape, images, images[:5], levels=levels)


def digits() -> Dataset:
    whole = data.load("digits")
    return dataclasses.replace(
        whole,
        train=whole.train[:300],
        test=whole.test[:100],
        train_labels=whole.train_labels[:300],
        test_labels=whole.test_labels[:100],
    )


# -- what is exact ------------------------------------------------------------------------------


def test_the_kl_is_zero_at_the_prior_and_above_it_elsewhere():
    zeros = torch.zeros(3, 4, dtype=torch.float64)
    assert VAE.kl(zeros, zeros).equal(zeros)
    mean, log_var = torch.randn(2, 100, 4, generator=seeded())
    assert float(VAE.kl(mean, log_var).min()) > 0


def test_the_kl_is_the_mean_of_log_ratios():
    mean, log_var = torch.tensor([[0.7, -1.5, 0.0]]).double(), torch.tensor([[-1.0, 0.4, 0.8]]).double()
    e = torch.randn(400_000, 3, generator=seeded(), dtype=torch.float64)
    z = mean + (0.5 * log_var).exp() * e
    ratio = 0.5 * (z.square() - e.square() - log_var)  # log q(z) - log p(z) of each dimension
    error = ratio.std(0) / math.sqrt(len(e))
    assert ((ratio.mean(0) - VAE.kl(mean, log_var)[0]).abs() < 4 * error).all()


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_likelihood_of_all_examples_is_one(likelihood, net):
    shape = (1, 2) if likelihood == "gaussian" else (2, 2)
    model = made(likelihood, shape, scale="each", **NETS[net])
    cell = 0.0
    if likelihood == "bernoulli":
        x = binary_states(4)
    elif likelihood == "levels":
        x = torch.cartesian_prod(*[torch.arange(3.0, dtype=torch.float64)] * 4)
    else:
        x, cell = mesh(2, 24.0, 961)
    z = torch.tensor([[0.3, -1.2]], dtype=torch.float64)
    found = model.log_likelihood(x.view(-1, *shape), z.expand(len(x), 2))
    assert float(found.logsumexp(0) + cell) == pytest.approx(0, abs=1e-9)
    # what decodes is the mean of just these
    mean = (found.softmax(0)[:, None] * x).sum(0)
    torch.testing.assert_close(model.decode(z)[0].flatten(), mean, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_bounds_rise_from_the_elbo_to_the_integral(likelihood):
    model = made(likelihood, spread=0.4)
    model.head.bias.zero_()
    x = examples(likelihood)
    truth, draws = log_prob(model, x), 2_000
    many = x.repeat_interleave(draws, 0)

    def mean(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        values = values.view(len(x), draws)
        return values.mean(1), values.std(1) / math.sqrt(draws)

    below, error = mean(model.elbo(many, seeded(5)))
    for k in (1, 3, 20, 300):
        bound, spread = mean(model.iwae_bound(many, k, seeded(k)))
        if k == 1:  # the same in expectation
            assert ((bound - below).abs() < 4 * (error + spread)).all()
        else:
            assert (bound > below).all(), "by far more than their spread, for weights as large as these"
        assert (bound < truth + 4 * spread).all()
        below, error = bound, spread
    torch.testing.assert_close(below, truth, rtol=0, atol=0.1)


def test_the_bound_is_short_of_the_truth_by_the_kl_to_the_true_posterior():
    model = made(latent=1)
    x = examples()
    z, cell = mesh(1, 9.0, 1_801)
    mean, log_var = model.posterior(x)
    log_q = -0.5 * ((z[:, 0] - mean).square() / log_var.exp() + log_var + math.log(2 * math.pi))  # (N, grid)
    joint = model.log_likelihood(x, z.expand(len(x), *z.shape)) - 0.5 * (z[:, 0].square() + math.log(2 * math.pi))
    truth = log_prob(model, x)
    gap = (log_q.exp() * (log_q - (joint - truth[:, None]))).sum(1) * math.exp(cell)
    elbo = model.elbo(x, seeded(), 200_000)
    torch.testing.assert_close(elbo, truth - gap, rtol=0, atol=0.02)


def test_a_linear_gaussian_model_is_probabilistic_pca():
    """p(x) = N(b, W W' + s^2 I) in closed form (Tipping & Bishop 1999)."""
    model = made("gaussian", layers=(), latent=2)
    x = examples("gaussian", 20).flatten(1)
    W, b, variance = model.decoder[0].weight, model.decoder[0].bias, (2 * model.log_scale).exp()
    normal = torch.distributions.MultivariateNormal(b, W @ W.t() + variance * torch.eye(6, dtype=torch.float64))
    torch.testing.assert_close(log_prob(model, x.view(-1, 2, 3)), normal.log_prob(x), rtol=0, atol=1e-6)


def test_greys_stand_for_bits():
    """What is said of greys bounds the mean over bits that are on with their probability."""
    model = made(shape=(1, 3), latent=1)
    x = torch.tensor([[[0.2, 0.9, 0.5]]]).double()
    bits = binary_states(3)
    probs = torch.where(bits > 0, x.flatten(), 1 - x.flatten()).prod(1)
    z = torch.tensor([[0.4]]).double()
    each = model.log_likelihood(bits.view(-1, 1, 3), z.expand(8, 1))
    assert float(model.log_likelihood(x, z)) == pytest.approx(float(probs @ each), rel=1e-12)
    assert float(model.iwae_bound(x, 20_000, seeded())) < float(probs @ log_prob(model, bits.view(-1, 1, 3)))


# -- total correlation --------------------------------------------------------------------------


def test_codes_of_independent_dimensions_have_no_total_correlation():
    mean = torch.cartesian_prod(torch.tensor([-2.0, 0.0, 3.0]).double(), torch.tensor([-1.0, 1.0]).double())
    log_var = torch.tensor([-1.0, -3.0]).double().expand(6, 2)
    z = VAE.draw(None, mean, log_var, torch.randn(6, 5, 2, generator=seeded(), dtype=torch.float64)).flatten(0, 1)
    assert float(VAE.total_correlation(z, mean, log_var)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("d", [2, 5])
def test_codes_that_say_the_same_in_each_dimension_have_one_entropy_too_many_for_each_beyond_the_first(d):
    mean = 50.0 * torch.arange(7).double()[:, None].expand(7, d)
    found = VAE.total_correlation(mean, mean, torch.zeros_like(mean))
    assert float(found) == pytest.approx((d - 1) * math.log(7))


def test_total_correlation_agrees_with_the_integral():
    mean = torch.tensor([[0.0, 0.5], [1.0, -0.3], [0.2, 2.0]]).double()
    log_var = torch.tensor([[0.0, -1.0], [-0.5, 0.3], [-2.0, 0.0]]).double()
    at = torch.linspace(-9, 11, 801).double()
    each = (-0.5 * ((at[:, None, None] - mean).square() / log_var.exp() + log_var + math.log(2 * math.pi))).exp()
    joint = torch.einsum("ak,bk->ab", each[..., 0], each[..., 1]) / 3
    ratio = joint / (each[..., 0].mean(1)[:, None] * each[..., 1].mean(1))
    expected = float((joint * ratio.log()).nan_to_num().sum() * (at[1] - at[0]) ** 2)
    z = VAE.draw(None, mean, log_var, torch.randn(3, 200_000, 2, generator=seeded(), dtype=torch.float64))
    assert float(VAE.total_correlation(z.flatten(0, 1), mean, log_var)) == pytest.approx(expected, abs=0.01)


def test_the_objective_weighs_the_total_correlation_of_the_batch():
    x = examples("bernoulli", shape=(3, 3))
    loss = {
        (objective, beta): made("bernoulli", (3, 3), objective=objective, beta=beta).loss(x, seeded(7))["loss"]
        for objective, beta in (("elbo", 1.0), ("tc", 1.0), ("tc", 6.0))
    }
    model = made("bernoulli", (3, 3))
    mean, log_var = model.posterior(x)
    z = model.draw(mean, log_var, model._noise(mean, 1, seeded(7)))[:, 0]
    torch.testing.assert_close(loss["tc", 1.0], loss["elbo", 1.0])
    extra = 5 * model.total_correlation(z, mean, log_var)
    torch.testing.assert_close(loss["tc", 6.0], loss["elbo", 1.0] + extra)
    assert VAE(VAEConfig((3, 3), objective="tc")).whole_batches and not model.whole_batches


# -- gradients ----------------------------------------------------------------------------------

SETTINGS = {
    "elbo": {"samples": 2},
    "iwae": {"objective": "iwae", "samples": 4},
    "beta": {"beta": 4.0},
    "tc": {"objective": "tc", "beta": 4.0, "samples": 2},
    "free bits": {"free_bits": 0.2},
    "conv": {**NETS["conv"], "units": "gelu"},
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_gradient_of_the_sampled_bound_agrees_with_differences(likelihood, name):
    model = made(likelihood, (3, 3), **SETTINGS[name]).requires_grad_(True)
    x = examples(likelihood, shape=(3, 3))
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(model.loss(x, seeded(7))["loss"], parameters)
    step = 1e-6
    for p, gradient in zip(parameters, gradients, strict=True):
        way = torch.randn(p.shape, generator=seeded(1), dtype=torch.float64)
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                p.add_(way, alpha=sign * step)
                values.append(float(model.loss(x, seeded(7))["loss"]))
                p.sub_(way, alpha=sign * step)
        slope = (values[0] - values[1]) / (2 * step)
        assert slope == pytest.approx(float((gradient * way).sum()), rel=1e-5, abs=1e-6)


def test_free_bits_make_the_first_nats_of_a_dimension_free():
    x = examples(n=50)
    plain, free = made(), made(free_bits=0.3)
    each = plain.kl(*plain.posterior(x)).mean(0)
    free.head.weight[:] *= 0.01  # a posterior so near the prior that all dimensions are below
    free.head.bias.zero_()
    assert float(free.kl(*free.posterior(x)).mean(0).max()) < 0.3 < float(each.max())
    for p in free.requires_grad_(True).decoder.parameters():
        p.data.zero_()
    free.loss(x, seeded())["loss"].backward()
    assert float(free.head.weight.grad.abs().max()) == 0, "nothing is gained by less"
    constant = 0.3 * 2 + 6 * math.log(2)
    assert float(free.requires_grad_(False).loss(x, seeded())["loss"]) == pytest.approx(constant, rel=1e-9)


def test_the_weight_of_the_kl_rises_with_the_updates():
    model, x = made(warmup=4, beta=3.0), examples(n=50)
    fit_term = float(made(beta=0.0).loss(x, seeded())["loss"])
    kl = float(model.kl(*model.posterior(x)).sum(1).mean())
    model.train()
    for weight in (0.0, 0.75, 1.5, 2.25, 3.0, 3.0):
        assert float(model.loss(x, seeded())["loss"]) == pytest.approx(fit_term + weight * kl, rel=1e-9)
    assert int(model.updates) == 6
    model.eval()
    model.loss(x, seeded())
    assert int(model.updates) == 6, "only training counts"


# -- order, noise, memory -----------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_another_order_of_the_latent_dimensions_changes_nothing_else(net):
    model, other = made(latent=4, **NETS[net]), made(latent=4, **NETS[net])
    order = torch.tensor([2, 0, 3, 1])
    both = torch.cat([order, order + 4])
    with torch.no_grad():
        other.head.weight.copy_(model.head.weight[both])
        other.head.bias.copy_(model.head.bias[both])
        other.decoder[0].weight.copy_(model.decoder[0].weight[:, order])
    x, e = examples(), noise(model, 5, 7)
    torch.testing.assert_close(other.encode(x), model.encode(x)[:, order])
    torch.testing.assert_close(other.kl(*other.posterior(x)), model.kl(*model.posterior(x))[:, order])
    ours, theirs = (m.log_weights(x, *m.posterior(x), n) for m, n in ((model, e), (other, e[..., order])))
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(other.decode(e[:, 0][:, order]), model.decode(e[:, 0]))


@pytest.mark.parametrize("numbers", [10, 200, 1_000, 10**6])
def test_the_bound_in_portions_is_the_bound_at_once(numbers, monkeypatch):
    model, x, drawn, decoded = made(), examples(n=7), [], []
    whole = VAE._noise, VAE.decode_logits

    def keep_noise(self, mean, k, generator):
        drawn.append((len(mean), whole[0](self, mean, k, generator)))
        return drawn[-1][1]

    def keep_rows(self, z):
        decoded.append(len(z))
        return whole[1](self, z)

    monkeypatch.setattr(VAE, "_noise", keep_noise)
    monkeypatch.setattr(VAE, "decode_logits", keep_rows)
    found = model.iwae_bound(x, 50, seeded(), numbers)
    assert max(decoded) * 6 <= max(numbers, 6) and sum(decoded) == 7 * 50
    rows, parts = [], [e for _, e in drawn]
    while parts:  # portions of one group of examples follow one another until they are 50
        group = [parts.pop(0)]
        while sum(e.shape[1] for e in group) < 50:
            group.append(parts.pop(0))
        rows.append(torch.cat(group, 1))
    log_w = model.log_weights(x, *model.posterior(x), torch.cat(rows))
    torch.testing.assert_close(found, log_w.logsumexp(1) - math.log(50))
    effective = model.log_mean_weight(x, 50, seeded(), numbers)[1]
    torch.testing.assert_close(effective, log_w.softmax(1).square().sum(1).reciprocal())


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_codes_are_no_draws_and_all_draws_come_from_the_generator(likelihood):
    model, x = made(likelihood), examples(likelihood)
    for ability in (Codec, Sampler, Trainable, Monitored, ShowsProgress):
        assert isinstance(model, ability)
    state = torch.random.get_rng_state()
    first = model.encode(x)
    assert model.train().encode(x).equal(first) and model.eval().encode(x).equal(first)
    assert first.equal(model.posterior(x)[0]) and first.shape == (5, 2)
    for what in (
        lambda seed: model.loss(x, seeded(seed))["loss"],
        lambda seed: model.elbo(x, seeded(seed)),
        lambda seed: model.iwae_bound(x, 3, seeded(seed)),
        lambda seed: model.sample(4, seeded(seed)),
    ):
        assert what(1).equal(what(1)) and not what(1).equal(what(2))
    assert torch.random.get_rng_state().equal(state)
    assert model.sample(4, seeded()).shape == (4, 2, 3) == model.decode(torch.zeros(4, 2).double()).shape
    assert model.sample(3, seeded(), temperature=0).equal(model.decode(torch.zeros(3, 2).double()))


def test_pictures_show_examples_samples_and_the_plane():
    model, x = made(), examples()
    sheets = {sheet.name: sheet.images for sheet in model.progress_images(x, seeded())}
    assert {name: len(images) for name, images in sheets.items()} == {
        "reconstructions": 10,
        "samples": 100,
        "manifold": 144,
    }
    plane = model.manifold(12).view(12, 12, 2)
    shares = torch.special.ndtr(plane)
    torch.testing.assert_close(shares[0, :, 0], (torch.arange(12).double() + 0.5) / 12)
    assert (plane[0, :, 1] > plane[1, :, 1]).all(), "up is up"
    assert {sheet.name for sheet in made(latent=3).progress_images(x, seeded())} == {"reconstructions", "samples"}
    assert set(model.metrics(x, seeded())) == set(vae.METRICS)


# -- training -----------------------------------------------------------------------------------

RUNS = {
    "elbo": {},
    "iwae": {"objective": "iwae", "samples": 3},
    "tc": {"objective": "tc", "beta": 4.0, "warmup": 17},
    "warm-up, free bits": {"warmup": 17, "free_bits": 0.1},
    "gaussian": {"likelihood": "gaussian", "scale": "each"},
    "levels": {"likelihood": "levels"},
    "conv": NETS["conv"],
}


@pytest.mark.parametrize("name", RUNS)
def test_a_stopped_run_goes_on_as_if_it_never_stopped(name, tmp_path):
    settings = {"layers": (6, 5), "levels": 3, **RUNS[name]}
    config = TrainConfig(epochs=5, batch_size=4, optimiser="adam", lr=0.01, average=0.9, precision="bfloat16")
    shown = preprocess(grey(), VIEWS[settings.get("likelihood", "bernoulli")])

    def fresh(seed: int) -> TrainState:
        return TrainState(VAE(VAEConfig((3, 2), **settings)), config, seed, CPU)

    whole = fresh(3)
    for _ in fit(whole, shown):
        pass
    state = fresh(3)
    for stop in (3, 12):
        for progress in fit(state, shown, report_every=0):
            if progress.step == stop:
                break
        state.save(tmp_path)
        state = fresh(99)  # all of it must come from the file
        state.load(tmp_path)
    for _ in fit(state, shown):
        pass
    assert int(state.model.updates) == 25
    for name, value in (whole.result() | whole.model.state_dict()).items():
        assert (state.result() | state.model.state_dict())[name].equal(value), name


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_fresh_model_knows_the_means_and_the_spread(likelihood):
    shown = preprocess(grey(500), VIEWS[likelihood])
    x = shown.all(seeded())
    for net in NETS.values():
        model = VAE(VAEConfig((3, 2), likelihood=likelihood, levels=3, **net))
        model.start_from(x)
        with torch.no_grad():
            torch.testing.assert_close(model.decode(torch.zeros(1, 2))[0], x.mean(0), rtol=0, atol=0.01)
            if likelihood == "gaussian":
                assert float(model.log_scale.exp().mean()) == pytest.approx(1, abs=0.01)


def test_training_raises_the_bound_and_beta_empties_the_code():
    train, test = preprocess(digits(), "grey"), preprocess(digits(), "grey", "test")
    config = TrainConfig(epochs=40, batch_size=20, optimiser="adam", lr=0.003, lr_schedule="cosine")
    found = {}
    for beta in (1.0, 20.0):
        state = TrainState(VAE(VAEConfig((8, 8), (40,), beta=beta)), config, 0, CPU)
        *_, last = fit(state, train, test)
        found[beta] = last.metrics
    # each pixel on its own, at its training mean: what an empty code reaches
    mean, x = train.all(seeded()).mean(0).clamp(1e-3, 1 - 1e-3), test.all(seeded())
    alone = float((x * mean.log() + (1 - x) * (1 - mean).log()).sum((1, 2)).mean())
    assert found[1.0]["elbo"] > alone + 0.5 and found[1.0]["kl"] > 1 and found[1.0]["active"] == 2
    assert found[20.0]["kl"] < 0.1 and found[20.0]["active"] == 0
    assert found[20.0]["elbo"] == pytest.approx(alone, abs=0.3)


# -- scores -------------------------------------------------------------------------------------


def judged(model: VAE, dataset: Dataset, shown: str, **settings) -> dict[str, evaluation.Score]:
    subject = evaluation.Subject(model.float(), dataset, shown, **settings)
    assert judge.supports(model) and not judge.supports(torch.nn.Linear(1, 1))
    return {score.name: score for score in evaluation.scores(subject)}


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_scores_are_bounds_that_say_what_they_are(likelihood):
    dataset = grey(40)
    model = made(likelihood, (3, 2), spread=0.3)
    found = judged(model, dataset, VIEWS[likelihood])
    x = preprocess(dataset, VIEWS[likelihood], "test").all(seeded()).double()
    truth = float(log_prob(model.double(), x).mean())
    elbo, weighted = found["test ELBO"], found["test log-probability"]
    assert elbo.value - 4 * elbo.spread < weighted.value < truth + 4 * weighted.spread
    assert weighted.value == pytest.approx(truth, abs=0.1)
    for score in (elbo, weighted, found["train ELBO"]):
        assert score.nature == "lower bound" and score.unit == "nats/image" and score.seed == 0
    assert "10 codes per example" in elbo.note and "5,000 codes per example" in weighted.note
    bits = ", binarised with seed 0" if likelihood == "bernoulli" else ""
    assert weighted.data == f"grey test, 5 examples, {VIEWS[likelihood]}{bits}"
    mean, log_var = model.posterior(x)
    assert found["KL"].value == pytest.approx(float(model.kl(mean, log_var).sum(1).mean()), rel=1e-4)
    told, apart = found["mutual information"], found["KL of the aggregated posterior"]
    assert told.value + apart.value == pytest.approx(found["KL"].value) and told.value <= math.log(5)
    assert (told.nature, apart.nature) == ("lower bound", "upper-leaning estimate") and "N = 5; " in told.note
    assert found["active dimensions"].value == int((mean.var(0) > 0.01).sum())
    assert ("probabilistic PCA, for comparison" in found) == (likelihood == "gaussian")
    assert "reconstruction error" in found, "the scores of all codes"


def test_the_spread_of_the_bound_is_that_of_repeating_it():
    model, x = made().float(), examples(n=4).float()
    bounds, effective = model.log_mean_weight(x.repeat(500, 1, 1), 400, seeded())
    told = (1 / effective - 1 / 400).clamp_min(0).sqrt().view(500, 4).median(0).values
    torch.testing.assert_close(bounds.view(500, 4).std(0), told, rtol=0.35, atol=0)


def test_the_base_rate_is_each_pixel_on_its_own():
    dataset = digits()
    found = judged(VAE(VAEConfig((8, 8), (10,))).eval(), dataset, "threshold", thorough=False)
    mean = preprocess(dataset, "threshold").all(seeded()).mean(0).clamp(1e-3, 1 - 1e-3)
    x = preprocess(dataset, "threshold", "test").all(seeded())
    alone = float((x * mean.log() + (1 - x) * (1 - mean).log()).sum((1, 2)).mean())
    assert found["base-rate log-probability"].value == pytest.approx(alone, rel=1e-5)
    assert "50 codes per example" in found["test log-probability"].note


@pytest.mark.parametrize("d", [1, 2])
def test_the_kl_is_what_codes_tell_apart_and_how_far_they_lie_from_the_prior(d):
    """Beside integrals over a grid: I = mean KL(q(z | x) || q(z)), and KL(q(z) || p(z)) is the rest of the KL."""
    mean, log_var = torch.randn(2, 5, d, generator=seeded(), dtype=torch.float64)
    z, cell = mesh(d, 12.0, 4_001 if d == 1 else 401)
    constant = 0.5 * d * math.log(2 * math.pi)
    prior = -0.5 * z.square().sum(1) - constant
    each = -0.5 * ((z - mean[:, None]).square() / log_var.exp()[:, None] + log_var[:, None]).sum(2) - constant
    whole = each.logsumexp(0) - math.log(5)
    told = float(((each + cell).exp() * (each - whole)).sum(1).mean())
    apart = float(((whole + cell).exp() * (whole - prior)).sum())
    assert told + apart == pytest.approx(float(VAE.kl(mean, log_var).sum(1).mean()), rel=1e-6)
    torch.testing.assert_close(judge.log_aggregated(z[::97], mean, log_var), whole[::97])
    drawn = torch.cat([judge.code_information(mean, log_var, seeded(i)) for i in range(2_000)])
    assert abs(float(drawn.mean()) - told) < 4 * float(drawn.std()) / math.sqrt(len(drawn))
    assert float(drawn.max()) <= math.log(5) + 1e-9


def test_codes_that_lie_far_apart_tell_all_that_can_be_found_and_equal_ones_nothing():
    mean, log_var = 1_000 * torch.randn(50, 3, generator=seeded()), torch.full((50, 3), -8.0)
    torch.testing.assert_close(judge.code_information(mean, log_var, seeded()).float(), torch.full((50,), math.log(50)))
    nothing = judge.code_information(torch.zeros(50, 3), torch.zeros(50, 3), seeded())
    torch.testing.assert_close(nothing, torch.zeros(50).double(), atol=1e-5, rtol=0)


def test_information_about_factors():
    """A factor that one axis tells, one that two axes share, and one that none knows of."""
    random = np.random.default_rng(0)
    n = 2_000
    a, b, c = random.integers(0, 4, n), random.uniform(0, 2 * np.pi, n), random.integers(0, 2, n)
    mean = torch.from_numpy(np.stack([3 * a, np.cos(b), np.sin(b), np.zeros(n)], 1))
    log_var = torch.tensor([-2.0, -4.0, -4.0, 0.0]).double().expand(n, 4)
    factors = {"a": torch.from_numpy(a), "b": torch.from_numpy((b / (2 * np.pi) * 8).astype(int))}
    factors["c"] = torch.from_numpy(c)
    information, entropies = judge.factor_information(mean, log_var, factors, seeded())
    shares = {name: row / entropies[name] for name, row in information.items()}
    assert entropies["a"] == pytest.approx(math.log(4), abs=0.01)
    assert float(shares["a"][0]) > 0.99 and float(shares["a"][1:].abs().max()) < 0.05
    assert abs(float(shares["b"][1] - shares["b"][2])) < 0.05 < 0.3 < float(shares["b"][1])
    assert float(shares["c"].abs().max()) < 0.02


def test_the_portrait_is_what_a_page_needs_without_data():
    dataset = dataclasses.replace(digits(), test_factors={"slant": np.linspace(0, 1, 100)})
    model = made(shape=(8, 8), latent=3, spread=0.2).float()
    subject = evaluation.Subject(model, dataset, "grey", thorough=False)
    found = judge.summary_tensors(subject)
    assert {name: tuple(array.shape) for name, array in found.items()} == {
        "codes": (100, 3),
        "codes.log_var": (100, 3),
        "codes.labels": (100,),
        "latent.kl": (3,),
        "latent.mean": (3,),
        "latent.axes": (3, 3),
        "latent.spread": (3,),
        "latent.class_means": (10, 3),
        "latent.class_counts": (10,),
        "latent.information.slant": (3,),
    }
    train, test = (preprocess(dataset, "grey", split).all(seeded()) for split in ("train", "test"))
    codes = model.encode(train)
    sevens = torch.from_numpy(dataset.train_labels == 7)
    torch.testing.assert_close(found["latent.class_means"][7], codes[sevens].mean(0), rtol=1e-4, atol=1e-5)
    assert int(found["latent.class_counts"].sum()) == 300
    assert found["codes"].equal(model.encode(test))
    both = evaluation.summary_tensors(subject)
    assert both["codes"].equal(found["codes"]), "of the same examples as for every code"
    scores = {score.name: score for score in judge.scores(subject)}
    assert "slant" in scores["MIG"].note and 0 <= scores["MIG"].value < 0.5


# -- what is refused ----------------------------------------------------------------------------


def test_other_data_are_refused_by_name():
    for likelihood, other in (("bernoulli", "standardised"), ("gaussian", "dynamic"), ("levels", "grey")):
        state = TrainState(VAE(VAEConfig((3, 2), (4,), likelihood=likelihood)), TrainConfig(), 0, CPU)
        with pytest.raises(DataError, match=f"VAE takes .* view '{other}' is"):
            next(fit(state, preprocess(grey(), other)))
    state = TrainState(VAE(VAEConfig((3, 2), (4,), likelihood="levels", levels=2)), TrainConfig(), 0, CPU)
    with pytest.raises(ValueError, match="levels=2: the data go from 0 to 2"):
        next(fit(state, preprocess(grey(), "as-is")))


def test_settings_that_do_not_fit_are_refused_by_name():
    for wrong, message in (
        ({"free_bits": 0.1, "objective": "iwae"}, r"free_bits=0\.1: 0 with objective iwae"),
        ({"free_bits": 0.1, "objective": "tc"}, r"free_bits=0\.1: 0 with objective tc"),
        ({"net": "conv", "event_shape": (12,), "layers": (4, 5)}, "net='conv'.*not images"),
        ({"net": "conv", "layers": (4,)}, r"layers=\(4,\)"),
        ({"latent": 0}, "latent=0"),
        ({"likelihood": "poisson"}, "likelihood='poisson'.*bernoulli"),
    ):
        with pytest.raises(SettingError, match=message):
            VAEConfig(**{"event_shape": (3, 2), **wrong})


def test_configs_are_fitted_to_other_data():
    dense, conv = models.preset("mnist-vae-50").model, models.preset("faces-vae").model
    for kind, likelihood in (
        ("binary", "bernoulli"),
        ("grey", "bernoulli"),
        ("real", "gaussian"),
        ("levels", "levels"),
    ):
        for config in (dense, conv):
            for shape in ((8, 8), (13,)):
                made = vae.refit(config, kind, shape)
                assert (made.event_shape, made.likelihood, made.latent) == (shape, likelihood, config.latent)
                assert kind in made.accepts
                assert made.net == ("conv" if config is conv and len(shape) == 2 else "dense")
                model = VAE(made)
                assert model.decode(model.encode(torch.zeros(2, *shape))).shape == (2, *shape)
    with pytest.raises(SettingError, match="kind='counts'.*variational"):
        vae.refit(dense, "counts", (100,))
