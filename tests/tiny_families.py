"""Every family with few units, for each kind of data that it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from core import models
from core.config.fields import SettingError
from core.config.presets import Preset
from core.data.base import Dataset, DatasetInfo
from core.data.preprocessing import views_of
from core.data.sets import texts

RNG = np.random.default_rng(0)
CLASSES = np.arange(30) % 3


def data_set(name: str, kind: str, values: np.ndarray, **more) -> Dataset:
    shape, cut = values.shape[1:], 20
    labels = CLASSES[:cut], CLASSES[cut:]
    return Dataset(name, name, kind, shape, values[:cut], values[cut:], *labels, ("a", "b", "c"), **more)


DATA = {
    "images": data_set("images", "levels", RNG.integers(0, 256, (30, 4, 4)).astype(np.uint8), levels=256),
    "vectors": data_set("vectors", "real", RNG.normal(size=(30, 6)).astype(np.float32)),
    "counts": data_set("counts", "counts", RNG.poisson(2, (30, 8)).astype(np.int32) + 1, vocabulary=tuple("abcdefgh")),
    "text": texts.split("text", "text", "Whoever comes late, sits in the back. " * 12),
}
SIZES = {
    "hidden": 6,
    "width": 8,
    "embedding": 6,
    "channels": 6,
    "heads": 2,
    "chains": 10,
    "latent": 2,
    "filters": 4,
    "temperatures": 3,
    "depth": 1,
}
OWN_SIZES = {"ssvae": {"labels": 6}}  # training examples whose class it is told
# what else the code of a family does
VARIANTS = {
    "rbm": ("negative=pt", "negative=cd sparsity_cost=1 sparsity_target=0.1"),
    "crbm": ("negative=pcd sparsity_cost=1",),
    "stack": ("labels=3 code=binary", "code=binary tied=true layers=16,16 negative=pcd"),
    "dbm": ("labels=3", "drawn_updates=0"),
    "vae": ("objective=iwae samples=2", "net=conv layers=4,4,6"),
    "made": ("classes=3",),
    "nade": ("classes=3",),
    "pixelcnn": ("classes=3",),
    "pixelrnn": ("classes=3", "kind=diagonal"),
    "recurrent": ("cell=gru",),
}


def cases() -> Iterator:
    """Every family with every kind of data that it takes, and its variants with the first."""
    for family, module in models.families().items():
        kinds: set[str] = set()
        for dataset in DATA.values():
            info = DatasetInfo(
                dataset.name, dataset.name, dataset.kind, dataset.event_shape, "", lambda d=dataset: d, "", "", train=20
            )
            for view, kind in views_of(info).items():
                try:
                    preset = tiny(models.refit(module.PRESETS[0], info, view))
                except SettingError:  # it takes no such data
                    continue
                if kind in kinds:
                    continue
                variants = VARIANTS.get(family, ()) if not kinds else ()
                kinds.add(kind)
                for text in ("", *variants):
                    settings = dict(pair.split("=", 1) for pair in text.split())
                    named = f"{family}, {kind}{', ' if text else ''}{text}"
                    yield pytest.param(preset.override(settings), dataset, id=named)


def tiny(preset: Preset) -> Preset:
    """Few units and few updates."""
    sizes = {k: v for k, v in SIZES.items() if type(getattr(preset.model, k, None)) is int}
    sizes |= OWN_SIZES.get(preset.family, {})
    if type(getattr(preset.model, "layers", None)) is int:
        sizes["layers"] = 2
    elif hasattr(preset.model, "layers"):
        sizes["layers"] = (6, 4)
    elif isinstance(getattr(preset.model, "hidden", None), tuple):
        sizes["hidden"] = (6, 6)
    model = dataclasses.replace(preset.model, **sizes)
    train = dataclasses.replace(preset.train, epochs=1, batch_size=7, average=0.9, validation=0.0)
    return dataclasses.replace(preset, model=model, train=train, origin="")
