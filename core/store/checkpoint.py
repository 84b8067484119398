"""A trained model's folder, never a pickle, checked on load.

    weights.safetensors     the tensors in half precision, or in eight bits or less (scores are computed from these)
    portrait.safetensors    small arrays that let a page show the model without its data (`core.evaluation`); its large
                            matrices in eight or ten bits
    run.json                preset, data fingerprint, device, duration, versions, scores and those that were left out,
                            when they were computed anew, SHA-256 of the two files, version of the weights
    history.jsonl           one line an epoch
    snapshots/              weights along the way, where the preset asks for them
    pictures/               what the model could do after some epochs, where they are small
    layouts/                maps of the codes that were taken along
    film.safetensors        codes of the same test examples after some epochs, where a code has two or three numbers

Tensors are deflated (`core.store.tensors`); files of before that, which are not, are read as well. What a file says is
believed only after it was checked: before a model is built, the shapes in the header of its weights.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config.capabilities import Capability
from core.config.fields import suits
from core.config.presets import Preset
from core.config.score import Score
from core.store import manifest_checks, tensors
from core.store.disk import read_jsonl
from core.store.facts import facts_of
from core.store.manifest import Manifest
from core.store.tensors import SCALE

if TYPE_CHECKING:
    import torch
    from torch import nn


FILES = ("weights.safetensors", "portrait.safetensors")
MEND = "delete the folder and train it again, or restore it (git checkout) if it came with the project"


class CheckpointError(RuntimeError):
    """A checkpoint folder is missing, damaged or of another version; the message names it and says what to do.

    public      the same for a visitor of a server, without its folders
    """

    @property
    def public(self) -> str:
        return without_folders(str(self))


def root() -> Path:
    """The folder of checkpoints: PLAYGROUND_CHECKPOINTS, or `checkpoints` beside this package."""
    return Path(os.environ.get("PLAYGROUND_CHECKPOINTS") or Path(__file__).parents[2] / "checkpoints")


def without_folders(text: str) -> str:
    """What is said of a checkpoint or a run, without the folder of the server that all of them are in."""
    return text.replace(f" in {root()}", "").replace(f"{root()}{os.sep}", "").replace(str(root()), "the checkpoints")


class Arrays(dict):
    """Arrays of one file by name; to ask for one that is not there raises `CheckpointError`, which names the file."""

    def __init__(self, arrays: dict[str, np.ndarray], file: Path) -> None:
        super().__init__(arrays)
        self.file = file

    def __missing__(self, name: str) -> np.ndarray:
        again = f"`python -m core evaluate {self.file.parent.name} --save` computes it again"
        mend = again if self.file.name == "portrait.safetensors" else MEND  # left out, or its making was interrupted
        raise CheckpointError(f"{self.file.parent}: {self.file.name} holds no {name!r}; {mend}")


@dataclass(frozen=True)
class Checkpoint:
    """A trained model's folder. `run` is the content of run.json, to be written again; `manifest` is to be read."""

    folder: Path
    run: dict[str, Any] = field(repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """What run.json says, by fields."""
        return Manifest.from_json(self.run)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def title(self) -> str:
        return self.manifest.title or self.manifest.preset.title

    @property
    def version(self) -> str:
        """Changes whenever the weights do, however they are stored: what caches and links are keyed by."""
        return self.manifest.version or self.manifest.sha256["weights.safetensors"][:16]

    @cached_property
    def preset(self) -> Preset:
        """What it was trained by. Raises `CheckpointError` where this version does not know the settings."""
        from core.models import preset_from_json

        try:
            return preset_from_json(self.run["preset"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{self.folder}: the preset in run.json is not usable ({error}); {MEND}") from error

    @cached_property
    def _facts(self) -> Manifest:
        if self.manifest.capabilities is not None and self.manifest.layers is not None:
            return self.manifest
        return Manifest.from_json(self.run | facts_of(self.preset))  # by a version that did not write them down

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can do; known without torch."""
        return self._facts.capabilities

    @property
    def code_size(self) -> int:
        """Numbers of a code. Raises `CheckpointError` where the model makes none."""
        if (size := self._facts.code_size) is None:
            raise CheckpointError(f"{self.name} ({self.family_name}) has no codes")
        return size

    @property
    def layers(self) -> dict[str, int]:
        """How many numbers each of the model's representations has, by name; known without torch."""
        return self._facts.layers

    @property
    def family_name(self) -> str:
        """What its family is called."""
        return self._facts.family_name or self.manifest.preset.family

    def arrays(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """The tensors of one file as NumPy arrays. Raises `CheckpointError` where it is damaged."""
        stored = self.stored_arrays(file)
        found = {k: v for k, v in stored.items() if not k.endswith(SCALE)}
        for name in (k.removesuffix(SCALE) for k in stored.keys() - found.keys()):
            rows, scale = found.get(name), stored[f"{name}{SCALE}"]
            if rows is None or scale.shape != (*rows.shape[:1], *[1] * (rows.ndim - 1)):  # else it might spread
                raise CheckpointError(f"{self.folder}: {name}{SCALE} in {file} is no scale of {name}'s rows; {MEND}")
            found[name] = rows * scale.astype(np.float32)
        return Arrays(found, self.folder / file)

    def stored_arrays(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """As `arrays`, those in eight bits as they lie on disk (`core.store.quantize`)."""
        from safetensors import SafetensorError

        try:
            content = (self.folder / file).read_bytes()
            if hashlib.sha256(content).hexdigest() != self.manifest.sha256[file]:
                raise CheckpointError(f"{self.folder}: {file} is not what run.json says (SHA-256 differs); {MEND}")
            return tensors.load(content)
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{self.folder}: cannot read {file} ({error}); {MEND}") from error

    def model(self, device: torch.device | str = "cpu") -> nn.Module:
        """The model with its trained weights in float32, ready to use. Raises `CheckpointError` where the
        tensors in the file are not its own, before it is built."""
        import torch

        from core.models import build

        self.check_shapes()
        model = build(self.preset.family, self.preset.model)
        stored = {k: torch.from_numpy(v).float() for k, v in self.arrays().items() if not k.startswith("view.")}
        try:
            model.load_state_dict(stored)
        except RuntimeError as error:
            raise CheckpointError(f"{self.folder}: the weights do not fit the model ({error}); {MEND}") from error
        return model.to(device).eval().requires_grad_(False)

    def check_settings(self) -> None:
        """Raise `CheckpointError` where a setting is missing, unknown, of another type or out of its range, or makes a
        model of a size that none has."""
        if problem := manifest_checks.problem_of_settings(json.dumps(self.run["preset"])):
            raise CheckpointError(f"{self.folder}: {problem}; {MEND}")

    def check_shapes(self) -> None:
        """Compare the header of the weights' file with the shapes that the model would have, made without memory for
        them. Raises `CheckpointError`."""
        import torch

        from core.models import families
        from core.models.renamed_tensors import current_name

        preset = self.preset
        stored = read_header(self.folder / "weights.safetensors")
        try:
            with torch.device("meta"):
                model = families()[preset.family].build(preset.model)
        except Exception as error:  # noqa: BLE001 (whatever a family makes of settings that do not go together)
            raise CheckpointError(f"{self.folder}: its settings give no model ({error}); {MEND}") from error
        expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        own = {k: shape for k, (_, shape) in stored.items() if not k.startswith("view.") and not k.endswith(SCALE)}
        found = {current_name(model, k): shape for k, shape in own.items()}
        for name in sorted(expected.keys() | found.keys()):
            here, wanted = found.get(name), expected.get(name)
            filled = wanted == (0,) and here is not None and len(here) == 1  # a text of any length
            if here != wanted and not filled:
                raise CheckpointError(
                    f"{self.folder}: the weights do not fit the model ({name}: {_shape(here)} in the file, "
                    f"{_shape(wanted)} by run.json); {MEND}"
                )

    def history(self) -> list[dict[str, Any]]:
        """The curve: one dict of numbers an epoch; lines that are none are passed over."""
        return read_jsonl(self.folder / "history.jsonl", is_history_line)

    def picture_epochs(self) -> list[int]:
        """Epochs after which pictures were taken and kept."""
        return picture_epochs(self.folder)

    def score(self, name: str) -> Score | None:
        """The score called `name`; None where it was not computed."""
        return next((s for s in self.manifest.scores if s.name == name), None)


def is_history_line(line: Any) -> bool:
    """Whether a line of a history is one: numbers by name, the epoch and the step among them."""
    return (
        isinstance(line, dict)
        and {"epoch", "step"} <= line.keys()
        and all(suits(value, float) for value in line.values())
    )


def picture_epochs(folder: Path) -> list[int]:
    """Epochs of the pictures in a run's or a checkpoint's folder."""
    return sorted(int(file.stem) for file in folder.glob("pictures/*.safetensors") if file.stem.isdecimal())


def read_header(file: Path) -> tensors.Shapes:
    """Type and shape of each tensor in a file, by name, without reading them. Raises `CheckpointError`."""
    from safetensors import SafetensorError

    try:
        return tensors.header(file)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{file.parent}: cannot read {file.name} ({error}); {MEND}") from error


def _shape(shape: tuple[int, ...] | None) -> str:
    return "none" if shape is None else str(shape)
