"""What a likelihood model makes of images that it is given: bits of every pixel, holes filled, one place ahead against
free running, and which pixels each prediction sees.

    bits_i = -log2 p(x_i | places before i)        their sum is -log2 p(x)

A hole in the middle of an order is filled by drawing its places when their turn comes and holding the given ones. What
is drawn has not seen the given places still to come; each drawing then stands for the right answer with the weight

    w = prod over given places i of p(x_i | places before i)        E w = p(given places)

(likelihood weighting: Fung & Chang 1990; Shachter & Peot 1990). Drawing anew by weight on the way, as a particle filter
does (Gordon, Salmond & Smith 1993), keeps more than a few drawings alive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor, nn

from core import data
from core.analysis import embedding
from core.config.capabilities import Capability
from core.config.fields import require
from core.data.errors import DataError
from core.data.preprocessing import levels_of
from core.models.autoregressive.base import PlaceByPlace, class_log_probs, log_prob, log_probs, picked, steps
from core.models.capabilities import GibbsModel, HasPosterior
from core.numerics.cancel import check
from core.numerics.sampling import inverse_cdf, tempered
from core.store.checkpoints import Checkpoint, CheckpointError

Variant = Literal["plain", "noisy", "shifted", "inverted", "constant"]
Hole = Literal["lower", "right", "middle", "upper", "left"]

VARIANTS: dict[Variant, str] = {
    "plain": "as it is",
    "noisy": "one pixel in ten drawn anew, each level equally likely",
    "shifted": "moved right and down; what comes in is background",
    "inverted": "each level turned into its opposite",
    "constant": "every pixel the same",
}
HOLES: tuple[Hole, ...] = ("lower", "right", "middle", "upper", "left")
NOISE = 0.1  # share of the pixels of a noisy copy
DRAWS = 1_000  # codes for a variational autoencoder's bound
RENEWED = 0.5  # particles are drawn anew once their weights are worth less than this share of them


# -- images -----------------------------------------------------------------------------------------


def strangers(checkpoint: Checkpoint) -> list[str]:
    """Other data sets that are here and hold pictures of the same size."""
    shape, own = checkpoint.manifest.preset.event_shape, checkpoint.manifest.preset.dataset
    return [
        name
        for name, info in data.catalogue().items()
        if name != own and info.event_shape == shape and info.kind not in ("counts", "text") and info.is_here()
    ]


def strange(checkpoint: Checkpoint, source: str, most: int) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """The first test images of another data set as the checkpoint's model sees them, (n, D) uint8, their classes (n,)
    and what those are called. Raises `DataError` for one that is not in `strangers`."""
    if source not in strangers(checkpoint):
        raise DataError(f"{source[:40]!r}: no such images of this size are here")
    dataset = data.load(source)
    levels = in_levels(checkpoint, embedding._pictures(dataset, dataset.test[:most]))
    labels = None if dataset.test_labels is None else dataset.test_labels[:most].astype(np.int64)
    return levels, labels, dataset.class_names


def in_levels(checkpoint: Checkpoint, grey: np.ndarray) -> np.ndarray:
    """Pictures (n, h, w) of greys, uint8, as the model sees them: levels (n, D) uint8; bits are on above one half."""
    shape = checkpoint.manifest.preset.event_shape
    require(grey.dtype == np.uint8, "picture", grey.dtype, "bytes")
    require(grey.ndim == 3 and grey.shape[1:] == shape, "picture", grey.shape, f"of shape {shape}")
    top = checkpoint.manifest.preset.model["levels"] - 1
    x = grey.reshape(len(grey), -1).astype(np.float32) / 255
    return (x > 0.5).astype(np.uint8) if top == 1 else np.rint(x * top).astype(np.uint8)


def varied(x: Tensor, how: Variant, shape: tuple[int, int], levels: int, seed: int = 0, level: int = 0) -> Tensor:
    """Another image (D,) made of x (D,), levels below `levels`; see `VARIANTS`. `level` fills a constant one, `seed`
    draws a noisy one."""
    require(how in VARIANTS, "variant", how, f"one of {', '.join(VARIANTS)}")
    require(0 <= level < levels, "level", level, f"0 to {levels - 1}")
    if how == "inverted":
        return levels - 1 - x
    if how == "constant":
        return torch.full_like(x, level)
    if how == "noisy":
        generator = torch.Generator().manual_seed(seed)
        anew = torch.rand(x.shape, generator=generator) < NOISE
        return torch.where(anew, torch.randint(levels, x.shape, generator=generator).to(x), x)
    if how == "shifted":
        down, right = (max(1, side // 8) for side in shape)
        moved = torch.zeros_like(x).view(shape)
        moved[down:, right:] = x.view(shape)[: shape[0] - down, : shape[1] - right]
        return moved.flatten()
    return x


# -- surprise ---------------------------------------------------------------------------------------


@torch.no_grad()
def bits(model: PlaceByPlace, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None) -> Tensor:
    """-log2 p of every place of x (N, D) given those before it: (N, D), by flat index."""
    return log_probs(model, x, labels, order) / -math.log(2)


def carried(bits: Tensor, share: float = 0.1) -> float:
    """The share of all bits (D,) that the hardest `share` of the places carries."""
    most = bits.sort(descending=True).values
    return float(most[: max(1, round(share * len(bits)))].sum() / most.sum().clamp_min(1e-12))


@torch.no_grad()
def label_of(model: PlaceByPlace, x: Tensor, label: int | None = None) -> Tensor | None:
    """The class (1,) by which x (D,) is read: the one given, else the likeliest; None where the model is told none."""
    if not model.classes:
        return None
    if label is not None:
        require(0 <= label < model.classes, "class", label, f"0 to {model.classes - 1}")
        return torch.tensor([label])
    return class_log_probs(model, x[None]).argmax(1)


@dataclass(frozen=True)
class Reading:
    """What an image costs one model.

    nats      -log p(x), or what is known of it
    nature    "exact", "upper bound" (of the cost; by an importance-weighted lower bound on log p), "estimate" (log Z by
              annealed importance sampling), or "no likelihood" (masks that let a pixel see itself)
    spread    one standard error, where it is an estimate
    usual     what test images cost it on average, as its scores have it
    """

    checkpoint: Checkpoint
    nats: float
    nature: str
    note: str = ""
    spread: float | None = None
    usual: float | None = None


def comparable(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Those of `among` that give the same images a probability: of the same data, in the same levels. A density of
    real values is none."""
    levels = checkpoint.manifest.preset.model["levels"]

    def fits(c: Checkpoint) -> bool:
        preset, same = c.manifest.preset, c.manifest.data_fingerprint == checkpoint.manifest.data_fingerprint
        if not same or preset.event_shape != checkpoint.manifest.preset.event_shape:
            return False
        if Capability.HAS_GIBBS_CHAIN in c.capabilities:
            return levels == 2 and preset.model["visible"] == "bernoulli" and c.score("log Z") is not None
        if Capability.HAS_POSTERIOR in c.capabilities:
            of = {"bernoulli": 2, "levels": levels_of(preset.view)}.get(preset.model["likelihood"], 0)
            return of == levels
        return Capability.STEPS_PIXELS in c.capabilities and preset.model["levels"] == levels

    return [c for c in among if fits(c)]


