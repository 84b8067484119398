"""Representations of a data set, opened once for all visitors: examples, vectors, neighbours, scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import data, representations
from core.config.capabilities import Capability
from core.config.fields import SettingError, require
from core.config.presets import WORDS
from core.data.base import Dataset, DatasetInfo
from core.data.greys import grey_images
from core.representations import RepresentationInfo, catalogue
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints, listing_key
from pages.shared import maps
from pages.shared.kept import Kept

if TYPE_CHECKING:
    from core.analysis.model_samples import ModelSamples
    from core.representations.similarity import Terms

MOST = 6  # representations that are compared at once
NEIGHBOURS = 30  # of every example that the browser is given
SECONDS = 40.0  # that scores of all examples may take; what is not reached stays grey
STRIP = 8  # samples of a model
FEW = 20  # test examples below which the training examples are shown

_examples: Kept[Examples] = Kept(3)
_terms: Kept[Terms] = Kept(8)
_neighbours: Kept[np.ndarray] = Kept(48)
_readouts: Kept[Any] = Kept(96)
_samples: Kept[ModelSamples] = Kept(64)


# -- what there is --------------------------------------------------------------------------------


def datasets() -> list[DatasetInfo]:
    """All data sets, the small digits first, then those that are here and have models."""
    models = {c.manifest.preset.dataset for c in list_checkpoints()[0]}

    def rank(entry: DatasetInfo) -> tuple[bool, bool, bool, str]:
        return entry.name != "digits", not entry.test_is_here(), entry.name not in models, entry.title

    return sorted(data.catalogue().values(), key=rank)


def version(dataset: str) -> str:
    """Changes when the data or one of their models does; not with uploads, so that nobody's page begins anew."""
    entry, root = data.info(dataset), checkpoints.root()
    models = [[c.name, c.version] for c in list_checkpoints()[0] if c.manifest.preset.dataset == dataset]
    return hashlib.sha256(f"{entry.version} {root} {sorted(models)}".encode()).hexdigest()[:12]


def listed(dataset: str) -> dict[str, RepresentationInfo]:
    """All representations of the data set by key."""
    uploads = catalogue.uploads_root() / dataset
    return _listed(dataset, listing_key(), uploads.stat().st_mtime_ns if uploads.is_dir() else 0)


@lru_cache(maxsize=16)
def _listed(dataset: str, key: tuple[Path, int, int], uploaded: int) -> dict[str, RepresentationInfo]:
    return {about.key: about for about in representations.available(dataset)}


def info(dataset: str, key: str) -> RepresentationInfo:
    """One of them. Raises `SettingError`."""
    return listed(dataset).get(key) or representations.info(key, dataset)


def usual(dataset: str) -> list[str]:
    """Keys that are compared where a link names none: the input, PCA, and of each kind of model the smallest."""
    found = list(listed(dataset).values())
    chosen = [about.key for about in found if about.kind == "input"]
    chosen += [about.key for about in found if about.kind == "pca"][-1:]
    models = [about for about in found if about.kind in ("code", "layer")]
    if models:
        can = {c.name: c for c in list_checkpoints()[0]}

        def first(kind: str, *needs: Capability, smallest: int = 1) -> list[str]:
            fit = [
                about for about in models if about.kind == kind and can[about.checkpoint].capabilities.issuperset(needs)
            ]
            fit.sort(key=lambda about: (len(can[about.checkpoint].layers), smallest * (about.size or 0)))
            return [about.key for about in fit[:1]]

        chosen += first("code", Capability.ENCODES, Capability.DECODES_FROM_LAYERS)
        chosen += first("code", Capability.HAS_POSTERIOR)
        chosen += first("layer", Capability.HAS_GIBBS_CHAIN, smallest=-1)
    if len(chosen) < 3:
        last = {about.checkpoint: about.key for about in models}  # the last layer of each
        chosen += [*last.values()][:2] or [about.key for about in found if about.kind == "pca"]
    return list(dict.fromkeys(chosen))[: MOST - 1]


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
    }


# -- examples -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples that every representation is of.

    images     (n, h, w) uint8 greys, or None
    labels     (n,) int64 indices into class_names, or None
    """

    dataset: Dataset
    split: str
    rows: np.ndarray
    images: np.ndarray | None
    labels: np.ndarray | None
    factors: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.rows)


def examples(dataset: str) -> Examples:
    """Test examples; training ones where there are too few. Raises `DataError`."""
    return _examples.get((dataset, data.info(dataset).version), lambda: _make_examples(dataset))


def _make_examples(name: str) -> Examples:
    dataset = data.load_test(name)
    split = "test" if len(dataset.test) >= FEW else "train"
    shown = representations.compute("pixels", name, split)
    array = getattr(dataset, split)
    images = grey_images(dataset, array[shown.indices]) if len(dataset.event_shape) == 2 else None
    return Examples(dataset, split, shown.indices, images, shown.labels, shown.factors)


# -- representations ------------------------------------------------------------------------------


def representation(dataset: str, key: str) -> Any:
    """Vectors of the examples (a `core.representations.Representation`). Raises `SettingError`, `DataError`,
    `CheckpointError`."""
    return representations.compute(info(dataset, key).key, dataset, examples(dataset).split)


def compute_together(dataset: str, keys: list[str]) -> None:
    """Have the representations computed that are not kept: all layers of a model by one pass over the examples."""
    representations.compute_all([info(dataset, key).key for key in keys], dataset, examples(dataset).split)


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


def identity(dataset: str, key: str) -> tuple[str, ...]:
    """What is kept of a representation is kept under this."""
    about = info(dataset, key)
    model = checkpoints.load(about.checkpoint).version if about.checkpoint else ""
    if about.kind == "upload":
        model = str(catalogue.upload_folder(key, dataset).stat().st_mtime_ns)  # another one may take its name
    return dataset, data.info(dataset).version, key, model, str(checkpoints.root())
