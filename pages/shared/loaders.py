"""Cached access to core for the pages and the routes: the only place with caches. Cached things are never written."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.registry import is_of_images
from pages.shared.kept import Kept

if TYPE_CHECKING:
    from core.config.presets import Preset
    from core.data.errors import DataError
    from core.models.boltzmann.rbm import RBM

_lock = threading.Lock()
_atlases: Kept[Any] = Kept(4)


@dataclass(frozen=True)
class Playable:
    """An RBM checkpoint opened for sampling: the model and the arrays that came with it."""

    checkpoint: Checkpoint
    model: RBM
    summary: dict[str, np.ndarray]
    shift: np.ndarray
    scale: np.ndarray


@lru_cache(maxsize=8)
def arrays(name: str, version: str, file: str) -> dict[str, np.ndarray]:
    """The tensors of one file of a checkpoint, read once for each version of it."""
    return checkpoints.load(name).arrays(file)


def able(checkpoint: Checkpoint, *needed: Capability) -> bool:
    """Whether the model can do all that is needed."""
    return checkpoint.capabilities.issuperset(needed)


def playable(name: str) -> Playable:
    """The RBM `name` with its model on the CPU (at these sizes a GPU only adds latency). Raises `CheckpointError`."""
    checkpoint = checkpoints.load(name)
    if not able(checkpoint, Capability.HAS_GIBBS_CHAIN):
        raise CheckpointError(f"{name} has no Gibbs chains here: it is of the family {checkpoint.family_name}")
    with _lock:  # two first requests at once must not both build the model
        return _playable(name, checkpoint.version)


@lru_cache(maxsize=8)
def _playable(name: str, version: str) -> Playable:
    checkpoint = checkpoints.load(name)
    weights = arrays(name, version, "weights.safetensors")
    return Playable(
        checkpoint,
        checkpoint.model(),
        arrays(name, version, "portrait.safetensors"),
        weights["view.shift"].astype(np.float32).reshape(-1),
        weights["view.scale"].astype(np.float32).reshape(-1),
    )


class Rivals:
    """Ways to a code of one size and back, and the held-out images or documents that they are shown on."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        from core import data
        from core.analysis.codec_comparison import examples, of_words, rivals

        self.documents = of_words(checkpoint)
        self.x, self.labels = examples(checkpoint)
        self.found = rivals(checkpoint)
        dataset = data.load(checkpoint.preset.dataset)
        names, self.vocabulary = dataset.class_names, np.array(dataset.vocabulary)
        here = () if self.labels is None else np.unique(self.labels)
        self.classes = [names[i] for i in here]
        self._number = dict(zip(self.classes, here, strict=True))
        arrays = checkpoint.arrays()
        self._shift, self._scale = (arrays[f"view.{k}"].astype(np.float32) for k in ("shift", "scale"))

    def some(self, name: str, seed: int, count: int) -> np.ndarray:
        """Rows of `count` examples of a class ("any" for all), drawn with the seed."""
        rows = np.arange(len(self.x))
        if name in self._number:
            rows = rows[self.labels[: len(rows)] == self._number[name]]
        return np.random.default_rng(seed).permutation(rows)[:count]

    def images(self, rows: np.ndarray) -> np.ndarray:
        """Those examples in grey from 0 to 1: (n, h, w)."""
        return self.grey(self.x[rows])

    def back(self, rival: Any, rows: np.ndarray) -> np.ndarray:
        """Their reconstructions, as the model sees them: a tensor (n, *event_shape)."""
        from core.analysis.codec_comparison import reconstructed

        return reconstructed(rival.codec, self.x[rows])

    def words(self, shares: Any, most: int) -> list[list[str]]:
        """The words of the largest shares (n, V), or counts, in falling order; none that is not there at all."""
        order = (-shares).argsort(1)[:, :most]
        return [[self.vocabulary[i] for i in row if n[i] > 0] for row, n in zip(order.numpy(), shares, strict=True)]

    def grey(self, shown: Any) -> np.ndarray:
        """What a model sees (n, *event_shape), as grey from 0 to 1."""
        return self._shift + self._scale * shown.numpy()


