"""The pages, found by discovery: each folder beside this file with an `EXHIBIT` in its `__init__` is one.

    pages/gibbs/__init__.py    EXHIBIT: its title, what it is about, what it asks of a checkpoint
    pages/gibbs/page.py        what Streamlit runs
    pages/gibbs/routes.py      ROUTES that its player asks (see `pages.shared.endpoints`), where there is one
    pages/gibbs/state.py       what its link carries
    pages/gibbs/about.py       what it says of a model and of itself
    pages/gibbs/loading.py     what it alone opens, once for all visitors (see `pages.shared.model_store`)
    pages/gibbs/player.py      what Streamlit mounts of its browser part, which is in pages/gibbs/view

What several of them need stands in `pages.shared`. A new page is a new folder; no other file changes.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import pages
from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.shared import visitors

HOME = "home"  # the folder of the first page, which is no exhibit
FRESH_FOR = 5.0  # seconds for which a listing of the checkpoints stands


def page(name: str) -> str:
    """The file of the page in the folder `name`, as Streamlit wants it."""
    return f"../{name}/page.py"


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A page. One that shows a checkpoint says what it asks of it.

    name           that of its folder, and its address
    order          its place among the others
    link           what a link from another page says; "" where the page shows no checkpoint
    requires       what a model must be able to do
    images_only    whether its examples must be pictures
    suits          what else must hold
    rank           sorts those that it can show, before their names do
    question       what Home asks beside it, in at most eight words
    """

    name: str
    order: int
    title: str
    icon: str
    about: str
    link: str = ""
    requires: frozenset[Capability] = frozenset()
    images_only: bool = False
    suits: Callable[[Checkpoint], bool] = lambda checkpoint: True
    rank: Callable[[Checkpoint], tuple[Any, ...]] = lambda checkpoint: ()
    question: str = ""

    @property
    def page(self) -> str:
        """The page's file, as Streamlit wants it: from the folder of `pages.shared.frame`."""
        return page(self.name)

    def can_show(self, checkpoint: Checkpoint) -> bool:
        """Whether the page shows this checkpoint."""
        fits = bool(self.link) and self.requires <= checkpoint.capabilities
        return fits and (not self.images_only or is_of_images(checkpoint)) and self.suits(checkpoint)

    def checkpoints(self) -> tuple[list[Checkpoint], list[str]]:
        """Those that it can show, in the order in which they are offered; and what was set aside."""
        good, problems = list_checkpoints()
        return sorted(filter(self.can_show, good), key=lambda c: (*self.rank(c), c.name)), problems


def list_checkpoints() -> tuple[list[Checkpoint], list[str]]:
    """All checkpoints that the visitor sees and what was set aside, read at most once in `FRESH_FOR` seconds for all
    pages."""
    (good, problems), who = _listed(*listing_key()), visitors.current()
    return who.seen(good), who.seen_problems(problems)


def listing_key() -> tuple[Path, int, int]:
    """Changes when a listing of the checkpoints has to be made anew."""
    root = checkpoints.root()
    added = root.stat().st_mtime_ns if root.is_dir() else 0  # one that came or went is seen at once
    return root, added, int(time.monotonic() / FRESH_FOR)


@lru_cache(maxsize=2)
def _listed(root: Path, added: int, moment: int) -> tuple[list[Checkpoint], list[str]]:
    return checkpoints.available()


@cache
def exhibits() -> tuple[Exhibit, ...]:
    """All of them, in their order."""
    modules = (importlib.import_module(f"pages.{found.name}") for found in pkgutil.iter_modules(pages.__path__))
    return tuple(sorted((m.EXHIBIT for m in modules if hasattr(m, "EXHIBIT")), key=lambda exhibit: exhibit.order))


def is_of_images(checkpoint: Checkpoint) -> bool:
    """Whether its examples are pictures."""
    return len(checkpoint.manifest.preset.event_shape) == 2


def largest_first(checkpoint: Checkpoint) -> int:
    """Sorts by the size of an example."""
    return -int(np.prod(checkpoint.manifest.preset.event_shape))


def score_of(checkpoint: Checkpoint, score: str, missing: float = np.inf) -> float:
    """The score called so; `missing` where it was not computed."""
    found = checkpoint.score(score)
    return found.value if found else missing
