"""The line of time: ideas in the order of their papers, each with a page and a model that show it where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.home.addresses import MODEL, address
from pages.home.drawing import FIRST
from pages.registry import Exhibit, exhibits, list_checkpoints
from pages.shared.model_store import can


@dataclass(frozen=True)
class Stop:
    """page shows the idea in the state `query`, with the first of its models that `fits`."""

    year: str
    title: str
    text: str
    paper: str
    page: str
    fits: Callable[[Checkpoint], bool] | None
    query: dict[str, str] = field(default_factory=dict)

    def address(self, shown: dict[str, Exhibit]) -> str:
        """The way there; "" where the page or a model is not here."""
        if (exhibit := shown.get(self.page)) is None:
            return ""
        if self.fits is None:
            return address(self.page, self.query)
        among = exhibit.checkpoints()[0] if exhibit.link else list_checkpoints()[0]
        fitting = sorted(filter(self.fits, among), key=lambda c: c.manifest.preset.dataset != FIRST)
        return address(self.page, {"checkpoint": MODEL, **self.query}, fitting[0]) if fitting else ""


def _family(name: str) -> Callable[[Checkpoint], bool]:
    """A paper is about one kind of model: here, and nowhere else, a page asks for it by name."""
    return lambda c: c.manifest.preset.family == name


def _gibbs(c: Checkpoint) -> bool:
    return can(c, Capability.HAS_GIBBS_CHAIN)


def _contrastive(c: Checkpoint) -> bool:
    return _gibbs(c) and c.manifest.preset.model.get("negative") == "cd"


def _belief_net(c: Checkpoint) -> bool:
    """Layers of binary units, of which only the way down is the model."""
    return can(c, Capability.HAS_CONNECTIONS, Capability.DECODES) and not can(c, Capability.HAS_MEAN_FIELD)


def _deep(c: Checkpoint) -> bool:
    return can(c, Capability.ENCODES, Capability.DECODES_FROM_LAYERS) and c.code_size > 2


STOPS = (
    Stop(
        "1901",
        "PCA",
        "The directions in which the data vary most.",
        "Pearson 1901; Hotelling 1933",
        "compare",
        None,
        {"dataset": "mnist", "reps": "pixels,pca-2,pca-30", "mode": "maps"},
    ),
    Stop(
        "1986",
        "Harmonium",
        "Hidden and visible units, joined by an energy: today's RBM.",
        "Smolensky 1986",
        "gibbs",
        _gibbs,
    ),
    Stop(
        "2002",
        "Contrastive divergence",
        "A few Gibbs steps from the data suffice to learn.",
        "Hinton 2002",
        "gibbs",
        _contrastive,
        {"sampler": "cd", "cd": "1"},
    ),
    Stop(
        "2006",
        "Deep belief nets",
        "Train one layer at a time, each on the layer below.",
        "Hinton, Osindero & Teh 2006",
        "deep",
        _belief_net,
        {"mode": "chains"},
    ),
    Stop(
        "2006",
        "Deep autoencoder",
        "A pretrained stack, fine-tuned: nonlinear PCA that works.",
        "Hinton & Salakhutdinov 2006",
        "autoencoder",
        _deep,
    ),
    Stop(
        "2008",
        "t-SNE",
        "Maps that keep each point's neighbours.",
        "van der Maaten & Hinton 2008",
        "compare",
        None,
        {"dataset": "digits", "method": "tsne", "mode": "maps"},
    ),
    Stop(
        "2009",
        "Convolutional RBM",
        "One filter sees every place; pooling forgives small shifts.",
        "Lee, Grosse, Ranganath & Ng 2009",
        "convolutional",
        lambda c: can(c, Capability.HAS_FEATURE_MAPS),
    ),
    Stop(
        "2009",
        "Deep Boltzmann machine",
        "Several hidden layers, undirected throughout.",
        "Salakhutdinov & Hinton 2009",
        "deep",
        lambda c: can(c, Capability.HAS_MEAN_FIELD),
    ),
    Stop(
        "2011",
        "NADE",
        "One pixel after the other: an exact likelihood.",
        "Larochelle & Murray 2011",
        "pixels",
        _family("nade"),
    ),
    Stop(
        "2013",
        "VAE",
        "Codes with a prior, learned by a bound on the likelihood.",
        "Kingma & Welling 2013; Rezende et al. 2014",
        "latent",
        lambda c: can(c, Capability.HAS_POSTERIOR) and c.code_size == 2,
        {"manifold": "on"},
    ),
    Stop(
        "2016",
        "PixelRNN, PixelCNN",
        "Recurrent and convolutional nets predict the next pixel.",
        "van den Oord et al. 2016",
        "pixels",
        _family("pixelcnn"),
    ),
    Stop(
        "2016",
        "WaveNet",
        "Dilated convolutions predict the next sample of a sound.",
        "van den Oord et al. 2016",
        "sound",
        lambda c: can(c, Capability.HAS_DILATED_LAYERS),
    ),
    Stop(
        "2017",
        "Transformer",
        "Attention chooses which of the past to use.",
        "Vaswani et al. 2017",
        "tokens",
        lambda c: can(c, Capability.HAS_ATTENTION),
        {"mode": "inside"},
    ),
    Stop(
        "2018",
        "UMAP",
        "A graph of neighbours, laid out on the plane.",
        "McInnes, Healy & Melville 2018",
        "compare",
        None,
        {"dataset": "digits", "method": "umap", "mode": "maps"},
    ),
)


def told() -> list[dict[str, Any]]:
    """What the player is told of the line."""
    shown = {exhibit.name: exhibit for exhibit in exhibits()}
    return [
        {"year": s.year, "title": s.title, "text": s.text, "paper": s.paper, "href": s.address(shown)} for s in STOPS
    ]
