"""Recordings: mu-law, data sets of them, and WaveNet, which reads them sample by sample or all at once."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core import data, evaluation, models
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data.errors import DataError
from core.data.preprocessing import preprocess, views_of
from core.data.sets import fsdd, tones
from core.data.validation import split_validation
from core.evaluation import generated_sounds
from core.models.audio.base import crop
from core.models.audio.gated_layer import GatedLayer
from core.models.audio.wavenet import WaveNet, WaveNetConfig, refit
from core.models.audio.wavenet_compiled import CompiledWaveNet
from core.models.language.base import generate
from core.numerics import mulaw
from core.numerics.sampling import SamplingConfig, inverse_cdf
from core.training import TrainState, fit

SMALL = WaveNetConfig(levels=5, classes=3, speakers=2, layers=6, stacks=2, channels=4, skip=6)  # looks 16 samples back


def made(config: WaveNetConfig, seed: int = 0) -> WaveNet:
    """A model whose weights, of class and speaker too, are large enough to matter."""
    model, generator = WaveNet(config).eval(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(0.6 * torch.randn(p.shape, generator=generator))
    return model


def draw(model: WaveNet, shape: tuple[int, int], seed: int = 1) -> torch.Tensor:
    return torch.randint(model.levels, shape, generator=torch.Generator().manual_seed(seed))


LABELS, SPEAKERS = torch.tensor([0, 2, 1]), torch.tensor([1, 0, 1])


# -- mu-law -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [2, 16, 255, 256])
def test_levels_come_back_as_they_were(levels):
    every = np.arange(levels)
    np.testing.assert_array_equal(mulaw.encode(mulaw.decode(every, levels), levels), every)
    assert (np.diff(mulaw.decode(every, levels)) > 0).all()
    np.testing.assert_allclose(mulaw.decode(every, levels), -mulaw.decode(every[::-1], levels), atol=1e-7)


def test_samples_come_back_within_half_a_step():
    """On the scale of the levels, where they are even: a loud sound is heard less exactly than a quiet one."""
    x = np.linspace(-1, 1, 20_001)
    back = mulaw.decode(mulaw.encode(x))
    on_scale = [np.sign(each) * np.log1p(255 * np.abs(each)) / np.log(256) for each in (x, back)]
    assert np.abs(on_scale[0] - on_scale[1]).max() < 1 / 255 + 1e-6
    errors = [np.abs(back - x)[part].max() for part in (np.abs(x) < 0.01, np.abs(x) > 0.9)]
    assert errors[0] < 0.0005 < 0.015 < errors[1] < 0.025
    assert mulaw.encode(np.array([-2.0, -1, 0, 1, 2])).tolist() == [0, 0, 128, 255, 255]
    assert mulaw.silence() == 128


def test_the_curve_is_that_of_the_standard():
    """F(x) = ln(1 + 255 |x|) / ln 256, of which a level is 2 / 255."""
    for level, x in ((255, 1.0), (192, (256 ** (2 * 192 / 255 - 1) - 1) / 255), (128, (256 ** (1 / 255) - 1) / 255)):
        assert mulaw.decode(np.array(level)) == pytest.approx(x)


# -- data sets --------------------------------------------------------------------------------------


def test_tones_follow_their_factors():
    """The pitch that stands beside each is the one that its spectrum repeats at; what is loudest is as loud."""
    found = data.load("tones")
    assert found.train.shape == (1_200, 4_000) and found.rate == 8_000 and len(found.test_labels) == 240
    samples = mulaw.decode(found.test)
    np.testing.assert_allclose(np.abs(samples).max(1), found.test_factors["loudness"], rtol=0.03)
    right = []
    for i in np.flatnonzero(found.test_labels != tones.CLASSES.index("drum")):  # a drum's pitch falls
        x = samples[i, 400:3_600]
        spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), 16 * len(x))) ** 2
        correlation = np.fft.irfft(spectrum)[: 8_000 // 60]
        lags = slice(8_000 // 500, 8_000 // 60)
        near = 8_000 / found.test_factors["pitch"][i]
        best = correlation[lags].max()
        around = correlation[max(0, int(near) - 1) : int(near) + 3].max()
        right.append(around > 0.85 * best)
    assert np.mean(right) > 0.97
    start, end = np.abs(samples[:, :1_500]).mean(1), np.abs(samples[:, -500:]).mean(1)
    short = found.test_factors["decay"] < 0.15
    assert (end[short] < 0.2 * start[short]).all() and (end[~short] / start[~short]).mean() > 0.3
    attacked = found.test_factors["attack"] > 0.05
    assert (np.abs(samples[attacked, :40]).max(1) < 0.2 * np.abs(samples[attacked]).max(1)).all()


def test_a_string_is_in_tune():
    rng = np.random.default_rng(0)
    for pitch in (110.0, 196.0, 333.3, 440.0):
        x = tones.synthesise("plucked string", pitch, 0.5, 0.0, 1.0, 0.5, rng)
        spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), 2**17))
        around = slice(int(0.9 * pitch * 2**17 / 8_000), int(1.1 * pitch * 2**17 / 8_000))
        peak = (spectrum[around].argmax() + around.start) * 8_000 / 2**17
        assert abs(1_200 * math.log2(peak / pitch)) < 8  # cents


@pytest.fixture
def digits():
    if not data.info("fsdd").is_here():
        pytest.skip("fsdd is not in the data folder (PLAYGROUND_DATA); nothing is downloaded for a test")
    return data.load("fsdd")


def test_spoken_digits_have_their_published_counts(digits):
    assert digits.train.shape == (2_700, fsdd.LONGEST) and digits.test.shape == (300, fsdd.LONGEST)
    assert digits.train_lengths.sum() + digits.test_lengths.sum() == 10_498_424
    assert max(digits.train_lengths.max(), digits.test_lengths.max()) == fsdd.LONGEST
    for labels, factors, n in (
        (digits.train_labels, digits.train_factors, 45),
        (digits.test_labels, digits.test_factors, 5),
    ):
        assert np.bincount(labels * 6 + factors["speaker"]).tolist() == [n] * 60
    beyond = np.arange(fsdd.LONGEST) >= digits.test_lengths[:, None]
    assert (digits.test[beyond] == 128).all() and digits.fingerprint == fsdd.FINGERPRINT


def test_what_comes_with_the_project_is_the_first_of_the_test_part(digits):
    first = fsdd.load_first()
    assert len(first.test) == 120 and len(first.train) == 0
    for name in ("test", "test_labels", "test_lengths"):
        np.testing.assert_array_equal(getattr(first, name), getattr(digits, name)[:120])
    np.testing.assert_array_equal(first.test_factors["speaker"], digits.test_factors["speaker"][:120])
    assert fsdd.pack_first(fsdd.RECORDINGS.read()) == fsdd.FIRST.read()


def test_without_a_download_there_are_digits_to_hear(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    data._load_test.cache_clear()
    info = data.info("fsdd")
    assert info.test_is_here() and not info.is_here()
    found = data.load_test("fsdd")
    assert found.fingerprint == fsdd.FINGERPRINT and found.rate == 8_000 and found.speakers == fsdd.SPEAKERS
    shown = preprocess(found, "mu-law", "test")
    assert sorted(zip(shown.labels.tolist(), shown.speakers.tolist(), strict=True)) == sorted(
        list(itertools.product(range(10), range(6))) * 2
    )
    with pytest.raises(DataError, match=r"training part of Spoken digits is not here.*recordings.zip"):
        _ = found.train_lengths
    data._load_test.cache_clear()


def test_a_file_that_is_no_recording_is_named():
    with pytest.raises(DataError, match="0_theo_1.wav: no WAV file"):
        fsdd.samples_of(b"hello", "0_theo_1.wav")


def test_recordings_end_where_they_end():
    shown = preprocess(data.load("tones"), "mu-law")
    assert shown.kind == "audio" and shown.levels == 256 and views_of(data.info("tones")) == {"mu-law": "audio"}
    short = dataclasses.replace(shown, lengths=torch.full((len(shown),), 100))
    x = short.batch(torch.tensor([3, 7]), torch.Generator())
    assert (
        x.shape == (2, 4_000)
        and (x[:, 100:] == -1).all()
        and torch.equal(x[:, :100], shown.values[[3, 7], :100].float())
    )
    left, held_out = split_validation(data.load("tones"), short, 0.1)
    assert (len(left), len(held_out), len(held_out.lengths), len(held_out.labels)) == (1_080, 120, 120, 120)
    with pytest.raises(DataError, match="does not suit"):
        preprocess(data.load("tones"), "as-is")
    with pytest.raises(DataError, match="does not suit"):
        preprocess(data.load("digits"), "mu-law")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"train_lengths": None}, "need as many train_lengths"),
        ({"test_lengths": np.array([9])}, "test_lengths from 9 to 9, not from 1 to 8"),
        ({"train_lengths": np.array([0, 8])}, "train_lengths from 0 to 8"),
        ({"rate": 0}, "how many samples a second"),
    ],
)
def test_recordings_that_contradict_themselves_are_refused(change, words):
    fine = {"train": np.zeros((2, 8), np.uint8), "test": np.zeros((1, 8), np.uint8), "rate": 8_000}
    fine |= {"train_lengths": np.array([3, 8]), "test_lengths": np.array([8])}
    data.Dataset("s", "S", "audio", (8,), **fine)
    with pytest.raises(DataError, match=words):
        data.Dataset("s", "S", "audio", (8,), **fine | change)


# -- the model --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stacks", [1, 2, 3])
def test_the_past_alone_decides_as_far_back_as_it_says(stacks):
    model = made(dataclasses.replace(SMALL, stacks=stacks))
    x, reach = draw(model, (1, 120)), model.receptive_field
    assert reach == 2 + sum(model.config.dilations) == 2 + stacks * (2 ** (6 // stacks) - 1)
    before = model.read(model.start(1), x)
    for place in (0, 10, 40):
        other = x.clone()
        other[0, place] = (x[0, place] + 1) % 5
        changed = (model.read(model.start(1), other) - before).abs().amax(2)[0]
        assert (changed[:place] == 0).all(), "a sample changed what was told before it"
        assert (changed[place + reach :] == 0).all()
        assert changed[place] > 0 and changed[place + reach - 1] > 0


def test_it_reads_at_once_and_sample_by_sample_alike():
    model = made(SMALL)
    x = draw(model, (3, 70))
    whole = model.forward_cached(model.with_beginning(x), model.init_cache(3, LABELS, SPEAKERS), 0)
    for sizes in ([1] * 70, [1, 7, 3, 1, 20, 38], [70], [69, 1]):
        context = model.start(3, LABELS, SPEAKERS)
        found = [context.logits[:, None], *(model.read(context, part) for part in x.split(sizes, 1))]
        torch.testing.assert_close(torch.cat(found, 1), whole, rtol=1e-5, atol=1e-5)
        assert context.length == 70


def test_its_layers_are_those_of_the_paper():
    """The same by PyTorch's own causal convolutions."""
    model = made(SMALL)
    x, c = draw(model, (3, 40)), SMALL.channels
    symbols = F.pad(model.with_beginning(x)[:, :-1], (1, 0), value=model.beginning)
    u = (model.embed_past(symbols[:, :-1]) + model.embed_now(symbols[:, 1:])).transpose(1, 2)
    skip = 0
    for k, layer in enumerate(model.layers):
        kernel = torch.stack(layer.gate.weight.split(c, 1), 2)
        a = F.conv1d(F.pad(u, (layer.dilation, 0)), kernel, layer.gate.bias, dilation=layer.dilation)
        a = a + (model.of_class[LABELS, k] + model.of_speaker[SPEAKERS, k])[..., None]
        g = a[:, :c].tanh() * a[:, c:].sigmoid()
        skip = skip + F.conv1d(g, layer.skip.weight[..., None])
        if layer.residual is not None:
            u = u + F.conv1d(g, layer.residual.weight[..., None], layer.residual.bias)
    logits = model.out(model.hidden(skip.transpose(1, 2).relu()).relu())
    expected = logits.log_softmax(2).gather(2, x[..., None])[..., 0]
    torch.testing.assert_close(model.log_probs(x, LABELS, SPEAKERS), expected, rtol=1e-4, atol=1e-5)


