"""The first model of data that somebody brings: small, with a code of two numbers, and trained within a minute."""

from __future__ import annotations

import dataclasses

from core.config.fields import SettingError
from core.config.presets import Preset
from core.data.base import DatasetInfo
from core.data.preprocessing import views_of
from core.models import build, families, preset, refit

LEAST = 20  # training examples
BATCH = 100  # examples per update, at most
UPDATES = 1_500  # at most
EPOCHS = 80  # at most: with more, a few hundred images are memorised
WORK = 4e11  # multiplications of weights in the whole training, at most: half a minute on two slow cores


def first_look(info: DatasetInfo) -> Preset:
    """The preset that suits data of this kind and number: one that its family recommends for that (`FIRST_LOOK`),
    refitted, and shortened. Raises `SettingError` where no family takes such data, or where they are too few."""
    found = {}
    for name in (name for module in families().values() for name in getattr(module, "FIRST_LOOK", ())):
        base = preset(name)
        for view, kind in views_of(info).items():
            try:
                made = refit(base, info, view)
            except SettingError:
                continue
            own, best = kind in base.model.accepts, made.model.accepts[0] == kind
            found.setdefault((own and best, best), made)
    if not found:
        raise SettingError(
            f"An autoencoder takes images, values or word counts: {info.title} is of the kind {info.kind}."
        )
    if 0 < info.train < LEAST:
        raise SettingError(f"{info.train} training examples are too few for an autoencoder: it needs at least {LEAST}.")
    return _shortened(found[max(found)], info.train)


def _shortened(made: Preset, examples: int) -> Preset:
    """The same with at most `UPDATES` updates, and fewer where each takes long."""
    weights = sum(p.numel() for p in build(made.family, made.model).parameters())
    batch = max(1, min(BATCH, examples // 10))
    updates = min(UPDATES, WORK / (3 * weights * batch))  # a step forward costs a third of one with gradients
    learnt = max(1, round(examples * (1 - made.train.validation)))
    epochs = max(1, min(EPOCHS, int(updates * batch / learnt)))
    return dataclasses.replace(made, train=dataclasses.replace(made.train, batch_size=batch, epochs=epochs))
