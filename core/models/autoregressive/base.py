"""The chain rule: a model that predicts the places of an example one after the other, and what follows from that alone.

    p(x) = prod_t p(x_o(t) | x_o(0), ..., x_o(t-1))

o is an order of the D places (`pixel_orders`), each of which holds one of L values (`levels`; 2 for bits). `logits` has
all D predictions of a known example at once; `start`, `next_logits` and `append` go place by place and keep a cache of
earlier places, so that a new place costs one place's work. Both ways give the same numbers.

`StepsAutoregressively` is what pages and scores ask for; `AutoregressiveModel` is what the families have in common. A
network takes and predicts a level as E numbers: 1 where it is a bit (itself; log-odds), else L (one-hot; logits).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require
from core.data.base import Kind
from core.models.autoregressive import pixel_orders
from core.models.capabilities import ImageGrid, Metric
from core.models.layer_sizes import narrow_layers
from core.numerics.cancel import check
from core.numerics.sampling import inverse_cdf, temperature_softmax

LOSS = Metric("Training loss", "nats per example", "lower", "Negative log-likelihood of each batch, exact.")
METRICS = {
    "nats": Metric("Negative log-likelihood", "nats per example", "lower", "−log p(x), exact, mean over examples."),
    "bits": Metric(
        "Bits per pixel", "bits/dim", "lower", "Negative log-likelihood in bits, divided by the number of pixels."
    ),
}
SAMPLES = 36  # in the pictures of a training
COMPLETED, COMPLETIONS = 6, 5  # examples of which one half is given, and ways that each goes on


@dataclass
class State:
    """n examples of which the first `t` places in `order` are known.

    order     (D,) flat indices
    values    (n, D) levels by flat index, 0 where not known yet
    labels    (n,) classes, where the model is class-conditional
    cache     what the model keeps from place to place, each (n, ...)
    prepared  what it made of its weights for this, where it does: the same for all branches
    """

    order: Tensor
    values: Tensor
    labels: Tensor | None = None
    t: int = 0
    cache: dict[str, Tensor] = field(default_factory=dict)
    prepared: Any = None

    def branch(self, rows: Tensor) -> State:
        """The same states of the examples `rows`, an index (m,) that may repeat: futures that share their past."""
        cache = {name: kept[rows] for name, kept in self.cache.items()}
        labels = None if self.labels is None else self.labels[rows]
        return State(self.order, self.values[rows], labels, self.t, cache, self.prepared)


@runtime_checkable
class StepsAutoregressively(Protocol):
    """Examples x (N, *event_shape) are whole numbers below `levels`, in any type; `order` (D,) is one that the model
    knows, its own where none is given; labels (N,) are classes, for models that are conditioned on them."""

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

    def append(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,)."""

    def append_many(self, state: State, values: Tensor) -> None:
        """Let the next k places hold these levels (n, k), whose predictions nobody asks for."""


def log_probs(
    model: StepsAutoregressively, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None
) -> Tensor:
    """log p of every place given those before it, nats, exact: (N, D), by flat index."""
    return level_log_probs(model.logits(x, labels, order), x)


def level_log_probs(logits: Tensor, x: Tensor) -> Tensor:
    """log p of the levels x (N, *event_shape) under logits (N, D, L): (N, D), in float32 at least."""
    logits, x = logits.to(torch.promote_types(logits.dtype, torch.float32)), x.flatten(1)
    if logits.shape[2] == 2:
        return F.logsigmoid((logits[..., 1] - logits[..., 0]) * (2 * x.to(logits.dtype) - 1))  # bytes have no -1
    return logits.log_softmax(2).gather(2, x.long()[..., None])[..., 0]


def log_prob(
    model: StepsAutoregressively, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None
) -> Tensor:
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
    model: StepsAutoregressively,
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
    for t, place in enumerate(state.order.tolist()[state.t :], state.t):
        check()
        logits = model.next_logits(state)
        values = inverse_cdf(temperature_softmax(logits, temperature), noise[:, place])
        if given is not None:
            values = torch.where(given[:, place] >= 0, given[:, place], values)
        model.append(state, values)
        yield Step(t, place, logits, values)