def test_probabilities_of_all_recordings_sum_to_one():
    model = made(dataclasses.replace(SMALL, levels=3)).double()
    every = torch.tensor(list(itertools.product(range(3), repeat=6)))
    for label, speaker in ((0, 1), (2, 0)):
        n = len(every)
        nats = model.log_probs(every, torch.full((n,), label), torch.full((n,), speaker)).double().sum(1)
        assert float(nats.exp().sum()) == pytest.approx(1, abs=1e-6)


def test_drawing_with_a_cache_gives_what_drawing_without_one_gives():
    model, noise = made(SMALL), torch.rand(3, 60, generator=torch.Generator().manual_seed(5))
    drawn = [x for _, x in generate(model, model.start(3, LABELS, SPEAKERS), 60, noise, SamplingConfig())]
    x = torch.zeros(3, 0, dtype=torch.long)
    for t in range(60):
        logits = model.forward_cached(model.with_beginning(x), model.init_cache(3, LABELS, SPEAKERS), 0)[:, -1]
        x = torch.cat([x, inverse_cdf(logits.softmax(1), noise[:, t])[:, None]], 1)
    assert torch.equal(torch.stack(drawn, 1), x)


@pytest.mark.parametrize("temperature", [1.0, 0.4])
def test_drawing_in_compiled_loops_gives_the_same(temperature):
    """From the middle of a recording, with samples forced on it, and after that by the others again."""
    model, noise = made(SMALL), torch.rand(1, 80, generator=torch.Generator().manual_seed(6))
    x, given = draw(model, (1, 30)), torch.full((80,), -1)
    given[20:40] = draw(model, (1, 20), seed=3)
    one, other = (model.start(1, LABELS[:1], SPEAKERS[:1]) for _ in range(2))
    for context in (one, other):
        model.read(context, x)
    expected, told = [], []
    for t in range(80):
        told.append(one.logits[0])
        y = given[t : t + 1] if given[t] >= 0 else inverse_cdf((one.logits / temperature).softmax(1), noise[:, t])
        expected.append(int(y))
        model.read(one, y[:, None])
    drawn, logits = CompiledWaveNet(model).draw(other, noise[0], temperature, given)
    assert drawn.tolist() == expected and other.length == one.length == 110
    torch.testing.assert_close(logits, torch.stack(told), rtol=1e-4, atol=1e-4)
    more = draw(model, (1, 9), seed=8)
    torch.testing.assert_close(model.read(other, more), model.read(one, more), rtol=1e-4, atol=1e-4)
    with pytest.raises(SettingError, match="temperature=0"):
        CompiledWaveNet(model).draw(other, noise[0], 0.0)


