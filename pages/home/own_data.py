"""What Home answers of data that a visitor brings: points, maps of all of them, one example, a small autoencoder.

The name in an address is that of a data set. Nothing here imports torch before the first answer needs it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import data, representations
from core.config.fields import SettingError
from core.config.mode import Ability
from core.data.base import Dataset, DatasetInfo
from core.data.greys import grey_images
from core.data.sets.texts import text_of_code_points
from core.data.telling import frequent_words, unusual_values
from core.numerics.kept import Kept
from core.representations import Representation, examples
from core.store import checkpoints
from pages.shared import endpoints, maps, visitors
from pages.shared.codec import BadRequest, pack, whole_number
from pages.shared.endpoints import given

SPLIT = "all"  # of the examples: who brings some wants to see them all
METHODS = ("pca", "umap")
INPUT = "pixels"  # the representation that is the data themselves


@dataclass(frozen=True, eq=False)
class Shown:
    """All examples, or a fair draw of them; mean and spread are those of each column of a table."""

    dataset: Dataset
    input: Representation
    mean: np.ndarray
    spread: np.ndarray


_shown: Kept[Shown] = Kept("examples of own data")


def shown(name: str) -> Shown:
    """The examples of a data set. Raises `DataError`."""
    return _shown.get((name, data.info(name).version), lambda: _make_shown(name))


def _make_shown(name: str) -> Shown:
    found = representations.compute(INPUT, name, SPLIT)
    return Shown(data.load(name), found, found.vectors.mean(0), np.maximum(found.vectors.std(0), 1e-300))


def points(name: str, query: dict[str, str]) -> bytes:
    """Rows of the examples in "all" (the test examples come first), how many test examples there are, and labels."""
    found = shown(name)
    labels, classes = found.input.labels, found.dataset.class_names
    header = {"n": len(found.input), "test": examples.count(found.dataset, "test"), "classes": list(classes)}
    planes: dict[str, tuple[str, np.ndarray]] = {"rows": ("f32", found.input.indices)}
    if labels is not None and classes:
        planes["labels"] = ("u8" if len(classes) <= 256 else "f32", labels)
    return pack(header, planes)


def example(name: str, query: dict[str, str]) -> bytes:
    """The point number `point`: a grey picture, or what tells it in words."""
    found = shown(name)
    dataset, at = found.dataset, whole_number("point", query.get("point", ""), 0, len(found.input) - 1)
    rows = found.input.indices[at : at + 1]
    if dataset.kind == "text":
        return pack({"words": [text_of_code_points(examples.stretches(dataset, SPLIT, rows)[0])]}, {})
    values = examples.by_part(dataset, SPLIT, rows, lambda part, within: getattr(dataset, part)[within])
    if (images := grey_images(dataset, values)) is not None:
        return pack({"words": []}, {"image": ("u8", images[0])})
    if dataset.kind == "counts":
        return pack({"words": frequent_words(values[0], dataset.vocabulary)}, {})
    far = np.abs(found.input.vectors[at] - found.mean) / found.spread
    return pack({"words": unusual_values(values[0].reshape(-1), far, dataset.vocabulary)}, {})


# -- maps -----------------------------------------------------------------------------------------


def places(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The map of all examples by `method`; see `maps.answer_of`."""
    from core import jobs

    method, vectors = _method(query), shown(name).input.vectors
    run = lambda: jobs.map_run(INPUT, name, SPLIT, method, {})  # noqa: E731
    return maps.answer_of(maps.map_of(vectors, method, {}), run, method, len(vectors))


def ask(name: str, query: dict[str, str]) -> dict[str, Any]:
    """Have the map computed for the visitor in a run of its own; its id."""
    from core import jobs

    return {"run": jobs.submit_map(INPUT, name, SPLIT, _method(query), {}, **visitors.asks()).id}


def _method(query: dict[str, str]) -> str:
    if (method := query.get("method", "")) not in METHODS:
        raise BadRequest(f"method={method[:40]!r}: expected one of {', '.join(METHODS)}")
    return method


# -- the autoencoder --------------------------------------------------------------------------------


def autoencoder(name: str, query: dict[str, str]) -> dict[str, Any]:
    """The run that trains a small autoencoder of the data, and its state: "" where nobody has asked for it. Where these
    data suit none: why, and which models take them."""
    from core import jobs, models
    from core.models.first_look import LEAST, first_look
    from core.store.naming import checkpoint_name

    info = _counted(name)
    try:
        preset = first_look(info)
    except SettingError as problem:
        takers = models.templates(info) if info.train >= LEAST else {}
        others = [one.title.rpartition(" · ")[2] for one in takers.values()]
        return {"run": "", "state": "", "problem": str(problem), "others": others}
    who = visitors.current()
    run = checkpoint_name(preset, owner=who.owner)
    try:
        state = jobs.get_run(run).status().state
    except jobs.JobError:
        state = "finished" if checkpoints.exists(run) else ""
    problem = "" if state else who.reason_against(Ability.TRAIN)
    return {"run": run, "state": state, "problem": problem, "others": []}


def train(name: str, query: dict[str, str]) -> dict[str, Any]:
    """Put its training into the queue, as Train does; the run. Raises `SettingError`, `DataError`, `JobError`."""
    from core import jobs
    from core.jobs.worker import check
    from core.models.first_look import first_look

    preset = first_look(_counted(name))
    check(preset)
    return {"run": jobs.submit_training(preset, **visitors.asks()).id}


def _counted(name: str) -> DatasetInfo:
    """What the catalogue knows of the data, with the number of training examples. Raises `DataError`."""
    info = data.info(name)
    return info if info.train else dataclasses.replace(info, train=len(data.load(name).train))


def codes(name: str, query: dict[str, str]) -> bytes:
    """What the trained model `of` makes of all examples: (n, 2), in the order of `points`."""
    found = representations.compute(f"{query.get('of', '')}~code", name, SPLIT)
    return pack({}, {"coordinates": ("f32", found.vectors)})


ROUTES = [
    given("home/{name}/points", points, endpoints.MAPS),
    given("home/{name}/example", example),
    given("home/{name}/codes", codes, endpoints.MAPS),
    maps.map_route("home/{name}/map", places, ask),
    maps.map_route("home/{name}/autoencoder", autoencoder, train),
]
