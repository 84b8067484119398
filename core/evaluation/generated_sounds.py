"""Whether generated recordings are of the class that was asked for: a judge names them that was trained on real ones.

The judge is a logistic regression on the power in bands of frequency and parts of time (`core.numerics.spectra`),
trained anew each time on the training recordings; how often it is right is measured on the test recordings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.data.errors import DataError
from core.data.preprocessing import PreprocessedSplit
from core.evaluation.linear_probe import accuracy, fit_probe
from core.evaluation.score import Score, Subject, standard_error
from core.models.language.base import generate
from core.numerics import mulaw, spectra
from core.numerics.sampling import SamplingConfig

CLIPS = 200  # that are drawn
BANDS, PARTS = 32, 12  # of frequency, and of a recording's time
QUIET = 40.0  # dB under a recording's loudest part: what is below is as good as silence
WEIGHT_DECAY = 0.03


@dataclass(frozen=True)
class Judge:
    """A logistic regression on standardised features (D,) of recordings."""

    rate: int
    levels: int
    mean: Tensor
    deviation: Tensor
    weight: Tensor
    bias: Tensor

    def standardised(self, recordings: Sequence[np.ndarray]) -> Tensor:
        """Features (N, D) of recordings of levels, (T,) each."""
        return (_features(recordings, self.levels, self.rate) - self.mean) / self.deviation

    def name(self, recordings: Sequence[np.ndarray]) -> Tensor:
        """The class (N,) of each."""
        return (self.standardised(recordings) @ self.weight + self.bias).argmax(1)


def train_judge(recordings: Sequence[np.ndarray], labels: Tensor, classes: int, levels: int, rate: int) -> Judge:
    """A judge of recordings of levels, (T,) each, of classes (N,)."""
    x = _features(recordings, levels, rate)
    mean, deviation = x.mean(0), x.std(0) + 1e-3
    return Judge(rate, levels, mean, deviation, *fit_probe((x - mean) / deviation, labels, classes, WEIGHT_DECAY))


@torch.no_grad()
def generated_scores(subject: Subject) -> Iterator[Score]:
    """How many of the recordings that a model of classes generates the judge names as was asked, and how many are
    silent."""
    model, train, test = subject.model, subject.view("train"), subject.view("test")
    if not len(train) or train.labels is None:
        raise DataError(f"{subject.dataset.name} has no training recordings with classes, which a judge learns from")
    real = _recordings(train)
    judge = train_judge(real, train.labels.cpu(), model.classes, model.levels, model.rate)
    right = accuracy(judge.standardised(_recordings(test)), test.labels.cpu(), judge.weight, judge.bias)
    clips, labels = draw_clips(subject, train)
    named = (judge.name(clips) == labels).float()
    quietest = min(_loudness(x, model.levels) for x in real)
    silent = torch.tensor([float(_loudness(x, model.levels) < quietest) for x in clips])
    how = f"{len(clips)} recordings of {subject.dataset.name}, drawn at temperature 1"
    by = f"named by a logistic regression on {PARTS} x {BANDS} mel bands, right for {right:.1%} of the test recordings"
    for name, each, note in (
        ("generated class as asked", named, by),
        ("generated silence", silent, "quieter than all training recordings"),
    ):
        yield Score(name, float(each.mean()), "share", "measured", how, standard_error(each), subject.seed, note)


def draw_clips(subject: Subject, train: PreprocessedSplit) -> tuple[list[np.ndarray], Tensor]:
    """Recordings of levels, as many of each class and speaker, and their classes (N,); each as long as the training
    recordings of its class and speaker are in the median."""
    model, device = subject.model, train.values.device
    rows = torch.arange(CLIPS, device=device)
    labels, speakers = rows % model.classes, (rows // model.classes) % max(1, model.speakers)
    spoken = speakers if model.speakers else None
    lengths = [_median_length(train, labels[row], None if spoken is None else spoken[row]) for row in range(CLIPS)]
    noise = torch.rand(CLIPS, max(lengths), generator=subject.generator(), device=device)
    report, drawn = subject.reporter("drawing recordings"), []
    for _, x in generate(model, model.start(CLIPS, labels, spoken), max(lengths), noise, SamplingConfig()):
        drawn.append(x)
        if report is not None and len(drawn) % 100 == 0:
            report(len(drawn), max(lengths))
    levels = torch.stack(drawn, 1).cpu().numpy()
    return [x[:n] for x, n in zip(levels, lengths, strict=True)], labels.cpu()


def _median_length(train: PreprocessedSplit, label: Tensor, speaker: Tensor | None) -> int:
    of = train.labels == label
    if speaker is not None:
        of &= train.speakers == speaker
    return int((train.lengths[of] if bool(of.any()) else train.lengths).median())


def _recordings(view: PreprocessedSplit) -> list[np.ndarray]:
    values, lengths = view.values.cpu().numpy(), view.lengths.tolist()
    return [x[:n] for x, n in zip(values, lengths, strict=True)]


def _features(recordings: Sequence[np.ndarray], levels: int, rate: int) -> Tensor:
    """Power in dB under the loudest band, (N, PARTS * BANDS), of recordings without the silence before and after."""
    found = np.empty((len(recordings), PARTS * BANDS), np.float32)
    for to, x in zip(found, recordings, strict=True):
        samples = _without_silence(mulaw.decode(x, levels), rate)
        samples = np.pad(samples, (0, max(0, PARTS - len(samples))))
        bands = spectra.mel_bands(samples, rate, BANDS, PARTS)
        to[:] = np.maximum(bands - bands.max(), -2 * QUIET).ravel()
    return torch.from_numpy(found)


def _without_silence(samples: np.ndarray, rate: int) -> np.ndarray:
    """Samples (t,) from the first to the last part of 10 ms that is not `QUIET`."""
    size = max(1, rate // 100)
    parts = samples[: max(1, len(samples) // size) * size]
    power = np.square(parts.reshape(-1, min(size, len(parts)))).mean(1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-QUIET / 10))
    return samples[loud[0] * size : (loud[-1] + 1) * size]


def _loudness(levels: np.ndarray, count: int) -> float:
    """Root mean square of a recording's samples."""
    return float(np.sqrt(np.square(mulaw.decode(levels, count)).mean()))
