"""Where vectors come from: the input, PCA, a network trained on labels, a layer of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import SettingError
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import PreprocessedSplit, preprocess
from core.data.sets.texts import text_of_code_points
from core.data.tokenizers import Vocabulary
from core.models import build
from core.models.capabilities import Encodes, HasLayers, HasPosterior
from core.models.training_protocols import Staged, StartsFromData
from core.numerics.cancel import check
from core.numerics.kept import kept
from core.numerics.projections import Pca, fit_pca
from core.representations import examples
from core.representations.catalogue import CODES, LABELS_WIDTH, SAMPLE, RepresentationInfo
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError

BATCH = 256
FITTED = 20_000  # examples that PCA is fitted to, at most
CLASSIFIER = (256, LABELS_WIDTH)  # hidden layers of the network trained on labels
TAUGHT, STEPS = 10_000, 1_000  # its training examples, at most, and updates
NOISE, LEARNING_RATE = 0.3, 0.002


def vectors(
    group: Sequence[RepresentationInfo], dataset: Dataset, split: str, rows: np.ndarray, seed: int = 0
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Vectors of the rows of a split, batch by batch: places among the rows (m,), and vectors (m, d) by key. The group
    is one representation, or layers of one model. Raises `DataError`, `CheckpointError`."""
    about = group[0]
    if not about.checkpoint:
        for places in np.array_split(np.arange(len(rows)), -(-len(rows) // BATCH)):
            check()
            x = examples.features(dataset, split, rows[places])
            yield places, {about.key: _of_features(about, dataset, split, x)}
        return
    checkpoint = checkpoint_of(about, dataset)
    model = _model_of(about, checkpoint, dataset, split, seed)
    bits, noise = (Generator().manual_seed(seed) for _ in range(2))
    for places, x in _batches(checkpoint, dataset, split, rows, bits):
        check()
        yield places, _of_layers(model, group, x, noise)


def of_images(about: RepresentationInfo, dataset: Dataset, greys: np.ndarray, seed: int = 0) -> np.ndarray:
    """Vectors (n, d) of images (n, h, w), greys from 0 to 1."""
    if not about.checkpoint:
        return _of_features(about, dataset, "test", examples.image_features(dataset, greys))
    checkpoint = checkpoint_of(about, dataset)
    if about.kind != "untrained":
        return of_trained(about, greys, seed)
    return _of_images(_model_of(about, checkpoint, dataset, "test", seed), about, checkpoint, greys, seed)


def of_trained(about: RepresentationInfo, greys: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same of a layer of a trained model, whose data need not be here. May be given up (`core.numerics.cancel`).
    Raises `SettingError`, `CheckpointError`."""
    checkpoint = checkpoints.load(about.checkpoint)
    return _of_images(_trained(checkpoint.folder, checkpoint.version), about, checkpoint, greys, seed)


def checkpoint_of(about: RepresentationInfo, dataset: Dataset) -> Checkpoint:
    """The representation's checkpoint. Raises `DataError` where it was trained on other data, `CheckpointError`."""
    checkpoint = checkpoints.load(about.checkpoint)
    if checkpoint.manifest.data_fingerprint != dataset.fingerprint:
        raise DataError(f"{checkpoint.name} was trained on a different version of the data {dataset.name}")
    return checkpoint


# -- the data alone ---------------------------------------------------------------------------------


@torch.no_grad()
def _of_features(about: RepresentationInfo, dataset: Dataset, split: str, x: np.ndarray) -> np.ndarray:
    if about.kind == "pca":
        return _pca(dataset, split, about.size).encode(torch.from_numpy(x)).numpy()
    if about.kind == "labels":
        return _classifier(dataset).hidden(torch.from_numpy(x)).numpy()
    return x


@kept("principal components")
def _pca(dataset: Dataset, split: str, k: int) -> Pca:
    """Fitted to the split that is represented: the other one need not be here."""
    return fit_pca(_first_features(dataset, split, FITTED), k)


def _first_features(dataset: Dataset, split: str, most: int) -> Tensor:
    return torch.from_numpy(examples.features(dataset, split, np.arange(min(most, examples.count(dataset, split)))))


class _Classifier(nn.Module):
    """Two hidden layers of rectified units, trained on labels; the second one is the representation."""

    def __init__(self, x: Tensor, classes: int, generator: Generator) -> None:
        super().__init__()
        self.mean = x.mean(0)
        self.scale = (x - self.mean).square().mean().sqrt().clamp_min(1e-12)
        sizes = (x.shape[1], *CLASSIFIER, classes)
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.weights = nn.ParameterList(torch.randn(a, b, generator=generator) * (2 / a) ** 0.5 for a, b in pairs)
        self.biases = nn.ParameterList(torch.zeros(b) for _, b in pairs)

    def hidden(self, x: Tensor) -> Tensor:
        u = (x - self.mean) / self.scale
        for weight, bias in list(zip(self.weights, self.biases, strict=True))[:-1]:
            u = F.relu(u @ weight + bias)
        return u

    def forward(self, x: Tensor) -> Tensor:
        return self.hidden(x) @ self.weights[-1] + self.biases[-1]


@kept("networks trained on labels")
def _classifier(dataset: Dataset) -> _Classifier:
    """Trained on the labels of the training part, with noise on its inputs. Raises `DataError` without labels."""
    if dataset.train_labels is None or not len(dataset.train):
        raise DataError(f"{dataset.name} has no labels to train a network on")
    x = _first_features(dataset, "train", TAUGHT)
    labels = torch.from_numpy(dataset.train_labels[: len(x)]).long()
    generator = Generator().manual_seed(0)
    with torch.enable_grad():
        network = _Classifier(x, int(labels.max()) + 1, generator)
        optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
        for step in range(STEPS):
            check()
            rows = torch.randint(len(x), (128,), generator=generator)
            noise = NOISE * network.scale * torch.randn(128, x.shape[1], generator=generator)
            loss = F.cross_entropy(network(x[rows] + noise), labels[rows])
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * (1 - step / STEPS)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.requires_grad_(False)


# -- models -----------------------------------------------------------------------------------------


def _model_of(about: RepresentationInfo, checkpoint: Checkpoint, dataset: Dataset, split: str, seed: int) -> nn.Module:
    if about.kind == "untrained":
        return _untrained(checkpoint.folder, checkpoint.version, dataset, split, seed)
    return _trained(checkpoint.folder, checkpoint.version)


@kept("models that represent")
def _trained(folder: Path, version: str) -> nn.Module:
    return checkpoints.load(folder).model()


@kept("models before training")
@torch.no_grad()
def _untrained(folder: Path, version: str, dataset: Dataset, split: str, seed: int) -> nn.Module:
    """The model as training finds it; biases that start from data, from those of the split that is represented."""
    preset = checkpoints.load(folder).preset
    model = build(preset.family, preset.model, seed).eval().requires_grad_(False)
    if isinstance(model, StartsFromData | Staged):
        view = _view(dataset, preset.view, split)
        x = view.batch(slice(0, FITTED), Generator().manual_seed(seed))
        if isinstance(model, StartsFromData):
            model.start_from(x)
        if isinstance(model, Staged):
            for index in range(len(model.layer_sizes)):
                stage = model.stage((index + 0.5) / len(model.layer_sizes))
                if stage.index != int(model.at):
                    model.enter(stage, x)
    return model


def _view(dataset: Dataset, view: str, split: str) -> PreprocessedSplit:
    """The examples of a split as a model sees them."""
    first, *more = (preprocess(dataset, view, part) for part in examples.parts_of(split))
    return replace(first, values=torch.cat([first.values, *(one.values for one in more)])) if more else first


@torch.no_grad()
def _of_layers(
    model: nn.Module, group: Sequence[RepresentationInfo], x: Tensor, noise: Generator
) -> dict[str, np.ndarray]:
    """The layers' vectors (N, d) of examples x (N, *event_shape), by key."""
    keys, found = {one.layer: one.key for one in group}, {}
    if SAMPLE in keys and isinstance(model, HasPosterior):
        mean, log_var = model.posterior(x)
        found[keys.pop(SAMPLE)] = mean + (0.5 * log_var).exp() * torch.randn(mean.shape, generator=noise)
    if isinstance(model, HasLayers) and keys.keys() & model.layer_sizes.keys():
        for name, u in model.activations(x):
            if name in keys:
                found[keys.pop(name)] = u
            if not keys:
                break
    if isinstance(model, Encodes) and (left := keys.keys() & set(CODES)):
        found[keys.pop(left.pop())] = model.encode(x)
    if keys:
        raise CheckpointError(f"{group[0].checkpoint} has no layer {', '.join(keys)}")
    return {key: u.float().numpy() for key, u in found.items()}


def _of_images(
    model: nn.Module, about: RepresentationInfo, checkpoint: Checkpoint, greys: np.ndarray, seed: int
) -> np.ndarray:
    """One layer's vectors (n, d) of images (n, h, w), batch by batch."""
    noise, found = Generator().manual_seed(seed), []
    for part in np.array_split(greys, max(1, -(-len(greys) // BATCH))):
        check()
        found.append(_of_layers(model, [about], _image_input(checkpoint, part), noise)[about.key])
    return np.concatenate(found)


def _batches(
    checkpoint: Checkpoint, dataset: Dataset, split: str, rows: np.ndarray, generator: Generator
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """Examples as the model sees them, with their places among the rows; texts of as many tokens together."""
    if dataset.kind != "text":
        shown = _view(dataset, checkpoint.preset.view, split)
        for places in np.array_split(np.arange(len(rows)), -(-len(rows) // BATCH)):
            yield places, shown.batch(torch.from_numpy(rows[places]), generator)
        return
    vocabulary = Vocabulary.from_bytes(checkpoint.arrays()["view.vocabulary"])
    texts = [text_of_code_points(each) for each in examples.stretches(dataset, split, rows)]
    tokens = [vocabulary.encode(text).astype(np.int64) for text in texts]
    lengths = np.array([len(each) for each in tokens])
    for length in np.unique(lengths):
        same = np.flatnonzero(lengths == length)
        for places in np.array_split(same, -(-len(same) // BATCH)):
            yield places, torch.from_numpy(np.stack([tokens[place] for place in places]))


def _image_input(checkpoint: Checkpoint, greys: np.ndarray) -> Tensor:
    """Images (n, h, w) as the model sees them. Raises `SettingError` for those of another shape."""
    expected = tuple(checkpoint.manifest.preset.event_shape)
    if greys.shape[1:] != expected or len(expected) != 2:
        raise SettingError(f"images of shape {greys.shape[1:]}: {checkpoint.name} takes {expected}")
    if checkpoint.manifest.kind == "binary":
        return torch.from_numpy((greys > 0.5).astype(np.float32))
    shift, scale = _grey_scale(checkpoint.folder, checkpoint.version)
    x = (greys.astype(np.float32) - shift) / scale
    return torch.from_numpy(np.rint(x) if checkpoint.manifest.kind == "levels" else x)


@kept("grey scales of representations")
def _grey_scale(folder: Path, version: str) -> tuple[np.ndarray, np.ndarray]:
    arrays = checkpoints.load(folder).arrays()
    return arrays["view.shift"].astype(np.float32), arrays["view.scale"].astype(np.float32)
