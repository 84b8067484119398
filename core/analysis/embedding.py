"""What a page of codes shows of one checkpoint: points with their pictures, codes and errors; maps of them; the film of
how the codes came to be; the way back from any place to a picture.

Maps are kept beside the checkpoints, in `.layouts/<checkpoint>/<key>.safetensors`, or in `layouts/` of a checkpoint's
own folder, so that a checkpoint can bring them along. PCA is computed where it is asked for; UMAP and t-SNE take a run
(`core.jobs.submit_layout`).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from core import data, models
from core.config.fields import SettingError, require
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import preprocess
from core.models.capabilities import Codec, Staged
from core.numerics.neighbors import continuity, knn_accuracy, nearest, points_of, sampled, trustworthiness
from core.numerics.projections import Method, Pca, check, fit_pca, project
from core.store import checkpoints, disk, tensors
from core.store.checkpoints import Checkpoint, CheckpointError
from core.store.naming import checkpoint_name

Split = Literal["test", "train", "all"]
Space = Literal["pixels", "code"]
Report = Callable[[str, int, int], None]

LAYOUTS = ("code", "pca-pixels", "pca-code", "umap-pixels", "umap-code", "tsne-pixels", "tsne-code")
MOST_POINTS = 70_000
MOST_WEIGHTS = 3_000_000  # numbers in a decoder that a browser is given
NEIGHBOURHOOD = 10  # neighbours that scores look at, and between whose places a newcomer is put
MOST_VOTERS, VOTERS = 10_000, 2_000  # of more points than those, so many are asked for their neighbours' classes
FOLDER = ".layouts"  # beside the checkpoints; the dot keeps it out of their list
_FORMAT = 1  # raised when the same question no longer has the same answer
_BATCH = 2_000


class LayoutMissing(LookupError):
    """The map is not there yet and takes a run; the message says how to ask for it."""


@dataclass(frozen=True, eq=False)
class Atlas:
    """Points of a checkpoint's data.

    images    (n, h, w) uint8 greys, or None where the data are no pictures
    values    (n, *event_shape) float32, as the model sees them
    labels    (n,) int64 indices into class_names, or None
    codes     (n, d) float32
    errors    (n,) float32, squared error of the reconstruction summed over an example (for counts: of shares)
    split     that was asked for; "all" where that has fewer than three examples
    indices   (n,) int64 into the split; "all" is the test examples followed by the training examples
    factors   {name: (n,)} what is known to have generated the examples, where it is
    vocabulary    what the numbers of an example are called (the words of documents), or empty
    """

    checkpoint: Checkpoint
    images: np.ndarray | None
    values: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    codes: np.ndarray
    errors: np.ndarray
    split: Split
    indices: np.ndarray
    points: int
    seed: int
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    _accuracy: dict[str, float] = field(default_factory=dict, repr=False)
    _near: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def features(self, space: Space) -> np.ndarray:
        """What distances are taken between, (n, D): codes, or examples as the model sees them; of word counts the
        square roots of shares, whose distance is Hellinger's."""
        if space == "code":
            return self.codes
        return _pixels(self.checkpoint, self.values)


