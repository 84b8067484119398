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
    hidden: int = setting(500, "Hidden units.", low=1, high=100_000)
    visible: Literal["bernoulli", "gaussian", "softmax"] = setting(
        "bernoulli", "Visible units: binary, real-valued, or word counts."
    )
    negative: Literal["cd", "pcd", "pt"] = setting(
        "pcd",
        "Chains of the negative phase: cd starts at the data at every update, pcd goes on from update to update, "
        "pt does so with tempered replicas that swap.",
    )
    steps: int = setting(1, "Gibbs steps an update (the k of CD-k).", low=1, high=10_000)
    chains: int = setting(100, "Persistent chains (pcd, pt).", low=1, high=100_000)
    temperatures: int = setting(8, "Tempered replicas (pt).", low=2, high=1_000)
    centred: bool = setting(True, "Follow the gradient of the centred machine.")
    learn_variance: bool = setting(False, "Gaussian visibles: learn the variance of each pixel.")
    sparsity_target: float = setting(0.0, "Mean activity that hidden units are pulled toward.", low=0, below=1)
    sparsity_cost: float = setting(0.0, "How hard they are pulled.", low=0)

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
            "only for gaussian visibles",
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
        "What the weights learn from coming down: binary draws, or their means, as the 2006 paper does for greys.",
        added=True,
    )
    code: Literal["linear", "binary"] = setting("linear", "Units of the top layer: real-valued with noise, or binary.")
    labels: int = setting(
        0,
        "Classes that the top machine learns together with the layer below it; 0 for none. It then draws pictures of "
        "a class, and tells the class of a picture.",
        low=0,
        high=1_000,
        added=True,
    )
    negative: Literal["cd", "pcd"] = setting(
        "cd",
        "Chains of the negative phase: cd starts at the data at every update, pcd goes on from update to update.",
        added=True,
    )
    steps: int = setting(1, "Gibbs steps an update (the k of CD-k).", low=1, high=1_000)
    chains: int = setting(100, "Persistent chains (pcd).", low=1, high=100_000, added=True)
    centred: bool = setting(False, "Follow the gradient of the centred machine.", added=True)
    passed: Literal["means", "draws"] = setting(
        "means", "What goes up to the machine in training: hidden means, or binary draws.", added=True
    )
    tied: bool = setting(
        False,
        "A machine begins as the one below it upside down, where it is wide enough: it can then only improve on it.",
        added=True,
    )
    given: int = setting(
        0,
        "1: the first machine comes trained, from the RBM to start from, and stays as it is.",
        low=0,
        high=1,
        added=True,
    )
    code_lr: float = setting(0.01, "Learning rate of a linear top layer, as a share of `lr`.", above=0, high=1)
    visible_lr: float = setting(
        0.1, "Learning rate under real values or word counts, as a share of `lr`.", above=0, high=1
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            bool(self.layers) and all(1 <= n <= 20_000 for n in self.layers), "layers", self.layers, "1 to 20,000 each"
        )
        binary = self.code == "binary" and len(self.layers) > 1
        require(not self.labels or binary, "labels", self.labels, "0, or two layers and more with a binary code")
        require(self.labels != 1, "labels", self.labels, "0, or two and more")
        require(self.given < len(self.layers), "given", self.given, "below the number of layers")
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
