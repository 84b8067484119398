"""Ways to a code of one size and back, and the held-out examples that they are compared on."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.shared.model_store import answer, arrays


class Comparison:
    """Ways to a code of one size and back, and the held-out images or documents that they are shown on."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        from core import data
        from core.analysis.codec_comparison import compare_codecs, examples, of_words

        self.documents = of_words(checkpoint)
        self.x, self.labels = examples(checkpoint)
        self.results = compare_codecs(checkpoint)
        dataset = data.load_test(checkpoint.preset.dataset)
        names, self.vocabulary = dataset.class_names, np.array(dataset.vocabulary)
        here = () if self.labels is None else np.unique(self.labels)
        self.classes = [names[i] for i in here]
        self._number = dict(zip(self.classes, here, strict=True))
        arrays = checkpoint.arrays()
        self._shift, self._scale = (arrays[f"view.{k}"].astype(np.float32) for k in ("shift", "scale"))

    def draw_rows(self, name: str, seed: int, count: int) -> np.ndarray:
        """Rows of `count` examples of a class ("any" for all), drawn with the seed."""
        rows = np.arange(len(self.x))
        if name in self._number:
            rows = rows[self.labels[: len(rows)] == self._number[name]]
        return np.random.default_rng(seed).permutation(rows)[:count]

    def images(self, rows: np.ndarray) -> np.ndarray:
        """Those examples in grey from 0 to 1: (n, h, w)."""
        return self.grey(self.x[rows])

    def reconstruct(self, result: Any, rows: np.ndarray) -> np.ndarray:
        """Their reconstructions, as the model sees them: a tensor (n, *event_shape)."""
        from core.analysis.codec_comparison import reconstruct

        return reconstruct(result.codec, self.x[rows])

    def words(self, shares: Any, most: int) -> list[list[str]]:
        """The words of the largest shares (n, V), or counts, in falling order; none that is not there at all."""
        order = (-shares).argsort(1)[:, :most]
        return [[self.vocabulary[i] for i in row if n[i] > 0] for row, n in zip(order.numpy(), shares, strict=True)]

    def grey(self, shown: Any) -> np.ndarray:
        """What a model sees (n, *event_shape), as grey from 0 to 1."""
        return self._shift + self._scale * shown.numpy()


def comparison(checkpoint: Checkpoint) -> Comparison:
    """The checkpoint beside the same net trained in other ways, and linear codes. Raises `DataError`."""
    return _comparison(checkpoint.name, tuple(c.version for c in training_variants(checkpoint).values()))


@lru_cache(maxsize=4)
def _comparison(name: str, versions: tuple[str, ...]) -> Comparison:
    return Comparison(checkpoints.load(name))


def training_variants(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The checkpoint among those of the same net that were trained in other ways."""
    from core.analysis.codec_comparison import training_variants

    return training_variants(checkpoint)


def error_by_size(checkpoint: Checkpoint) -> np.ndarray:
    """What PCA loses of held-out images, latent semantic analysis of documents, by code size; empty where it was not
    fitted."""
    found = arrays(checkpoint.name, checkpoint.version, "portrait.safetensors")
    return next(
        (curve for name, curve in found.items() if name.endswith(".errors") and name != "codes.errors"), np.zeros(0)
    )


def layerwise_reconstructions(checkpoint: Checkpoint, of: Comparison, rows: np.ndarray) -> list[tuple[str, Any]]:
    """Title, and what comes back of the examples `rows` after each layer (as the model sees it)."""
    from core.analysis.codec_comparison import layerwise_reconstructions

    return list(layerwise_reconstructions(checkpoint, of.x[rows]))


def layer_errors(checkpoint: Checkpoint) -> dict[str, float]:
    """What is lost after each layer, by its title, over all held-out examples that scores are computed on."""
    return answer(_layer_errors, checkpoint.name)


def _layer_errors(name: str) -> dict[str, float]:
    from core.analysis.codec_comparison import layerwise_reconstructions, reconstruction_loss

    checkpoint = checkpoints.load(name)
    x = comparison(checkpoint).x
    return {title: reconstruction_loss(checkpoint, x, back) for title, back in layerwise_reconstructions(checkpoint, x)}