def rivals(checkpoint: Checkpoint) -> Rivals:
    """The checkpoint beside the same net trained in other ways, and linear codes. Raises `DataError`."""
    return _rivals(checkpoint.name, tuple(c.version for c in ways(checkpoint).values()))


@lru_cache(maxsize=4)
def _rivals(name: str, versions: tuple[str, ...]) -> Rivals:
    return Rivals(checkpoints.load(name))


def ways(checkpoint: Checkpoint) -> dict[str, Checkpoint]:
    """The checkpoint among those of the same net that were trained in other ways."""
    from core.analysis.codec_comparison import ways

    return ways(checkpoint)


def error_by_size(checkpoint: Checkpoint) -> np.ndarray:
    """What PCA loses of held-out images, latent semantic analysis of documents, by code size; empty where it was not
    fitted."""
    found = arrays(checkpoint.name, checkpoint.version, "portrait.safetensors")
    return next(
        (curve for name, curve in found.items() if name.endswith(".errors") and name != "codes.errors"), np.zeros(0)
    )


def walk(checkpoint: Checkpoint, here: Rivals, rows: np.ndarray) -> list[tuple[str, Any]]:
    """Title, and what comes back of the examples `rows` after each layer (as the model sees it)."""
    from core.analysis.codec_comparison import walk

    return list(walk(checkpoint, here.x[rows]))


def layer_errors(checkpoint: Checkpoint) -> dict[str, float]:
    """What is lost after each layer, by its title in `walk`, over all held-out examples that scores are computed on."""
    return answer(_layer_errors, checkpoint.name)


def _layer_errors(name: str) -> dict[str, float]:
    from core.analysis.codec_comparison import lost, walk

    checkpoint = checkpoints.load(name)
    x = rivals(checkpoint).x
    return {title: lost(checkpoint, x, back) for title, back in walk(checkpoint, x)}


def check(preset: Preset) -> None:
    """Raise `DataError`, `SettingError` or `CheckpointError` where the preset cannot be trained."""
    from core.jobs.worker import check

    check(preset)


def painter(name: str) -> Any:
    """The model of a checkpoint that paints pixel by pixel. Raises `CheckpointError` for others."""
    checkpoint = checkpoints.load(name)
    if not able(checkpoint, Capability.STEPS_PIXELS) or not is_of_images(checkpoint):
        raise CheckpointError(f"{name} paints no images pixel by pixel: it is of the family {checkpoint.family_name}")
    with _lock:
        return _painter(name, checkpoint.version)


@dataclass(frozen=True)
class Writer:
    """A model of texts opened for reading and writing."""

    checkpoint: Checkpoint
    model: Any
    vocabulary: Any


def writer(name: str) -> Writer:
    """The model of a checkpoint that tells token after token. Raises `CheckpointError` for others."""
    checkpoint = checkpoints.load(name)
    if not able(checkpoint, Capability.STEPS_TOKENS):
        raise CheckpointError(f"{name} writes no texts: it is of the family {checkpoint.family_name}")
    with _lock:
        return _writer(name, checkpoint.version)


@lru_cache(maxsize=12)
def _writer(name: str, version: str) -> Writer:
    from core.data.tokenizers import Vocabulary

    checkpoint = checkpoints.load(name)
    kept = arrays(name, version, "weights.safetensors")["view.vocabulary"]
    return Writer(checkpoint, checkpoint.model(), Vocabulary.from_bytes(kept))


def prompted(name: str, prompt: str) -> Any:
    """A `core.models.language.base.Context` that has read the prompt; a copy, which may read on."""
    import torch

    return _prompted(name, checkpoints.load(name).version, prompt).branch(torch.zeros(1, dtype=torch.long))


@lru_cache(maxsize=16)
def _prompted(name: str, version: str, prompt: str) -> Any:
    import torch

    found = writer(name)
    return found.model.opened(torch.from_numpy(found.vocabulary.encode(prompt))[None])


def units_of(name: str, text: str) -> Any:
    """What the hidden units of a recurrent network do along a text: (T, layers, H)."""
    return _units_of(name, checkpoints.load(name).version, text)


