"""What a model may be able to do: small protocols. Whoever needs an ability asks with `isinstance`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Generator, Tensor, nn


@dataclass(frozen=True)
class Metric:
    """What a curve shows; `better` is "higher", "lower" or "" where neither is."""

    title: str
    unit: str = ""
    better: str = ""
    about: str = ""


@dataclass(frozen=True)
class Sheet:
    """Images (n, *event_shape) that show what a model has learned so far, in the units of its view.

    signed    positive and negative values around zero (weights), not grey levels
    """

    name: str
    title: str
    images: Tensor
    signed: bool = False
    about: str = ""


@runtime_checkable
class Trainable(Protocol):
    """Every model: `loss` returns a dict whose key "loss" holds the scalar to step down."""

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]: ...


@runtime_checkable
class StartsFromData(Protocol):
    """A model that sets its biases from the training data before the first update."""

    def start_from(self, x: Tensor) -> None: ...


@runtime_checkable
class StartsFromText(Protocol):
    """A model that reads the training text (T,), token by token, before the first update."""

    def start_from_text(self, tokens: Tensor) -> None: ...


@dataclass(frozen=True)
class Stage:
    """One part of a training that goes in parts; `done` is the share of this part that is over, `lr` a factor."""

    index: int
    name: str
    done: float
    lr: float = 1.0


@runtime_checkable
class Staged(Protocol):
    """A model whose parts are trained one after the other; `at` (a buffer) is the index of the present one, -1 before
    the first. `enter` begins a part, given training examples."""

    at: Tensor

    def stage(self, done: float) -> Stage: ...
    def enter(self, stage: Stage, x: Tensor) -> None: ...


@runtime_checkable
class StartsFromModel(Protocol):
    """A model that takes its first weights from one of another family (`Preset.origin`)."""

    def start_from_model(self, other: nn.Module) -> None: ...


@runtime_checkable
class Told(Protocol):
    """A model that is told the class of each example, where `classes` is not 0: `loss` and `metrics` then take `labels`
    (N,), whole numbers below `classes`."""

    @property
    def classes(self) -> int: ...
    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]: ...


@runtime_checkable
class Monitored(Protocol):
    """A model with cheap curves: `metrics` gives named numbers for held-out examples."""

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]: ...


@runtime_checkable
class Pictured(Protocol):
    """A model that shows what it has learned, given a few held-out examples; quick enough for every epoch."""

    def pictures(self, x: Tensor, generator: Generator) -> list[Sheet]: ...


@runtime_checkable
class Sampler(Protocol):
    """A model that draws n examples (n, *event_shape)."""

    def sample(self, n: int, generator: Generator) -> Tensor: ...


@runtime_checkable
class Codec(Protocol):
    """A model with a code: `encode` is deterministic (a VAE's posterior mean), `decode` gives means of the data."""

    def encode(self, x: Tensor) -> Tensor: ...
    def decode(self, z: Tensor) -> Tensor: ...


@runtime_checkable
class GibbsModel(Protocol):
    """A model with a visible and a hidden layer that are drawn in turn (see `core.models.boltzmann.rbm`)."""

    def hidden_probs(self, v: Tensor) -> Tensor: ...
    def visible_probs(self, h: Tensor) -> Tensor: ...
    def gibbs_step(self, v: Tensor, generator: Generator) -> tuple[Tensor, Tensor]: ...
    def energy(self, v: Tensor, h: Tensor) -> Tensor: ...
    def free_energy(self, v: Tensor) -> Tensor: ...
