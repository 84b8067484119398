"""The one-shot trials in every representation that there is of such drawings, computed once for all visitors; and what
the routes answer of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from core.analysis.one_shot import NEIGHBOURS, Solved, Space, answer, solve, spaces
from core.config.fields import SettingError
from core.data import one_shot
from core.numerics.kept import Kept
from core.store import checkpoints
from pages.registry import list_checkpoints
from pages.shared.codec import BadRequest, grey_image, pack, whole

OF = "omniglot"  # the only data that have such trials
MOST = 32  # representations that are asked for at once

_solved: Kept[Solved] = Kept("one-shot trials")
_answers: Kept[tuple[np.ndarray, np.ndarray]] = Kept("one-shot answers to drawings")


def known(name: str) -> dict[str, Space]:
    """The representations by key. Raises `SettingError` for data without trials."""
    if name != OF:
        raise SettingError(f"dataset={name!r:.60}: one-shot trials are there for {OF} alone")
    return {one.key: one for one in spaces(list_checkpoints()[0])}


def space(name: str, key: str) -> Space:
    """One of them. Raises `SettingError`."""
    found = known(name)
    if key not in found:
        raise SettingError(f"representation={key!r:.120}: expected one of {', '.join(found)}")
    return found[key]


def solved(one: Space) -> Solved:
    """All trials in this representation. Raises `SettingError`, `CheckpointError`, `DataError`."""
    return _solved.get(_identity(one), lambda: solve(one))


def _identity(one: Space) -> tuple[str, str]:
    return one.key, checkpoints.load(one.info.checkpoint).version if one.info else ""


def trials(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The answers (RUNS, WAYS); what representations there are; the version of the drawings."""
    every = known(name).values()
    header = {
        "spaces": [{"key": s.key, "title": s.title, "learned": s.learned, "labels": s.labels} for s in every],
        "runs": one_shot.RUNS,
        "ways": one_shot.WAYS,
        "side": one_shot.SIDE,
        "version": one_shot.FILE.digest[:12],
    }
    return pack(header, {"answers": ("u8", one_shot.load().answers)}), False  # models come and go


def drawings(name: str, query: dict[str, str]) -> bytes:
    """All of them (RUNS, 2, WAYS, SIDE, SIDE), each run's support first."""
    known(name)  # refuses data without trials
    return _drawings()


@cache
def _drawings() -> bytes:
    found = one_shot.load()
    return pack({}, {"ink": ("bits", np.packbits(np.stack([found.support, found.tests], 1), axis=-1))}, level=6)


def told(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """How all trials go in the representation `of`: accuracy and its standard error; squared distances (RUNS, trials,
    WAYS) from the support; the nearest others (drawings, NEIGHBOURS) of all drawings."""
    found = solved(space(name, query.get("of", "")))
    header = {"accuracy": found.result.accuracy, "error": found.result.error}
    planes = {"distances": ("f32", found.result.distances), "neighbours": ("u16", found.neighbours)}
    return pack(header, planes), False


def drawn(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """A drawing (plane "image", SIDE x SIDE, black or white) in those of the representations `of` whose trials are
    solved, which the answer names as `of` too: squared distances (of, WAYS) from the support of the `run`, from 0, and
    its nearest (of, NEIGHBOURS) among all drawings."""
    keys = header.get("of")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST or not all(isinstance(k, str) for k in keys):
        raise BadRequest(f"of: expected the keys of 1 to {MOST} representations")
    run = whole(header, "run", 0, one_shot.RUNS - 1)
    ink = grey_image(planes, (one_shot.SIDE, one_shot.SIDE)) > 127
    asked = [space(name, key) for key in dict.fromkeys(keys)]
    # solving takes seconds, which nobody who draws shall wait for
    found = {one.key: _answer(one, ready, run, ink) for one in asked if (ready := _solved.peek(_identity(one)))}
    return pack(
        {"of": list(found)},
        {
            "distances": ("f32", np.array([away for away, _ in found.values()]).reshape(-1, one_shot.WAYS)),
            "neighbours": ("u16", np.array([near for _, near in found.values()]).reshape(-1, NEIGHBOURS)),
        },
    )


def _answer(one: Space, ready: Solved, run: int, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computed once for all who send the same drawing."""
    key = (*_identity(one), run, np.packbits(ink).tobytes())
    return _answers.get(key, lambda: answer(one, ready, run, ink))
