"""Ways to a code and back, and the held-out examples that they are compared on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.numerics.kept import kept
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.autoencoder import EXHIBIT
from pages.shared.model_store import answer, arrays


@dataclass(frozen=True)
class Way:
    """One way to a code of `size` numbers and back, which stands in `checkpoint`; `error` is the mean over held-out
    examples, NaN where it was not scored."""

    title: str
    kind: str  # "network", or the name of a linear code
    checkpoint: str
    size: int
    error: float


class Examples:
    """The held-out images or documents of a checkpoint's data. Raises `DataError`."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        from core import data
        from core.analysis.codec_comparison import examples, of_words

        self.documents = of_words(checkpoint)
        self.x, self.labels = examples(checkpoint)
        dataset = data.load_test(checkpoint.preset.dataset)
        self.vocabulary = list(dataset.vocabulary)
        here = () if self.labels is None else np.unique(self.labels)
        self.classes = [dataset.class_names[i] for i in here]
        self._number = dict(zip(self.classes, here, strict=True))

    def draw_rows(self, name: str, seed: int, count: int) -> np.ndarray:
        """Rows of `count` examples of a class ("any" for all), drawn with the seed."""
        rows = np.arange(len(self.x))
        if name in self._number:
            rows = rows[self.labels[: len(rows)] == self._number[name]]
        return np.random.default_rng(seed).permutation(rows)[:count]


def examples(checkpoint: Checkpoint) -> Examples:
    """Kept for the data and the view, which several checkpoints share. Raises `DataError`."""
    preset = checkpoint.manifest.preset
    return _examples(preset.dataset, preset.view, checkpoint.name)


@kept("examples through autoencoders")
def _examples(dataset: str, view: str, name: str) -> Examples:
    return Examples(checkpoints.load(name))


def training_variants(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The checkpoint among those of the same net that were trained in other ways."""
    from core.analysis.codec_comparison import training_variants

    return training_variants(checkpoint)


def trainings(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The same, and trainings of which there are only pictures."""
    from core.analysis.codec_comparison import trainings

    return trainings(checkpoint)


def ways(checkpoint: Checkpoint) -> list[Way]:
    """The checkpoint's net and its training variants, then all other nets of the same data, each size with its fitted
    linear code."""
    from core.analysis.codec_comparison import LINEAR

    ours = checkpoint.manifest.preset
    found: list[Way] = []
    seen: set[str] = set()
    for one in (checkpoint, *EXHIBIT.checkpoints()[0]):
        theirs = one.manifest.preset
        if (theirs.dataset, theirs.view) != (ours.dataset, ours.view) or one.name in seen:
            continue
        among = training_variants(one)
        for title, net in among.items():
            if net.name not in seen:
                seen.add(net.name)
                found.append(Way(title, "network", net.name, net.code_size, _error(net, "reconstruction")))
        fitted = {key.partition(".")[0] for key in arrays(one.name, one.version, "portrait.safetensors")}
        known = {(way.kind, way.size) for way in found}
        for kind in LINEAR:
            if kind == "logistic PCA" and kind in fitted and (kind, one.code_size) not in known:
                found.append(Way(kind, kind, one.name, one.code_size, _error(one, f"{kind}, for comparison")))
    return found


def _error(checkpoint: Checkpoint, score: str) -> float:
    names = (f"{score} error", f"{score} perplexity") if score == "reconstruction" else (score,)
    return next((found.value for name in names if (found := checkpoint.score(name))), float("nan"))


def linear_code(name: str, kind: str) -> Any:
    """The linear code of this kind in the checkpoint `name`; None where there is none."""
    from core.analysis import codec_comparison

    known = kind in codec_comparison.LINEAR
    return codec_comparison.linear_code(checkpoints.load(name), kind) if known else None


def linear_basis(name: str) -> tuple[str, dict[str, np.ndarray]]:
    """PCA of the images, latent semantic analysis of documents, of at most 100 numbers (see
    `core.analysis.codec_comparison.linear_basis`)."""
    return answer(_linear_basis, name)


def _linear_basis(name: str) -> tuple[str, dict[str, np.ndarray]]:
    from core.analysis.codec_comparison import linear_basis

    checkpoint = checkpoints.load(name)
    same = [checkpoints.load(other) for other in dict.fromkeys(way.checkpoint for way in ways(checkpoint))]
    return linear_basis([checkpoint, *same])


def layer_errors(name: str) -> dict[str, float]:
    """What is lost after each layer, by its title, over all held-out examples that scores are computed on."""
    return answer(_layer_errors, name)


def _layer_errors(name: str) -> dict[str, float]:
    from core.analysis.codec_comparison import layerwise_reconstructions, reconstruction_loss

    checkpoint = checkpoints.load(name)
    x = examples(checkpoint).x
    return {title: reconstruction_loss(checkpoint, x, back) for title, back in layerwise_reconstructions(checkpoint, x)}


def described(way: Way) -> dict[str, Any]:
    """A way as the player reads it."""
    return {**asdict(way), "error": round(way.error, 4) if np.isfinite(way.error) else None}
