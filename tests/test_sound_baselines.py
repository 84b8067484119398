"""The baselines of WaveNet: a GRU over single samples and linear prediction, which read recordings as it does."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from core import data, models
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.data.validation import split_validation
from core.models.audio.base import AudioModel
from core.models.audio.gru import SampleGRU, SampleGRUConfig
from core.models.audio.gru_steps import GRUSteps
from core.models.audio.lpc import (
    BLOCK,
    LinearPredictor,
    LinearPredictorConfig,
    autocorrelation,
    decaying_sum,
    levinson_durbin,
)
from core.models.capabilities import HasDilatedLayers, HasRecurrentState, PredictsLinearly
from core.models.language.base import generate
from core.numerics import mulaw
from core.numerics.sampling import SamplingConfig, inverse_cdf
from core.training import TrainState, fit

LABELS, SPEAKERS = torch.tensor([0, 2, 1]), torch.tensor([1, 0, 1])


def gru(levels: int = 5) -> SampleGRU:
    config = SampleGRUConfig(levels=levels, classes=3, speakers=2, width=6, embedding=4, hidden=5)
    return noisy(SampleGRU(config))


def linear(levels: int = 5) -> LinearPredictor:
    model = noisy(LinearPredictor(LinearPredictorConfig(levels=levels, order=4, components=3)))
    with torch.no_grad():
        model.coefficients.copy_(torch.tensor([1.2, -0.5, 0.3, -0.2]))
        model.log_least.fill_(-3.0)
    return model


def noisy(model: AudioModel) -> AudioModel:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(0.6 * torch.randn(p.shape, generator=generator))
    return model.eval()


BASELINES = pytest.mark.parametrize("made", [gru, linear])


def given(model: AudioModel, n: int = 3) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Classes and speakers of n recordings, for a model that is conditioned on them."""
    return (LABELS[:n] if model.classes else None), (SPEAKERS[:n] if model.speakers else None)


def draw(model: AudioModel, shape: tuple[int, int]) -> torch.Tensor:
    return torch.randint(model.levels, shape, generator=torch.Generator().manual_seed(1))


@BASELINES
def test_it_reads_at_once_and_sample_by_sample_alike(made):
    model = made()
    x, known = draw(model, (3, 150)), given(model)
    whole = model.forward_cached(model.with_beginning(x), model.init_cache(3, *known), 0)
    for sizes in ([1] * 150, [1, 7, 63, 1, 64, 14], [150]):
        context = model.start(3, *known)
        found = [context.logits[:, None], *(model.read(context, part) for part in x.split(sizes, 1))]
        torch.testing.assert_close(torch.cat(found, 1), whole, rtol=1e-4, atol=1e-5)


@BASELINES
def test_the_past_alone_decides(made):
    model = made()
    x = draw(model, (1, 60))
    before = model.read(model.start(1, *given(model, 1)), x)
    for place in (0, 10, 59):
        other = x.clone()
        other[0, place] = (x[0, place] + 1) % model.levels
        changed = (model.read(model.start(1, *given(model, 1)), other) - before).abs().amax(2)[0]
        assert (changed[:place] == 0).all() and changed[place] > 0


@BASELINES
def test_probabilities_of_all_recordings_sum_to_one(made):
    model = made(3).double()
    every = torch.tensor(list(itertools.product(range(3), repeat=6)))
    known = [None if each is None else each[:1].expand(len(every)) for each in given(model)]
    assert float(model.log_probs(every, *known).sum(1).exp().sum()) == pytest.approx(1, abs=1e-6)


@BASELINES
def test_probabilities_of_a_sample_sum_to_one_wherever_it_was_expected(made):
    model = made(256)
    logits = model.read(model.start(3, *given(model)), draw(model, (3, 40)))
    assert logits.isfinite().all()
    if isinstance(model, LinearPredictor):  # log-probabilities themselves
        torch.testing.assert_close(logits.double().logsumexp(2), torch.zeros(3, 40).double(), rtol=0, atol=1e-4)


