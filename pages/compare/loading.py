"""Representations of a data set, opened once for all visitors: examples, vectors, neighbours, scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from core import data
from core.config.fields import SettingError, require
from core.config.presets import WORDS
from core.numerics.kept import Kept
from core.representations import RepresentationInfo
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints
from pages.shared import maps, visitors
from pages.shared.represented import examples, identity, representation

if TYPE_CHECKING:
    from core.analysis.model_samples import ModelSamples
    from core.representations.similarity import Terms

NEIGHBOURS = 30  # of every example that the browser is given
SECONDS = 40.0  # that scores of all examples may take; what is not reached stays grey
STRIP = 8  # samples of a model

_terms: Kept[Terms] = Kept("terms of comparisons")
_neighbours: Kept[np.ndarray] = Kept("nearest neighbours")
_readouts: Kept[Any] = Kept("read-outs")
_samples: Kept[ModelSamples] = Kept("samples of models")


def twins(models: list[Checkpoint]) -> dict[str, str]:
    """For each checkpoint another one that was trained alike but from another seed, where there is one."""
    alike: dict[str, list[Checkpoint]] = {}
    for one in models:
        recipe = {k: v for k, v in asdict(one.manifest.preset).items() if k not in (*WORDS, "seed")}
        alike.setdefault(json.dumps([recipe, one.manifest.data_fingerprint], sort_keys=True), []).append(one)
    found = {}
    for some in alike.values():
        for one in some:
            seed = one.manifest.preset.seed
            other = next((two.name for two in some if two.manifest.preset.seed != seed), "")
            found[one.name] = other
    return found


def command_for_twin(checkpoint: Checkpoint) -> str:
    """The command that trains the same network from another seed."""
    preset = checkpoint.manifest.preset
    return f"python -m core train {preset.name} --set seed={preset.seed + 1}"


def told(one: RepresentationInfo, model: Checkpoint | None = None, twin: str = "") -> dict[str, Any]:
    """What the browser is told of a representation (view/types.d.ts)."""
    return {
        "key": one.key,
        "title": one.title,
        "kind": one.kind,
        "checkpoint": one.checkpoint,
        "model": model.title if model else "",
        "twin": twin,
        "retrain": command_for_twin(model) if model else "",
        "layer": one.layer,
        "size": one.size,
        "read_only": not visitors.current().owns(one),
    }


# -- representations ------------------------------------------------------------------------------


def terms(dataset: str, key: str) -> Terms:
    """What comparisons need of a representation."""
    return _terms.get(identity(dataset, key), lambda: _make_terms(dataset, key))


def _make_terms(dataset: str, key: str) -> Terms:
    from core.representations.similarity import Terms

    return Terms(representation(dataset, key).vectors)


def neighbours(dataset: str, key: str) -> np.ndarray:
    """The nearest others of each example in the full space, (n, k) int32, nearest first."""
    most = min(NEIGHBOURS, len(examples(dataset)) - 1)
    return _neighbours.get(identity(dataset, key), lambda: terms(dataset, key).neighbours(most).copy())


def map_of(dataset: str, key: str, method: str, settings: dict[str, float]) -> maps.Map | None:
    """The map of a representation: by PCA at once, else where it was computed before."""
    return maps.map_of(representation(dataset, key).vectors, method, settings)


# -- what is read out of one ----------------------------------------------------------------------


def readout(dataset: str, key: str, by: Any, points: Callable[[], Any], what: str = "") -> list:
    """Accuracies by number of labels (`ReadoutPoint`), of points (n, d) of a representation: made once for each `what`.
    Raises `SettingError`."""
    from core.representations.readout import readout

    labels = _labels(dataset)
    return _readouts.get((*identity(dataset, key), by, what), lambda: readout(points(), labels, by))


def predictions(dataset: str, key: str, by: Any) -> np.ndarray:
    """The class (n,) that is read out of each example by those of the other folds."""
    from core.representations.readout import predictions

    labels = _labels(dataset)
    return _readouts.get(
        (*identity(dataset, key), by, "predictions"), lambda: predictions(terms(dataset, key).points, labels, by)
    )


def factor_scores(dataset: str, key: str) -> list:
    """How well each known factor is read out (`FactorScore`)."""
    from core.representations.readout import read_factors

    known = examples(dataset).factors
    require(bool(known), "dataset", dataset, "data with known factors")
    return _readouts.get((*identity(dataset, key), "factors"), lambda: read_factors(terms(dataset, key).points, known))


def example_scores(dataset: str) -> list[dict[str, str]]:
    """What models of the data say of each example: key, title of the model, what it is."""
    from core.analysis.example_scores import available

    return [
        {"key": f"{one.name}~{score.name}", "model": one.title, "title": score.title, "unit": score.unit}
        for one in list_checkpoints()[0]
        if one.manifest.preset.dataset == dataset
        for score in available(one)
    ]


def values(dataset: str, key: str) -> np.ndarray:
    """One of them: (n,) float32. Raises `SettingError`, `CheckpointError`, `DataError`."""
    from core.analysis.example_scores import compute

    checkpoint, shown = checkpoints.load(key.partition("~")[0]), examples(dataset)
    require(checkpoint.manifest.preset.dataset == dataset, "of", key, f"a score of a model of {dataset}")
    what = (dataset, data.info(dataset).version, checkpoint.folder, checkpoint.version, key)
    make = lambda: compute(checkpoint, key.partition("~")[2], shown.split, shown.rows, SECONDS)  # noqa: E731
    return _readouts.get(what, make)


def samples(dataset: str, name: str) -> ModelSamples:
    """A few samples of a checkpoint of the data. Raises `CheckpointError`, `SettingError`."""
    from core.analysis.model_samples import model_samples

    checkpoint = checkpoints.load(name)
    require(checkpoint.manifest.preset.dataset == dataset, "of", name, f"a model of {dataset}")
    return _samples.get((checkpoint.folder, checkpoint.version), lambda: model_samples(checkpoint, STRIP))


def _labels(dataset: str) -> np.ndarray:
    labels = examples(dataset).labels
    if labels is None:
        raise SettingError(f"dataset={dataset!r}: these data have no classes to read out")
    return labels


# -- small parts ----------------------------------------------------------------------------------