@lru_cache(maxsize=4)
def _units_of(name: str, version: str, text: str) -> Any:
    import torch

    from core.analysis.language_insides import activity

    opened = writer(name)
    return activity(opened.model, torch.from_numpy(opened.vocabulary.encode(text)))


def likelihood(name: str) -> Any:
    """The model of any checkpoint whose images are to be given a probability."""
    with _lock:
        return _painter(name, checkpoints.load(name).version)


@lru_cache(maxsize=16)
def _painter(name: str, version: str) -> Any:
    return checkpoints.load(name).model()


def atlas(name: str, split: str, points: int) -> Any:
    """Points of the checkpoint's data with their codes (`embedding.Atlas`). Raises `DataError`, `CheckpointError`."""
    checkpoint = checkpoints.load(name)
    if not able(checkpoint, Capability.ENCODES, Capability.DECODES):
        raise CheckpointError(f"{name} makes no codes: it is of the family {checkpoint.family_name}")
    from core.analysis.embedding import open_atlas

    # many requests come at once, and one atlas serves them all; nobody waits for that of another
    key = (checkpoint.folder, checkpoint.version, split, points)
    return _atlases.get(key, lambda: open_atlas(checkpoint, split, points))


@lru_cache(maxsize=8)
def quick_places(of: Any, name: str) -> np.ndarray:
    """Places of an atlas's points on a map that has a formula, (n, 2), without scores."""
    from core.numerics.neighbors import points_of
    from core.numerics.projections import fit_pca

    if name == "code":
        return of.codes
    x = points_of(of.features(name.partition("-")[2]))
    return fit_pca(x, 2).encode(x).numpy()


def film(name: str) -> Any:
    """The codes along the training of a checkpoint (`core.analysis.embedding.Film`), or None."""
    return _film(name, checkpoints.load(name).version)


@lru_cache(maxsize=8)
def _film(name: str, version: str) -> Any:
    from core.analysis.embedding import film

    return film(checkpoints.load(name))


class EstimateError(RuntimeError):
    """The few steps of a training that an estimate needs could not be made; the message says why."""


def estimate(preset: Preset) -> dict[str, Any]:
    """What the training will take here (`core.jobs.worker.Estimate` as a dict). Raises `EstimateError`."""
    return _estimate(json.dumps(preset.to_json(), sort_keys=True))


@lru_cache(maxsize=64)
def _estimate(preset: str) -> dict[str, Any]:
    # a process of its own: steps in the server's threads would stall every visitor
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(preset)
        file.flush()
        command = [sys.executable, "-m", "core", "estimate", file.name, "--json"]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise EstimateError(done.stderr.strip().removeprefix("error: ") or "the process ended early")
    return json.loads(done.stdout)


def download_with_progress(name: str) -> None:
    """Fetch a data set with a bar on the page; says what went wrong, or runs the page again."""
    from core import data

    bar = st.progress(0.0, f"Downloading {name}")

    def show(file: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(total, 1)), f"{file}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    try:
        data.fetch(name, show)
    except data.DataError as error:
        bar.empty()
        say(error)
    else:
        st.rerun()


def say(error: DataError) -> None:
    """What visitors may read of an error about data; where that is not all, the rest goes to the operator's log."""
    if error.public != str(error):
        print(error, file=sys.stderr, flush=True)
    st.error(error.public, icon=":material/cloud_off:")


def dataset_summary(name: str) -> dict[str, Any]:
    """Whether the data set is here, its title and the size of its download; unknown ones are never here."""
    from core import data

    try:
        entry = data.info(name)
    except data.DataError:
        return {"here": False, "title": name, "download_mb": 0.0}
    return {"here": entry.is_here(), "title": entry.title, "download_mb": entry.download_mb}


def answer(of: Callable[..., Any], name: str, *asked: Any) -> Any:
    """`of(name, *asked)`, something small that is found once for each version of the checkpoint."""
    return _answer(of, name, checkpoints.load(name).version, *asked)


@lru_cache(maxsize=128)
def _answer(of: Callable[..., Any], name: str, version: str, *asked: Any) -> Any:
    return of(name, *asked)
