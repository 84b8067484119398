"""What a model may be able to do: small protocols. Whoever needs an ability asks with `isinstance`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Generator, Tensor, nn

from core.config.capabilities import Capability


@dataclass(frozen=True)
class Metric:
    """What a curve shows; `better` is "higher", "lower" or "" where neither is."""

    title: str
    unit: str = ""
    better: str = ""
    about: str = ""


@dataclass(frozen=True)
class ImageGrid:
    """Images (n, *event_shape) that show what a model has learned so far, in the units of its view.

    signed    positive and negative values around zero (weights), not grey levels
    """

    name: str
    title: str
    images: Tensor
    signed: bool = False
    about: str = ""


@runtime_checkable
class LearnsClasses(Protocol):
    """A model that learns which examples are of one class: where the data have classes, `loss` and `metrics` take
    `labels` (N,). Classes that it has never seen it tells by one example of each: `class_logits` of examples
    (N, *event_shape), given a support (K, *event_shape), are (N, K)."""

    def class_logits(self, x: Tensor, support: Tensor) -> Tensor: ...


@runtime_checkable
class SeparatesStyle(Protocol):
    """A model that decodes a code of a style and the probabilities of the classes, one after the other. `classify`
    gives these probabilities of examples (N, *event_shape) as (N, classes), `style` the style (N, d) given them, and
    `given_examples` those that the model learned classes from, with their classes."""

    @property
    def classes(self) -> int: ...
    def classify(self, x: Tensor) -> Tensor: ...
    def style(self, x: Tensor, y: Tensor) -> Tensor: ...
    def decode(self, z: Tensor) -> Tensor: ...
    def given_examples(self) -> tuple[Tensor, Tensor]: ...


@runtime_checkable
class Monitored(Protocol):
    """A model with cheap curves: `metrics` gives named numbers for held-out examples."""

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]: ...


@runtime_checkable
class ShowsProgress(Protocol):
    """A model that shows what it has learned, given a few held-out examples; quick enough for every epoch."""

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]: ...


@runtime_checkable
class Sampler(Protocol):
    """A model that draws n examples (n, *event_shape)."""

    def sample(self, n: int, generator: Generator) -> Tensor: ...


@dataclass(frozen=True)
class DenseLayer:
    """unit(weight @ u + bias): weight (out, in), bias (out,), unit one of "linear", "sigmoid", "tanh", "relu", "gelu",
    "softmax", or "levels": the mean level of each pixel, of which out holds the log-odds, pixel by pixel."""

    weight: Tensor
    bias: Tensor
    unit: str


OUTPUT_UNITS = {"bernoulli": "sigmoid", "gaussian": "linear", "softmax": "softmax", "levels": "levels"}


@runtime_checkable
class Encodes(Protocol):
    """A model with a code of `code_size` numbers: `encode` maps examples (N, *event_shape) to codes (N, d). It is
    deterministic: where a code has a posterior, it is its mean."""

    @property
    def code_size(self) -> int: ...
    def encode(self, x: Tensor) -> Tensor: ...


@runtime_checkable
class Decodes(Protocol):
    """A model that makes examples of codes (N, d): the means of p(x | z), (N, *event_shape)."""

    def decode(self, z: Tensor) -> Tensor: ...
    def decoder_layers(self) -> list[DenseLayer]:
        """The decoder as a plain chain of layers, from the code to the example; empty where it is none."""


@runtime_checkable
class Codec(Encodes, Decodes, Protocol):
    """Both ways."""


@runtime_checkable
class DecodesFromLayers(Protocol):
    """A codec whose way back can begin at any layer: what comes back of x when the way up ends after so many."""

    def decode_from_layer(self, x: Tensor, layers: int) -> Tensor: ...


@runtime_checkable
class HasLayers(Protocol):
    """A model with named representations of an example: `layer_sizes` says how many numbers each has, from the input
    up, `activations` gives them for examples (N, *event_shape) as (N, size), deterministic, in that order: who needs no
    more stops there. The layer that `encode` gives is called "code", that of a posterior "posterior-mean"."""

    @property
    def layer_sizes(self) -> dict[str, int]: ...
    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]: ...


@runtime_checkable
class HasPosterior(Protocol):
    """A model with a Gaussian posterior over codes: mean and log variance, each (N, d)."""

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]: ...


@runtime_checkable
class BoundsLikelihood(Protocol):
    """A model that bounds log p(x) of each example from below: (N,), nats, by `samples` draws of its code."""

    def elbo(self, x: Tensor, generator: Generator, samples: int = 1) -> Tensor: ...


@runtime_checkable
class StacksMachines(Protocol):
    """A model made of RBMs on top of one another, `machines` from the visibles up."""

    machines: nn.ModuleList

    @property
    def is_belief_net(self) -> bool:
        """Whether all of its units are binary, so that it is a model of the data and log p(x) has a bound."""


@dataclass(frozen=True)
class Connection:
    """Weights between a layer of binary units and the one above it.

    weight      W (below, above)
    up_bias     (above,) that units above have where their input comes from below
    down_bias   (below,) that units below have where their input comes from above
    undirected  whether it counts both ways; else the model is p(below | above), and the way up an approximate inverse
    """

    weight: Tensor
    up_bias: Tensor
    down_bias: Tensor
    undirected: bool = True


@dataclass(frozen=True)
class Connections:
    """All that a machine of binary units consists of: one connection for each hidden layer, from the visibles up; and
    that of the top layer (below) with a group of units of which one is on, a class (above), where there is one."""

    layers: list[Connection]
    classes: Connection | None = None


@runtime_checkable
class HasConnections(Protocol):
    """A model that is layers of binary units with weights between neighbours. `connections` has no layers where some of
    its units are of another kind."""

    def connections(self) -> Connections: ...


@runtime_checkable
class HasMeanField(Protocol):
    """A model whose posterior over hidden layers is approximated by independent beliefs: `mean_field` gives them for
    examples (N, *event_shape), `unnormalised_bound` their bound on log p(v) + log Z, (N,)."""

    def mean_field(self, x: Tensor) -> Any: ...
    def unnormalised_bound(self, layers: list[Tensor]) -> Tensor: ...


@dataclass(frozen=True)
class FeatureMaps:
    """All that a convolutional machine consists of.

    filters       (K, s, s)
    hidden_bias   (K,), of every unit of a map
    visible_bias  (), of every visible
    pool          side of a pooling block, in units of a map
    binary        whether its visibles are binary; else they are real, with variance 1
    """

    filters: Tensor
    hidden_bias: Tensor
    visible_bias: Tensor
    pool: int
    binary: bool


@runtime_checkable
class HasFeatureMaps(Protocol):
    """A machine whose hidden units are maps of the places of an image (see `core.models.boltzmann.crbm`)."""

    def feature_maps(self) -> FeatureMaps: ...


@runtime_checkable
class GibbsModel(Protocol):
    """A model with a visible and a hidden layer that are drawn in turn (see `core.models.boltzmann.rbm`)."""

    def hidden_probs(self, v: Tensor) -> Tensor: ...
    def visible_probs(self, h: Tensor) -> Tensor: ...
    def gibbs_step(self, v: Tensor, generator: Generator) -> tuple[Tensor, Tensor]: ...
    def energy(self, v: Tensor, h: Tensor) -> Tensor: ...
    def free_energy(self, v: Tensor) -> Tensor: ...


@runtime_checkable
class StepsPixels(Protocol):
    """A model that tells the pixels of an image one after the other (see `core.models.autoregressive.base`)."""

    @property
    def levels(self) -> int: ...
    def start(self, n: int, labels: Tensor | None = None, order: Tensor | None = None) -> Any: ...
    def next_logits(self, state: Any) -> Tensor: ...
    def append(self, state: Any, values: Tensor) -> None: ...


@runtime_checkable
class StepsTokens(Protocol):
    """A model that tells the next token of a text (see `core.models.language.base`)."""

    @property
    def tokens(self) -> int: ...
    def start(self, n: int) -> Any: ...
    def read(self, context: Any, x: Tensor) -> Tensor: ...


@runtime_checkable
class StepsSamples(Protocol):
    """A model that tells the next sample of a recording (see `core.models.audio.base`): one of `levels` mu-law levels,
    `rate` of them a second, from the `receptive_field` samples before it (infinity: from all)."""

    @property
    def levels(self) -> int: ...
    @property
    def rate(self) -> int: ...
    @property
    def receptive_field(self) -> float: ...
    def start(self, n: int, labels: Tensor | None = None, speakers: Tensor | None = None) -> Any: ...
    def read(self, context: Any, x: Tensor) -> Tensor: ...


@runtime_checkable
class HasDilatedLayers(Protocol):
    """A model of recordings with gated layers, each of which looks back by its dilation; its weights, stacked over the
    layers, are all that another program needs to go on with a recording."""

    @property
    def dilations(self) -> tuple[int, ...]: ...
    def stacked_weights(self) -> dict[str, Tensor]: ...


@runtime_checkable
class HasRecurrentState(Protocol):
    """A model of recordings that keeps nothing of one but a state of `state_size` numbers; its weights by name are all
    that another program needs to go on with a recording."""

    @property
    def state_size(self) -> int: ...
    def stacked_weights(self) -> dict[str, Tensor]: ...


@runtime_checkable
class PredictsLinearly(Protocol):
    """A model of recordings that predicts the mean of a sample as the sum of those just before it, times `coefficients`
    (order,), that of the last one first; its weights by name are all that another program needs."""

    coefficients: Tensor

    def stacked_weights(self) -> dict[str, Tensor]: ...


@runtime_checkable
class HasAttention(Protocol):
    """A model of tokens x (N, T) that looks back: shares (N, layers, heads, T, T + 1), of each place over those before
    it; column 0 is the beginning."""

    def attention(self, x: Tensor) -> Tensor: ...


@runtime_checkable
class HasHiddenStates(Protocol):
    """A model of tokens with a state that reading changes: that of each layer after every token, each (N, T, H)."""

    def hidden_states(self, x: Tensor, cache: Any, generator: Generator | None = None) -> list[Tensor]: ...


@runtime_checkable
class HasBackoff(Protocol):
    """A model of tokens that counts contexts and falls back on shorter ones (see `core.models.language.ngram`)."""

    def backoff(self, heads: Tensor) -> Any: ...


PROTOCOLS: dict[Capability, type] = {
    Capability.ENCODES: Encodes,
    Capability.DECODES: Decodes,
    Capability.DECODES_FROM_LAYERS: DecodesFromLayers,
    Capability.HAS_LAYERS: HasLayers,
    Capability.HAS_POSTERIOR: HasPosterior,
    Capability.HAS_GIBBS_CHAIN: GibbsModel,
    Capability.HAS_CONNECTIONS: HasConnections,
    Capability.HAS_MEAN_FIELD: HasMeanField,
    Capability.HAS_FEATURE_MAPS: HasFeatureMaps,
    Capability.LEARNS_CLASSES: LearnsClasses,
    Capability.SEPARATES_STYLE: SeparatesStyle,
    Capability.SAMPLES: Sampler,
    Capability.STEPS_PIXELS: StepsPixels,
    Capability.STEPS_TOKENS: StepsTokens,
    Capability.STEPS_SAMPLES: StepsSamples,
    Capability.HAS_DILATED_LAYERS: HasDilatedLayers,
    Capability.HAS_RECURRENT_STATE: HasRecurrentState,
    Capability.PREDICTS_LINEARLY: PredictsLinearly,
    Capability.HAS_ATTENTION: HasAttention,
    Capability.HAS_HIDDEN_STATES: HasHiddenStates,
    Capability.HAS_BACKOFF: HasBackoff,
}


def capabilities_of(model: nn.Module) -> frozenset[Capability]:
    """What the model can do, asked of it by every protocol."""
    return frozenset(capability for capability, protocol in PROTOCOLS.items() if isinstance(model, protocol))