@BASELINES
def test_drawing_with_a_cache_gives_what_drawing_without_one_gives(made):
    model, noise = made(), torch.rand(3, 40, generator=torch.Generator().manual_seed(5))
    known = given(model)
    drawn = [x for _, x in generate(model, model.start(3, *known), 40, noise, SamplingConfig())]
    x = torch.zeros(3, 0, dtype=torch.long)
    for t in range(40):
        logits = model.forward_cached(model.with_beginning(x), model.init_cache(3, *known), 0)[:, -1]
        x = torch.cat([x, inverse_cdf(logits.softmax(1), noise[:, t])[:, None]], 1)
    assert torch.equal(torch.stack(drawn, 1), x)


@BASELINES
def test_futures_that_share_their_past(made):
    model = made()
    x, known = draw(model, (3, 20)), given(model)
    context = model.start(3, *known)
    model.read(context, x[:, :15])
    rows = torch.tensor([2, 0, 0])
    branched = model.read(context.branch(rows), x[rows][:, 15:])
    alone = model.start(3, *[None if each is None else each[rows] for each in known])
    torch.testing.assert_close(branched, model.read(alone, x[rows])[:, 15:], rtol=1e-4, atol=1e-5)


def test_without_a_class_the_mean_of_all_counts():
    model = gru()
    torch.testing.assert_close(model.condition(2, None, SPEAKERS[:2])[0], model.of_class.mean(0) + model.of_speaker[1])
    with pytest.raises(ValueError, match="labels"):
        model.start(1, torch.tensor([3]))


def test_steps_and_gradient_are_those_of_pytorch():
    torch.manual_seed(0)
    reference = torch.nn.GRU(5, 7).double()
    x, before = torch.randn(9, 3, 5).double(), torch.randn(3, 7).double().requires_grad_()
    expected, _ = reference(x, before[None])
    direction = torch.randn_like(expected)
    (expected * direction).sum().backward()
    leaves = {n: getattr(reference, f"{n}_l0").detach().clone().requires_grad_() for n in ("weight_ih", "weight_hh")}
    leaves |= {n: getattr(reference, f"{n}_l0").detach().clone().requires_grad_() for n in ("bias_ih", "bias_hh")}
    start = before.detach().clone().requires_grad_()
    a = torch.nn.functional.linear(x, leaves["weight_ih"], leaves["bias_ih"])
    found = GRUSteps.apply(a, leaves["weight_hh"], leaves["bias_hh"], start)
    (found * direction).sum().backward()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(start.grad, before.grad)
    for name, leaf in leaves.items():
        torch.testing.assert_close(leaf.grad, getattr(reference, f"{name}_l0").grad)


def test_the_mean_state_stops_where_a_recording_ends():
    model = gru()
    x = draw(model, (2, 30))
    x[0, 12:] = -1
    ((name, found),) = model.activations(x)
    ((_, alone),) = model.activations(x[:1, :12])
    assert name == "layer-1" and found.shape == (2, 6)
    torch.testing.assert_close(found[:1], alone)


# -- linear prediction --------------------------------------------------------------------------------


def process(coefficients: list[float], n: int, length: int) -> np.ndarray:
    """Recordings (n, length) of an autoregressive process."""
    rng, x = np.random.default_rng(0), np.zeros((n, length + 200))
    for t in range(len(coefficients), x.shape[1]):
        past = x[:, t - len(coefficients) : t][:, ::-1]
        x[:, t] = past @ np.array(coefficients) + 0.02 * rng.normal(size=n)
    return x[:, 200:]


KNOWN = [1.6, -1.1, 0.3]


def test_the_coefficients_of_a_known_process_are_found():
    x = process(KNOWN, 20, 5_000)
    exact = levinson_durbin(autocorrelation(torch.from_numpy(x), 3))
    np.testing.assert_allclose(exact, KNOWN, atol=0.02)
    model = LinearPredictor(LinearPredictorConfig(order=6))
    levels = torch.from_numpy(mulaw.encode(x)).float()
    levels[:, 4_000:] = torch.where(torch.arange(20)[:, None] % 2 == 0, -1, levels[:, 4_000:])  # some end earlier
    model.start_from(levels)
    np.testing.assert_allclose(model.coefficients, [*KNOWN, 0, 0, 0], atol=0.08)  # rounding to levels adds noise


def test_levinson_durbin_solves_the_normal_equations():
    r = autocorrelation(torch.from_numpy(process([0.5, 0.2, -0.4], 3, 400)), 12)
    lags = (torch.arange(12)[:, None] - torch.arange(12)).abs()
    torch.testing.assert_close(levinson_durbin(r), torch.linalg.solve(r[lags], r[1:]), rtol=1e-8, atol=1e-10)
    assert not levinson_durbin(torch.zeros(5)).any()  # silence


