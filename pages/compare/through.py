"""One image through all representations: its vector, what the model makes of it, its neighbours in the full space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from core.analysis import checkpoint_codec
from core.config.capabilities import Capability
from core.data.errors import DataError
from core.numerics.kept import Kept
from core.representations import RepresentationInfo, sources
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from pages.compare import loading
from pages.shared import represented
from pages.shared.codec import BadRequest, grey_image, pack, whole

NEAREST = 8
MOST_UNITS = 1_024  # of a vector that are sent to be drawn


@dataclass(frozen=True, eq=False)
class Space:
    """The examples' vectors, ready for a newcomer. points (n, d), mean and std (d,)."""

    points: torch.Tensor
    labels: np.ndarray | None
    classes: int

    @cached_property
    def squares(self) -> torch.Tensor:
        return self.points.square().sum(1)

    @cached_property
    def mean(self) -> torch.Tensor:
        return self.points.mean(0)

    @cached_property
    def std(self) -> torch.Tensor:
        return self.points.std(0).clamp_min(1e-12)

    @cached_property
    def class_means(self) -> torch.Tensor | None:
        """(C, d); of a class without examples, infinity."""
        if self.labels is None:
            return None
        means = [self.points[torch.from_numpy(self.labels == c)] for c in range(self.classes)]
        return torch.stack([m.mean(0) if len(m) else torch.full_like(self.mean, torch.inf) for m in means])

    def nearest(self, z: torch.Tensor, without: int = -1) -> torch.Tensor:
        """Rows of the nearest examples to a vector (d,), nearest first."""
        apart = self.squares - 2 * (self.points @ z)
        if without >= 0:
            apart[without] = torch.inf
        return apart.topk(min(NEAREST, len(apart) - 1), largest=False)[1]


_spaces: Kept[Space] = Kept("spaces of representations")
_ways_back: Kept[torch.Tensor] = Kept("ways back from representations")


def space(dataset: str, key: str) -> Space:
    """The space of a representation."""
    shown = represented.examples(dataset)

    def make() -> Space:
        return Space(loading.terms(dataset, key).points, shown.labels, len(shown.dataset.class_names))

    return _spaces.get(represented.identity(dataset, key), make)


def _way_back(dataset: str, key: str) -> torch.Tensor:
    """The linear map (d + 1, pixels) from vectors, and a one, to greys with the least squared error over the examples:
    for principal components the way back."""

    def make() -> torch.Tensor:
        z, x = (loading.terms(dataset, one).points.double() for one in (key, "pixels"))
        z = torch.cat([z, torch.ones(len(z), 1)], 1)
        return torch.linalg.lstsq(z, x, driver="gelsd").solution.float()

    return _ways_back.get(represented.identity(dataset, key), make)


def through(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The example `row`, or a drawn image (plane "image"), in each of the representations `of`: deviations of its units
    from their means in their spreads; where the model decodes, the reconstruction and its squared error, summed over
    greys from 0 to 1; nearest examples, nearest class."""
    keys = header.get("of")
    if (
        not isinstance(keys, list)
        or not 1 <= len(keys) <= represented.MOST
        or not all(isinstance(k, str) for k in keys)
    ):
        raise BadRequest(f"of: expected the keys of 1 to {represented.MOST} representations")
    shown, row = represented.examples(name), -1
    image = None
    if "image" in planes:
        image = grey_image(planes, None if shown.images is None else shown.images.shape[1:])
    else:
        row = whole(header, "row", 0, len(shown) - 1)
    answers: list[dict[str, Any]] = []
    sent: dict[str, tuple[str, np.ndarray]] = {}
    for i, key in enumerate(keys):
        try:
            answer, found = _through_one(name, shown, key, row, image)
        except (DataError, CheckpointError) as error:
            answer, found = {"problem": error.public}, {}
        answers.append({"key": key, **answer})
        sent |= {f"{part}{i}": plane for part, plane in found.items()}
    return pack({"rows": answers}, sent)


def _through_one(
    name: str, shown: represented.Examples, key: str, row: int, image: np.ndarray | None
) -> tuple[dict[str, Any], dict[str, tuple[str, np.ndarray]]]:
    about, within = represented.info(name, key), space(name, key)
    if image is None:
        z = within.points[row]
    elif about.kind == "upload":
        return {"problem": "uploaded vectors: a drawing has none"}, {}
    else:
        z = torch.from_numpy(sources.of_images(about, shown.dataset, image[None].astype(np.float32) / 255, 0)[0])
    answer: dict[str, Any] = {"nearest": within.nearest(z, row).tolist()}
    if within.class_means is not None:
        answer["class"] = int((within.class_means - z).square().sum(1).nan_to_num(torch.inf).argmin())
    found = {"units": ("f32", ((z - within.mean) / within.std).clamp(-9, 9)[:MOST_UNITS].numpy())}
    if (back := _decoded(about, shown, z.numpy())) is not None:
        found["back"] = ("u8", back)
        original = shown.images[row] if image is None else image
        answer["error"] = float(np.square((back.astype(np.float32) - original) / 255).sum())
    return answer, found


def _decoded(about: RepresentationInfo, shown: represented.Examples, z: np.ndarray) -> np.ndarray | None:
    """The grey image that a vector stands for, (h, w) uint8; None where there is no way back."""
    if shown.images is None:
        return None
    if about.kind == "pca" and about.size:
        weights = _way_back(shown.dataset.name, about.key)
        flat = (torch.cat([torch.from_numpy(z), torch.ones(1)]) @ weights).numpy()
        return np.clip(np.rint(255 * flat), 0, 255).astype(np.uint8).reshape(shown.images.shape[1:])
    if about.kind not in ("code", "sample"):
        return None
    checkpoint = checkpoints.load(about.checkpoint)
    if Capability.DECODES not in checkpoint.capabilities:
        return None
    return checkpoint_codec.to_grey(checkpoint, checkpoint_codec.decode(checkpoint, z[None]))[0]