@torch.no_grad()
def reading(checkpoint: Checkpoint, model: nn.Module, x: Tensor, draws: int = DRAWS, seed: int = 0) -> Reading:
    """-log p(x) of levels x (D,) under the checkpoint's model; classes are summed out, each as likely as any other."""
    test = checkpoint.score("test log-probability")
    usual = None if test is None else -float(test["value"])
    image = x.view(1, *checkpoint.manifest.preset.event_shape)
    if isinstance(model, PlaceByPlace):
        if model.classes:
            nats = math.log(model.classes) - float(class_log_probs(model, image).double().logsumexp(1))
            told = f"{model.classes} classes summed out"
        else:
            nats, told = -float(log_prob(model, image)), ""
        if not model.proper:
            return Reading(checkpoint, nats, "no likelihood", "each pixel sees itself", usual=usual)
        return Reading(checkpoint, nats, "exact", told, usual=usual)
    if isinstance(model, HasPosterior):
        generator = torch.Generator().manual_seed(seed)
        bound, effective = model.log_mean_weight(image.float(), draws, generator)
        spread = math.sqrt(max(0.0, 1 / float(effective) - 1 / draws))
        note = f"{draws:,} codes drawn, of which {float(effective):,.0f} carry it"
        return Reading(checkpoint, -float(bound), "upper bound", note, spread, usual)
    if isinstance(model, GibbsModel):
        log_z = checkpoint.score("log Z")
        nats = float(model.free_energy(x[None].float())) + log_z["value"]
        exact = log_z["nature"] == "exact"
        note = "log Z: all states summed" if exact else "log Z by AIS: likelier too low, and so this cost"
        return Reading(checkpoint, nats, "exact" if exact else "estimate", note, log_z["spread"], usual)
    raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} gives images no probability")


# -- holes ------------------------------------------------------------------------------------------