@pytest.mark.parametrize("length", [1, BLOCK - 1, BLOCK, 3 * BLOCK + 5])
def test_a_decaying_sum_in_blocks(length):
    added = torch.rand(2, length, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    kept, before = torch.tensor(0.9, dtype=torch.float64), torch.tensor([0.3, 2.0], dtype=torch.float64)
    expected, s = [], before
    for t in range(length):
        s = kept * s + added[:, t]
        expected.append(s)
    torch.testing.assert_close(decaying_sum(added, kept, before), torch.stack(expected, 1))


def test_a_level_far_from_the_mean_keeps_its_digits():
    model = LinearPredictor(LinearPredictorConfig(components=1)).double()
    model.requires_grad_(False)
    mean, scale = torch.tensor(0.9).double(), torch.tensor(1e-3).double()
    log_p = model.log_prob(mean, scale, model.edges[:-1], model.edges[1:])
    assert log_p.isfinite().all() and float(log_p.exp().sum()) == pytest.approx(1)
    factor = float(model.log_factors.exp())
    # in the tail of a logistic distribution log p falls by the distance over the scale
    fall = (model.edges[101] - model.edges[61]) / (1e-3 * factor)
    widths = (model.edges[101] - model.edges[100]).log() - (model.edges[61] - model.edges[60]).log()
    assert float(log_p[100] - log_p[60]) == pytest.approx(float(fall + widths), rel=0.02)


# -- training ---------------------------------------------------------------------------------------

TRAIN = TrainConfig(epochs=3, batch_size=16, optimiser="adam", lr=0.02, clip=1.0, validation=0.2)
CONFIGS = {
    "sample-gru": SampleGRUConfig(classes=6, width=12, embedding=8, hidden=12, window=100),
    "lpc": LinearPredictorConfig(order=8, window=100),
}


def trained(family: str, x: np.ndarray | None = None) -> tuple[AudioModel, list[float]]:
    """A model of few, short tones, and its bits on held-out ones after each epoch."""
    dataset = data.load("tones")
    shown = preprocess(dataset, "mu-law").take(torch.arange(240))
    values = shown.values[:, :300] if x is None else torch.from_numpy(x)
    shown = dataclasses.replace(shown, values=values, lengths=torch.arange(240) % 100 + 200)
    model = models.build(family, CONFIGS[family], 3)
    state = TrainState(model, TRAIN, 3, torch.device("cpu"))
    train, held_out = split_validation(dataset, shown, TRAIN.validation)
    return model, [p.metrics["bits"] for p in fit(state, train, held_out, report_every=60) if p.epoch_done]


@pytest.mark.parametrize("family", CONFIGS)
def test_it_learns(family):
    _, bits = trained(family)
    assert bits[-1] < bits[0] and bits[-1] < 7


@pytest.mark.parametrize("family", CONFIGS)
@pytest.mark.hostile("recordings of silence alone", "a model is trained, and expects silence")
def test_silence_is_learned(family):
    model, bits = trained(family, np.full((240, 300), mulaw.silence(), np.uint8))
    assert all(p.isfinite().all() for p in model.parameters()) and bits[-1] < min(7, bits[0])


def test_what_does_not_suit_is_refused():
    with pytest.raises(SettingError, match="audio for a sample-level GRU"):
        models.families()["sample-gru"].refit(SampleGRUConfig(), "grey", (8, 8))
    with pytest.raises(SettingError, match="audio for linear prediction"):
        models.families()["lpc"].refit(LinearPredictorConfig(), "grey", (8, 8))
    shown = preprocess(data.load("tones"), "mu-law")
    with pytest.raises(DataError, match="256 levels, but the model has 16"):
        next(fit(TrainState(LinearPredictor(LinearPredictorConfig(levels=16)), TRAIN, 0, torch.device("cpu")), shown))


def test_each_says_what_it_is_made_of():
    assert isinstance(gru(), HasRecurrentState) and isinstance(linear(), PredictsLinearly)
    assert not any(isinstance(model, HasDilatedLayers) for model in (gru(), linear()))
    weights = linear().stacked_weights()
    assert float(weights["shares"].sum()) == pytest.approx(1) and len(weights["edges"]) == 4
