"""What a data set can be represented by, told from what the checkpoints say of themselves: no torch.

A key names a representation, in a link as well: "pixels", "pca-30", "labels" (a network trained on them),
"CHECKPOINT~LAYER", "CHECKPOINT~LAYER~untrained", "upload~NAME".
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core import data
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.data.base import DatasetInfo
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError

Kind = Literal["input", "pca", "layer", "code", "sample", "untrained", "labels", "upload"]

PCA_SIZES = (2, 10, 30)  # that are offered; any other may be asked for
CHARACTERS = 96  # that the input of a text is counted by: printable ASCII, and one for all others
LABELS_WIDTH = 64  # units of the last hidden layer of the network trained on labels
CODES = ("code", "posterior-mean")  # layers that `encode` gives
SAMPLE = "posterior-sample"
UPLOADS = "upload"  # what keys of uploads begin with
BANDS, TIMES = 32, 8  # of frequency, and parts of its time, that the input of a recording is measured in
_INPUTS = {"counts": "word shares", "text": "character shares", "real": "values", "audio": "mel spectrum"}


@dataclass(frozen=True)
class RepresentationInfo:
    """What is known of a representation before it is computed.

    key          names it; may stand in a link as it is
    title        such as "MNIST · VAE, 2-D: posterior mean"
    kind         "input", "pca", "layer" (of a trained model), "code" (the layer that a model encodes to), "sample" (of
                 the posterior), "untrained" (a layer of the same network before training), "labels", "upload"
    checkpoint   the model's, or ""
    layer        its layer, or ""
    size         numbers of a vector, None where they are not known yet
    """

    key: str
    title: str
    kind: Kind
    dataset: str
    checkpoint: str = ""
    layer: str = ""
    size: int | None = None


def available(dataset: str) -> list[RepresentationInfo]:
    """All that the data set can be represented by: its input, PCA, a network trained on its labels, every layer of
    every model of it, trained and untrained, and what was uploaded. Raises `DataError` for an unknown data set."""
    entry = data.info(dataset)
    models = _models_of(dataset)
    found = _of_data(entry, models)
    for checkpoint in models:
        found += of_model(checkpoint)
    return found + list_uploads(dataset)


def info(key: str, dataset: str) -> RepresentationInfo:
    """What is known of one of them; a checkpoint may be named without what follows its preset's name. Raises
    `SettingError` for a key that names none, `DataError`."""
    entry, (head, _, rest) = data.info(dataset), key.partition("~")
    known: list[RepresentationInfo] = []
    if (size := re.fullmatch(r"pca-([1-9]\d{0,4})", key)) and _input_size(entry) >= int(size[1]):
        return _pca(entry, int(size[1]))
    if head == UPLOADS:
        known = list_uploads(dataset)
    elif rest:
        with suppress(CheckpointError):  # said below
            checkpoint = checkpoints.load(head)
            key = f"{checkpoint.name}~{rest}"
            known = of_model(checkpoint) if checkpoint.manifest.preset.dataset == dataset else []
    else:
        known = _of_data(entry, _models_of(dataset) if key == "labels" else None)  # to ask all models takes a while
    for one in known:
        if one.key == key:
            return one
    raise SettingError(f"representation={key!r:.120}: none of {dataset}'s (`python -m core represent` lists them)")


def _models_of(dataset: str) -> list[Checkpoint]:
    return [c for c in checkpoints.available()[0] if c.manifest.preset.dataset == dataset]


def _of_data(entry: DatasetInfo, models: list[Checkpoint] | None) -> list[RepresentationInfo]:
    """Input and PCA; where the models are given, also the network trained on labels."""
    size, short = _input_size(entry), entry.title
    what = _INPUTS.get(entry.kind, "pixels") if len(entry.event_shape) != 2 else "pixels"
    found = [RepresentationInfo("pixels", f"{short}: {what}", "input", entry.name, size=size)]
    found += [_pca(entry, k) for k in PCA_SIZES if k < size]
    if models is not None and _has_labels(entry, models):
        title = f"{short}: network trained on labels"
        found.append(RepresentationInfo("labels", title, "labels", entry.name, size=LABELS_WIDTH))
    return found


def _pca(entry: DatasetInfo, k: int) -> RepresentationInfo:
    return RepresentationInfo(f"pca-{k}", f"{entry.title}: PCA, {k}-D", "pca", entry.name, size=k)


def layers_of(checkpoint: Checkpoint) -> dict[str, int]:
    """How many units each layer of the model has, from the input up; its code is the one called as in `CODES`."""
    can, layers = checkpoint.capabilities, dict(checkpoint.layers) if checkpoint.layers else {}
    if Capability.ENCODES in can and not layers.keys() & set(CODES):
        layers[CODES[Capability.HAS_POSTERIOR in can]] = checkpoint.code_size
    return layers


def of_model(checkpoint: Checkpoint) -> list[RepresentationInfo]:
    """Every layer of the model, trained and untrained."""
    layers = layers_of(checkpoint)

    def one(layer: str, kind: Kind, size: int, untrained: bool = False) -> RepresentationInfo:
        title = f"{checkpoint.title}{', untrained' if untrained else ''}: {layer_title(layer)}"
        key = f"{checkpoint.name}~{layer}{'~untrained' if untrained else ''}"
        return RepresentationInfo(key, title, kind, checkpoint.manifest.preset.dataset, checkpoint.name, layer, size)

    found = [one(layer, "code" if layer in CODES else "layer", size) for layer, size in layers.items()]
    if Capability.HAS_POSTERIOR in checkpoint.capabilities:
        found.append(one(SAMPLE, "sample", checkpoint.code_size))
    return found + [one(layer, "untrained", size, True) for layer, size in layers.items()]


def layer_title(layer: str) -> str:
    """A layer's name in words: "encoder-2" is "encoder layer 2"."""
    return re.sub(r"(?<!layer)-(\d+)$", r" layer \1", layer).replace("-", " ")


def uploads_root() -> Path:
    """The folder of uploaded vectors (see `uploads`; it need not exist yet)."""
    return checkpoints.root() / ".vectors"


def upload_folder(key: str, dataset: str) -> Path:
    """Where the vectors of an upload lie."""
    return uploads_root() / dataset / key.removeprefix(f"{UPLOADS}~")


def list_uploads(dataset: str) -> list[RepresentationInfo]:
    """What was uploaded for the data set; damaged ones are left out."""
    found, parent = [], uploads_root() / dataset
    for file in sorted(parent.glob("[a-z0-9]*/about.json")) if parent.is_dir() else []:
        try:
            about = json.loads(file.read_text())
            title, size = str(about["title"]), int(about["size"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append(RepresentationInfo(f"{UPLOADS}~{file.parent.name}", title, "upload", dataset, size=size))
    return found


def _input_size(entry: DatasetInfo) -> int:
    sizes = {"text": CHARACTERS, "audio": BANDS * TIMES}
    return sizes.get(entry.kind) or math.prod(entry.event_shape)


def _has_labels(entry: DatasetInfo, models: list[Checkpoint]) -> bool:
    """Whether its examples have classes: as its models say, or else the data, where they are here."""
    if entry.kind == "text":
        return False
    if models:
        return any(c.manifest.class_names for c in models)
    return entry.is_here() and data.load(entry.name).train_labels is not None
