"""Which models show what becomes of a drawing: found by what they can do, for the data set that has most of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import data
from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import exhibits, is_of_images, list_checkpoints, score_of
from pages.shared import visitors
from pages.shared.model_store import can

FIRST = "mnist"  # where it has models: the digits that everybody draws

Choice = Callable[[list[Checkpoint]], Checkpoint | None]


@dataclass(frozen=True)
class Drawn:
    """The data set that is drawn for, and the model of each page that a tile shows."""

    dataset: data.DatasetInfo
    models: dict[str, Checkpoint]

    @property
    def name(self) -> str:
        return self.dataset.name

    @property
    def version(self) -> str:
        """Changes when the data or one of the models does."""
        parts = [self.dataset.version, *(f"{c.name} {c.version}" for c in self.models.values())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def told(self) -> dict[str, Any]:
        """What the player is told of them."""
        height, width = self.dataset.event_shape
        return {"width": width, "height": height, "tiles": [_told(page, c) for page, c in self.models.items()]}


def _told(page: str, checkpoint: Checkpoint) -> dict[str, Any]:
    preset = checkpoint.manifest.preset
    return {
        "page": page,
        "checkpoint": checkpoint.name,
        "version": checkpoint.version,
        "title": checkpoint.title,
        "family": checkpoint.family_name,
        "code": checkpoint.code_size if can(checkpoint, Capability.ENCODES) else 0,
        "levels": preset.model.get("levels", 0),
        "classes": list(checkpoint.manifest.class_names),
    }


def _best(among: list[Checkpoint]) -> Checkpoint | None:
    """The first of those that a page offers."""
    return next(iter(among), None)


def _plane(among: list[Checkpoint]) -> Checkpoint | None:
    return _best([c for c in among if c.code_size == 2])


def _own_pixels(among: list[Checkpoint]) -> Checkpoint | None:
    """A likelihood that needs no class to be given."""
    return _best([c for c in among if not c.manifest.preset.model.get("classes") and c.score("test log-probability")])


def _deep_code(among: list[Checkpoint]) -> Checkpoint | None:
    """The deep autoencoder that loses least, to be put beside PCA."""
    deep = [c for c in among if can(c, Capability.ENCODES, Capability.DECODES_FROM_LAYERS)]
    return min(deep, key=lambda c: (score_of(c, "reconstruction error"), c.name), default=None)


# by page, in the order of the tiles
CHOICES: dict[str, Choice] = {
    "gibbs": _best,
    "compare": _deep_code,
    "latent": _plane,
    "codes": _plane,
    "pixels": _own_pixels,
}


def drawn() -> Drawn | None:
    """The data set that is here and of which most tiles can be shown, MNIST before others; None without any."""
    offered = {exhibit.name: exhibit for exhibit in exhibits() if exhibit.name in CHOICES}
    by_page = {
        name: exhibit.checkpoints()[0] if exhibit.link else list_checkpoints()[0] for name, exhibit in offered.items()
    }
    found = []
    for entry in visitors.current().seen(data.catalogue().values()):
        if len(entry.event_shape) != 2 or not entry.test_is_here():
            continue
        models: dict[str, Checkpoint] = {}
        for page in CHOICES.keys() & by_page.keys():
            among = [c for c in by_page[page] if c.manifest.preset.dataset == entry.name and is_of_images(c)]
            if (chosen := CHOICES[page](among)) is not None:
                models[page] = chosen
        if models:
            found.append(Drawn(entry, {page: models[page] for page in CHOICES if page in models}))
    return min(found, key=lambda one: (one.name != FIRST, -len(one.models), one.name), default=None)