@dataclass(frozen=True)
class Layout:
    """A map of an atlas's points.

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


@dataclass(frozen=True)
class Film:
    """Codes of the first test examples along the training, each frame turned, scaled and moved to lie on the last.

    epochs    (T,) of the stage that a frame belongs to
    codes     (T, N, 2) float32
    stages    what was trained then, one for each frame
    errors    (T,) "reconstruction" of the history; NaN where it was not noted
    """

    epochs: np.ndarray
    codes: np.ndarray
    stages: list[str]
    errors: np.ndarray


# -- points -------------------------------------------------------------------------------------


def open_atlas(checkpoint: Checkpoint, split: Split = "test", points: int = 10_000, seed: int = 0) -> Atlas:
    """The split's examples with their codes; a fair draw of `points` where there are more. A split of fewer than three
    examples opens on all of the data.

    Raises `DataError` where the data are not here, or are others; `CheckpointError` where the model has no code.
    """
    require(split in ("test", "train", "all"), "split", split, "one of test, train, all")
    require(3 <= points <= MOST_POINTS, "points", points, f"between 3 and {MOST_POINTS:,}")
    model = model_of(checkpoint)
    dataset = _dataset(checkpoint)
    if split != "all" and len(getattr(dataset, split)) < 3:
        split = "all"
    splits = ("test", "train") if split == "all" else (split,)
    sizes = [len(getattr(dataset, part)) for part in splits]
    indices = sampled(sum(sizes), points, seed)
    if len(indices) < 3:
        raise DataError(f"{dataset.name}: {len(indices)} examples in all, a map needs at least 3")
    generator = torch.Generator().manual_seed(seed)
    values, pictures, labels, factors, first = [], [], [], [], 0
    for part, size in zip(splits, sizes, strict=True):
        rows = indices[(indices >= first) & (indices < first + size)] - first
        shown = preprocess(dataset, checkpoint.preset.view, part)
        values.append(shown.batch(torch.from_numpy(rows), generator))
        pictures.append(_pictures(dataset, getattr(dataset, part)[rows]))
        if (known := getattr(dataset, f"{part}_labels")) is not None:
            labels.append(known[rows])
        factors.append({name: column[rows] for name, column in getattr(dataset, f"{part}_factors").items()})
        first += size
    known_factors = [name for name in factors[0] if all(name in part for part in factors)]
    x = torch.cat(values)
    with torch.no_grad():
        codes = torch.cat([model.encode(part) for part in x.split(_BATCH)])
        pairs = zip(x.split(_BATCH), codes.split(_BATCH), strict=True)
        errors = torch.cat([_error(checkpoint, part, model.decode(z)) for part, z in pairs])
    return Atlas(
        checkpoint,
        np.concatenate(pictures) if pictures[0] is not None else None,
        x.numpy(),
        np.concatenate(labels).astype(np.int64) if len(labels) == len(splits) else None,
        checkpoint.manifest.class_names,
        codes.numpy(),
        errors.numpy(),
        split,
        indices,
        points,
        seed,
        {name: np.concatenate([part[name] for part in factors]) for name in known_factors},
        dataset.vocabulary,
    )


def neighbours(atlas: Atlas, of: Space = "pixels", k: int = 12) -> np.ndarray:
    """The k nearest others of every point, (n, k) int32, nearest first; kept in memory with the atlas."""
    k = min(k, len(atlas) - 1)
    with atlas._lock:
        found = atlas._near.get(of)
        if found is None or found.shape[1] < k:
            found = atlas._near[of] = nearest(atlas.features(of), k)[0]
    return found[:, :k]


def near(atlas: Atlas, row: int, k: int = 12) -> dict[Space, np.ndarray]:
    """The k nearest others of one point in each space, (k,) int32, nearest first: at once, also among many points."""
    found: dict[Space, np.ndarray] = {}
    for space in ("pixels", "code"):
        known = atlas._near.get(space)
        if known is not None and known.shape[1] >= k:
            found[space] = known[row, :k]
            continue
        features = atlas.features(space)
        apart = _apart(features, features[row])
        apart[row] = np.inf
        found[space] = apart.argsort(kind="stable")[: min(k, len(atlas) - 1)].astype(np.int32)
    return found


def accuracy(atlas: Atlas, of: Space) -> float | None:
    """Share of points whose `NEIGHBOURHOOD` nearest others in the space itself, not on a map of it, name their class;
    None without classes. Of more than `MOST_VOTERS` points a fair draw is asked. Kept in memory with the atlas."""
    if atlas.labels is None or len(np.unique(atlas.labels)) < 2:
        return None
    with atlas._lock:
        if of not in atlas._accuracy:
            rows = sampled(len(atlas), VOTERS, atlas.seed) if len(atlas) > MOST_VOTERS else None
            atlas._accuracy[of] = knn_accuracy(atlas.features(of), atlas.labels, NEIGHBOURHOOD, rows)
        return atlas._accuracy[of]


def words(atlas: Atlas, row: int, most: int = 12) -> list[str]:
    """What tells an example that is no picture from others: of a document its most frequent words, of a row of a table
    the columns in which it is furthest from the mean, in their spread, with their values."""
    values = atlas.values[row].reshape(-1).astype(np.float64)
    names = atlas.vocabulary or tuple(f"column {i + 1}" for i in range(len(values)))
    if atlas.checkpoint.manifest.kind == "counts":
        order = (-values).argsort(kind="stable")[:most]
        return [names[i] if values[i] == 1 else f"{names[i]} ×{values[i]:.0f}" for i in order if values[i] > 0]
    shift, scale = _units(atlas.checkpoint.folder, atlas.checkpoint.version)
    flat = atlas.values.reshape(len(atlas), -1).astype(np.float64)
    far = np.abs(values - flat.mean(0)) / np.maximum(flat.std(0), 1e-300)
    plain = (shift + scale * atlas.values[row]).reshape(-1)
    return [f"{names[i]} {plain[i]:.4g}" for i in (-far).argsort(kind="stable")[: min(most, 6)]]


# -- maps ---------------------------------------------------------------------------------------


def layouts(atlas: Atlas) -> dict[str, bool]:
    """The maps that there are of it, by name, and whether each is ready with its usual settings (else it takes a
    run). "code" is a code of two numbers itself."""
    d = atlas.codes.shape[1]
    offered = [name for name in LAYOUTS if (name != "code" or d == 2) and (name != "pca-code" or d > 2)]
    return {name: _quick(name) or _find(atlas, name, check(_method(name), {})) is not None for name in offered}


def layout(atlas: Atlas, name: str, **settings: float) -> Layout:
    """The map called `name`, with the settings of `core.numerics.projections.SETTINGS`.

    PCA and "code" are computed if need be. Raises `LayoutMissing` where UMAP or t-SNE is not ready, `SettingError`.
    """
    used = _checked(atlas, name, settings)
    if (found := _find(atlas, name, used)) is not None:
        return found
    if not _quick(name):
        raise LayoutMissing(f"{name} of {len(atlas):,} points is not ready: `core.jobs.ask_layout` computes it")
    return compute(atlas, name, used)


def compute(
    atlas: Atlas, name: str, settings: dict[str, float], report: Report | None = None, folder: Path | None = None
) -> Layout:
    """Compute the map anew and keep it, beside the checkpoints or in `folder`. Raises `SettingError`."""
    used = _checked(atlas, name, settings)
    report = report or (lambda what, done, total: None)
    began, scores, pca = time.perf_counter(), {}, None
    if name == "code":
        coordinates = atlas.codes
    elif _method(name) == "pca":
        x = points_of(atlas.features(_space(name)))
        pca = fit_pca(x, 2)
        coordinates = pca.encode(x).numpy()
        scores["explained"] = pca.explained
    else:
        made = project(_method(name), atlas.features(_space(name)), atlas.seed, report, **used)
        coordinates, used = made.coordinates, made.settings
    seconds = time.perf_counter() - began
    report("scores of the map", 0, 1)
    pixels = atlas.features("pixels")
    if atlas.labels is not None and len(np.unique(atlas.labels)) > 1:
        scores["knn_accuracy"] = knn_accuracy(coordinates, atlas.labels, NEIGHBOURHOOD)
    scores["trustworthiness"] = trustworthiness(pixels, coordinates, NEIGHBOURHOOD, atlas.seed)
    scores["continuity"] = continuity(pixels, coordinates, NEIGHBOURHOOD, atlas.seed)
    found = Layout(name, np.ascontiguousarray(coordinates, np.float32), scores, seconds, used, pca)
    key = layout_key(atlas.checkpoint, name, atlas.points, atlas.split, settings, atlas.seed)
    with suppress(OSError):  # where nothing can be kept, it is still there to be seen
        _write((folder or _folders(atlas.checkpoint)[0]) / f"{key}.safetensors", found)
    return found


def layout_key(
    checkpoint: Checkpoint, name: str, points: int, split: Split, settings: dict[str, float], seed: int = 0
) -> str:
    """Sixteen hex digits that change with anything that determines the map. Raises `SettingError`."""
    used = check(_method(name), settings)
    what = [_FORMAT, checkpoint.version, checkpoint.manifest.data_fingerprint, name, points, split, used, seed]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


def place(
    atlas: Atlas, name: str, values: np.ndarray, code: np.ndarray, **settings: float
) -> tuple[np.ndarray, bool] | None:
    """Where an example lies on a map, (2,), and whether that is exact: "code" and PCA have a formula. UMAP and t-SNE
    have none; there it is the mean of the places of its nearest neighbours among the points.

    values (*event_shape,) as the model sees it (`shown`), code (d,) from `land`. None where the map is not ready.
    """
    try:
        found = layout(atlas, name, **settings)
    except LayoutMissing:
        return None
    if name == "code":
        return np.asarray(code, np.float32), True
    row = np.asarray(code, np.float32)[None] if _space(name) == "code" else _pixels(atlas.checkpoint, values[None])
    if found.pca is not None:
        return found.pca.encode(torch.from_numpy(row))[0].numpy(), True
    features = atlas.features(_space(name))
    close = _apart(features, row).argsort(kind="stable")[:NEIGHBOURHOOD]
    return found.coordinates[close].mean(0), False


def _checked(atlas: Atlas, name: str, settings: dict[str, float]) -> dict[str, float]:
    d = atlas.codes.shape[1]
    require(name in LAYOUTS, "layout", name, f"one of {', '.join(LAYOUTS)}")
    require(name != "code" or d == 2, "layout", name, f"only for codes of 2 numbers; these have {d}")
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


def _find(atlas: Atlas, name: str, settings: dict[str, float]) -> Layout | None:
    key = layout_key(atlas.checkpoint, name, atlas.points, atlas.split, settings, atlas.seed)
    for folder in _folders(atlas.checkpoint):
        if (found := _read(folder / f"{key}.safetensors", name, len(atlas))) is not None:
            return found
    return None


def _write(file: Path, found: Layout) -> None:
    from safetensors.numpy import save

    arrays = {"coordinates": found.coordinates}
    if found.pca is not None:
        arrays |= {"mean": found.pca.mean.numpy(), "components": found.pca.components.numpy()}
    about = {"name": found.name, "scores": found.scores, "seconds": found.seconds, "settings": found.settings}
    about["sha256"] = _sum(arrays)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent.parent.name == FOLDER:
        (file.parent.parent / ".gitignore").write_text("*\n")  # they can all be made again
    disk.write_atomically(file, save(arrays, {"layout": json.dumps(about)}))


def _read(file: Path, name: str, n: int) -> Layout | None:
    """The map in the file; None where there is none, or it is damaged (it is then computed anew)."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "numpy") as opened:
            about = json.loads(opened.metadata()["layout"])
            arrays = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
        if about["name"] != name or about["sha256"] != _sum(arrays) or arrays["coordinates"].shape != (n, 2):
            return None
        pca = None
        if "mean" in arrays:
            parts = {key: torch.from_numpy(arrays[key]) for key in ("mean", "components")}
            pca = Pca(**parts, variances=torch.zeros(2), total=0.0)
        return Layout(name, arrays["coordinates"], about["scores"], about["seconds"], about["settings"], pca)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None