def test_a_branch_goes_its_own_way():
    model = made(SMALL)
    x = draw(model, (3, 30))
    context = model.start(3, LABELS, SPEAKERS)
    model.read(context, x[:, :20])
    branch = context.branch(torch.tensor([2, 2, 0]))
    model.read(branch, draw(model, (3, 9), seed=4))
    again = model.start(3, LABELS, SPEAKERS)
    model.read(again, x)
    model.read(context, x[:, 20:])
    torch.testing.assert_close(context.logits, again.logits, rtol=1e-5, atol=1e-5)


def test_class_and_speaker_change_what_is_told_and_others_are_refused():
    model = made(SMALL)
    x = draw(model, (1, 20))
    found = [float(model.log_probs(x, torch.tensor([y]), torch.tensor([s])).sum()) for y in range(3) for s in range(2)]
    assert len({round(each, 4) for each in found}) == 6
    for labels, speakers, words in (
        ([3], [0], "labels=.*0 to 2"),
        ([0], [-1], "speakers=.*0 to 1"),
        ([0, 1], [0], "labels"),
    ):
        with pytest.raises(ValueError, match=words):
            model.start(1, torch.tensor(labels), torch.tensor(speakers))


@pytest.mark.parametrize("shift", [3, 6, 21, 24, 90])
@pytest.mark.parametrize("last", [False, True])
def test_a_layer_and_its_gradient_are_those_of_pytorch(shift, last):
    u, gate, bias, residual, r = (
        torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((21, 4), (8, 8), (3, 8), (4, 4), (4,))
    )
    a = torch.cat([F.pad(u, (0, 0, shift, 0))[:21], u], 1) @ gate.t() + bias.repeat(7, 1)
    g = a[:, :4].tanh() * a[:, 4:].sigmoid()
    expected = (g,) if last else (g, u + g @ residual.t() + r)
    given = (u, gate, bias, *((None, None) if last else (residual, r)))
    found = [each for each in GatedLayer.apply(*given, shift) if each is not None]
    weights = [torch.randn_like(each) for each in expected]
    asked = [each for each in given if each is not None]
    slopes = [
        torch.autograd.grad(sum((y * w).sum() for y, w in zip(ys, weights, strict=True)), asked)
        for ys in (found, expected)
    ]
    for mine, theirs in (*zip(found, expected, strict=True), *zip(*slopes, strict=True)):
        torch.testing.assert_close(mine, theirs)


