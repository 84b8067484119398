"""Deep Boltzmann machines: layers of binary units, undirected throughout (Salakhutdinov & Hinton 2009).

    E(u0 .. uL) = - sum_l b_l . u_l - sum_l u_l W_l u_l+1          u0 = v, the visibles

Every connection is between an even and an odd layer. Given all even layers the odd ones are independent, and the
reverse: one Gibbs sweep draws the odd ones, then the even ones. The posterior of the hidden layers is approximated by
mean field, which maximises a lower bound on log p(v), one layer at a time.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import require
from core.data.base import Kind
from core.models.boltzmann.base import _WithGradients
from core.models.boltzmann.dbm_config import PRESETS, DBMConfig
from core.models.capabilities import DenseLayer, ImageGrid, Metric
from core.models.layer_sizes import narrow_layers
from core.numerics.matmul import affine
from core.numerics.sampling import bernoulli, pooled_bernoulli

__all__ = ["DBM", "FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "DBMConfig", "build", "refit"]

FAMILY, NAME = "dbm", "deep Boltzmann machine"
Config = DBMConfig

LOSS = Metric(
    "Energy gap",
    "nats",
    "",
    "Mean energy of the data with their mean-field beliefs minus that of the chains. Training follows its gradient, "
    "but it is not a likelihood.",
)
METRICS = {
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Error of the visible means given the mean-field beliefs. It can fall while the model gets worse.",
    ),
    "residual": Metric(
        "Mean-field residual",
        "probability",
        "lower",
        "Largest change of a belief in the last mean-field iteration that training makes; 0 is a fixed point.",
    ),
}

OFFSET_RATE = 0.01  # of the running means that the centred gradient subtracts


@dataclass(frozen=True)
class MeanField:
    """Beliefs about the hidden layers of N examples.

    layers      the visibles (N, D) and the mean of every hidden layer (N, H)
    iterations  passes over the hidden layers
    residual    largest change of a belief in the last pass
    settled     whether the residual is within the tolerance
    """

    layers: list[Tensor]
    iterations: int
    residual: float
    settled: bool


class DBM(nn.Module):
    """Examples are (N, *event_shape); a state is a list of all layers, (N, units) each, visibles first.

    Results have the type of the argument: the weights are cast to it.
    """

    def __init__(self, config: DBMConfig) -> None:
        super().__init__()
        self.config = config
        self.sizes = (math.prod(config.event_shape), *config.layers)
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        self.weights = nn.ParameterList(torch.zeros(below, above) for below, above in pairs)
        self.biases = nn.ParameterList(torch.zeros(size) for size in self.sizes)
        self.register_buffer("base_bias", torch.zeros(self.sizes[0]))  # log-odds of the training means
        for layer, size in enumerate(self.sizes):
            self.register_buffer(f"offset_{layer}", torch.full((size,), 0.5))
            self.register_buffer(f"chain_{layer}", torch.zeros(config.chains, size))

    # -- the machine ----------------------------------------------------------------------------

    @property
    def offsets(self) -> list[Tensor]:
        """Running means of every layer over the training data."""
        return [getattr(self, f"offset_{layer}") for layer in range(len(self.sizes))]

    @property
    def chains(self) -> list[Tensor]:
        """The state of the persistent chains."""
        return [getattr(self, f"chain_{layer}") for layer in range(len(self.sizes))]

    def layer_input(self, layers: list[Tensor], layer: int) -> Tensor:
        """Log-odds of the units of one layer given its neighbours: (N, units)."""
        dtype = layers[0].dtype
        total = self.biases[layer].to(dtype)
        if layer > 0:
            total = affine(layers[layer - 1], self.weights[layer - 1].to(dtype), total)
        if layer < len(self.weights):
            above = affine(layers[layer + 1], self.weights[layer].to(dtype).t())
            total = total + above
        return total

    def layer_probs(self, layers: list[Tensor], layer: int) -> Tensor:
        """Means of the units of one layer given its neighbours: (N, units)."""
        return torch.sigmoid(self.layer_input(layers, layer))

    def energy(self, layers: list[Tensor]) -> Tensor:
        """E of each state: (N,). Of means, it is the mean energy where all units are independent."""
        return self.free_energy(layers, ())

    def free_energy(self, layers: list[Tensor], summed: Collection[int]) -> Tensor:
        """-log of the sum over all states of the layers in `summed` of exp(-E): (N,). What `layers` holds there does
        not count. Raises ValueError where two of them are neighbours, as no such sum factorises."""
        if any(layer + 1 in summed for layer in summed):
            raise ValueError(f"summed={tuple(summed)}: neighbouring layers cannot be summed out together")
        total = layers[0].new_zeros(())
        for layer, units in enumerate(layers):
            if layer in summed:
                total = total - F.softplus(self.layer_input(layers, layer)).sum(-1)
                continue
            total = total - units @ self.biases[layer].to(units.dtype)
            if layer < len(self.weights) and layer + 1 not in summed:
                total = total - (affine(units, self.weights[layer].to(units.dtype)) * layers[layer + 1]).sum(-1)
        return total

    @torch.no_grad()
    def gibbs_half_step(self, layers: list[Tensor], odd: bool, generator: Generator) -> list[Tensor]:
        """The state with its odd (or even) layers drawn anew given the others."""
        return [
            bernoulli(self.layer_probs(layers, layer), generator) if layer % 2 == odd else units
            for layer, units in enumerate(layers)
        ]

    def gibbs_sweep(self, layers: list[Tensor], generator: Generator) -> list[Tensor]:
        """The odd layers drawn given the even ones, then the even ones."""
        return self.gibbs_half_step(self.gibbs_half_step(layers, True, generator), False, generator)

    def base_state(self, n: int, generator: Generator) -> list[Tensor]:
        """n states without connections: every unit on with its mean over the training data."""
        return [bernoulli(offset.expand(n, -1), generator) for offset in self.offsets]

    def sample(self, n: int, generator: Generator, steps: int = 1000) -> Tensor:
        """n draws (n, *event_shape) by `steps` Gibbs sweeps from noise."""
        layers = self.base_state(n, generator)
        for _ in range(steps):
            layers = self.gibbs_sweep(layers, generator)
        return layers[0].view(n, *self.config.event_shape)

    # -- inference ------------------------------------------------------------------------------

    @torch.no_grad()
    def mean_field(
        self, x: Tensor, iterations: int = 200, tolerance: float = 1e-4, damping: float = 0.0, start: str = "up"
    ) -> MeanField:
        """Beliefs about the hidden layers of examples x, layer by layer from the bottom until none changes by more
        than `tolerance`, or for `iterations` passes.

        damping   share of the old belief that stays, at least 0 and below 1; the bound rises in any case
        start     "up": one pass up, the layers above at their training means; "half": 1/2 everywhere
        """
        if iterations < 1 or not 0 <= damping < 1 or start not in ("up", "half"):
            raise ValueError(
                f"iterations={iterations}, damping={damping}, start={start!r}: at least 1; from 0, below 1; up or half"
            )
        v = self._flat(x)
        means = self.offsets[1:] if start == "up" else [torch.full_like(m, 0.5) for m in self.offsets[1:]]
        layers = [v, *(mean.to(v.dtype).expand(len(v), -1) for mean in means)]
        hidden = range(1, len(layers))
        if start == "up":
            for layer in hidden:
                layers[layer] = self.layer_probs(layers, layer)
        residual, done = math.inf, 0
        while done < iterations and residual > tolerance:
            changes = []
            for layer in hidden:
                belief = torch.lerp(self.layer_probs(layers, layer), layers[layer], damping)
                changes.append((belief - layers[layer]).abs().max() if belief.numel() else belief.new_zeros(()))
                layers[layer] = belief
            residual, done = float(torch.stack(changes).max()), done + 1
        return MeanField(layers, done, residual, residual <= tolerance)

    def unnormalised_bound(self, layers: list[Tensor]) -> Tensor:
        """The lower bound on log p(v) of beliefs about the hidden layers, all but -log Z: -E + entropy, (N,)."""
        entropy = sum(torch.special.entr(q).sum(-1) + torch.special.entr(1 - q).sum(-1) for q in layers[1:])
        return entropy - self.energy(layers)

    @property
    def code_size(self) -> int:
        """Units of the top layer."""
        return self.sizes[-1]

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Every hidden layer; the last is the code."""
        *hidden, code = self.config.layers
        return {**{f"hidden-{i}": size for i, size in enumerate(hidden, 1)}, "code": code}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The mean-field beliefs of each hidden layer."""
        yield from zip(self.layer_sizes, self.mean_field(x).layers[1:], strict=True)

    def encode(self, x: Tensor) -> Tensor:
        """Mean-field beliefs of the top layer (N, code)."""
        return self.mean_field(x).layers[-1]

    def decode(self, z: Tensor, iterations: int = 50) -> Tensor:
        """Visible means (N, *event_shape) by mean field of all layers below the code z, which is held."""
        layers = [*(offset.to(z.dtype).expand(len(z), -1) for offset in self.offsets[:-1]), z]
        for _ in range(iterations):
            for layer in reversed(range(len(layers) - 1)):
                layers[layer] = self.layer_probs(layers, layer)
        return layers[0].view(len(z), *self.config.event_shape)

    def decoder_layers(self) -> list[DenseLayer]:
        """None: layers below the code depend on each other both ways."""
        return []

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Offsets and visible biases from training examples x (N, *event_shape), small random weights, chains at
        rows of x."""
        generator = torch.Generator().manual_seed(0)
        v = self._flat(x).float()
        mean = (v.sum(0) + 0.5) / (len(v) + 1)  # a pixel that is never on gets finite odds
        self.offset_0.copy_(mean)
        self.base_bias.copy_(torch.logit(mean))
        for weight in self.weights:
            scale = 0.1 / math.sqrt(weight.shape[1] / 100) if self.config.centred else 0.01  # as in an RBM
            weight.copy_(torch.randn(weight.shape, generator=generator) * scale)
        self.biases[0].copy_(self.base_bias)
        if self.config.centred:  # zero biases in the centred machine's own coordinates, but for the visibles
            for layer, weight in enumerate(self.weights):
                self.biases[layer + 1].sub_(self.offsets[layer] @ weight)
                self.biases[layer].sub_(weight @ self.offsets[layer + 1])
        rows = torch.randint(len(v), (self.config.chains,), generator=generator)
        self.chain_0.copy_(v[rows.to(v.device)])
        for chain in self.chains[1:]:
            chain.copy_(torch.randint(2, chain.shape, generator=generator))

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Mean energy of the data x (N, *event_shape) with their beliefs minus that of the persistent chains, with its
        gradient, centred if the config says so: that of minus the bound on log p(v) as far as beliefs have settled."""
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            data = self._posterior(self._flat(x).float(), generator)
            model = self._advance_chains(generator)
            gap = self.energy(data).mean() - self.energy(model).mean()
            offsets = self.offsets if self.config.centred else [torch.zeros_like(m) for m in self.offsets]
            gradients = self.gradients(data, model, offsets)
            for offset, units in zip(self.offsets, data, strict=True):
                offset.lerp_(units.mean(0), OFFSET_RATE)
        return {"loss": _WithGradients.apply(gap, tuple(gradients), *self.weights, *self.biases)}

    def gradients(self, data: list[Tensor], model: list[Tensor], offsets: list[Tensor]) -> list[Tensor]:
        """Gradients of the gap between the energies of data and model states, of weights, then of biases.

        With offsets m it is the gradient of the machine -(u_l - m_l) W_l (u_l+1 - m_l+1) with biases of its own, taken
        back to these parameters (Montavon & Mueller 2012; Melchior et al. 2016); with zeros it is the plain one.
        """

        def product(layers: list[Tensor], layer: int) -> Tensor:
            below, above = (layers[i] - offsets[i] for i in (layer, layer + 1))
            return affine(below.t(), above) / len(below)

        of_weights = [product(model, layer) - product(data, layer) for layer in range(len(self.weights))]
        of_biases = [m.mean(0) - d.mean(0) for d, m in zip(data, model, strict=True)]
        for layer, slope in enumerate(of_weights):
            of_biases[layer] -= slope @ offsets[layer + 1]
            of_biases[layer + 1] -= offsets[layer] @ slope
        return [*of_weights, *of_biases]

    def _posterior(self, v: Tensor, generator: Generator) -> list[Tensor]:
        """Visibles v (N, D) and what their hidden layers are: beliefs, or draws that begin at these."""
        beliefs = self.mean_field(v, self.config.iterations, tolerance=0.0).layers
        if not self.config.draws:
            return beliefs
        drawn = [v, *(bernoulli(units, generator) for units in beliefs[1:])]
        return self._smooth(self._sweep(drawn, self.config.draws, generator, first=1))

    def _advance_chains(self, generator: Generator) -> list[Tensor]:
        """Move the chains `steps` sweeps."""
        layers = self._sweep([chain.clone() for chain in self.chains], self.config.steps, generator)
        for chain, units in zip(self.chains, layers, strict=True):
            chain.copy_(units)
        return self._smooth(layers)

    def _sweep(self, layers: list[Tensor], sweeps: int, generator: Generator, first: int = 0) -> list[Tensor]:
        """The state after Gibbs sweeps of all layers from number `first` on; those below are held."""
        layers = list(layers)
        for _ in range(sweeps):
            for layer in (*range(1, len(layers), 2), *range(2 * first, len(layers), 2)):
                layers[layer] = pooled_bernoulli(self.layer_input(layers, layer), generator)
        return layers

    def _smooth(self, layers: list[Tensor]) -> list[Tensor]:
        """The even layers, and the means of the odd ones given those: the same products on average, with less noise."""
        return [self.layer_probs(layers, i) if i % 2 else units for i, units in enumerate(layers)]

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Squared error of the visible means given the beliefs, summed over pixels; the residual of mean field."""
        found = self.mean_field(x, self.config.iterations, tolerance=0.0)
        away = found.layers[0] - self.layer_probs(found.layers, 0)
        return {"reconstruction": float(away.square().sum(1).mean()), "residual": found.residual}

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """The persistent chains, reconstructions beside held-out examples x, and what units of each layer weigh."""
        shape = self.config.event_shape
        beliefs = self.mean_field(x, self.config.iterations).layers
        pairs = torch.stack([beliefs[0], self.layer_probs(beliefs, 0)], 1).flatten(0, 1)
        samples = self.layer_probs([chain[:64] for chain in self.chains], 0)
        sheets = [
            ImageGrid(
                "samples",
                "Samples",
                samples.unflatten(1, shape),
                about="Visible means of the persistent chains of training.",
            ),
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                pairs.unflatten(1, shape),
                about="Held-out examples, each followed by the visible means given its mean-field beliefs.",
            ),
        ]
        reach = None
        for number, weight in enumerate(self.weights, 1):
            reach = weight if reach is None else reach @ weight
            about = f"Weights from the pixels to layer {number} (product of the weight matrices)."
            images = reach[:, :100].t().unflatten(1, shape)
            sheets.append(ImageGrid(f"filters-{number}", f"Filters, layer {number}", images, signed=True, about=about))
        return sheets

    def _flat(self, x: Tensor) -> Tensor:
        v = x.flatten(1)
        if v.shape[1] != self.sizes[0]:
            raise ValueError(f"examples of shape {tuple(x.shape)}: expected (N, {self.sizes[0]})")
        return v


build = DBM


def refit(config: DBMConfig, kind: Kind, event_shape: tuple[int, ...]) -> DBMConfig:
    """The config for other data; layers are narrowed to the size of small examples. Raises `SettingError`."""
    require(kind == "binary", "kind", kind, "binary for a deep Boltzmann machine")
    return dataclasses.replace(config, event_shape=event_shape, layers=narrow_layers(config.layers, event_shape))