def _sum(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()


# -- the film -----------------------------------------------------------------------------------


def film(checkpoint: Checkpoint) -> Film | None:
    """The codes along the training, pretraining included where it is here; None where there is no film.

    A frame in which all points lie in one place (layers above are not trained yet) is left out. Codes of three numbers
    are shown along the two principal directions of the last frame.
    """
    parts = [part for c in (_origin(checkpoint), checkpoint) if c is not None and (part := _frames(c)) is not None]
    if not parts or parts[-1][0] is not checkpoint:
        return None
    last = parts[-1][2][-1]
    parts = [part for part in parts if part[2].shape[1:] == last.shape]
    epochs = np.concatenate([part[1] for part in parts])
    frames = np.concatenate([part[2] for part in parts])
    stages = [stage for part in parts for stage in _stages(part[0], part[1], len(parts) > 1)]
    errors = np.concatenate([_errors(part[0], part[1]) for part in parts])
    kept = np.array([_spread(frame) > 1e-4 * max(_spread(last), 1e-12) for frame in frames])
    kept[-1] = True
    frames = np.stack([aligned(frame, last) for frame in frames[kept]])
    if frames.shape[2] == 3:
        pca = fit_pca(torch.from_numpy(last), 2)
        frames = np.stack([pca.encode(torch.from_numpy(frame)).numpy() for frame in frames])
    return Film(epochs[kept], frames, [s for s, keep in zip(stages, kept, strict=True) if keep], errors[kept])


def aligned(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Points (N, d) turned (or mirrored), scaled to the same spread, and moved so that they lie on `onto` (N, d) as
    closely as can be: orthogonal Procrustes (Schönemann 1966)."""
    x, y = points.astype(np.float64), onto.astype(np.float64)
    centre = y.mean(0)
    x, y = x - x.mean(0), y - centre
    u, _, v = np.linalg.svd(x.T @ y)
    size = np.linalg.norm(x)
    scale = np.linalg.norm(y) / size if size > 0 else 0.0
    return (scale * x @ (u @ v) + centre).astype(np.float32)


def _frames(checkpoint: Checkpoint) -> tuple[Checkpoint, np.ndarray, np.ndarray] | None:
    """(checkpoint, epochs (T,), codes (T, N, 2 or 3))."""
    from safetensors import SafetensorError

    try:
        found = tensors.load((checkpoint.folder / "film.safetensors").read_bytes())
        epochs, codes = found["epochs"], found["codes"].astype(np.float32)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    fits = codes.ndim == 3 and codes.shape[2] in (2, 3) and epochs.shape == codes.shape[:1] and len(codes)
    return (checkpoint, epochs.astype(np.int64), codes) if fits and np.isfinite(codes).all() else None


def _stages(checkpoint: Checkpoint, epochs: np.ndarray, several: bool) -> list[str]:
    model, total = model_of(checkpoint), max(1, checkpoint.preset.train.epochs)
    if isinstance(model, Staged):
        return [f"pretraining, {model.stage(max(0.0, epoch - 0.5) / total).name}" for epoch in epochs]
    return ["fine-tuning" if several or checkpoint.preset.origin else "training"] * len(epochs)


def _errors(checkpoint: Checkpoint, epochs: np.ndarray) -> np.ndarray:
    """Reconstruction error after each epoch; a long history is thinned, so between its lines it is interpolated."""
    lines = [(line["epoch"], line["reconstruction"]) for line in checkpoint.history() if "reconstruction" in line]
    if not lines:
        return np.full(len(epochs), np.nan, np.float32)
    at, values = np.array(lines, np.float64).T
    return np.interp(epochs, at, values, left=np.nan).astype(np.float32)


def _spread(frame: np.ndarray) -> float:
    return float(np.linalg.norm(frame - frame.mean(0)))


def _origin(checkpoint: Checkpoint) -> Checkpoint | None:
    """The checkpoint that this one's weights started from, where it is a preset's and is here."""
    try:
        before = models.origin_of(checkpoint.preset)
        if before is None:
            return None
        return checkpoints.load(checkpoint_name(before, checkpoint.manifest.data_fingerprint))
    except (CheckpointError, SettingError):
        return None


# -- the way there and back ---------------------------------------------------------------------


def model_of(checkpoint: Checkpoint) -> Codec:
    """The checkpoint's model, kept in memory. Raises `CheckpointError` where it has no code."""
    model = _model(checkpoint.folder, checkpoint.version)
    if not isinstance(model, Codec):
        raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} has no code that could be mapped")
    return model


@lru_cache(maxsize=4)
def _model(folder: Path, version: str) -> torch.nn.Module:
    return checkpoints.load(folder).model()


@torch.no_grad()
def decode(checkpoint: Checkpoint, z: ArrayLike) -> np.ndarray:
    """What the model makes of codes z (N, d): (N, *event_shape) float32, in the units of its view (`grey` turns them
    into pictures)."""
    return model_of(checkpoint).decode(torch.from_numpy(np.array(z, np.float32))).numpy()


def reconstructions(atlas: Atlas, rows: ArrayLike) -> np.ndarray:
    """What the model makes of some points: greys (m, h, w) uint8, or values (m, D) where those are no pictures."""
    back = decode(atlas.checkpoint, atlas.codes[np.asarray(rows)])
    return grey(atlas.checkpoint, back) if atlas.images is not None else back


def grey(checkpoint: Checkpoint, values: np.ndarray) -> np.ndarray:
    """Examples (N, *event_shape) in the units of the view as greys, uint8."""
    shift, scale = _units(checkpoint.folder, checkpoint.version)
    return np.clip(np.rint((shift + scale * values) * 255), 0, 255).astype(np.uint8)


def shown(checkpoint: Checkpoint, image: np.ndarray) -> np.ndarray:
    """A picture (h, w) of greys, uint8 or from 0 to 1, as the model sees it: float32."""
    expected = tuple(checkpoint.preset.model.event_shape)
    require(image.shape == expected, "image", image.shape, f"a picture of shape {expected}")
    x = image.astype(np.float32) / 255 if image.dtype == np.uint8 else image.astype(np.float32)
    if checkpoint.manifest.kind == "binary":
        return (x > 0.5).astype(np.float32)
    shift, scale = _units(checkpoint.folder, checkpoint.version)
    return ((x - shift) / scale).astype(np.float32)


@torch.no_grad()
def land(checkpoint: Checkpoint, image: np.ndarray) -> np.ndarray:
    """The code (d,) of a picture (h, w), uint8 or from 0 to 1; `place` says where that lies on each map."""
    return model_of(checkpoint).encode(torch.from_numpy(shown(checkpoint, image))[None])[0].numpy()


def decoder_weights(checkpoint: Checkpoint) -> list[tuple[np.ndarray, np.ndarray, str]] | None:
    """The decoder layer by layer, from the code to the example: weight (out, in), bias (out,), and the unit's name
    ("linear", "sigmoid", "tanh", "relu", "gelu", "softmax"; "levels": the mean level of each pixel, of which out holds
    the log-odds, pixel by pixel). None where it has more than `MOST_WEIGHTS` numbers, or is
    no plain chain of layers. (`grey` of what comes out is a picture.)"""
    layers = model_of(checkpoint).decoder_layers()
    if not layers or sum(layer.weight.numel() + layer.bias.numel() for layer in layers) > MOST_WEIGHTS:
        return None
    return [(x.weight.detach().float().numpy(), x.bias.detach().float().numpy(), x.unit) for x in layers]


@lru_cache(maxsize=8)
def _units(folder: Path, version: str) -> tuple[np.ndarray, np.ndarray]:
    """shift and scale of grey = shift + scale * value."""
    arrays = checkpoints.load(folder).arrays()
    return arrays["view.shift"].astype(np.float32), arrays["view.scale"].astype(np.float32)


def _dataset(checkpoint: Checkpoint) -> Dataset:
    name = checkpoint.preset.dataset
    if not data.info(name).is_here():
        raise DataError(f"{name} is not here: its codes cannot be computed before it is downloaded")
    dataset = data.load(name)
    if dataset.fingerprint != checkpoint.manifest.data_fingerprint:
        raise DataError(f"{checkpoint.name} was trained on other {name} data than those that are here")
    return dataset


def _pictures(dataset: Dataset, array: np.ndarray) -> np.ndarray | None:
    """Examples (n, h, w) as greys of bytes; None where they are no pictures."""
    if len(dataset.event_shape) != 2 or dataset.kind == "counts":
        return None
    top = (dataset.levels or 2) - 1 if dataset.kind in ("levels", "binary") else 1
    return np.clip(np.rint(array.astype(np.float32) * (255 / top)), 0, 255).astype(np.uint8)


def _pixels(checkpoint: Checkpoint, values: np.ndarray) -> np.ndarray:
    """Examples (n, *event_shape) as rows (n, D) between which distances are taken."""
    flat = values.reshape(len(values), -1).astype(np.float32)
    if checkpoint.manifest.kind != "counts":
        return flat
    return np.sqrt(flat / np.maximum(flat.sum(1, keepdims=True), 1))


def _apart(features: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Squared distances (n,) of points (n, D) from one, in a unit in which all are numbers."""
    apart = features - row
    return np.square(apart / (np.abs(apart).max() or 1)).sum(1)


def _error(checkpoint: Checkpoint, x: Tensor, back: Tensor) -> Tensor:
    x, back = x.flatten(1), back.flatten(1)
    if checkpoint.manifest.kind == "counts":
        x = x / x.sum(1, keepdim=True).clamp_min(1)
    return (x - back).square().sum(1)
