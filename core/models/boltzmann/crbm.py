"""Convolutional restricted Boltzmann machines with probabilistic max-pooling (Lee, Grosse, Ranganath & Ng 2009).

K filters W^k see every place of an image v; c is one bias for all visibles, b_k one for all places of a map:

    x^k(v) = b_k + W^k * v                      (valid correlation, as of a convolutional layer)
    E(v, h) = V(v) - sum_k sum_ij h^k_ij x^k_ij(v)        with at most one unit on in every block of C x C of a map
    F(v) = V(v) - sum over blocks of log(1 + sum over the block of exp x^k_ij(v))

A block is a group of C^2 + 1 states, one for each of its units and one for none of them; the pooling unit above it is
on where any is. Nothing depends on the size of the image, so that chains can run on larger ones than were learned from.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.capabilities import DenseLayer, FeatureMaps, ImageGrid, Metric
from core.numerics.sampling import bernoulli, normal, uniform

FAMILY, NAME = "crbm", "convolutional RBM"

LOSS = Metric(
    "Free-energy gap",
    "nats",
    "",
    "Mean free energy of the data minus that of the chains. Training follows its gradient, but it is not a likelihood.",
)
METRICS = {
    "reconstruction": Metric(
        "Reconstruction error",
        "squared error per image",
        "lower",
        "Error of one mean-field step up and down. It can fall while the model gets worse.",
    ),
    "active": Metric(
        "Active hidden units", "fraction", "", "Mean activity of a detection unit; the sparsity penalty pulls at it."
    ),
}


@dataclass(frozen=True)
class Config:
    """Filters, pooling, and how they are learned."""

    event_shape: tuple[int, ...]
    filters: int = setting(32, "Number of filters.", low=1, high=1_024)
    size: int = setting(7, "Side of a filter, in pixels.", low=1, high=64)
    pool: int = setting(2, "Side of a pooling block, in units of a feature map.", low=1, high=16)
    visible: Literal["bernoulli", "gaussian"] = setting(
        "bernoulli", "Visible units: binary, or real-valued with variance 1."
    )
    negative: Literal["cd", "pcd"] = setting(
        "pcd", "Chains of the negative phase: cd restarts at the data, pcd keeps them between updates."
    )
    steps: int = setting(1, "Gibbs steps per update (the k of CD-k).", low=1, high=1_000)
    chains: int = setting(100, "Number of persistent chains (pcd).", low=1, high=10_000)
    sparsity_target: float = setting(0.05, "Target mean activation of the hidden units.", low=0, below=1)
    sparsity_cost: float = setting(0.0, "Weight of the sparsity penalty.", low=0)

    def __post_init__(self) -> None:
        check_settings(self)
        shape = self.event_shape
        require(len(shape) == 2 and min(shape) >= 1, "event_shape", shape, "the height and width of an image")
        require(self.size <= min(shape), "size", self.size, f"at most {min(shape)}, the shorter side of the image")
        require(pools(shape, self.size, self.pool), "pool", self.pool, self._what_fits())
        within = 0 < self.sparsity_target < 1 / self.pool**2
        rule = f"above 0 and below {1 / self.pool**2:.3g}, as one unit of a block is on at most, where sparsity_cost is"
        require(within or not self.sparsity_cost, "sparsity_target", self.sparsity_target, rule)

    def _what_fits(self) -> str:
        """Which blocks and filters images of this shape can have, for who chose others."""
        shape, size, pool = self.event_shape, self.size, self.pool
        blocks = [str(c) for c in range(1, 17) if pools(shape, size, c)]
        filters = [str(s) for s in range(1, min(*shape, 64) + 1) if pools(shape, s, pool)]
        height, width = feature_shape(shape, size)
        others = f"filters of size {', '.join(filters)} fit pool={pool}" if filters else f"no filter fits pool={pool}"
        return f"a divisor of {height} and {width}, the sides of a feature map ({', '.join(blocks)}); {others}"

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the machine takes."""
        return {"bernoulli": ("binary",), "gaussian": ("real",)}[self.visible]


def feature_shape(shape: tuple[int, ...], size: int) -> tuple[int, int]:
    """Sides of a feature map of images of this shape."""
    height, width = shape
    return height - size + 1, width - size + 1


def pools(shape: tuple[int, ...], size: int, pool: int) -> bool:
    """Whether blocks of this side divide the feature maps of filters of this size."""
    return all(side % pool == 0 for side in feature_shape(shape, size))


