"""Deep autoencoders and the stacks that they are unrolled from: what is exact, what is learned, what is repeatable."""

import dataclasses

import numpy as np
import pytest
import torch
from conftest import binary_states, mesh, seeded

from core import data, evaluation
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.config.score import Score
from core.data.base import Dataset
from core.data.preprocessing import preprocess
from core.evaluation import codes as judge
from core.models.autoencoders import autoencoder
from core.models.autoencoders.autoencoder import AutoencoderConfig, DeepAutoencoder
from core.models.boltzmann import stack
from core.models.boltzmann.config import RBMConfig
from core.models.boltzmann.layers import LinearGaussianRBM, LinearTopRBM
from core.models.boltzmann.stack import RBMStack, RBMStackConfig
from core.models.capabilities import Codec
from core.models.training_protocols import Staged
from core.numerics.projections import fit_pca
from core.training import TrainState, fit

CPU = torch.device("cpu")
KINDS = {
    "grey": ("bernoulli", (3, 4)),
    "binary": ("bernoulli", (3, 4)),
    "real": ("gaussian", (12,)),
    "counts": ("softmax", (12,)),
}


def examples(kind: str, n: int = 60) -> torch.Tensor:
    shape = KINDS[kind][1]
    if kind == "real":
        return torch.randn(n, *shape, generator=seeded())
    if kind == "counts":
        return torch.poisson(torch.full((n, *shape), 2.0), generator=seeded())
    x = torch.rand(n, *shape, generator=seeded())
    return (x > 0.5).float() if kind == "binary" else x


def scrambled(model, spread: float = 0.5, seed: int = 0):
    """The model with random weights, so that nothing in it is zero by luck."""
    generator = seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * spread)
    return model.eval().requires_grad_(False)


def digits(n: int = 300) -> Dataset:
    whole = data.load("digits")
    return dataclasses.replace(
        whole,
        train=whole.train[:n],
        test=whole.test[:100],
        train_labels=whole.train_labels[:n],
        test_labels=whole.test_labels[:100],
    )


def plain_stack(**settings) -> TrainState:
    model = RBMStack(RBMStackConfig((8, 8), layers=(20, 12, 2), **settings))
    return TrainState(model, TrainConfig(epochs=6, lr=0.1, momentum=0.9, weight_decay=0.001), 0, CPU)


# -- what is exact ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "layers"),
    [*((kind, (6, 4, 2)) for kind in KINDS), ("grey", (3,)), ("real", (3,))],
)
def test_an_unrolled_stack_reconstructs_as_before(kind, layers):
    visible, shape = KINDS[kind]
    machines = scrambled(RBMStack(RBMStackConfig(shape, layers, visible=visible)))
    model = DeepAutoencoder(AutoencoderConfig(shape, layers, output=visible))
    model.start_from_model(machines)
    x = examples(kind)
    if kind == "real":  # the unrolled net has unit spread, as the stack has before it learns any other
        with torch.no_grad():
            machines.machines[0].log_variance.zero_()
    if kind == "counts":  # a stack counts words, the net sees their shares: the same for documents of one word
        x = torch.eye(12)
    torch.testing.assert_close(model.encode(x), machines.encode(x), rtol=0, atol=1e-6)
    torch.testing.assert_close(model.decode(model.encode(x)), machines.decode(machines.encode(x)), rtol=0, atol=1e-6)


def test_a_stack_of_other_layers_is_not_unrolled():
    model = DeepAutoencoder(AutoencoderConfig((3, 4), (6, 2)))
    with pytest.raises(ValueError, match=r"layers=\(6, 2\): cannot be unrolled from \(6, 3\)"):
        model.start_from_model(RBMStack(RBMStackConfig((3, 4), (6, 3))))
    with pytest.raises(ValueError, match="cannot be unrolled from DeepAutoencoder"):
        model.start_from_model(DeepAutoencoder(AutoencoderConfig((3, 4), (6, 2))))


def linear_top(units: int = 4, hidden: int = 2) -> LinearTopRBM:
    made = LinearTopRBM(RBMConfig((units,), hidden, negative="cd", centred=False)).double()
    return scrambled(made, 0.7)


def test_the_free_energy_of_linear_hidden_units_is_their_integral():
    machine = linear_top()
    v = binary_states(4)  # (16, 4)
    h, cell = mesh(2, reach=12.0)
    W, a, b = machine.W, machine.visible_bias, machine.hidden_bias
    # E(v, h) = -a.v + |h|^2 / 2 - h.(b + vW), written out; h has unit variance, so 2 pi is part of log Z alone
    energy = -(v @ a)[:, None] + (h.square().sum(1) / 2)[None] - (v @ W + b) @ h.t()
    integral = torch.logsumexp(-energy, 1) + cell - np.log(2 * np.pi)
    torch.testing.assert_close(-machine.free_energy(v), integral, atol=1e-6, rtol=1e-6)
    means = (energy.neg().softmax(1)[:, :, None] * h[None]).sum(1)
    torch.testing.assert_close(machine.hidden_probs(v), means, atol=1e-6, rtol=1e-6)


