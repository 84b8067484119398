"""Whatever people bring: what the form offers for it trains as it stands, is saved, and then is scored as far as it can
be."""

import dataclasses
import math

import numpy as np
import pytest

from core import data, models
from core.data.base import Dataset
from core.data.preprocessing import views_of
from core.data.sets import texts
from core.data.uploads import store
from core.data.uploads.schema import Prepared, Settings
from core.evaluation import ais, dbm, rbm
from core.jobs import worker
from core.store import checkpoints

RNG = np.random.default_rng(0)
TALL = RNG.normal(size=(40, 6)).astype(np.float32)
IMAGES = RNG.integers(0, 256, (30, 8, 8)).astype(np.uint8)
COUNTS = RNG.poisson(2, (30, 12)).astype(np.int32) + 1


def table(values: np.ndarray, kind: str = "real", test: int = 0, labels: bool = False, levels: int | None = None):
    """The last `test` rows (a fifth, at least one) are the test."""
    cut = len(values) - (test or max(1, len(values) // 5))
    known = np.arange(len(values)) % 2
    return Dataset(
        "own",
        "Brought",
        kind,
        values.shape[1:],
        values[:cut],
        values[cut:],
        known[:cut] if labels else None,
        known[cut:] if labels else None,
        ("odd", "even") if labels else (),
        levels,
        vocabulary=tuple(f"word{i}" for i in range(values.shape[1])) if kind == "counts" else (),
    )


def constant(values: np.ndarray, column=-1) -> np.ndarray:
    values = values.copy()
    values[..., column] = 7 if values.dtype != np.uint8 else 1
    return values


def binary(values: np.ndarray) -> np.ndarray:
    return (values > np.median(values)).astype(np.uint8)


BROUGHT = {
    "vectors": table(TALL, labels=True),
    "vectors, two rows": table(TALL[:2]),
    "vectors, three rows": table(TALL[:3]),
    "vectors, one column": table(TALL[:, :1]),
    "vectors, a constant column": table(constant(TALL)),
    "vectors, a column twice": table(np.concatenate([TALL, TALL], 1)),
    "vectors, all equal": table(np.full((20, 4), 3.0, np.float32)),
    "vectors, copies": table(np.repeat(TALL[:1], 20, 0), labels=True),
    "vectors, more columns than rows": table(RNG.normal(size=(8, 30)).astype(np.float32)),
    "vectors, large values": table((TALL * 1e4 + 1.7e9).astype(np.float64)),
    "binary vectors": table(binary(TALL), "binary", labels=True),
    "binary vectors, two rows": table(binary(TALL)[:2], "binary"),
    "binary vectors, one column": table(binary(TALL)[:, :1], "binary"),
    "binary vectors, a constant column": table(constant(binary(TALL)), "binary"),
    "binary vectors, copies": table(np.repeat(binary(TALL)[:1], 20, 0), "binary"),
    "images": table(IMAGES, "levels", labels=True, levels=256),
    "images, two": table(IMAGES[:2], "levels", levels=256),
    "images, all black": table(np.zeros((20, 8, 8), np.uint8), "levels", levels=256),
    "images, copies": table(np.repeat(IMAGES[:1], 20, 0), "levels", levels=256),
    "binary images": table(binary(IMAGES), "binary"),
    "counts": table(COUNTS, "counts", labels=True),
    "counts, two documents": table(COUNTS[:2], "counts"),
    "counts, two words": table(COUNTS[:, :2], "counts"),
    "counts, copies": table(np.repeat(COUNTS[:1], 20, 0), "counts"),
    "text": texts.split("own", "Brought", "Whoever comes late, sits in the back. " * 12),
    "text of one letter": texts.split("own", "Brought", "a" * 200),
}
SMALL = {"hidden": 6, "layers": 2, "width": 16, "embedding": 8, "channels": 8, "heads": 2, "chains": 10}


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(rbm, "FANTASY_SWEEPS", 10)
    monkeypatch.setattr(ais, "QUICK_TEMPERATURES", 50)
    monkeypatch.setattr(dbm, "BURN_IN", 10)


def brought(what: str) -> data.DatasetInfo:
    return data.info(store.save(Prepared(BROUGHT[what], "brought.csv", Settings(), ())))


def shortened(preset):
    """One epoch; units as few as the family lets have, where their number does not follow the data."""
    sizes = {k: v for k, v in SMALL.items() if type(getattr(preset.model, k, None)) is int}
    train = dataclasses.replace(preset.train, epochs=1)
    return dataclasses.replace(preset, model=dataclasses.replace(preset.model, **sizes), train=train)


@pytest.mark.parametrize("what", BROUGHT)
def test_what_the_form_offers_trains_as_it_stands(what):
    info = brought(what)
    offered = models.templates(info)
    assert offered
    views = views_of(info)
    seen: set[str] = set()  # every family in its own view, every view with the first family that takes it
    for preset in offered.values():
        for view in dict.fromkeys([preset.view, *views]):
            if views[view] not in preset.model.accepts or (view != preset.view and (view in seen or "levels" in view)):
                continue
            seen.add(view)
            if view == "as-is" and "large" in what:
                assert view != preset.view
                continue
            made = worker.train(shortened(models.in_view(preset, info, view)), "cpu")
            run = checkpoints.load(made.name).run
            assert run["scores"], (preset.family, view, run["unscored"])
            for score in run["scores"]:
                assert math.isfinite(score["value"]) and abs(score["value"]) < 1e6, (preset.family, view, score)
            for score in run["unscored"]:
                assert len(score["reason"]) > 20, (preset.family, view, score)
