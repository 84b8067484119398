"""The chain rule: a model that tells the places of an example one after the other, and what follows from that alone.

    p(x) = prod_t p(x_o(t) | x_o(0), ..., x_o(t-1))

o is an order of the D places (`core.orders`), each of which holds one of L values (`levels`; 2 for bits). `logits` has
all D predictions of a known example at once; `start`, `next_logits` and `feed` go place by place and keep what earlier
places left behind, so that a new place costs one place's work. Both ways give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Generator, Tensor

from core.presets import require
from core.sampling import inverse_cdf, tempered


@dataclass
class State:
    """n examples of which the first `t` places in `order` are known.

    order     (D,) flat indices
    values    (n, D) levels by flat index, 0 where not known yet
    labels    (n,) classes, where the model is told them
    cache     what the model keeps from place to place, each (n, ...)
    """

    order: Tensor
    values: Tensor
    labels: Tensor | None = None
    t: int = 0
    cache: dict[str, Tensor] = field(default_factory=dict)

    def branch(self, rows: Tensor) -> State:
        """The same states of the examples `rows`, an index (m,) that may repeat: futures that share their past."""
        cache = {name: kept[rows] for name, kept in self.cache.items()}
        labels = None if self.labels is None else self.labels[rows]
        return State(self.order, self.values[rows], labels, self.t, cache)


@runtime_checkable
class Autoregressive(Protocol):
    """Examples x (N, *event_shape) are whole numbers below `levels`, in any type; `order` (D,) is one that the model
    knows, its own where none is given; labels (N,) are classes, for models that are told them."""

    @property
    def levels(self) -> int: ...
    @property
    def orders(self) -> tuple[str, ...]:
        """Names of the orders that it knows, its own first."""

    def logits(self, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
        """What is predicted of each place from those before it, (N, D, L), place o(t) at index o(t)."""

    def start(self, n: int, labels: Tensor | None = None, order: Tensor | None = None) -> State: ...
    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`; the state stays as it is."""

    def feed(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,)."""


def log_probs(model: Autoregressive, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
    """log p of every place given those before it, nats, exact: (N, D), by flat index."""
    logits = model.logits(x, labels, order)  # (N, D, L)
    return logits.float().log_softmax(2).gather(2, x.flatten(1).long()[..., None])[..., 0]


def log_prob(model: Autoregressive, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
    """log p(x), nats, exact: (N,)."""
    return log_probs(model, x, labels, order).sum(1)


def bits_per_dim(nats: float, places: int) -> float:
    """Bits a place of an example that costs this many nats."""
    return nats / (places * math.log(2))


@dataclass(frozen=True)
class Step:
    """One place of n examples.

    place     its flat index
    logits    (n, L) that the model gave, before any temperature
    values    (n,) levels that it holds now
    """

    t: int
    place: int
    logits: Tensor
    values: Tensor


@torch.no_grad()
def steps(
    model: Autoregressive,
    state: State,
    noise: Tensor,
    temperature: float = 1.0,
    given: Tensor | None = None,
) -> Iterator[Step]:
    """Go on from `state` to the last place, one step at a time.

    noise    (n, D) uniform on [0, 1), by flat index: the value of a place is where the noise falls in the distribution,
             so that equal noise and equal pasts give equal values, whatever way the model is computed
    given    (n, D) levels by flat index that are taken instead of drawn; -1 where the model is free
    """
    require(temperature > 0, "temperature", temperature, "above 0")
    while state.t < len(state.order):
        t, place = state.t, int(state.order[state.t])
        logits = model.next_logits(state)
        values = inverse_cdf(tempered(logits, temperature), noise[:, place])
        if given is not None:
            values = torch.where(given[:, place] >= 0, given[:, place], values)
        model.feed(state, values)
        yield Step(t, place, logits, values)


def sample(
    model: Autoregressive,
    n: int,
    generator: Generator,
    labels: Tensor | None = None,
    order: Tensor | None = None,
    temperature: float = 1.0,
    given: Tensor | None = None,
) -> Tensor:
    """n examples as levels (n, D), by flat index; see `steps` for `temperature` and `given`."""
    state = model.start(n, labels, order)
    noise = torch.rand(state.values.shape, generator=generator, device=state.values.device)
    for _ in steps(model, state, noise, temperature, given):
        pass
    return state.values
