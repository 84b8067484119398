"""The pages: what each is about, which checkpoints it can show, by what they can do, and which of them comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import Checkpoint

FRESH_FOR = 5.0  # seconds for which a listing of the checkpoints stands


def _by_name(checkpoint: Checkpoint) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A page. One that shows a checkpoint says what it asks of it.

    link           what a link from another page says; "" where the page shows no checkpoint
    requires       what a model must be able to do
    images_only    whether its examples must be pictures
    suits          what else must hold
    rank           sorts those that it can show, before their names do
    """

    name: str
    title: str
    icon: str
    about: str
    link: str = ""
    requires: frozenset[Capability] = frozenset()
    images_only: bool = False
    suits: Callable[[Checkpoint], bool] = lambda checkpoint: True
    rank: Callable[[Checkpoint], tuple[Any, ...]] = _by_name

    @property
    def page(self) -> str:
        """The page's file, as Streamlit wants it."""
        return f"../{self.name}.py"

    def can_show(self, checkpoint: Checkpoint) -> bool:
        """Whether the page shows this checkpoint."""
        fits = bool(self.link) and self.requires <= checkpoint.capabilities
        return fits and (not self.images_only or is_of_images(checkpoint)) and self.suits(checkpoint)

    def checkpoints(self) -> tuple[list[Checkpoint], list[str]]:
        """Those that it can show, in the order in which they are offered; and what was set aside."""
        return _listed(self, checkpoints.root(), int(time.monotonic() / FRESH_FOR))


@lru_cache(maxsize=16)
def _listed(exhibit: Exhibit, root: Path, moment: int) -> tuple[list[Checkpoint], list[str]]:
    good, problems = checkpoints.available()
    return sorted(filter(exhibit.can_show, good), key=lambda c: (*exhibit.rank(c), c.name)), problems


def is_of_images(checkpoint: Checkpoint) -> bool:
    """Whether its examples are pictures."""
    return len(checkpoint.run["preset"]["model"].get("event_shape", ())) == 2


def _largest_first(checkpoint: Checkpoint) -> int:
    return -int(np.prod(checkpoint.run["preset"]["model"]["event_shape"]))


def _value(checkpoint: Checkpoint, score: str, missing: float = np.inf) -> float:
    found = checkpoint.score(score)
    return found["value"] if found else missing


def _pixels_rank(checkpoint: Checkpoint) -> tuple[Any, ...]:
    config = checkpoint.run["preset"]["model"]
    bits = _value(checkpoint, "test bits per dimension")  # lowest where wrong masks let a pixel see itself
    return (config.get("masks") == "wrong", _largest_first(checkpoint), -config.get("levels", 2), bits)


GIBBS = Exhibit(
    "gibbs",
    "Gibbs chains",
    ":material/grain:",
    "Hidden and visible layers take turns, and images appear. Start from noise, a test image or your own drawing; "
    "hold part of an image and let the machine fill in the rest; heat it, cool it, switch hidden units off; see "
    "why contrastive divergence, persistent chains and parallel tempering differ.",
    link="See its chains",
    requires=frozenset({Capability.HAS_GIBBS_CHAIN}),
    images_only=True,
    rank=lambda c: (c.run["kind"] == "real", _largest_first(c), -_value(c, "test log-probability", -np.inf)),
)
AUTOENCODER = Exhibit(
    "autoencoder",
    "Autoencoder",
    ":material/compress:",
    "An extension of PCA: the same images through the same number of numbers. A deep net that begins as a stack of "
    "Boltzmann machines, the same net from random weights, with modern units, and as it was done before; what each "
    "layer keeps.",
    link="See it beside PCA",
    requires=frozenset({Capability.ENCODES, Capability.DECODES_FROM_LAYERS}),
    suits=lambda c: is_of_images(c) or c.run["kind"] == "counts",
)
CODES = Exhibit(
    "codes",
    "Codes",
    ":material/scatter_plot:",
    "Maps of what a model makes of its data, beside PCA, UMAP and t-SNE, linked point by point; let the decoder "
    "draw what lies between; watch the map form during training.",
    link="See its codes",
    requires=frozenset({Capability.ENCODES, Capability.DECODES}),
    rank=lambda c: (c.code_size != 2, not is_of_images(c), Capability.DECODES_FROM_LAYERS not in c.capabilities),
)
LATENT = Exhibit(
    "latent",
    "Latent space",
    ":material/explore:",
    "What a variational autoencoder knows, as a plane to drag through: the image follows the pointer. Go from one "
    "image to another along five ways at once, move each unit by itself, turn up beta until the posterior "
    "collapses, see what the gradient passes through, and look for the training image behind each sample.",
    link="Explore its latent space",
    requires=frozenset({Capability.HAS_POSTERIOR, Capability.DECODES}),
    images_only=True,
    suits=lambda c: c.code_size > 1,
    rank=lambda c: (c.code_size != 2, c.run["preset"]["model"].get("beta", 1) != 1, _largest_first(c)),
)
PIXELS = Exhibit(
    "pixels",
    "Pixel by pixel",
    ":material/brush:",
    "An image is painted one pixel after the other, each drawn from what the model expects after those before it. "
    "Change a pixel and let the future branch; keep half of an image and have the rest filled in many times; see "
    "which pixels surprise the model, what the order does, and how far a prediction looks.",
    link="Watch it paint",
    requires=frozenset({Capability.STEPS_PIXELS}),
    images_only=True,
    rank=_pixels_rank,
)
TOKENS = Exhibit(
    "tokens",
    "Next token",
    ":material/edit_note:",
    "A text is written one token after the other. Force another token and watch the future branch; see which "
    "characters surprise which model, where a Transformer looks, what a recurrent unit follows, and how far back "
    "each model really reads.",
    link="Watch it write",
    requires=frozenset({Capability.STEPS_TOKENS}),
    rank=lambda c: (c.run["preset"]["dataset"] != "shakespeare", _value(c, "nats a character")),
)
TRAIN = Exhibit(
    "train",
    "Train",
    ":material/model_training:",
    "Choose data, model and settings, and watch it learn; compare runs; go on from any of them.",
)
DATA = Exhibit(
    "data",
    "Your data",
    ":material/upload_file:",
    "Bring images, vectors, word counts or a text, and train on them.",
)
EXHIBITS = (GIBBS, AUTOENCODER, CODES, LATENT, PIXELS, TOKENS, TRAIN, DATA)