def test_layers_are_the_mean_over_what_was_said():
    model = made(SMALL)
    x = draw(model, (2, 30)).float()
    x[1, 11:] = -1
    both = dict(model.activations(x))
    alone = dict(model.activations(x[1:, :11]))
    assert {name: u.shape[1] for name, u in both.items()} == model.layer_sizes
    for name, u in both.items():
        torch.testing.assert_close(u[1:], alone[name])


# -- learning ---------------------------------------------------------------------------------------


def test_a_stretch_is_cut_at_random_within_a_recording():
    x = torch.full((3, 50), -1.0)
    for row, length in enumerate((50, 20, 5)):
        x[row, :length] = torch.arange(length)
    seen = set()
    for seed in range(60):
        cut = crop(x, 20, torch.Generator().manual_seed(seed))
        assert cut.shape == (3, 20)
        first = int(cut[0, 0])
        seen.add(first)
        assert cut[0].tolist() == list(range(first, first + 20))
        assert cut[1].tolist() == list(range(20)) and cut[2].tolist() == [0, 1, 2, 3, 4] + [-1] * 15
    assert min(seen) == 0 and max(seen) == 30 and len(seen) > 15
    assert crop(x[2:], 20, torch.Generator()).shape == (1, 5)


def test_the_loss_is_the_mean_over_samples_that_there_are():
    model = made(SMALL)
    x = draw(model, (3, 30)).float()
    x[1, 7:] = -1
    loss = model.loss(x, torch.Generator(), LABELS, SPEAKERS)["loss"].detach()
    nats = model.log_probs(x, LABELS, SPEAKERS)
    assert float(loss) == pytest.approx(-float(nats.sum()) / 67, rel=1e-5)
    assert (nats[1, 7:] == 0).all()
    bits = model.metrics(x, torch.Generator(), LABELS, SPEAKERS)["bits"]
    assert bits == pytest.approx(float(loss) / math.log(2), rel=1e-5)