class ConvRBM(nn.Module):
    """Images are (N, H, W), any that filter and pooling fit; maps of detection units (N, K, h, w)."""

    whole_batches = False  # several processes may divide them

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.W = nn.Parameter(torch.zeros(config.filters, 1, config.size, config.size))
        self.hidden_bias = nn.Parameter(torch.zeros(config.filters))
        self.visible_bias = nn.Parameter(torch.zeros(()))
        self.register_buffer("base_bias", torch.zeros(()))  # of the machine without filters
        if config.negative == "pcd":
            self.register_buffer("chains", torch.zeros(config.chains, *config.event_shape))

    # -- the machine ----------------------------------------------------------------------------

    def hidden_input(self, v: Tensor) -> Tensor:
        """x(v): (N, K, h, w). Raises ValueError for images that do not fit."""
        self._check(v.shape[-2:])
        return F.conv2d(v[:, None], self.W.to(v.dtype), self.hidden_bias.to(v.dtype))

    def visible_input(self, h: Tensor) -> Tensor:
        """c + sum_k W^k * h^k, the total input of each visible: (N, H, W)."""
        return F.conv_transpose2d(h, self.W.to(h.dtype))[:, 0] + self.visible_bias.to(h.dtype)

    def blocks(self, maps: Tensor) -> Tensor:
        """The units of every block of maps (N, K, h, w): (N, K, h / C, w / C, C^2)."""
        n, k, h, w = maps.shape
        c = self.config.pool
        return maps.view(n, k, h // c, c, w // c, c).permute(0, 1, 2, 4, 3, 5).flatten(4)

    def maps(self, blocks: Tensor) -> Tensor:
        """The inverse of `blocks`."""
        n, k, rows, columns, _ = blocks.shape
        c = self.config.pool
        return blocks.view(n, k, rows, columns, c, c).permute(0, 1, 2, 4, 3, 5).reshape(n, k, rows * c, columns * c)

    def block_logits(self, x: Tensor) -> Tensor:
        """Inputs of the states of each block given those of its units, x (N, K, h, w); none has 0, and is the last:
        (N, K, h / C, w / C, C^2 + 1)."""
        return F.pad(self.blocks(x), (0, 1))

    def block_probs(self, x: Tensor) -> Tensor:
        """p of the states of each block given the inputs x (N, K, h, w): (N, K, h / C, w / C, C^2 + 1), none last."""
        return self.block_logits(x).softmax(-1)

    def detection_probs(self, v: Tensor) -> Tensor:
        """The mean of h given v: (N, K, h, w)."""
        return self.maps(self.block_probs(self.hidden_input(v))[..., :-1])

    def pooling_probs(self, v: Tensor) -> Tensor:
        """How likely a unit of each block is on: (N, K, h / C, w / C)."""
        return 1 - self.block_probs(self.hidden_input(v))[..., -1]

    def visible_probs(self, h: Tensor) -> Tensor:
        """The mean of v given h: (N, H, W)."""
        x = self.visible_input(h)
        return torch.sigmoid(x) if self.config.visible == "bernoulli" else x

    def draw_hidden(self, x: Tensor, generator: Generator) -> Tensor:
        """h given its input x: (N, K, h, w)."""
        probs = self.block_probs(x)
        noise = uniform(probs.shape[:-1], generator, x.device)
        chosen = (noise[..., None] >= probs.cumsum(-1)[..., :-1]).sum(-1)  # C^2 for none
        return self.maps(F.one_hot(chosen, probs.shape[-1])[..., :-1].to(x.dtype))

    def draw_visible(self, x: Tensor, generator: Generator) -> Tensor:
        """v given its input x: (N, H, W)."""
        if self.config.visible == "bernoulli":
            return bernoulli(torch.sigmoid(x), generator)
        return x + normal(x.shape, generator, x.device).to(x.dtype)

    def visible_energy(self, v: Tensor, bias: Tensor | None = None) -> Tensor:
        """V(v): (N,); with another bias than the machine's own where one is given."""
        c = (self.visible_bias if bias is None else bias).to(v.dtype)
        if self.config.visible == "bernoulli":
            return -c * v.flatten(1).sum(1)
        return 0.5 * (v - c).square().flatten(1).sum(1)

    def log_hidden(self, x: Tensor) -> Tensor:
        """log of the sum over all hidden states of exp(h . x), blocks summed up: (N,)."""
        return self.block_logits(x).logsumexp(-1).flatten(1).sum(1)

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """E(v, h): (N,); h has at most one unit on in every block."""
        return self.visible_energy(v) - (h * self.hidden_input(v)).flatten(1).sum(1)

    def free_energy(self, v: Tensor) -> Tensor:
        """F(v): (N,)."""
        return self.visible_energy(v) - self.log_hidden(self.hidden_input(v))

    @torch.no_grad()
    def gibbs_step(self, v: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """One sweep: h from p(h|v), then v from p(v|h). Returns the new v and the h between."""
        h = self.draw_hidden(self.hidden_input(v), generator)
        return self.draw_visible(self.visible_input(h), generator), h

    def base_sample(self, n: int, generator: Generator, shape: tuple[int, ...] | None = None) -> Tensor:
        """n images of the machine without filters, of this shape or of the data's."""
        shape = tuple(shape or self.config.event_shape)
        self._check(shape)
        return self.draw_visible(self.base_bias.expand(n, *shape), generator)

    def sample(self, n: int, generator: Generator, steps: int = 1000, shape: tuple[int, ...] | None = None) -> Tensor:
        """n draws (n, *shape) by `steps` Gibbs sweeps from noise; the shape may be larger than that of the data."""
        v = self.base_sample(n, generator, shape)
        for _ in range(steps):
            v, _ = self.gibbs_step(v, generator)
        return v

    def feature_maps(self) -> FeatureMaps:
        """Filters, biases and pooling: nothing of it depends on the size of an image."""
        binary = self.config.visible == "bernoulli"
        return FeatureMaps(self.W[:, 0], self.hidden_bias, self.visible_bias, self.config.pool, binary)

    # -- codes ----------------------------------------------------------------------------------

    @property
    def pooled_shape(self) -> tuple[int, int, int]:
        """Of the pooling units of an image of the data's size: (K, h / C, w / C)."""
        height, width = feature_shape(self.config.event_shape, self.config.size)
        return self.config.filters, height // self.config.pool, width // self.config.pool

    @property
    def code_size(self) -> int:
        """Pooling units."""
        return math.prod(self.pooled_shape)

    @property
    def layer_sizes(self) -> dict[str, int]:
        """Detection units, and the pooling units above them, the code."""
        return {
            "hidden": self.config.filters * math.prod(feature_shape(self.config.event_shape, self.config.size)),
            "code": self.code_size,
        }

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Means of the detection units, then of the pooling units."""
        probs = self.block_probs(self.hidden_input(x))
        yield "hidden", self.maps(probs[..., :-1]).flatten(1)
        yield "code", (1 - probs[..., -1]).flatten(1)

    def encode(self, x: Tensor) -> Tensor:
        """Means of the pooling units (N, code)."""
        return self.pooling_probs(x).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """Visible means given pooling units z (N, code), each spread evenly over its block."""
        units = self.config.pool**2
        spread = z.view(len(z), *self.pooled_shape, 1) / units
        return self.visible_probs(self.maps(spread.expand(*spread.shape[:-1], units)))

    def decoder_layers(self) -> list[DenseLayer]:
        """None: the way down is a convolution."""
        return []

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Biases from training examples x (N, H, W), small random filters, chains at rows of x."""
        generator = torch.Generator().manual_seed(0)
        mean = x.float().mean()
        if self.config.visible == "bernoulli":
            mean = torch.logit(mean.clamp(1e-3, 1 - 1e-3))
        self.base_bias.copy_(mean)
        self.visible_bias.copy_(mean)
        self.W.copy_(torch.randn(self.W.shape, generator=generator) * 0.1 / self.config.size)
        if self.config.sparsity_cost:  # every block begins about as sparse as it is to be
            target = self.config.sparsity_target
            self.hidden_bias.fill_(math.log(target / max(1e-6, 1 - self.config.pool**2 * target)))
        if self.config.negative == "pcd":
            rows = torch.randint(len(x), (self.config.chains,), generator=generator)
            self.chains.copy_(x[rows.to(x.device)])

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Free-energy gap between data x (N, H, W) and chains, a place of the feature maps; its gradient approximates
        that of -log p (Hinton 2002). With it the penalty that pulls every filter's mean activity to its target."""
        with torch.no_grad():
            v = x.float() if self.config.negative == "cd" else self.chains.clone()
            for _ in range(self.config.steps):
                v, _ = self.gibbs_step(v, generator)
            if self.config.negative == "pcd":
                self.chains.copy_(v)
        places = math.prod(feature_shape(self.config.event_shape, self.config.size))
        gap = (self.free_energy(x.float()).mean() - self.free_energy(v).mean()) / places
        if not self.config.sparsity_cost:
            return {"loss": gap}
        with torch.no_grad():
            active = self.detection_probs(x.float()).mean((0, 2, 3))
        # of Lee et al.: the penalty moves the biases alone
        penalty = (self.config.sparsity_cost * (active - self.config.sparsity_target) * self.hidden_bias).sum()
        return {"loss": gap + penalty - penalty.detach()}

    @property
    def chain_buffers(self) -> dict[str, int]:
        """The persistent chains, where there are any: (chains, H, W)."""
        return {"chains": 0} if self.config.negative == "pcd" else {}

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Squared error of one mean-field step up and down, summed over pixels; mean activity of detection units."""
        h = self.detection_probs(x)
        away = x - self.visible_probs(h)
        return {"reconstruction": float(away.square().flatten(1).sum(1).mean()), "active": float(h.mean())}

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Filters; reconstructions beside held-out examples x (N, H, W); samples (persistent chains, or chains of 200
        sweeps from noise)."""
        pairs = torch.stack([x, self.visible_probs(self.detection_probs(x))], 1).flatten(0, 1)
        if self.config.negative == "pcd":
            state, where = self.chains[:64], "the persistent chains of training"
        else:
            state, where = self.sample(64, generator, 200), "Gibbs chains 200 steps after a start from noise"
        samples = self.visible_probs(self.detection_probs(state))
        filters = self.W[:100, 0]
        return [
            ImageGrid("filters", "Filters", filters, signed=True, about=f"Weights of {len(filters)} filters."),
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                pairs,
                about="Held-out examples, each followed by its reconstruction from the hidden probabilities.",
            ),
            ImageGrid("samples", "Samples", samples, about=f"Visible means of {where}."),
        ]

    def _check(self, shape: tuple[int, ...]) -> None:
        size, pool = self.config.size, self.config.pool
        if min(shape) < size or any(side % pool for side in feature_shape(shape, size)):
            raise ValueError(
                f"images of {shape[0]}×{shape[1]}: each side must be {size - 1} more than a multiple of {pool}"
            )


build = ConvRBM


def refit(config: Config, kind: Kind, event_shape: tuple[int, ...]) -> Config:
    """The config for other data: filters no larger than half an image, by at most one pixel of another size where that
    allows of larger blocks, up to the config's own. Raises `SettingError` for data that are neither binary nor real
    images."""
    visible = {"binary": "bernoulli", "real": "gaussian"}.get(kind)
    require(visible is not None, "kind", kind, "binary or real for a convolutional RBM")
    require(len(event_shape) == 2, "event_shape", event_shape, "the height and width of an image")
    most = max(1, (min(event_shape) + 1) // 2)
    own = min(config.size, most)
    sizes = [size for size in (own, own + 1, own - 1) if 1 <= size <= most]
    fitting = ((c, size) for c in range(config.pool, 0, -1) for size in sizes if pools(event_shape, size, c))
    pool, size = next(fitting)  # blocks of 1 fit all
    return dataclasses.replace(config, event_shape=event_shape, visible=visible, size=size, pool=pool)


PRESETS = (
    Preset(
        "digits-crbm",
        "Digits 8×8 · Convolutional RBM, 24 filters",
        FAMILY,
        "digits",
        "threshold",
        Config((8, 8), filters=24, size=3, pool=2, steps=5),
        TrainConfig(epochs=200, batch_size=50, lr=0.3, average=0.999),
    ),
    Preset(
        "mnist-crbm",
        "MNIST · Convolutional RBM, 32 filters",
        FAMILY,
        "mnist",
        "dynamic",
        Config((28, 28), filters=32, size=7, pool=2, steps=1, sparsity_target=0.03, sparsity_cost=1.0),
        TrainConfig(epochs=10, lr=0.5, average=0.999),
    ),
    Preset(
        "patches-crbm",
        "Photo patches · Convolutional RBM, 24 filters",
        FAMILY,
        "patches",
        "standardised",
        Config(
            (20, 20),
            filters=24,
            size=9,
            pool=2,
            visible="gaussian",
            negative="cd",
            sparsity_target=0.02,
            sparsity_cost=5.0,
        ),
        TrainConfig(epochs=30, batch_size=50, lr=0.1, average=0.999),
    ),
)
