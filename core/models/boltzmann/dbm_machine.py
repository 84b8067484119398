"""The energy of deep Boltzmann machines, their Gibbs chains and mean field; `dbm` has how they learn.

    E(u0 .. uL) = sum_l own(u_l) - b_l . u_l - sum_l u_l W_l u_l+1          u0 = v, the visibles

own(u) is that of the kind of units (`units`). Every connection is between an even and an odd layer: given all even
layers the odd ones are independent, and the reverse. One Gibbs sweep draws the odd ones, then the even ones. The
posterior of the hidden layers is approximated by mean field, which maximises a lower bound on log p(v), one layer at a
time. Classes, where there are any, are one more layer above the top: a group of units of which one is on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.models.boltzmann.dbm_config import DBMConfig
from core.models.boltzmann.units import BINARY, GAUSSIAN, ONE_OF_C
from core.models.capabilities import Connection, Connections, DenseLayer
from core.numerics.matmul import affine


@dataclass(frozen=True)
class MeanField:
    """Beliefs about the hidden layers of N examples.

    layers      the visibles (N, D) and the mean of every layer above (N, units)
    iterations  passes over the hidden layers
    residual    largest change of a belief in the last pass
    settled     whether the residual is within the tolerance
    """

    layers: list[Tensor]
    iterations: int
    residual: float
    settled: bool


class DeepMachine(nn.Module):
    """Examples are (N, *event_shape); a state is a list of all layers, (N, units) each, visibles first.

    Results have the type of the argument: the weights are cast to it.
    """

    def __init__(self, config: DBMConfig) -> None:
        super().__init__()
        self.config = config
        classes = (config.labels,) if config.labels else ()
        self.sizes = (math.prod(config.event_shape), *config.layers, *classes)
        visible = {"bernoulli": BINARY, "gaussian": GAUSSIAN}[config.visible]
        self.units = [visible, *(BINARY for _ in config.layers), *(ONE_OF_C for _ in classes)]
        self.top = len(config.layers)  # number of the last hidden layer, the code
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        self.weights = nn.ParameterList(torch.zeros(below, above) for below, above in pairs)
        self.biases = nn.ParameterList(torch.zeros(size) for size in self.sizes)
        self.register_buffer("updates", torch.tensor(0))  # of its training so far
        self.register_buffer("base_bias", torch.zeros(self.sizes[0]))  # visible biases that give the training means
        for layer, size in enumerate(self.sizes):
            mean = 1 / size if layer > self.top else 0.5
            self.register_buffer(f"offset_{layer}", torch.full((size,), mean))
            self.register_buffer(f"chain_{layer}", torch.zeros(config.chains, size))

    @property
    def offsets(self) -> list[Tensor]:
        """Running means of every layer over the training data."""
        return [getattr(self, f"offset_{layer}") for layer in range(len(self.sizes))]

    @property
    def chains(self) -> list[Tensor]:
        """The state of the persistent chains."""
        return [getattr(self, f"chain_{layer}") for layer in range(len(self.sizes))]

    @property
    def chain_buffers(self) -> dict[str, int]:
        """The layers of the persistent chains, (chains, units) each."""
        return {f"chain_{layer}": 0 for layer in range(len(self.sizes))}

    @property
    def classes(self) -> int:
        """How many classes it learns with its examples; 0 for none."""
        return self.config.labels

    def connections(self) -> Connections:
        """Weights between neighbouring layers, all of them undirected; none where visibles are real-valued."""
        if self.config.visible != "bernoulli":
            return Connections([])
        found = [
            Connection(weight, above, below)
            for weight, below, above in zip(self.weights, self.biases, self.biases[1:], strict=False)
        ]
        return Connections(found[: self.top], found[self.top] if self.classes else None)

    def layer_input(self, layers: list[Tensor], layer: int) -> Tensor:
        """Total input of the units of one layer from its neighbours: (N, units)."""
        dtype = layers[0].dtype
        total = self.biases[layer].to(dtype)
        if layer > 0:
            total = affine(layers[layer - 1], self.weights[layer - 1].to(dtype), total)
        if layer < len(self.weights):
            above = affine(layers[layer + 1], self.weights[layer].to(dtype).t())
            total = total + above
        return total

    def layer_mean(self, layers: list[Tensor], layer: int) -> Tensor:
        """Means of the units of one layer given its neighbours: (N, units)."""
        return self.units[layer].mean(self.layer_input(layers, layer))

    def energy(self, layers: list[Tensor]) -> Tensor:
        """E of each state: (N,). Of means, it is the mean energy where all units are independent (binary ones)."""
        return self.free_energy(layers, ())

    def free_energy(self, layers: list[Tensor], summed: Collection[int]) -> Tensor:
        """-log of the sum over all states of the layers in `summed` of exp(-E): (N,). What `layers` holds there does
        not count. Raises ValueError where two of them are neighbours, as no such sum factorises."""
        if any(layer + 1 in summed for layer in summed):
            raise ValueError(f"summed={tuple(summed)}: neighbouring layers cannot be summed out together")
        total = layers[0].new_zeros(())
        for layer, units in enumerate(layers):
            if layer in summed:
                total = total - self.units[layer].log_sum(self.layer_input(layers, layer))
                continue
            total = total + self.units[layer].own(units) - units @ self.biases[layer].to(units.dtype)
            if layer < len(self.weights) and layer + 1 not in summed:
                total = total - (affine(units, self.weights[layer].to(units.dtype)) * layers[layer + 1]).sum(-1)
        return total

    # -- chains ---------------------------------------------------------------------------------

    @torch.no_grad()
    def gibbs_half_step(
        self, layers: list[Tensor], odd: bool, generator: Generator, held: Collection[int] = ()
    ) -> list[Tensor]:
        """The state with its odd (or even) layers drawn anew given the others, but for those that are held."""
        return [
            self.units[layer].draw(self.layer_input(layers, layer), generator)
            if layer % 2 == odd and layer not in held
            else units
            for layer, units in enumerate(layers)
        ]

    def gibbs_sweep(self, layers: list[Tensor], generator: Generator, held: Collection[int] = ()) -> list[Tensor]:
        """The odd layers drawn given the even ones, then the even ones; those in `held` stay."""
        return self.gibbs_half_step(self.gibbs_half_step(layers, True, generator, held), False, generator, held)

    def base_inputs(self) -> list[Tensor]:
        """Biases of the machine without connections that gives every unit its mean over the training data."""
        above = (unit.input_of(m) for unit, m in zip(self.units[1:], self.offsets[1:], strict=True))
        return [self.base_bias, *above]

    def base_state(self, n: int, generator: Generator) -> list[Tensor]:
        """n states of the machine without connections."""
        inputs = zip(self.units, self.base_inputs(), strict=True)
        return [unit.draw(x.expand(n, -1), generator) for unit, x in inputs]

    def sample(self, n: int, generator: Generator, steps: int = 1000, labels: Tensor | None = None) -> Tensor:
        """n draws (n, *event_shape) by `steps` Gibbs sweeps from noise; labels (n,): the classes that are held, where
        it has such units, None leaves them free."""
        layers, held = self.base_state(n, generator), ()
        if labels is not None:
            layers[-1], held = self._one_hot(labels, layers[-1]), (len(layers) - 1,)
        for _ in range(steps):
            layers = self.gibbs_sweep(layers, generator, held)
        return layers[0].view(n, *self.config.event_shape)

    # -- inference ------------------------------------------------------------------------------

    @torch.no_grad()
    def mean_field(
        self,
        x: Tensor,
        iterations: int = 200,
        tolerance: float = 1e-4,
        damping: float = 0.0,
        start: str = "up",
        labels: Tensor | None = None,
    ) -> MeanField:
        """Beliefs about the hidden layers of examples x, layer by layer from the bottom until none changes by more
        than `tolerance`, or for `iterations` passes.

        damping   share of the old belief that stays, at least 0 and below 1; the bound rises in any case
        start     "up": one pass up, the layers above at their training means; "half": all values alike
        labels    (N,) classes, where they are known and the machine has such units
        """
        if iterations < 1 or not 0 <= damping < 1 or start not in ("up", "half"):
            raise ValueError(
                f"iterations={iterations}, damping={damping}, start={start!r}: at least 1; from 0, below 1; up or half"
            )
        v = self._flat(x)
        means = self.offsets
        if start == "half":
            means = [unit.mean(torch.zeros_like(mean)) for unit, mean in zip(self.units, means, strict=True)]
        layers = [v, *(mean.to(v.dtype).expand(len(v), -1) for mean in means[1:])]
        hidden = range(1, len(layers))
        if labels is not None:
            layers[-1], hidden = self._one_hot(labels, v), hidden[:-1]
        if start == "up":
            for layer in hidden:
                layers[layer] = self.layer_mean(layers, layer)
        residual, done = math.inf, 0
        while done < iterations and residual > tolerance:
            changes = []
            for layer in hidden:
                belief = torch.lerp(self.layer_mean(layers, layer), layers[layer], damping)
                changes.append((belief - layers[layer]).abs().max() if belief.numel() else belief.new_zeros(()))
                layers[layer] = belief
            residual, done = float(torch.stack(changes).max()), done + 1
        return MeanField(layers, done, residual, residual <= tolerance)

    def unnormalised_bound(self, layers: list[Tensor]) -> Tensor:
        """The lower bound on log p(v) of beliefs about the layers above, all but -log Z: -E + entropy, (N,)."""
        entropy = sum(unit.entropy(q) for unit, q in zip(self.units[1:], layers[1:], strict=True))
        return entropy - self.energy(layers)

    def classify(self, x: Tensor) -> Tensor:
        """Beliefs about the class of examples x (N, *event_shape), where classes were learned: (N, C)."""
        return self.mean_field(x).layers[-1]

    @property
    def code_size(self) -> int:
        """Units of the top hidden layer."""
        return self.sizes[self.top]

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every hidden layer; the last is the code."""
        *hidden, code = self.config.layers
        return {**{f"hidden-{i}": size for i, size in enumerate(hidden, 1)}, "code": code}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The mean-field beliefs of each hidden layer."""
        yield from zip(self.layer_sizes, self.mean_field(x).layers[1 : self.top + 1], strict=True)

    def encode(self, x: Tensor) -> Tensor:
        """Mean-field beliefs of the top hidden layer (N, code)."""
        return self.mean_field(x).layers[self.top]

    def decoder_layers(self) -> list[DenseLayer]:
        """None: layers below the code depend on each other both ways."""
        return []

    def decode(self, z: Tensor, iterations: int = 50) -> Tensor:
        """Visible means (N, *event_shape) by mean field of all layers below the code z, which is held."""
        layers = [offset.to(z.dtype).expand(len(z), -1) for offset in self.offsets]
        layers[self.top] = z
        for _ in range(iterations):
            for layer in reversed(range(self.top)):
                layers[layer] = self.layer_mean(layers, layer)
        return layers[0].view(len(z), *self.config.event_shape)

    def _one_hot(self, labels: Tensor, like: Tensor) -> Tensor:
        if not self.classes:
            raise ValueError("labels: this machine has no units for classes")
        return F.one_hot(labels, self.classes).to(like.dtype)

    def _flat(self, x: Tensor) -> Tensor:
        v = x.flatten(1)
        if v.shape[1] != self.sizes[0]:
            raise ValueError(f"examples of shape {tuple(x.shape)}: expected (N, {self.sizes[0]})")
        return v