TRAIN = TrainConfig(epochs=2, batch_size=10, optimiser="adam", lr=0.01, average=0.9, validation=0.5)


def state_and_parts(train: TrainConfig):
    dataset = data.load("tones")
    few = preprocess(dataset, "mu-law").take(torch.arange(80))
    few = dataclasses.replace(few, values=few.values[:, :300], lengths=torch.arange(80) + 200)
    config = WaveNetConfig(classes=6, layers=4, stacks=1, channels=8, skip=8, window=120)
    model = models.build("wavenet", config, 3)
    return TrainState(model, train, 3, torch.device("cpu")), *split_validation(dataset, few, train.validation)


def test_training_goes_on_to_the_same_bits_where_it_stopped(tmp_path):
    weights = []
    for stop in (None, 3):
        state, train, held_out = state_and_parts(TRAIN)
        for progress in fit(state, train, held_out, report_every=0):
            if progress.step == stop:
                state.save(tmp_path)
                break
        if stop is not None:
            state, train, held_out = state_and_parts(TRAIN)
            state.load(tmp_path)
            last = list(fit(state, train, held_out, report_every=0))[-1]
            assert last.step == 8 and last.metrics["bits"] < 8
        weights.append(state.result())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_it_learns():
    state, train, held_out = state_and_parts(dataclasses.replace(TRAIN, epochs=12))
    bits = [p.metrics["bits"] for p in fit(state, train, held_out) if p.epoch_done]
    assert bits[-1] < bits[0] - 0.4 < 7.6