def hole(name: Hole, shape: tuple[int, int]) -> Tensor:
    """The places that are missing, (D,) bool."""
    require(name in HOLES, "hole", name, f"one of {', '.join(HOLES)}")
    missing = torch.zeros(shape, dtype=torch.bool)
    rows, columns = shape
    sides = {
        "lower": (slice(rows // 2, rows), slice(None)),
        "upper": (slice(0, rows // 2), slice(None)),
        "right": (slice(None), slice(columns // 2, columns)),
        "left": (slice(None), slice(0, columns // 2)),
        "middle": (slice(rows // 4, rows - rows // 4), slice(columns // 4, columns - columns // 4)),
    }
    missing[sides[name]] = True
    return missing.flatten()


def given_first(order: Tensor, missing: Tensor) -> Tensor:
    """The order in which the given places come before the missing ones (D,), each part as in `order`."""
    return torch.cat([order[~missing[order]], order[missing[order]]])


@dataclass(frozen=True, eq=False)
class Filled:
    """Drawings of one image whose missing places were filled.

    values       (n, D) levels
    log_weights  (n,) log of what each stands for, since weights were last made equal
    after        (n,) log p of the given places that came after the first missing one, given all that came before them
                 in this drawing: what the filling made of them
    evidence     log of the mean weight: an estimate of log p(given places), on average too low
    """

    values: Tensor
    log_weights: Tensor
    after: Tensor
    evidence: float

    @property
    def effective(self) -> float:
        """(sum w)^2 / sum w^2: how many of the drawings carry the answer."""
        return worth(self.log_weights)

    def drawn(self, m: int, generator: Generator) -> Tensor:
        """m of the drawings (m, D), each as often as its weight says."""
        return self.values[systematic(self.log_weights, m, generator)]


def worth(log_weights: Tensor) -> float:
    """(sum w)^2 / sum w^2."""
    return float((2 * log_weights.logsumexp(0) - (2 * log_weights).logsumexp(0)).exp())


def systematic(log_weights: Tensor, m: int, generator: Generator) -> Tensor:
    """m indices, each on average as often as its weight says: evenly spaced from one random beginning on (Kitagawa
    1996)."""
    edges = log_weights.double().softmax(0).cumsum(0)
    at = (torch.arange(m) + torch.rand((), generator=generator, dtype=torch.float64)) / m
    return torch.searchsorted(edges, at.to(edges) * edges[-1]).clamp_max(len(log_weights) - 1)


@torch.no_grad()
def fill(
    model: PlaceByPlace,
    x: Tensor,
    missing: Tensor,
    n: int,
    generator: Generator,
    label: Tensor | None = None,
    order: Tensor | None = None,
    renew: bool = False,
) -> Filled:
    """n ways in which the missing places of x (D,) may go on, told in `order`; `missing` (D,) bool.

    renew    draw the examples anew by weight where few of them carry it: a particle filter, else they stay apart
    """
    state = model.start(n, None if label is None else label.expand(n), order)
    noise = torch.rand(state.values.shape, generator=generator)
    after, evidence, began = torch.zeros(n), 0.0, False
    past = int((~missing[state.order]).long().cumprod(0).sum())  # given places that come before all missing ones
    first = state.order[:past]
    log_weights = log_probs(model, x[None], label, state.order)[0, first].sum().expand(n)
    model.skip(state, x[first].expand(n, -1))
    for place in state.order[past:].tolist():
        check()
        logits = model.next_logits(state)
        if missing[place]:
            values, began = inverse_cdf(tempered(logits, 1.0), noise[:, place]), True
        else:
            values = x[place].expand(n)
            told = picked(logits[:, None], values[:, None])[:, 0]
            log_weights = log_weights + told
            after = after + told * began
        model.feed(state, values)
        if renew and not missing[place] and worth(log_weights) < RENEWED * n:
            evidence += float(log_weights.logsumexp(0)) - math.log(n)
            rows = systematic(log_weights, n, generator)
            state, after, log_weights = state.branch(rows), after[rows], torch.zeros_like(log_weights)
    evidence += float(log_weights.logsumexp(0)) - math.log(n)
    return Filled(state.values, log_weights, after, evidence)


# -- one ahead and running freely -------------------------------------------------------------------


@torch.no_grad()
def ahead(model: PlaceByPlace, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """What each place of x (N, D) should hold by the true ones before it: mean and likeliest level, (N, D) each."""
    probs = tempered(model.logits(x, labels), 1.0)
    return probs @ torch.arange(model.levels, dtype=probs.dtype), probs.argmax(2)


@torch.no_grad()
def running(model: PlaceByPlace, x: Tensor, t: int, generator: Generator, labels: Tensor | None = None) -> Tensor:
    """Each x (N, D) as far as its first t places in the model's order, and drawn from there on: (N, D)."""
    require(0 <= t <= x.shape[1], "t", t, f"0 to {x.shape[1]}")
    state = model.start(len(x), labels)
    noise = torch.rand(state.values.shape, generator=generator)
    model.skip(state, x[:, model.order[:t]])
    for _ in steps(model, state, noise):
        pass
    return state.values


@dataclass(frozen=True, eq=False)
class Drift:
    """How images go on from their first t places, told and drawn: by place in the model's order, (D,) each.

    truth      mean log p of the true levels, each told from the true ones before it, nats
    own        the same of what the model drew, told from what it drew before
    ahead      chance that a draw from the true past meets the true level
    met        share of the drawn places that hold the true level
    gap, error sum of own - truth over the places from t on, a mean over images with its standard error
    """

    truth: Tensor
    own: Tensor
    ahead: Tensor
    met: Tensor
    gap: float
    error: float


@torch.no_grad()
def drift(model: PlaceByPlace, x: Tensor, t: int, generator: Generator, labels: Tensor | None = None) -> Drift:
    """The images x (N, D) against what the model makes of their first t places; a model that has the data's own
    distribution has `own` and `truth` alike on average, however long it runs."""
    drawn = running(model, x, t, generator, labels)
    truth, own = (log_probs(model, y, labels)[:, model.order] for y in (x, drawn))
    apart = (own - truth)[:, t:].sum(1)
    error = float(apart.std() / math.sqrt(len(x))) if len(x) > 1 else 0.0
    met = (drawn == x)[:, model.order].float()
    return Drift(truth.mean(0), own.mean(0), truth.exp().mean(0), met.mean(0), float(apart.mean()), error)


# -- what a prediction sees -------------------------------------------------------------------------


def field(model: PlaceByPlace, place: int, x: Tensor, labels: Tensor | None = None) -> Tensor:
    """How much the prediction at a flat index depends on each pixel, (K, D), the last of K being the prediction itself;
    mean over examples x (N, D); exactly 0 where a pixel is not seen.

    Nets of convolutions or LSTMs give the size of the gradient, layer by layer (`receptive_field`). For others it is
    what happens when a pixel takes another level: how far the predicted probabilities move, half the sum of |change|.
    """
    require(0 <= place < x.shape[1], "place", place, f"0 to {x.shape[1] - 1}")
    if hasattr(model, "receptive_field"):
        return model.receptive_field(place, x, labels).flatten(1)
    return _changes(model, place, x, labels)[None]


@torch.no_grad()
def _changes(model: PlaceByPlace, place: int, x: Tensor, labels: Tensor | None) -> Tensor:
    places = x.shape[1]
    if hasattr(model, "predict"):  # any place from any others: those before it in its own order are known
        known = torch.zeros(1, places, dtype=torch.bool)
        known[0, model.order[: int((model.order == place).nonzero())]] = True

        def probs(y: Tensor, told: Tensor | None) -> Tensor:
            return tempered(model.predict(y, known.expand(len(y), -1), told)[:, place], 1.0)
    else:

        def probs(y: Tensor, told: Tensor | None) -> Tensor:
            return tempered(model.logits(y, told)[:, place], 1.0)

    moved = torch.zeros(places)
    for i, one in enumerate(x.long()):
        check()
        told = None if labels is None else labels[i : i + 1]
        changed = one.repeat(places, 1)
        changed.diagonal().add_((model.levels + 1) // 2).remainder_(model.levels)
        after = probs(changed, None if told is None else told.expand(places))
        apart = after - probs(one[None], told)
        # rows of one product are rounded alike only in one batch: what is not seen must be 0 to the last bit
        moved += torch.where(apart.abs().amax(1) > 1e-6, apart.abs().sum(1) / 2, 0.0)
    return moved / len(x)


def later(model: PlaceByPlace, place: int) -> Tensor:
    """The places that a prediction must not see: itself, and those after it in the model's order, (D,) bool."""
    turn = model.order.argsort()
    return turn >= turn[place]


def twin(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> Checkpoint | None:
    """The same net on the same data but with the other kind of masks, where there is one."""

    def masks(c: Checkpoint) -> str | None:
        return c.manifest.preset.model.get("masks")

    def but_masks(c: Checkpoint) -> tuple[object, ...]:
        preset = c.manifest.preset
        model = {k: v for k, v in preset.model.items() if k != "masks"}
        return preset.family, preset.view, model, c.manifest.data_fingerprint

    same = (c for c in among if masks(c) not in (None, masks(checkpoint)) and but_masks(c) == but_masks(checkpoint))
    return None if masks(checkpoint) is None else next(same, None)
