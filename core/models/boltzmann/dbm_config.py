"""Settings and presets of deep Boltzmann machines."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind


@dataclass(frozen=True)
class DBMConfig:
    """Binary or real-valued visibles and two or more layers of binary hidden units, and how they learn.

    Sources of the settings: Salakhutdinov & Hinton 2009; centring, Montavon & Mueller 2012 and Melchior, Fischer &
    Wiskott 2016.
    """

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (500, 1000)  # hidden units, from the visibles up
    visible: Literal["bernoulli", "gaussian"] = setting(
        "bernoulli", "Visible units: binary, or real-valued with variance 1."
    )
    labels: int = setting(0, "Classes modelled above the top layer; 0 for none.", low=0, high=1_000)
    iterations: int = setting(5, "Mean-field iterations per update.", low=1, high=1_000)
    drawn_updates: int = setting(
        0,
        "Updates, from the first on, that draw the hidden layers of the data; later ones take mean-field beliefs.",
        low=0,
    )
    posterior_steps: int = setting(1, "Gibbs sweeps of such a draw, from the beliefs on.", low=1, high=1_000)
    steps: int = setting(1, "Gibbs sweeps of the persistent chains per update.", low=1, high=1_000)
    chains: int = setting(100, "Number of persistent chains.", low=1, high=100_000)
    centred: bool = setting(True, "Use the centred gradient.")

    def __post_init__(self) -> None:
        check_settings(self)
        shape = self.event_shape
        require(bool(shape) and all(n >= 1 for n in shape), "event_shape", shape, "sizes of at least 1")
        sizes = len(self.layers) >= 2 and all(1 <= n <= 20_000 for n in self.layers)
        require(self.labels != 1, "labels", self.labels, "0, or two and more")
        require(sizes, "layers", self.layers, "two or more, 1 to 20,000 units each")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the machine takes."""
        return {"bernoulli": ("binary",), "gaussian": ("real",)}[self.visible]


_DIGITS = {"iterations": 5, "drawn_updates": 2_800, "posterior_steps": 2, "steps": 5}
_SMALL = TrainConfig(epochs=400, batch_size=50, lr=0.5, lr_hold=0.25, weight_decay=0.001, average=0.999)

PRESETS = (
    Preset(
        "mnist-dbm",
        "MNIST · Deep Boltzmann machine, 500 and 1,000 hidden units",
        "dbm",
        "mnist",
        "dynamic",
        DBMConfig((28, 28), drawn_updates=6_000),
        TrainConfig(epochs=500, lr=0.02, average=0.9995),
    ),
    Preset(
        "digits-dbm-pretrained",
        "Digits 8×8 · Deep Boltzmann machine, pre-trained",
        "dbm",
        "digits",
        "threshold",
        DBMConfig((8, 8), layers=(64, 64), iterations=5, steps=5),
        dataclasses.replace(_SMALL, epochs=200, lr_hold=0.0),
        origin="digits-dbm-stack",
    ),
    Preset(
        "digits-dbm-classes",
        "Digits 8×8 · Deep Boltzmann machine, class-conditional",
        "dbm",
        "digits",
        "threshold",
        DBMConfig((8, 8), layers=(64, 64), labels=10, **_DIGITS),
        _SMALL,
    ),
    Preset(
        "digits-dbm-tiny",
        "Digits 8×8 · Deep Boltzmann machine, 16 and 10 hidden units, exact likelihood",
        "dbm",
        "digits",
        "threshold",
        DBMConfig((8, 8), layers=(16, 10), **{**_DIGITS, "drawn_updates": 8_000}),
        dataclasses.replace(_SMALL, lr=0.4, lr_hold=0.0, weight_decay=0.0),
    ),
    Preset(
        "digits-dbm",
        "Digits 8×8 · Deep Boltzmann machine, 64 and 64 hidden units",
        "dbm",
        "digits",
        "threshold",
        DBMConfig((8, 8), layers=(64, 64), **_DIGITS),
        _SMALL,
    ),
)
