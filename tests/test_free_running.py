"""Teacher forcing and free running: invariants, and a model that has the text's own distribution."""

import dataclasses
from types import SimpleNamespace

import pytest
import torch
from conftest import seeded

from core import data
from core.analysis import teacher_forcing
from core.config.fields import SettingError
from core.data.sets.texts import split
from core.models.language import ngram, recurrent
from core.models.language.base import LanguageModel
from core.numerics.sampling import SamplingConfig

V = 4


def gru(seed: int = 0) -> LanguageModel:
    """A tiny recurrent network whose weights say something."""
    model = recurrent.build(recurrent.RecurrentConfig(tokens=V, cell="gru", width=6, embedding=4, dropout=0)).eval()
    for weight in model.parameters():
        weight.data = torch.randn(weight.shape, generator=seeded(seed))
    return model


def counted(text: torch.Tensor) -> LanguageModel:
    model = ngram.build(ngram.NGramConfig(tokens=V, order=2))
    model.start_from_text(text)
    return model.eval()


def texts(n: int, length: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(V, (n, length), generator=seeded(seed))


# -- stretches


@pytest.mark.parametrize("first", [0, 3, 40])
def test_stretches_are_parts_of_the_text_and_none_is_told_twice(first):
    text = torch.arange(500)
    found = teacher_forcing.segments(text, first, count=10, most=12)
    assert found.shape == (12, first + 10) and (found.diff(dim=1) == 1).all()
    told = found[:, first:].flatten()
    assert len(told.unique()) == len(told) and int(found[-1, -1]) == 499 and int(found[0, 0]) == 0
    short = teacher_forcing.segments(text[: first + 25], first, count=10, most=12)
    assert len(short) == 2


def test_of_a_short_text_stretches_are_short_and_one_that_is_too_short_is_refused():
    assert teacher_forcing.segments(torch.arange(29), 10, count=10).shape == (2, 10 + 9)
    assert teacher_forcing.segments(torch.arange(12), 10, count=10).shape == (2, 10 + 1)
    for length, said in ((0, "at least 2"), (1, "at least 2"), (5, "first=10: 0 to 3"), (11, "first=10: 0 to 9")):
        with pytest.raises(SettingError, match=said):
            teacher_forcing.segments(torch.arange(length), 10, count=10)


# -- one ahead and alone


@pytest.mark.parametrize("first", [0, 1, 7])
def test_one_ahead_is_what_the_whole_text_is_told(first):
    model, x = gru(), texts(3, first + 5)
    best, probs, told = teacher_forcing.one_step_ahead(model, x[:, :first], x[:, first:])
    torch.testing.assert_close(told, model.log_probs(x)[:, first:], rtol=1e-5, atol=1e-5)
    every = torch.stack([model.log_probs(torch.cat([x[:, :-1], torch.full((3, 1), v)], 1))[:, -1] for v in range(V)], 1)
    assert best[:, -1].equal(every.argmax(1))
    torch.testing.assert_close(probs[:, -1], every.exp().amax(1), rtol=1e-5, atol=1e-5)
    assert (probs.log() >= told - 1e-5).all()


def test_a_run_follows_from_its_noise_and_greedy_from_none():
    model, given = gru(), texts(3, 6)
    a, b, c = (teacher_forcing.free_run(model, given, 8, seeded(s)) for s in (0, 0, 1))
    assert a.equal(b) and not a.equal(c)
    greedy = teacher_forcing.free_run(model, given, 8, seeded(2), teacher_forcing.GREEDY)
    assert greedy.equal(teacher_forcing.free_run(model, given, 8, seeded(3), teacher_forcing.GREEDY))
    best, _, _ = teacher_forcing.one_step_ahead(model, given, greedy)
    assert best.equal(greedy)  # told its own past, the likeliest is what it chose
    cold = teacher_forcing.free_run(model, given, 8, seeded(2), SamplingConfig(temperature=1e-6))
    assert cold.equal(greedy)


def test_the_first_place_alone_is_one_ahead_of_the_truth():
    model, x = gru(), texts(200, 6)
    best, _, _ = teacher_forcing.one_step_ahead(model, x[:, :3], x[:, 3:])
    greedy = teacher_forcing.free_run(model, x[:, :3], 3, seeded(), teacher_forcing.GREEDY)
    assert greedy[:, 0].equal(best[:, 0]) and not greedy.equal(best)


def test_judging_is_the_probability_of_the_text_it_is_given():
    model, x = gru(), texts(4, 9)
    found = teacher_forcing.log_probs_under(model, x[:, :4], x[:, 4:])
    torch.testing.assert_close(found, model.log_probs(x)[:, 4:], rtol=1e-5, atol=1e-5)


def test_under_every_judge_texts_of_the_same_distribution_cost_the_same():
    model = gru()
    given = texts(2_000, 3)
    truth = teacher_forcing.free_run(model, given, 6, seeded(1))  # a text that the model itself has written
    free = teacher_forcing.free_run(model, given, 6, seeded(2))
    other = counted(texts(1, 300, seed=5)[0])
    for judge in (model, gru(7), other):
        more = teacher_forcing.log_probs_under(judge, given, truth) - teacher_forcing.log_probs_under(
            judge, given, free
        )
        mean, error = teacher_forcing.mean_error(more)
        assert 0 < error < 0.05 and abs(mean) < 4 * error


def test_another_judge_sees_a_drift_that_the_model_does_not():
    text = (torch.arange(400) % V)[None]  # always one up
    stays = counted(torch.zeros(400, dtype=torch.long))  # has learned to stay where it is
    given, truth = text[:, :4].expand(50, -1), text[:, 4:24].expand(50, -1)
    free = teacher_forcing.free_run(stays, given, 20, seeded())
    own, by_other = (
        teacher_forcing.log_probs_under(judge, given, truth) - teacher_forcing.log_probs_under(judge, given, free)
        for judge in (stays, counted(text[0]))
    )
    assert teacher_forcing.mean_error(own)[0] < -0.5 < 0.5 < teacher_forcing.mean_error(by_other)[0]


# -- numbers


def test_the_error_is_that_of_a_mean_over_rows():
    values = torch.tensor([[1.0, 3.0], [2.0, 4.0], [6.0, 8.0]])
    mean, error = teacher_forcing.mean_error(values)
    assert mean == pytest.approx(4) and error == pytest.approx(float(torch.tensor([2.0, 3.0, 7.0]).std()) / 3**0.5)


def test_chance_is_how_often_another_stretch_has_the_same_token():
    truth = torch.tensor([[0, 1], [0, 2], [3, 1], [0, 0]])
    expected = [
        sum(int(truth[i, t] == truth[j, t]) for i in range(4) for j in range(4) if i != j) / 12 for t in range(2)
    ]
    assert teacher_forcing.chance_matches(truth).tolist() == pytest.approx(expected)


# -- the test text


@dataclasses.dataclass
class Kept:
    """What of a checkpoint is asked for."""

    manifest: SimpleNamespace
    text: str = "how it begins, ä"

    def arrays(self, file: str) -> dict:
        return {"text": torch.tensor(list(self.text.encode()), dtype=torch.uint8).numpy()} if self.text else {}


def test_the_whole_test_text_is_read_only_where_it_is_the_one_of_the_training(monkeypatch):
    dataset = split("help", "Help", "some text " * 50)
    monkeypatch.setattr(data, "load", lambda name: dataset)

    def kept(name: str, fingerprint: str) -> Kept:
        return Kept(SimpleNamespace(preset=SimpleNamespace(dataset=name), data_fingerprint=fingerprint))

    same, other = kept("help", dataset.fingerprint), kept("help", "of another Python")
    gone = kept("own-that-was-removed", dataset.fingerprint)
    assert teacher_forcing.held_out_text(same) == (("some text " * 50)[-50:], True)
    assert teacher_forcing.held_out_text(other) == ("how it begins, ä", False) == teacher_forcing.held_out_text(gone)
    assert teacher_forcing.held_out_text(dataclasses.replace(gone, text="")) == ("", False)
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    assert teacher_forcing.held_out_text(same) == ("how it begins, ä", False)
