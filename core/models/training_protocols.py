"""What training asks of a model beside its `loss`: how it starts, what it is told of the examples, what several
processes may divide. Nobody declares it: whoever has the methods can do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Generator, Tensor, nn


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
class KeepsChains(Protocol):
    """A model whose every update goes on from the state of several chains: `chain_buffers` names the buffers with that
    state, and the axis of each along which the chains stand."""

    @property
    def chain_buffers(self) -> dict[str, int]: ...


@runtime_checkable
class DividesBatches(Protocol):
    """A model whose `loss` is a mean over examples and chains, with noise from `core.numerics.sampling`: processes can
    divide a batch, unless `whole_batches`, where a part of it does not give a part of the gradient."""

    @property
    def whole_batches(self) -> bool: ...


@runtime_checkable
class StartsFromModel(Protocol):
    """A model that takes its first weights from one of another family (`Preset.origin`)."""

    def start_from_model(self, other: nn.Module) -> None: ...


@runtime_checkable
class ClassConditional(Protocol):
    """A model of examples given their class, where `classes` is not 0: `loss` and `metrics` then take `labels`
    (N,), whole numbers below `classes`."""

    @property
    def classes(self) -> int: ...
    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]: ...


@runtime_checkable
class SpeakerConditional(Protocol):
    """A model of recordings given their speaker, where `speakers` is not 0: `loss` and `metrics` then take `speakers`
    (N,), whole numbers below it."""

    @property
    def speakers(self) -> int: ...


@runtime_checkable
class LearnsFromFewLabels(Protocol):
    """A model that is given the class of a few training examples. Before the first update `labelled_rows` chooses them
    by the classes (N,) of all, and `keep_labelled` takes them, x (n, *event_shape) and labels (n,). Raises
    `SettingError` where they cannot be chosen."""

    def labelled_rows(self, labels: Tensor | None, generator: Generator) -> Tensor: ...
    def keep_labelled(self, x: Tensor, labels: Tensor) -> None: ...