@torch.no_grad()
def sample(
    model: StepsAutoregressively,
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


# -- what the families share ------------------------------------------------------------------------


def accepts(levels: int) -> tuple[Kind, ...]:
    """The kinds of data that a model of so many levels takes."""
    return ("binary",) if levels == 2 else ("levels",)


def refit_config(config: Any, kind: Kind, event_shape: tuple[int, ...], what: str, **changes: Any) -> Any:
    """The config for other data, with `changes` and without classes; errors call the model `what`: `SettingError`."""
    require(kind in ("binary", "levels"), "kind", kind, f"binary or levels for {what}")
    levels = 2 if kind == "binary" else config.levels
    return replace(config, event_shape=event_shape, levels=levels, classes=0, **changes)


def refit_dense(config: Any, kind: Kind, event_shape: tuple[int, ...], what: str) -> Any:
    """`refit_config` of a model of dense layers, which are narrowed for small examples."""
    return refit_config(config, kind, event_shape, what, layers=narrow_layers(config.layers, event_shape))


def level_channels(levels: int) -> int:
    """How many numbers stand for a level, at the input and at the output: 1 for a bit, else L."""
    return 1 if levels == 2 else levels


def as_inputs(x: Tensor, levels: int, dtype: torch.dtype) -> Tensor:
    """Levels x (N, ...) as a network sees them: (N, ..., E)."""
    return x[..., None].to(dtype) if levels == 2 else F.one_hot(x.long(), levels).to(dtype)


def as_logits(outputs: Tensor) -> Tensor:
    """Logits (..., L) of what a network gives (..., E): log-odds y of a bit are the logits 0 and y."""
    return torch.cat([torch.zeros_like(outputs), outputs], -1) if outputs.shape[-1] == 1 else outputs


def base_outputs(x: Tensor, levels: int) -> Tensor:
    """What a network should give that looks at nothing: (D, E) for training examples x (N, *event_shape), each level
    counted once more than it occurs. Raises `ValueError` for levels that are none."""
    x = x.flatten(1).long()
    if len(x) and (int(x.max()) >= levels or int(x.min()) < 0):
        raise ValueError(f"levels={levels}: the data go from {int(x.min())} to {int(x.max())}")
    counts = torch.stack([(x == level).sum(0) + 1 for level in range(levels)], 1)  # (D, L)
    logits = (counts / counts.sum(1, keepdim=True)).log()
    return logits[:, 1:] - logits[:, :1] if levels == 2 else logits


class AutoregressiveModel(nn.Module):
    """An autoregressive model of examples (N, *event_shape) of L levels, class-conditional where `config.classes` is
    not 0. A family defines `logits`, `init_cache`, `next_logits` and `append`; its config has event_shape, levels and
    classes, and order and order_seed where its order can be chosen.

    any_order    whether it knows every order, the config's being what it takes where none is given
    """

    whole_batches = False  # several processes may divide them

    any_order = False

    def __init__(self, config) -> None:  # noqa: ANN001
        super().__init__()
        self.config = config
        name, seed = getattr(config, "order", "raster"), getattr(config, "order_seed", 0)
        self.register_buffer("order", pixel_orders.order(name, config.event_shape, seed), persistent=False)

    @property
    def levels(self) -> int:
        """How many values a place may hold."""
        return self.config.levels

    @property
    def classes(self) -> int:
        """How many classes it is conditioned on; 0 for none."""
        return self.config.classes

    @property
    def orders(self) -> tuple[str, ...]:
        """Names of the orders that it knows, its own first."""
        own = getattr(self.config, "order", "raster")
        return (own, *(name for name in pixel_orders.ORDERS if name != own)) if self.any_order else (own,)

    @property
    def is_normalized(self) -> bool:
        """Whether each place is predicted from those before it alone, so that log p is one: not with wrong masks."""
        return getattr(self.config, "masks", "right") == "right"

    def start(self, n: int, labels: Tensor | None = None, order: Tensor | None = None) -> State:
        """n examples of which nothing is known."""
        order = self.check_order(order)
        values = torch.zeros(n, len(order), dtype=torch.long, device=order.device)
        state = State(order, values, self.check_labels(n, labels))
        self.init_cache(state)
        return state

    def init_cache(self, state: State) -> None:
        """Put what the first place needs into `state.cache`."""

    def append(self, state: State, values: Tensor) -> None:
        """Note the levels (n,) of the next place; a family with a cache goes on to what follows from them."""
        state.values[:, state.order[state.t]] = values.long()
        state.t += 1

    def append_many(self, state: State, values: Tensor) -> None:
        """Let the next places hold these levels (n, k)."""
        for value in values.unbind(1):
            self.append(state, value)

    def check_order(self, order: Tensor | None) -> Tensor:
        """The order (D,) to go by. Raises `ValueError` for one that the model does not know."""
        if order is None:
            return self.order
        order = order.to(self.order.device)
        if order.shape != self.order.shape or not torch.equal(order.sort().values, self.order.sort().values):
            raise ValueError(f"order of shape {tuple(order.shape)}: each of the {len(self.order)} places once")
        if not self.any_order and not torch.equal(order, self.order):
            raise ValueError(f"order: {type(self).__name__} knows one order only, {self.orders[0]!r}")
        return order

    def check_labels(self, n: int, labels: Tensor | None) -> Tensor | None:
        """The classes (n,) that the model goes by. Raises `ValueError` where it needs some and there are none, or other
        ones."""
        if not self.classes:
            return None
        if labels is None or len(labels) != n:
            found = "None" if labels is None else f"of {len(labels)} examples"
            raise ValueError(f"labels={found}: {n} classes below {self.classes}, which this model is conditioned on")
        # of training data `core.training.check` knows, and to look at them would wait for a GPU
        if n and not torch.is_grad_enabled() and not 0 <= int(labels.min()) <= int(labels.max()) < self.classes:
            found = f"{int(labels.min())} to {int(labels.max())}"
            raise ValueError(
                f"labels={found}: classes from 0 to {self.classes - 1}, which this model is conditioned on"
            )
        return labels.to(self.order.device).long()

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """-log p(x), mean over examples."""
        return {"loss": -log_prob(self, x, labels).mean()}

    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """The loss of examples, in nats and in bits a place."""
        nats = float(self.loss(x, generator, labels)["loss"])
        return {"nats": nats, "bits": bits_per_dim(nats, len(self.order))}

    def sample(
        self, n: int, generator: Generator, labels: Tensor | None = None, temperature: float = 1.0, **asked: Tensor
    ) -> Tensor:
        """n examples as levels (n, *event_shape), of classes `labels` (n,), or of each class in turn where none are
        given; `asked` as in `core.models.autoregressive.base.sample`."""
        if labels is None and self.classes:
            labels = torch.arange(n, device=self.order.device) % self.classes
        drawn = sample(self, n, generator, labels, temperature=temperature, **asked)
        return drawn.view(n, *self.config.event_shape).float()

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Samples, and held-out examples with ways in which their first half goes on."""
        samples = self.sample(SAMPLES, generator)
        some = x[:COMPLETED].flatten(1).long()
        given = torch.full_like(some, -1)
        half = self.order[: (len(self.order) + 1) // 2]
        given[:, half] = some[:, half]
        labels = likeliest_class(self, some, half).repeat_interleave(COMPLETIONS) if self.classes else None
        ways = self.sample(len(some) * COMPLETIONS, generator, labels, given=given.repeat_interleave(COMPLETIONS, 0))
        both = torch.cat([x[: len(some), None], ways.unflatten(0, (-1, COMPLETIONS)).to(x)], 1)
        about = f"Held-out examples, each followed by {COMPLETIONS} completions of its first half"
        given_class = ", conditioned on the most likely class" if self.classes else ""
        return [
            ImageGrid("samples", "Samples", samples, about="Samples from the model, generated one pixel at a time."),
            ImageGrid("completions", "Completions", both.flatten(0, 1), about=f"{about}{given_class}."),
        ]


def class_log_probs(model: StepsAutoregressively, x: Tensor, places: Tensor | None = None) -> Tensor:
    """log p(x | y) of every class y: (N, C), nats; of some places alone, which must be the
    first of its order."""
    found = []
    for label in range(model.classes):
        each = log_probs(model, x, torch.full((len(x),), label, device=x.device))
        found.append(each.sum(1) if places is None else each[:, places].sum(1))
    return torch.stack(found, 1)


def likeliest_class(model: StepsAutoregressively, x: Tensor, places: Tensor) -> Tensor:
    """The class (N,) under which the first `places` of x are likeliest, all classes being equally likely before."""
    return class_log_probs(model, x, places).argmax(1)
