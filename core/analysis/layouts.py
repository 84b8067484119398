"""Maps of a checkpoint's points: PCA, UMAP, t-SNE, or a code of two numbers itself; where newcomers lie on them.

Maps are kept beside the checkpoints, in `.layouts/<checkpoint>/<key>.safetensors`, or in `layouts/` of a checkpoint's
own folder, so that a checkpoint can bring them along: these are small, their places rounded to a grid. PCA is computed
where it is asked for; UMAP and t-SNE take a run (`core.jobs.submit_layout`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from core.analysis.checkpoint_codec import pixel_features
from core.analysis.embedding import NEIGHBOURHOOD, EmbeddedDataset, Space, Split, squared_distances
from core.config.fields import require
from core.numerics.neighbors import continuity, knn_accuracy, points_of, trustworthiness
from core.numerics.projections import Method, Pca, check, fit_pca, project
from core.store import checkpoints, disk, tensors
from core.store.checkpoints import Checkpoint

Report = Callable[[str, int, int], None]

LAYOUTS = ("code", "pca-pixels", "pca-code", "umap-pixels", "umap-code", "tsne-pixels", "tsne-code")
FOLDER = ".layouts"  # beside the checkpoints; the dot keeps it out of their list
GRID = 4_095  # steps across the wider side of a map that a checkpoint brings along
_FORMAT = 1  # raised when the same question no longer has the same answer


class LayoutMissing(LookupError):
    """The map is not there yet and takes a run; the message says how to ask for it."""


@dataclass(frozen=True)
class Layout:
    """A map of points.

    coordinates    (n, 2) float32
    scores         "knn_accuracy" (share right, leave one out), "trustworthiness" and "continuity" with respect to the
                   pixels (0 to 1, at most 2,000 points), "explained" (share of variance, PCA); those that apply
    settings       as they were used
    seconds        it took to compute
    pca            what places newcomers on a PCA map
    """

    name: str
    coordinates: np.ndarray
    scores: dict[str, float]
    seconds: float
    settings: dict[str, float] = field(default_factory=dict)
    pca: Pca | None = field(default=None, repr=False)


def list_layouts(embedded: EmbeddedDataset) -> dict[str, bool]:
    """The maps that there are of it, by name, and whether each is ready with its usual settings (else it takes a
    run). "code" is a code of two numbers itself."""
    d = embedded.codes.shape[1]
    offered = [name for name in LAYOUTS if (name != "code" or d == 2) and (name != "pca-code" or d > 2)]
    return {name: _quick(name) or _find(embedded, name, check(_method(name), {})) is not None for name in offered}


def get_layout(embedded: EmbeddedDataset, name: str, **settings: float) -> Layout:
    """The map called `name`, with the settings of `core.numerics.projections.SETTINGS`.

    PCA and "code" are computed if need be. Raises `LayoutMissing` where UMAP or t-SNE is not ready, `SettingError`.
    """
    used = _check_settings(embedded, name, settings)
    if (found := _find(embedded, name, used)) is not None:
        return found
    if not _quick(name):
        raise LayoutMissing(f"{name} of {len(embedded):,} points is not ready: `core.jobs.submit_layout` computes it")
    return compute_layout(embedded, name, used)


def compute_layout(
    embedded: EmbeddedDataset,
    name: str,
    settings: dict[str, float],
    report: Report | None = None,
    folder: Path | None = None,
) -> Layout:
    """Compute the map anew and keep it, beside the checkpoints; or, small, in `folder`. Raises `SettingError`."""
    used = _check_settings(embedded, name, settings)
    report = report or (lambda what, done, total: None)
    began, scores, pca = time.perf_counter(), {}, None
    if name == "code":
        coordinates = embedded.codes
    elif _method(name) == "pca":
        x = points_of(embedded.features(_space(name)))
        pca = fit_pca(x, 2)
        coordinates = pca.encode(x).numpy()
        scores["explained"] = pca.explained_variance_ratio
    else:
        made = project(_method(name), embedded.features(_space(name)), embedded.seed, report, **used)
        coordinates, used = made.coordinates, made.settings
    seconds = time.perf_counter() - began
    report("scores of the map", 0, 1)
    pixels = embedded.features("pixels")
    if embedded.labels is not None and len(np.unique(embedded.labels)) > 1:
        scores["knn_accuracy"] = knn_accuracy(coordinates, embedded.labels, NEIGHBOURHOOD)
    scores["trustworthiness"] = trustworthiness(pixels, coordinates, NEIGHBOURHOOD, embedded.seed)
    scores["continuity"] = continuity(pixels, coordinates, NEIGHBOURHOOD, embedded.seed)
    grid = _grid_of(coordinates) if folder else None
    coordinates = grid.coordinates() if grid else np.ascontiguousarray(coordinates, np.float32)
    found = Layout(name, coordinates, scores, seconds, used, pca)
    key = layout_key(embedded.checkpoint, name, embedded.points, embedded.split, settings, embedded.seed)
    with suppress(OSError):  # where nothing can be kept, it is still there to be seen
        _write((folder or _folders(embedded.checkpoint)[0]) / f"{key}.safetensors", found, grid)
    return found


def layout_key(
    checkpoint: Checkpoint, name: str, points: int, split: Split, settings: dict[str, float], seed: int = 0
) -> str:
    """Sixteen hex digits that change with anything that determines the map. Raises `SettingError`."""
    used = check(_method(name), settings)
    what = [_FORMAT, checkpoint.version, checkpoint.manifest.data_fingerprint, name, points, split, used, seed]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


def out_of_sample(
    embedded: EmbeddedDataset, name: str, values: np.ndarray, code: np.ndarray, **settings: float
) -> tuple[np.ndarray, bool] | None:
    """Where an example lies on a map, (2,), and whether that is exact: "code" and PCA have a formula. UMAP and t-SNE
    have none; there it is the mean of the places of its nearest neighbours among the points.

    values (*event_shape,) as the model sees it, code (d,): see `image_input` and `encode_image` of
    `core.analysis.checkpoint_codec`. None where the map is not ready.
    """
    try:
        found = get_layout(embedded, name, **settings)
    except LayoutMissing:
        return None
    if name == "code":
        return np.asarray(code, np.float32), True
    in_code = _space(name) == "code"
    row = np.asarray(code, np.float32)[None] if in_code else pixel_features(embedded.checkpoint, values[None])
    if found.pca is not None:
        return found.pca.encode(torch.from_numpy(row))[0].numpy(), True
    features = embedded.features(_space(name))
    close = squared_distances(features, row).argsort(kind="stable")[:NEIGHBOURHOOD]
    return found.coordinates[close].mean(0), False


def _check_settings(embedded: EmbeddedDataset, name: str, settings: dict[str, float]) -> dict[str, float]:
    d = embedded.codes.shape[1]
    require(name in LAYOUTS, "layout", name, f"one of {', '.join(LAYOUTS)}")
    require(name != "code" or d == 2, "layout", name, f"only for 2-D codes; these are {d}-D")
    return check(_method(name), settings)


def _quick(name: str) -> bool:
    return _method(name) == "pca"


def _method(name: str) -> Method:
    require(name in LAYOUTS, "layout", name, f"one of {', '.join(LAYOUTS)}")
    return "pca" if name == "code" else name.partition("-")[0]  # type: ignore[return-value]


def _space(name: str) -> Space:
    return name.partition("-")[2]  # type: ignore[return-value]


def _folders(checkpoint: Checkpoint) -> tuple[Path, Path]:
    """Where maps are kept, and where a checkpoint may bring some."""
    return checkpoints.root() / FOLDER / checkpoint.name, checkpoint.folder / "layouts"


def is_ready(checkpoint: Checkpoint, name: str, points: int, split: Split, settings: dict[str, float]) -> bool:
    """Whether there is a file of the map, without opening it or the data. Raises `SettingError`."""
    key = layout_key(checkpoint, name, points, split, settings)
    return any((folder / f"{key}.safetensors").exists() for folder in _folders(checkpoint))


def _find(embedded: EmbeddedDataset, name: str, settings: dict[str, float]) -> Layout | None:
    key = layout_key(embedded.checkpoint, name, embedded.points, embedded.split, settings, embedded.seed)
    for folder in _folders(embedded.checkpoint):
        if (found := _read(folder / f"{key}.safetensors", name, len(embedded))) is not None:
            return found
    return None


@dataclass(frozen=True)
class _Grid:
    """Places (n, 2) as whole numbers of steps from a corner."""

    places: np.ndarray
    corner: tuple[float, float]
    step: float

    def coordinates(self) -> np.ndarray:
        return (np.array(self.corner) + self.step * self.places).astype(np.float32)


def _grid_of(coordinates: np.ndarray) -> _Grid:
    corner = coordinates.min(0).astype(np.float64)
    step = float((coordinates.max(0) - corner).max()) / GRID or 1.0
    return _Grid(np.rint((coordinates - corner) / step).astype(np.int16), tuple(corner.tolist()), step)


def _write(file: Path, found: Layout, grid: _Grid | None) -> None:
    arrays = {"coordinates": grid.places if grid else found.coordinates}
    if found.pca is not None:
        arrays |= {"mean": found.pca.mean.numpy(), "components": found.pca.components.numpy()}
    about = {"name": found.name, "scores": found.scores, "seconds": found.seconds, "settings": found.settings}
    about |= {"corner": grid.corner, "step": grid.step} if grid else {}
    about["sha256"] = _sum(arrays)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent.parent.name == FOLDER:
        (file.parent.parent / ".gitignore").write_text("*\n")  # they can all be made again
    disk.write_atomically(file, tensors.save(arrays, {"layout": json.dumps(about)}))


def _read(file: Path, name: str, n: int) -> Layout | None:
    """The map in the file; None where there is none, or it is damaged (it is then computed anew)."""
    from safetensors import SafetensorError

    try:
        arrays, metadata = tensors.load_with_metadata(file.read_bytes())
        about = json.loads(metadata["layout"])
        if about["name"] != name or about["sha256"] != _sum(arrays) or arrays["coordinates"].shape != (n, 2):
            return None
        coordinates, pca = arrays["coordinates"], None
        if "step" in about:
            coordinates = _Grid(coordinates, about["corner"], about["step"]).coordinates()
        if "mean" in arrays:
            parts = {key: torch.from_numpy(arrays[key]) for key in ("mean", "components")}
            pca = Pca(**parts, variances=torch.zeros(2), total=0.0)
        return Layout(name, coordinates, about["scores"], about["seconds"], about["settings"], pca)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None


def _sum(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()
