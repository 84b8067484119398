"""Whatever people name is text and nothing else: markup in titles, classes, words, columns, texts, runs and links."""

import dataclasses
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import numpy as np
import pytest

from core import data, jobs, models
from core.data.base import Dataset
from core.data.sets import texts
from core.data.uploads import store
from core.data.uploads.schema import Prepared, Settings
from core.evaluation import ais, rbm
from core.jobs import worker
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.registry import exhibits

from .conftest import running_server
from .visitor import frames

HIT = "window.broken=1"
NASTY = f'<img src=x onerror="{HIT}"> <b class="injected">&amp;'
RNG = np.random.default_rng(0)
SMALL = {"hidden": 6, "layers": 2, "width": 16, "embedding": 8, "channels": 8, "heads": 2, "chains": 10}
# every parameter that a link of some page has
LINKED = [
    "start",
    "digit",
    "drawing",
    "held",
    "off",
    "place1",
    "maps",
    "colour",
    "query",
    "chosen",
    "mode",
    "plane",
    "z",
]
LINKED += ["view", "order", "edits", "keep", "prompt", "text", "branches", "models", "panel", "data", "family", "runs"]


def named(kind: str, values: np.ndarray, **more) -> Dataset:
    cut, known = len(values) - 10, np.arange(len(values)) % 2
    names = (NASTY + "0", NASTY + "1")
    return Dataset(
        "own", NASTY + kind, kind, values.shape[1:], values[:cut], values[cut:], known[:cut], known[cut:], names, **more
    )


BROUGHT = {
    "images": named("levels", RNG.integers(0, 256, (60, 8, 8)).astype(np.uint8), levels=256),
    "vectors": named("real", RNG.normal(size=(60, 6)).astype(np.float32)),
    "counts": named(
        "counts", RNG.poisson(2, (60, 12)).astype(np.int32) + 1, vocabulary=tuple(f"{NASTY}{i}" for i in range(12))
    ),
    "text": texts.split("own", NASTY + "text", f"{NASTY} Whoever comes late, sits in the back. \n" * 12),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """A server whose data sets, checkpoints and runs all bear markup: its address, checkpoints by page."""
    folder = tmp_path_factory.mktemp("markup")
    places = {"PLAYGROUND_CHECKPOINTS": str(folder / "checkpoints"), "PLAYGROUND_DATA": str(folder / "data")}
    names: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in places.items():
            patch.setenv(name, value)
        patch.setattr(rbm, "FANTASY_SWEEPS", 10)
        patch.setattr(ais, "QUICK_TEMPERATURES", 50)
        for dataset in BROUGHT.values():
            info = data.info(store.save(Prepared(dataset, NASTY, Settings(), (NASTY,))))
            for preset in models.templates(info).values():
                sizes = {k: v for k, v in SMALL.items() if type(getattr(preset.model, k, None)) is int}
                model, train = dataclasses.replace(preset.model, **sizes), dataclasses.replace(preset.train, epochs=1)
                names.append(worker.train(dataclasses.replace(preset, model=model, train=train), "cpu").name)
        for name in names:
            _rename(checkpoints.root() / name / "run.json")
            _rename(jobs.root() / name / "request.json")
        with running_server(folder, **places) as (address, _):
            yield address, names


def _rename(file) -> None:
    if file.exists():
        file.write_text(json.dumps(json.loads(file.read_text()) | {"title": NASTY + file.parent.name}))


def harmless(page) -> None:
    assert page.evaluate("window.broken") is None
    assert page.evaluate("!window.deep('.injected, [onerror]')")


def _different(found: list[Checkpoint]) -> list[str]:
    """One of each family and one of each kind of data: the others are shown by the same code."""
    seen: set[str] = set()
    names = []
    for checkpoint in found:
        preset = checkpoint.manifest.preset
        if not seen.issuperset({preset.family, preset.dataset}):
            names.append(checkpoint.name)
        seen |= {preset.family, preset.dataset}
    return names


NOT_BROUGHT = ("sound",)  # no data set of a visitor's is of recordings
SHOWS = {exhibit.name: exhibit.can_show for exhibit in exhibits() if exhibit.link}


@pytest.mark.parametrize("page_name", ["", *(exhibit.name for exhibit in exhibits())])
def test_markup_stays_text(tab, trained, page_name):
    server, names = trained
    can_show = SHOWS.get(page_name, lambda checkpoint: False)
    shown = _different([c for c in map(checkpoints.load, names) if can_show(c)])
    assert shown or page_name not in SHOWS or page_name in NOT_BROUGHT
    for link in (
        {"checkpoint": NASTY, "data": NASTY, "runs": ",".join(names[:4])},
        *({"checkpoint": n} for n in shown),
    ):
        tab.goto(f"{server}/{page_name}?{urlencode(dict.fromkeys(LINKED, NASTY) | link)}")
        tab.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        harmless(tab)
        if link["checkpoint"] in names:
            tab.wait_for_function("window.deep('.player button, .player canvas, [data-testid=stImage]')")
            tab.evaluate("window.deep('.player') && window.press_everything()")
            frames(tab)
            harmless(tab)
    # pressing everything asks for nonsense, too, and for what a run cannot do as it stands: both are refused
    tab.goto("about:blank")  # nothing is asked any more
    refused = ("status of 400", "status of 409")
    tab.context.complaints[:] = [text for text in tab.context.complaints if not any(s in text for s in refused)]