def test_data_that_do_not_suit_are_refused():
    state, train, _ = state_and_parts(TRAIN)
    with pytest.raises(DataError, match="256 levels, but the model has 16"):
        next(fit(TrainState(WaveNet(WaveNetConfig(levels=16)), TRAIN, 0, torch.device("cpu")), train))
    with pytest.raises(DataError, match="speakers=2, but the data have none"):
        next(fit(TrainState(WaveNet(WaveNetConfig(speakers=2)), TRAIN, 0, torch.device("cpu")), train))
    with pytest.raises(DataError, match="takes audio data"):
        grey = preprocess(data.load("digits"), "grey")
        next(fit(TrainState(WaveNet(WaveNetConfig()), TRAIN, 0, torch.device("cpu")), grey))
    with pytest.raises(SettingError, match="audio for a WaveNet"):
        refit(WaveNetConfig(), "grey", (8, 8))
    with pytest.raises(SettingError, match="a divisor of layers=18"):
        WaveNetConfig(stacks=4)


def test_scores_are_those_of_whole_recordings(monkeypatch):
    dataset = data.load("tones")
    few = dataclasses.replace(dataset, test=dataset.test[:12, :500], train=dataset.train[:, :500], event_shape=(500,),
                              test_labels=dataset.test_labels[:12], test_lengths=np.arange(300, 312),
                              train_lengths=np.full(1_200, 500))  # fmt: skip
    model = made(WaveNetConfig(classes=6, layers=4, stacks=2, channels=4, skip=4))
    subject = evaluation.Subject(model, few, "mu-law")
    monkeypatch.setattr(generated_sounds, "CLIPS", 6)
    found = {s.name: s for s in evaluation.scores(subject)}
    assert found.keys() == {
        *("test bits per sample", "base-rate bits per sample", "class told by likelihood"),
        *("generated class as asked", "generated silence"),
    }
    nats, right = 0.0, []
    for row in range(12):
        x = torch.from_numpy(few.test[row : row + 1, : few.test_lengths[row]]).long()
        each = [float(model.log_probs(x, torch.tensor([y])).sum()) for y in range(6)]
        nats -= each[few.test_labels[row]]
        right.append(int(np.argmax(each)) == few.test_labels[row])
    samples = few.test_lengths.sum()
    assert found["test bits per sample"].value == pytest.approx(nats / samples / math.log(2), rel=1e-5)
    assert found["class told by likelihood"].value == pytest.approx(np.mean(right))
    assert 6 < found["base-rate bits per sample"].value < 8
    reach = evaluation.summary_tensors(subject)
    assert reach["reach.left"].tolist() == [0, 1, 2, 4, 8] and len(reach["reach.nats"]) == 5
