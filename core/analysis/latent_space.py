"""What a page of a latent space shows of one variational autoencoder: posteriors of test examples, planes through the
space, the code of a drawing, the training images nearest to samples.

Posteriors stand in the checkpoint's summary: only `pictures` and `nearest_training` need the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from core.analysis import checkpoint_codec
from core.config.fields import require
from core.data.errors import DataError
from core.data.greys import grey_images
from core.models.autoencoders.vae import ACTIVE
from core.numerics.kept import kept
from core.numerics.projections import fit_pca
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError

Kind = Literal["dims", "pca", "class"]


@dataclass(frozen=True, eq=False)
class Posteriors:
    """q(z|x) = N(mean, diag(exp(log_var))) of the first test examples.

    mean, log_var    (n, d) float32
    labels           (n,) int64 indices into class_names, or None
    kl               (d,) nats: mean over examples of KL(q(z_i|x) || N(0, 1))
    axes             (a, d) principal directions of the means of training examples, a >= 2
    class_means      {class: (d,)} of training examples
    information      {factor: (d,)} share of what is to be known of a factor that each unit tells, where it is known
    """

    mean: np.ndarray
    log_var: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    kl: np.ndarray
    axes: np.ndarray
    class_means: dict[int, np.ndarray]
    information: dict[str, np.ndarray]

    @property
    def dead(self) -> np.ndarray:
        """(d,) bool: the posterior mean hardly moves with x, so that the unit says nothing of it."""
        return self.mean.var(0) < ACTIVE


def posteriors(checkpoint: Checkpoint) -> Posteriors:
    """The posteriors in the checkpoint's summary. Raises `CheckpointError` where it has none."""
    return _posteriors(checkpoint.folder, checkpoint.version)


def axes(found: Posteriors, kind: Kind, first: int, second: int) -> np.ndarray:
    """Two orthonormal directions (2, d) that span a plane of the latent space.

    dims     the units `first` and `second` themselves
    pca      principal axes number `first` and `second`
    class    from the mean of class `first` to that of class `second`, and the leading principal axis of what is
             left of the posterior means across that direction

    As they are orthonormal, the prior is N(0, 1) along each of them. Raises `SettingError`.
    """
    d = found.mean.shape[1]
    require(kind in ("dims", "pca", "class"), "plane", kind, "one of dims, pca, class")
    if kind == "class":
        return _between(found, first, second)
    most = d if kind == "dims" else len(found.axes)
    require(0 <= first < most and 0 <= second < most and first != second, "plane", (first, second), f"two below {most}")
    return np.eye(d, dtype=np.float32)[[first, second]] if kind == "dims" else _orthonormal(found.axes[[first, second]])


def _between(found: Posteriors, first: int, second: int) -> np.ndarray:
    means = found.class_means
    require(first in means and second in means and first != second, "plane", (first, second), "two classes")
    way = means[second] - means[first]
    length = float(np.linalg.norm(way))
    way = way / length if length > 1e-6 else np.zeros_like(way)
    across = found.mean - np.outer(found.mean @ way, way)
    return _orthonormal(np.stack([way, fit_pca(torch.from_numpy(across), 1).components.numpy()[0]]))


def _orthonormal(rows: np.ndarray) -> np.ndarray:
    """The two rows made orthonormal; a row of zeros (no variance there) becomes any direction that is free."""
    d, found = rows.shape[1], []
    for row in (rows[0], *np.eye(d), rows[1], *np.eye(d)) if not rows[0].any() else (*rows, *np.eye(d)):
        left = row.astype(np.float64) - sum((row @ f) * f for f in found)
        if np.linalg.norm(left) > 1e-4 and len(found) < 2:
            found.append(left / np.linalg.norm(left))
    return np.array(found, np.float32)


@kept("posteriors of codes")
def _posteriors(folder: Path, version: str) -> Posteriors:
    checkpoint = checkpoints.load(folder)
    arrays = {k: v.astype(np.float32) for k, v in checkpoint.arrays("portrait.safetensors").items()}
    try:
        mean, log_var, kl = arrays["codes"], arrays["codes.log_var"], arrays["latent.kl"]
    except KeyError as error:
        again = f"`python -m core evaluate {checkpoint.name} --save` computes it again"
        raise CheckpointError(f"{checkpoint.name} has no {error} in its summary: {again}") from None
    axes = arrays.get("latent.axes", ())  # none where there was a single training example
    labels = arrays.get("codes.labels")
    means, counts = arrays.get("latent.class_means", ()), arrays.get("latent.class_counts", ())
    prefix = "latent.information."
    return Posteriors(
        mean,
        log_var,
        None if labels is None else labels.astype(np.int64),
        checkpoint.manifest.class_names,
        kl,
        axes if len(axes) > 1 else np.eye(mean.shape[1], dtype=np.float32)[:2],
        {i: row for i, (row, count) in enumerate(zip(means, counts, strict=True)) if count > 0},
        {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)},
    )


# -- pictures -------------------------------------------------------------------------------------


def pictures(checkpoint: Checkpoint) -> np.ndarray:
    """The test examples whose posteriors are kept, as greys (n, h, w) uint8. Raises `DataError`."""
    dataset = checkpoint_codec.dataset_of(checkpoint)
    greys = grey_images(dataset, dataset.test[: len(posteriors(checkpoint).mean)])
    if greys is None:
        raise DataError(f"{dataset.name} are not images")
    return greys


@torch.no_grad()
def image_posterior(checkpoint: Checkpoint, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and log_var (d,) of the posterior of a picture (h, w), uint8; of a deterministic code, log_var is -inf."""
    x = torch.from_numpy(checkpoint_codec.image_input(checkpoint, image))[None]
    model = checkpoint_codec.codec_of(checkpoint)
    if hasattr(model, "posterior"):
        mean, log_var = model.posterior(x)
        return mean[0].numpy(), log_var[0].numpy()
    mean = model.encode(x)[0].numpy()
    return mean, np.full_like(mean, -np.inf)


def nearest_training(checkpoint: Checkpoint, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The training image nearest to each of images (m, h, w) uint8, by the squared distance summed over pixels from 0
    to 1: greys (m, h, w) uint8, indices (m,), distances (m,). Raises `DataError`."""
    train, squares = _training(checkpoint.folder, checkpoint.version)
    x = images.reshape(len(images), -1).astype(np.float32) / 255
    expected = checkpoint.manifest.preset.event_shape
    require(images.shape[1:] == expected, "images", images.shape[1:], f"images of shape {expected}")
    best = np.full(len(x), np.inf, np.float32)
    rows = np.zeros(len(x), np.int64)
    for first in range(0, len(train), 10_000):  # bytes become floats in parts: memory stays bounded
        part = train[first : first + 10_000].reshape(-1, x.shape[1]).astype(np.float32) / 255
        apart = squares[first : first + len(part)] - 2 * x @ part.T
        nearest = apart.argmin(1)
        value = apart[np.arange(len(x)), nearest]
        closer = value < best
        best[closer], rows[closer] = value[closer], nearest[closer] + first
    return train[rows], rows, np.maximum(0, best + np.square(x).sum(1))


@kept("training images")
def _training(folder: Path, version: str) -> tuple[np.ndarray, np.ndarray]:
    dataset = checkpoint_codec.dataset_of(checkpoints.load(folder))
    greys = grey_images(dataset, dataset.train)
    if greys is None:
        raise DataError(f"{dataset.name} are not images")
    squares = [
        np.square(part.astype(np.float32) / 255).sum((1, 2)) for part in np.array_split(greys, 1 + len(greys) // 10_000)
    ]
    return greys, np.concatenate(squares)
