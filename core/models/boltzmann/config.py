"""The settings of restricted Boltzmann machines and of stacks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.config.fields import check_settings, require, setting
from core.data.base import Kind


@dataclass(frozen=True)
class RBMConfig:
    """The machine, and where the negative phase of its training takes its samples from.

    Sources of the settings: CD, Hinton 2002; PCD, Tieleman 2008; parallel tempering, Desjardins et al. 2010; centring,
    Melchior, Fischer & Wiskott 2016; sparsity, Lee et al. 2008.
    """

    event_shape: tuple[int, ...]  # of one example; D is the product
    hidden: int = setting(500, "Number of hidden units.", low=1, high=100_000)
    visible: Literal["bernoulli", "gaussian", "softmax"] = setting(
        "bernoulli", "Visible units: binary, real-valued, or word counts."
    )
    negative: Literal["cd", "pcd", "pt"] = setting(
        "pcd",
        "Chains of the negative phase: cd restarts at the data, pcd keeps them between updates, "
        "pt adds tempered replicas that swap.",
    )
    steps: int = setting(1, "Gibbs steps per update (the k of CD-k).", low=1, high=10_000)
    chains: int = setting(100, "Number of persistent chains (pcd, pt).", low=1, high=100_000)
    temperatures: int = setting(8, "Number of temperatures (pt).", low=2, high=1_000)
    centred: bool = setting(True, "Use the centred gradient.")
    learn_variance: bool = setting(False, "Learn the variance of each pixel (gaussian only).")
    sparsity_target: float = setting(0.0, "Target mean activation of the hidden units.", low=0, below=1)
    sparsity_cost: float = setting(0.0, "Weight of the sparsity penalty.", low=0)

    def __post_init__(self) -> None:
        require(
            bool(self.event_shape) and all(n >= 1 for n in self.event_shape),
            "event_shape",
            self.event_shape,
            "one or more sizes of at least 1",
        )
        check_settings(self)
        soft = self.visible == "softmax"
        require(not (soft and self.centred), "centred", self.centred, "False for softmax visibles")
        require(not (soft and self.negative != "cd"), "negative", self.negative, "'cd' for softmax visibles")
        require(
            not self.learn_variance or self.visible == "gaussian",
            "learn_variance",
            self.learn_variance,
            "only for gaussian visible units",
        )

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that this machine takes."""
        return {"bernoulli": ("binary",), "gaussian": ("real",), "softmax": ("counts",)}[self.visible]


@dataclass(frozen=True)
class RBMStackConfig:
    """One machine for each entry of `layers`; epochs are shared among them equally."""

    event_shape: tuple[int, ...]  # of one example; D is the product
    layers: tuple[int, ...] = (1000, 500, 250, 30)  # hidden units, from the visibles up
    visible: Literal["bernoulli", "gaussian", "softmax"] = setting(
        "bernoulli", "Visible units: binary or grey, real-valued, or word counts."
    )
    reconstructions: Literal["drawn", "means"] = setting(
        "drawn",
        "Reconstructions in the weight update: binary samples, or means as in Hinton & Salakhutdinov 2006.",
        added=True,
    )
    code: Literal["linear", "binary"] = setting("linear", "Top layer: linear units with Gaussian noise, or binary.")
    labels: int = setting(
        0,
        "Classes modelled by the top RBM, to generate by class and to classify; 0 for none.",
        low=0,
        high=1_000,
        added=True,
    )
    negative: Literal["cd", "pcd"] = setting(
        "cd",
        "Chains of the negative phase: cd restarts at the data, pcd keeps them between updates.",
        added=True,
    )
    steps: int = setting(1, "Gibbs steps per update (the k of CD-k).", low=1, high=1_000)
    chains: int = setting(100, "Number of persistent chains (pcd).", low=1, high=100_000, added=True)
    centred: bool = setting(False, "Use the centred gradient.", added=True)
    propagate: Literal["means", "draws"] = setting(
        "means", "Input to the RBM in training: hidden means, or binary samples.", added=True, stored="passed"
    )
    tied: bool = setting(
        False,
        "Initialise each RBM with the transposed weights of the one below, where it is wide enough.",
        added=True,
    )
    doubled: bool = setting(
        False,
        "Double the weights wherever a neighbour is missing, to start a deep Boltzmann machine from the stack.",
        added=True,
    )
    frozen_first: int = setting(
        0,
        "1: the first layer is a trained RBM, kept frozen.",
        low=0,
        high=1,
        added=True,
        stored="given",
    )
    code_lr: float = setting(0.01, "Learning rate of a linear top layer, relative to `lr`.", above=0, high=1)
    visible_lr: float = setting(
        0.1, "Learning rate of the first layer on real values or word counts, relative to `lr`.", above=0, high=1
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            bool(self.layers) and all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each"
        )
        binary = self.code == "binary" and len(self.layers) > 1
        require(not self.labels or binary, "labels", self.labels, "0, or two layers and more with a binary code")
        require(self.labels != 1, "labels", self.labels, "0, or two and more")
        deep = self.visible == "bernoulli" and self.code == "binary" and len(self.layers) > 1
        require(not self.doubled or deep, "doubled", self.doubled, "for two and more binary layers")
        require(not self.doubled or not self.labels, "labels", self.labels, "0 for doubled weights")
        require(not self.doubled or not self.tied, "tied", self.tied, "False for doubled weights")
        require(self.frozen_first < len(self.layers), "frozen_first", self.frozen_first, "below the number of layers")
        plain = self.visible != "softmax"
        require(plain or self.negative == "cd", "negative", self.negative, "'cd' for softmax visibles")
        require(plain or not self.centred, "centred", self.centred, "False for softmax visibles")
        drawn = self.negative == "cd" or self.reconstructions == "drawn"
        require(drawn, "reconstructions", self.reconstructions, "'drawn' for persistent chains")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the stack takes."""
        kinds = {"bernoulli": ("grey", "binary"), "gaussian": ("real",), "softmax": ("counts",)}
        return kinds[self.visible]
