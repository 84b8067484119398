"""Deep Boltzmann machines: layers of units, undirected throughout (Salakhutdinov & Hinton 2009), and how they learn.

The gradient of log p(v) is what the data's hidden layers do less what the machine's own do. The machine's come from
persistent chains. The data's are mean-field beliefs, or Gibbs draws that begin at these. Beliefs keep the bound tight,
but they leave out how far hidden units vary together while the example stays the same: where W between two layers is
small, by var(h1) W var(h2), which every update then takes from W. While the first layer is undecided, as at the start,
what the examples have in common need not make up for it, and the second layer dies. Draws leave nothing out: with them
W grows from 0 until the layers explain the covariances of the first one. So training may begin with draws, and go on
with beliefs once the layers depend on each other.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection

import torch
from torch import Generator, Tensor, nn

from core.config.fields import require
from core.data.base import Kind
from core.models.boltzmann.dbm_config import PRESETS, DBMConfig
from core.models.boltzmann.dbm_machine import DeepMachine
from core.models.boltzmann.known_gradients import WithGradients
from core.models.boltzmann.stack import RBMStack
from core.models.capabilities import ImageGrid, Metric
from core.models.layer_sizes import narrow_layers
from core.numerics.matmul import affine

__all__ = ["DBM", "FAMILY", "LOSS", "METRICS", "NAME", "PRESETS", "Config", "DBMConfig", "build", "refit"]

FAMILY, NAME = "dbm", "deep Boltzmann machine"
Config = DBMConfig

LOSS = Metric(
    "Energy gap",
    "nats",
    "",
    "Mean energy of the data with their hidden layers minus that of the chains. Training follows its gradient, "
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
    "second": Metric(
        "Size of the second layer's weights",
        "root mean square",
        "",
        "Where it falls to 0 the second layer has died, and the machine is an RBM.",
    ),
    "error": Metric("Classification error", "fraction wrong", "lower", "How often the likeliest label is wrong."),
}

OFFSET_RATE = 0.01  # of the running means that the centred gradient subtracts


class DBM(DeepMachine):
    """A deep machine that learns; examples are (N, *event_shape)."""

    whole_batches = False  # several processes may divide them

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Offsets and visible biases from training examples x (N, *event_shape), small random weights, chains at
        rows of x."""
        generator = torch.Generator().manual_seed(0)
        v = self._flat(x).float()
        self.offset_0.copy_(v.mean(0))
        if self.config.visible == "bernoulli":
            self.base_bias.copy_(torch.logit((v.sum(0) + 0.5) / (len(v) + 1)))  # finite for a pixel that is never on
        else:
            self.base_bias.copy_(self.offset_0)
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
        for chain, units in zip(self.chains[1:], self.units[1:], strict=True):
            chain.copy_(units.draw(torch.zeros(chain.shape), generator))

    @torch.no_grad()
    def start_from_model(self, other: nn.Module) -> None:
        """Take the layers of a stack that was trained with doubled weights, and chains from noise. Raises `ValueError`
        where its layers are not those of this machine."""
        if not isinstance(other, RBMStack) or not other.config.doubled:
            raise ValueError(f"{type(other).__name__}: a deep machine starts from an RBM stack with doubled weights")
        if other.config.layers != self.config.layers or other.config.event_shape != self.config.event_shape:
            raise ValueError(f"layers={self.config.layers}: those of the stack are {other.config.layers}")
        machines = list(other.machines)
        self.base_bias.copy_(machines[0].base_bias)
        self.biases[0].copy_(machines[0].visible_bias)
        means = [machine.visible_offset for machine in machines] + [machines[-1].hidden_offset]
        for layer, mean in enumerate(means):
            self.offsets[layer].copy_(mean)
        for layer, machine in enumerate(machines):  # one copy of the layer below goes, the layer above comes: same mean
            self.weights[layer].copy_(machine.W)
            self.biases[layer + 1].copy_(machine.hidden_bias + (machine.up - 1) * means[layer] @ machine.W)
            if layer:
                self.biases[layer].sub_(machine.W @ means[layer + 1])
        noise = torch.Generator(device=self.base_bias.device).manual_seed(0)
        for chain, units in zip(self.chains, self.base_state(self.config.chains, noise), strict=True):
            chain.copy_(units)

    def loss(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Mean energy of the data x (N, *event_shape), and of their classes (N,), with their hidden layers minus that
        of the persistent chains, with its gradient, centred if the config says so. With beliefs it is that of minus the
        bound on log p(v) as far as these have settled, with draws that of -log p(v) as far as chains have."""
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            data = self.data_layers(self._flat(x).float(), labels, generator)
            model = self._advance_chains(generator)
            gap = self.energy(data).mean() - self.energy(model).mean()
            offsets = self.offsets if self.config.centred else [torch.zeros_like(m) for m in self.offsets]
            gradients = self.gradients(data, model, offsets)
            for offset, units in zip(self.offsets, data, strict=True):
                offset.lerp_(units.mean(0), OFFSET_RATE)
            self.updates += 1
        return {"loss": WithGradients.apply(gap, tuple(gradients), *self.weights, *self.biases)}

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

    def data_layers(self, v: Tensor, labels: Tensor | None, generator: Generator) -> list[Tensor]:
        """The data v (N, D) with their classes (N,) and their hidden layers: beliefs, or draws that begin at these."""
        beliefs = self.mean_field(v, self.config.iterations, tolerance=0.0, labels=labels).layers
        if int(self.updates) >= self.config.drawn_updates:
            return beliefs
        held = {0} if labels is None else {0, len(beliefs) - 1}
        layers = [
            u if layer in held else units.draw(units.input_of(u), generator)
            for layer, (units, u) in enumerate(zip(self.units, beliefs, strict=True))
        ]
        return self._smooth(self._sweep(layers, self.config.posterior_steps, generator, held), held)

    def _advance_chains(self, generator: Generator) -> list[Tensor]:
        """Move the persistent chains `steps` sweeps."""
        layers = self._sweep([chain.clone() for chain in self.chains], self.config.steps, generator)
        for chain, units in zip(self.chains, layers, strict=True):
            chain.copy_(units)
        return self._smooth(layers)

    def _sweep(
        self, layers: list[Tensor], sweeps: int, generator: Generator, held: Collection[int] = ()
    ) -> list[Tensor]:
        """`gibbs_sweep` many times, with the quicker noise of training."""
        layers = list(layers)
        order = [layer for layer in (*range(1, len(layers), 2), *range(0, len(layers), 2)) if layer not in held]
        for _ in range(sweeps):
            for layer in order:
                layers[layer] = self.units[layer].draw_in_training(self.layer_input(layers, layer), generator)
        return layers

    def _smooth(self, layers: list[Tensor], held: Collection[int] = ()) -> list[Tensor]:
        """The even layers, and the means of the odd ones given those: the same products on average, with less noise."""
        return [
            self.layer_mean(layers, layer) if layer % 2 and layer not in held else units
            for layer, units in enumerate(layers)
        ]

    def metrics(self, x: Tensor, generator: Generator, labels: Tensor | None = None) -> dict[str, float]:
        """Squared error of the visible means given the beliefs, summed over pixels; the residual of mean field; what
        the second layer's weights amount to. With labels (N,), the share of them that `classify` misses."""
        found = self.mean_field(x, self.config.iterations, tolerance=0.0)
        away = found.layers[0] - self.layer_mean(found.layers, 0)
        second = float(self.weights[1].square().mean().sqrt())
        curves = {"reconstruction": float(away.square().sum(1).mean()), "residual": found.residual, "second": second}
        if labels is not None:
            curves["error"] = float((found.layers[-1].argmax(1) != labels).float().mean())
        return curves

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """The persistent chains, reconstructions beside held-out examples x, and what units of each layer weigh."""
        shape = self.config.event_shape
        beliefs = self.mean_field(x, self.config.iterations).layers
        pairs = torch.stack([beliefs[0], self.layer_mean(beliefs, 0)], 1).flatten(0, 1)
        samples = self.layer_mean([chain[:64] for chain in self.chains], 0)
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
        for number, weight in enumerate(self.weights[: self.top], 1):
            reach = weight if reach is None else reach @ weight
            about = f"Weights from the pixels to layer {number} (product of the weight matrices)."
            images = reach[:, :100].t().unflatten(1, shape)
            sheets.append(ImageGrid(f"filters-{number}", f"Filters, layer {number}", images, signed=True, about=about))
        return sheets


build = DBM


def refit(config: DBMConfig, kind: Kind, event_shape: tuple[int, ...]) -> DBMConfig:
    """The config for other data; layers are narrowed to the size of small examples. Raises `SettingError`."""
    visible = {"binary": "bernoulli", "real": "gaussian"}.get(kind)
    require(visible is not None, "kind", kind, "binary or real for a deep Boltzmann machine")
    layers = narrow_layers(config.layers, event_shape)
    return dataclasses.replace(config, event_shape=event_shape, layers=layers, visible=visible, labels=0)
