"""The judge of generated recordings, tried on a model that replays real ones: the class that was asked for, another
class, or silence."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from core import data, evaluation
from core.evaluation import generated_sounds
from core.evaluation.generated_sounds import train_judge
from core.models.audio.base import AudioModel, ConditionalAudioConfig
from core.models.audio.lpc import LinearPredictor, LinearPredictorConfig
from core.numerics import mulaw


def few(n: int = 240) -> data.Dataset:
    """Of the tones: n of those to train on, a quarter of the others."""
    tones = data.load("tones")
    train = {"train": tones.train[:n], "train_labels": tones.train_labels[:n], "train_lengths": tones.train_lengths[:n]}
    test = {"test": tones.test[:60], "test_labels": tones.test_labels[:60], "test_lengths": tones.test_lengths[:60]}
    return dataclasses.replace(tones, **train, **test)


class Replays(AudioModel):
    """Draws the recording (T,) of the class (C, T) that it is asked for."""

    def __init__(self, recordings: torch.Tensor) -> None:
        super().__init__(ConditionalAudioConfig(classes=len(recordings)))
        self.recordings = recordings
        self.unused = nn.Parameter(torch.zeros(1))

    @property
    def receptive_field(self) -> float:
        return 1

    def init_cache(self, n, labels, speakers):
        return {"labels": labels}

    def forward_cached(self, x, cache, step):
        now = self.recordings[cache["labels"]][:, (step + torch.arange(x.shape[1])) % self.recordings.shape[1]]
        return torch.where(nn.functional.one_hot(now, 256) > 0, 0.0, -100.0)


def judged(dataset: data.Dataset, recordings: np.ndarray) -> dict[str, evaluation.Score]:
    subject = evaluation.Subject(Replays(torch.from_numpy(recordings).long()), dataset, "mu-law")
    return {score.name: score for score in generated_sounds.generated_scores(subject)}


def test_it_names_what_is_generated(monkeypatch):
    monkeypatch.setattr(generated_sounds, "CLIPS", 12)
    dataset = few()
    of_each = np.stack([dataset.test[dataset.test_labels == y][0] for y in range(6)])
    right = judged(dataset, of_each)
    assert right.keys() == {"generated class as asked", "generated silence"}
    assert right["generated class as asked"].value >= 5 / 6 and right["generated silence"].value == 0
    assert "of the test recordings" in right["generated class as asked"].note
    assert judged(dataset, of_each[[1, 2, 3, 4, 5, 0]])["generated class as asked"].value <= 1 / 6
    silent = np.where(np.arange(6)[:, None] == 2, mulaw.silence(), of_each)
    assert judged(dataset, silent)["generated silence"].value == pytest.approx(1 / 6)


def test_it_is_right_on_recordings_that_it_has_not_seen():
    dataset = few(480)
    judge = train_judge(list(dataset.train), torch.from_numpy(dataset.train_labels).long(), 6, 256, dataset.rate)
    assert float((judge.name(list(dataset.test)) == torch.from_numpy(dataset.test_labels)).float().mean()) > 0.9


def test_the_shortest_and_the_quietest_are_named_too():
    dataset = few(60)
    judge = train_judge(list(dataset.train), torch.from_numpy(dataset.train_labels).long(), 6, 256, dataset.rate)
    odd = [np.full(1, 3, np.uint8), np.full(50, 128, np.uint8), np.full(4_000, 128, np.uint8), dataset.test[0][:90]]
    assert judge.standardised(odd).isfinite().all() and judge.name(odd).shape == (4,)


def test_nothing_is_drawn_where_scores_are_to_be_there_at_once_or_there_are_no_classes():
    replays, linear = Replays(torch.zeros(6, 10).long()), LinearPredictor(LinearPredictorConfig(order=2)).eval()
    for model, thorough in ((replays, False), (linear, True)):
        subject = evaluation.Subject(model, few(), "mu-law", thorough=thorough)
        judgement = evaluation.judge(subject)
        assert judgement.scores and not [s for s in (*judgement.scores, *judgement.unscored) if "generated" in s.name]


def test_without_training_recordings_it_is_said_why():
    dataset = few()
    dataset = dataclasses.replace(
        dataset, train=dataset.train[:0], train_labels=dataset.train_labels[:0], train_lengths=dataset.train_lengths[:0]
    )
    judgement = evaluation.judge(evaluation.Subject(Replays(torch.zeros(6, 10).long()), dataset, "mu-law"))
    reasons = {left_out.name: left_out.reason for left_out in judgement.unscored}
    assert "no training recordings" in reasons["generated class as asked"]
