"""The parts of the data that a training sees."""

from __future__ import annotations

from dataclasses import dataclass

from core import data
from core.config.presets import Preset
from core.data.preprocessing import PreprocessedSplit, preprocess
from core.data.validation import split_validation


@dataclass(frozen=True)
class TrainingViews:
    """The data as the model sees them.

    train       what it is trained on
    held_out    what curves, pictures and choices are made with: the validation part; the test part where the preset
                sets none aside
    test        whose codes the film follows, and nothing else
    """

    train: PreprocessedSplit
    held_out: PreprocessedSplit
    test: PreprocessedSplit


def load_views(preset: Preset) -> TrainingViews:
    """The preset's data. Raises `DataError`."""
    dataset = data.load(preset.dataset)
    train, test = preprocess(dataset, preset.view, "train"), preprocess(dataset, preset.view, "test")
    if not preset.train.validation:
        return TrainingViews(train, test, test)
    return TrainingViews(*split_validation(dataset, train, preset.train.validation), test)