def test_the_gradient_of_linear_hidden_units_is_that_of_the_likelihood():
    machine = linear_top().requires_grad_(True)
    states = binary_states(4)
    seen = states[[1, 5, 5, 14, 9]]
    likelihood = -machine.free_energy(seen).mean() - torch.logsumexp(-machine.free_energy(states), 0)
    exact = torch.autograd.grad(-likelihood, list(machine.trained_parameters()))
    # a great many draws from the machine itself, in the proportions of its probabilities
    probs = machine.free_energy(states).detach().neg().softmax(0)
    drawn = states[torch.multinomial(probs, 400_000, replacement=True, generator=seeded())]
    with torch.no_grad():
        both = torch.cat([seen, drawn])
        _, estimated = machine._gap_and_gradients(both, machine.hidden_input(both), len(seen))
    for ours, truth in zip(estimated, exact, strict=True):
        torch.testing.assert_close(ours, truth, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("kind", [LinearTopRBM, LinearGaussianRBM])
def test_linear_hidden_units_are_drawn_around_their_mean(kind):
    visible = "gaussian" if kind is LinearGaussianRBM else "bernoulli"
    machine = scrambled(kind(RBMConfig((4,), 2, visible, "cd", centred=False)))
    v = torch.ones(1, 4)
    mean = machine.hidden_probs(v)
    h = machine.draw_hidden(machine.hidden_input(v).expand(50_000, -1), seeded())
    torch.testing.assert_close(h.mean(0), mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(h.std(0), torch.ones(2), atol=0.02, rtol=0)


# -- what is repeatable -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_no_draws(kind):
    visible, shape = KINDS[kind]
    x = examples(kind)
    for model in (
        DeepAutoencoder(AutoencoderConfig(shape, (6, 2), output=visible, masked=0.5, noise=1.0)),
        RBMStack(RBMStackConfig(shape, (6, 2), visible=visible)),
    ):
        assert isinstance(scrambled(model), Codec)
        state = torch.random.get_rng_state()
        first = model.encode(x)
        assert model.train().encode(x).equal(first) and model.eval().encode(x).equal(first)
        assert first.shape == (60, 2) and model.decode(first).shape == x.shape
        assert torch.random.get_rng_state().equal(state)


def test_denoising_draws_from_the_generator_alone():
    config = AutoencoderConfig((3, 4), (6, 2), masked=0.3, noise=0.5)
    model = scrambled(DeepAutoencoder(config))
    x = examples("grey")
    state = torch.random.get_rng_state()
    losses = [float(model.loss(x, seeded(seed))["loss"]) for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]
    assert torch.random.get_rng_state().equal(state)
    kept = model._corrupt(torch.ones(2_000, 12), seeded()) - 1
    silent = scrambled(DeepAutoencoder(dataclasses.replace(config, noise=0.0)))
    assert float((silent._corrupt(torch.ones(2_000, 12), seeded()) == 0).float().mean()) == pytest.approx(0.3, abs=0.02)
    assert float(kept.mean()) == pytest.approx(-0.3, abs=0.02)
    # what is asked for is the example itself
    plain = scrambled(DeepAutoencoder(AutoencoderConfig((3, 4), (6, 2))))
    spoiled = model._corrupt(x.flatten(1), seeded(1))
    expected = plain._cost(plain.decode_logits(plain._encode(spoiled)), x.flatten(1)).mean()
    assert losses[0] == pytest.approx(float(expected), rel=1e-6)


def test_a_stack_learns_one_layer_at_a_time():
    state = plain_stack()
    assert isinstance(state.model, Staged)
    train = preprocess(digits(), "grey")
    before, trained = None, []
    for progress in fit(state, train, report_every=0):
        now = [m.W.detach().clone() for m in state.model.machines]
        at = int(state.model.at)
        if before is not None and at == trained[-1]:
            changed = [not a.equal(b) for a, b in zip(before, now, strict=True)]
            assert changed == [i == at for i in range(3)], progress.step
        before = now
        trained.append(at)
    assert sorted(trained) == trained and [trained.count(i) for i in range(3)] == [6, 6, 6]


@pytest.mark.parametrize("stop", [2, 6, 8, 17])
def test_a_stack_goes_on_in_the_middle_of_a_layer(stop, tmp_path):
    train = preprocess(digits(), "grey")
    whole = plain_stack()
    for _ in fit(whole, train):
        pass
    state = plain_stack()
    for progress in fit(state, train, report_every=0):
        if progress.step == stop:
            state.save(tmp_path)
            break
    again = plain_stack()
    again.load(tmp_path)
    for _ in fit(again, train):
        pass
    for name, value in whole.result().items():
        assert again.result()[name].equal(value), name


# -- what is learned ----------------------------------------------------------------------------


def test_a_linear_autoencoder_finds_the_subspace_of_pca():
    random = np.random.default_rng(0)
    x = (random.normal(size=(400, 12)) * np.linspace(2, 0.2, 12)).astype(np.float32)
    x = x @ np.linalg.qr(random.normal(size=(12, 12)))[0].astype(np.float32)
    dataset = Dataset("made", "Made", "real", (12,), x, x[:50])
    model = DeepAutoencoder(AutoencoderConfig((12,), (3,), output="gaussian", units="tanh"))  # without any of them
    config = TrainConfig(epochs=150, batch_size=50, optimiser="adam", lr=0.02, lr_schedule="cosine")
    for _ in fit(TrainState(model, config, 0, CPU), preprocess(dataset, "as-is")):
        pass
    data_, pca = torch.from_numpy(x), fit_pca(torch.from_numpy(x), 3)
    with torch.no_grad():
        lost = float((model.decode(model.encode(data_)) - data_).square().sum(1).mean())
        spanned = torch.linalg.qr(model.decoder[0].weight)[0]
    least = float((pca.decode(pca.encode(data_)) - data_).square().sum(1).mean())
    assert least - 1e-4 <= lost < 1.005 * least
    cosines = torch.linalg.svdvals(pca.components @ spanned)  # of the angles between the two subspaces
    assert float(cosines.min()) > 0.995


def test_sparsity_costs_and_shrinks_the_code():
    x, sizes = preprocess(digits(), "grey"), []
    for cost in (0.0, 5.0):
        model = DeepAutoencoder(AutoencoderConfig((8, 8), (20, 5), code_cost=cost))
        for _ in fit(TrainState(model, TrainConfig(epochs=30, optimiser="adam", lr=0.01), 0, CPU), x):
            pass
        with torch.no_grad():
            sizes.append(float(model.encode(x.all(seeded())).abs().mean()))
    assert sizes[1] < 0.3 * sizes[0]


# -- other data, scores -------------------------------------------------------------------------


@pytest.mark.parametrize("family", [autoencoder, stack])
def test_configs_are_fitted_to_every_kind(family):
    config = family.Config((28, 28))
    for kind, (form, shape) in KINDS.items():
        made = family.refit(config, kind, shape)
        assert made.event_shape == shape and kind in made.accepts
        assert getattr(made, "output" if family is autoencoder else "visible") == form
        assert made.layers[-1] == config.layers[-1] and max(made.layers[:-1]) < 100
        model = scrambled(family.build(made), 0.1)
        assert model.encode(examples(kind)).shape == (60, 30)
    with pytest.raises(SettingError, match="kind='text'"):
        family.refit(config, "text", ())
    assert family.refit(config, "grey", (28, 28)).layers == config.layers


def test_scores_of_codes_say_what_they_are():
    model = scrambled(DeepAutoencoder(AutoencoderConfig((8, 8), (20, 2))))
    subject = evaluation.Subject(model, digits(), "grey")
    found = {score.name: score for score in judge.scores(subject)}
    assert set(found) == {
        "reconstruction error",
        "explained variance",
        "PCA, for comparison",
        "logistic PCA, for comparison",
        "logistic PCA, searched codes, for comparison",
        "10-NN accuracy of codes",
        "1-NN accuracy of codes",
    }
    x = preprocess(digits(), "grey", "test").all(seeded())
    lost = float((model.decode(model.encode(x)) - x).square().sum((1, 2)).mean())
    assert found["reconstruction error"].value == pytest.approx(lost, rel=1e-5)
    assert found["reconstruction error"].unit == "squared error/image"
    assert found["explained variance"].value < 0.5 < found["PCA, for comparison"].value < lost
    quick = [score.name for score in judge.scores(dataclasses.replace(subject, thorough=False))]
    assert "PCA, for comparison" in quick and "logistic PCA, for comparison" not in quick
    portrait = judge.summary_tensors(subject)
    assert portrait["codes"].shape == (100, 2) and portrait["codes.labels"].tolist() == list(digits().test_labels)


def test_scores_of_word_counts_are_perplexities():
    counts = examples("counts", 80).numpy().astype(np.int32)
    counts[3] = 0  # an empty document
    words = Dataset("words", "Words", "counts", (12,), counts, counts[:20])
    model = DeepAutoencoder(AutoencoderConfig((12,), (2,), output="softmax"))
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    found = {score.name: score.value for score in judge.scores(evaluation.Subject(model, words, "as-is"))}
    assert found["reconstruction perplexity"] == pytest.approx(12, rel=1e-5), "all words alike"
    assert found["latent semantic analysis, for comparison"] < 12
    assert judge.summary_tensors(evaluation.Subject(model, words, "as-is"))["codes"].shape == (20, 2)


def test_the_figures_of_the_paper_stand_beside_ours():
    note = "through 30 numbers; published 3.00 (Hinton ...)"
    scores = [
        Score("reconstruction error", 3.1, "per image", "measured", "mnist test", note=note),
        Score("explained variance", 0.9, "share", "measured", "mnist test"),
    ]
    assert judge.published_errors(scores) == [("reconstruction error", 3.0, 3.1)]
