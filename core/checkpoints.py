"""Trained models on disk: a folder each, never a pickle, checked on load.

    weights.safetensors     the tensors in half precision, or thinned to eight bits (scores are computed from these)
    portrait.safetensors    small arrays that let a page show the model without its data (`core.evaluation`)
    run.json                preset, data fingerprint, device, duration, versions, scores, SHA-256 of the two files
    history.jsonl           one line an epoch
    snapshots/              weights along the way, where the preset asks for them
    pictures/               what the model could do after some epochs, where they are small
    layouts/                maps of the codes that were taken along
    film.safetensors        codes of the same test examples after some epochs, where a code has two or three numbers

Listing and reading descriptions needs no torch, so that a page can open before it is loaded.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
import threading
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.presets import FORMAT, Preset

if TYPE_CHECKING:
    import torch
    from torch import nn

RUNS = "runs"  # the folder beside the checkpoints that `core.jobs` keeps runs in
MAX_UPLOAD = 200 * 2**20  # bytes of a checkpoint that came from elsewhere, unpacked
SCALE = ".row_scale"  # beside the name of a matrix in eight bits: what its rows are multiplied by
THIN_FROM = 4_096  # numbers in a tensor from which on eight bits pay
FILES = ("weights.safetensors", "portrait.safetensors")
ALONG_THE_WAY = ("snapshots", "pictures", "film.safetensors", "layouts")


class CheckpointError(RuntimeError):
    """A checkpoint folder is missing, damaged or of another version; the message names it and says what to do."""


def root() -> Path:
    """The folder of checkpoints: PLAYGROUND_CHECKPOINTS, or `checkpoints` beside this package."""
    return Path(os.environ.get("PLAYGROUND_CHECKPOINTS") or Path(__file__).parent.parent / "checkpoints")


@dataclass(frozen=True)
class Checkpoint:
    """A trained model's folder. `run` is the content of run.json."""

    folder: Path
    run: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def title(self) -> str:
        return self.run.get("title") or self.run["preset"]["title"]

    @property
    def version(self) -> str:
        """Changes whenever the weights do: what caches and links are keyed by."""
        return self.run["sha256"]["weights.safetensors"][:16]

    @cached_property
    def preset(self) -> Preset:
        """What it was trained by. Raises `CheckpointError` where this version does not know the settings."""
        from core.models import preset_from_json

        try:
            return preset_from_json(self.run["preset"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{self.folder}: the preset in run.json is not usable ({error}); {_MEND}") from error

    def arrays(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """The tensors of one file as NumPy arrays. Raises `CheckpointError` where it is damaged."""
        stored = self.stored(file)
        found = {k: v for k, v in stored.items() if not k.endswith(SCALE)}
        for name in (k.removesuffix(SCALE) for k in stored.keys() - found.keys()):
            rows, scale = found.get(name), stored[f"{name}{SCALE}"]
            if rows is None or scale.shape != (*rows.shape[:1], *[1] * (rows.ndim - 1)):  # else it might spread
                raise CheckpointError(f"{self.folder}: {name}{SCALE} in {file} is no scale of {name}'s rows; {_MEND}")
            found[name] = rows * scale.astype(np.float32)
        return found

    def stored(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """As `arrays`, thinned ones as they lie on disk (`thin`)."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            content = (self.folder / file).read_bytes()
            if hashlib.sha256(content).hexdigest() != self.run["sha256"][file]:
                raise CheckpointError(f"{self.folder}: {file} is not what run.json says (SHA-256 differs); {_MEND}")
            return load(content)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{self.folder}: cannot read {file} ({error}); {_MEND}") from error

    def model(self, device: torch.device | str = "cpu") -> nn.Module:
        """The model with its trained weights in float32, ready to use."""
        import torch

        from core.models import build

        model = build(self.preset.family, self.preset.model)
        stored = {k: torch.from_numpy(v).float() for k, v in self.arrays().items() if not k.startswith("view.")}
        try:
            model.load_state_dict(stored)
        except RuntimeError as error:
            raise CheckpointError(f"{self.folder}: the weights do not fit the model ({error}); {_MEND}") from error
        return model.to(device).eval().requires_grad_(False)

    def history(self) -> list[dict[str, Any]]:
        """The curve: one dict an epoch."""
        file = self.folder / "history.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def pictures(self) -> list[int]:
        """Epochs after which pictures were taken and kept."""
        return pictured(self.folder)

    def score(self, name: str) -> dict[str, Any] | None:
        """The score called `name` as run.json carries it."""
        return next((s for s in self.run["scores"] if s["name"] == name), None)


def pictured(folder: Path) -> list[int]:
    """Epochs of the pictures in a run's or a checkpoint's folder."""
    return sorted(int(file.stem) for file in folder.glob("pictures/*.safetensors") if file.stem.isdecimal())


_FIELDS = {
    "preset": dict,
    "data_fingerprint": str,
    "data_title": str,
    "class_names": list,
    "kind": str,
    "device": str,
    "precision": str,
    "seconds": int | float,
    "scores": list,
    "sha256": dict,
}
_MEND = "delete the folder and train it again, or restore it (git checkout) if it came with the project"


def load(name: str | Path) -> Checkpoint:
    """The checkpoint in the folder `name`, or the newest one in `root()` whose name begins with it.

    Raises `CheckpointError` where there is none, or where run.json is damaged or of another version.
    """
    folder = Path(name)
    if not (folder / "run.json").exists():
        if any(c in str(name) for c in "/\\") or str(name) in ("", ".", ".."):
            raise CheckpointError(f"{name}: no checkpoint folder (no run.json in it)")
        exact = root() / str(name)
        matches = [exact] if exact.is_dir() else sorted(root().glob(f"{name}-????????"), key=_age)
        if not matches:
            found = ", ".join(c.name for c in available()[0]) or "none"
            raise CheckpointError(f"unknown checkpoint {str(name)!r} in {root()}; there: {found}")
        folder = matches[-1]
    return _read(folder)


def exists(name: str) -> bool:
    """Whether there is a checkpoint of just this name in `root()`; whether it is whole, `load` says."""
    return (root() / name / "run.json").exists()


def available() -> tuple[list[Checkpoint], list[str]]:
    """All usable checkpoints in `root()`, and a message for each folder that is not one."""
    good, problems = [], []
    folders = sorted(root().iterdir()) if root().is_dir() else []
    for folder in folders:
        if not folder.is_dir() or folder.name.startswith(".") or folder.name == RUNS:
            continue
        try:
            good.append(_read(folder))
        except CheckpointError as error:
            problems.append(str(error))
    return good, problems


def save(
    folder: Path,
    weights: dict[str, torch.Tensor],
    portrait: dict[str, torch.Tensor],
    run: dict[str, Any],
    history: list[dict[str, Any]],
) -> Checkpoint:
    """Write a checkpoint whole: into a temporary folder, then renamed. Replaces an older one."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    old = temporary.with_name(f"{temporary.name}.old")
    for leftover in (temporary, old):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary.mkdir(parents=True)
    write_tensors(temporary / "weights.safetensors", weights)
    write_tensors(temporary / "portrait.safetensors", portrait)
    digests = {f: hashlib.sha256((temporary / f).read_bytes()).hexdigest() for f in FILES}
    run = {**run, "format": FORMAT, "sha256": digests}
    (temporary / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    (temporary / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))
    if folder.exists():
        for kept in ALONG_THE_WAY:
            if (folder / kept).exists():
                shutil.move(folder / kept, temporary / kept)
        folder.rename(old)  # there is a whole checkpoint, the old or the new one, at any time but for an instant
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return Checkpoint(folder, run)


def thin(checkpoint: Checkpoint) -> Checkpoint:
    """Store the matrices of weights in eight bits, with one scale for each row (what leads to one unit): half the size.

    Scores in run.json are those of the former weights: `core.runs.thin` computes them anew.
    """
    import torch

    weights: dict[str, torch.Tensor] = {}
    for name, array in checkpoint.stored().items():
        tensor = torch.from_numpy(array)
        if name.endswith(SCALE) or tensor.ndim < 2 or tensor.numel() < THIN_FROM or not tensor.is_floating_point():
            weights[name] = tensor
            continue
        largest = tensor.float().abs().amax(tuple(range(1, tensor.ndim)), keepdim=True)
        # half precision, and rounded up so that no weight lies beyond 127 steps
        scale = torch.nextafter((largest / 127).clamp_min(6e-8).half(), torch.tensor(torch.inf, dtype=torch.half))
        weights |= {name: (tensor.float() / scale.float()).round().to(torch.int8), f"{name}{SCALE}": scale}
    portrait = {k: torch.from_numpy(v) for k, v in checkpoint.stored("portrait.safetensors").items()}
    return save(checkpoint.folder, weights, portrait, checkpoint.run, checkpoint.history())


def pack(checkpoint: Checkpoint) -> bytes:
    """The checkpoint as one zip file, to carry to another machine; `unpack` is the way back."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in (*FILES, "run.json", "history.jsonl"):
            if (checkpoint.folder / name).exists():
                archive.write(checkpoint.folder / name, f"{checkpoint.name}/{name}")
    return packed.getvalue()


def unpack(content: bytes) -> Checkpoint:
    """Place the checkpoint that `pack` wrote into `root()`. Raises `CheckpointError`; then nothing is placed.

    One that is here already with the same weights is left as it is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {Path(entry.filename): entry for entry in archive.infolist() if not entry.is_dir()}
            folders = {path.parent.name for path in entries}
            if len(folders) != 1 or not re.fullmatch(r"\w[\w.-]{0,99}", name := folders.pop()) or name == RUNS:
                raise CheckpointError("the zip does not hold one folder with a checkpoint in it")
            if sum(entry.file_size for entry in entries.values()) > MAX_UPLOAD:
                raise CheckpointError(f"the checkpoint is larger than {MAX_UPLOAD / 2**20:.0f} MB")
            wanted = (*FILES, "run.json", "history.jsonl")
            found = {path.name: archive.read(entry) for path, entry in entries.items() if path.name in wanted}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"not a zip file that can be read ({error})") from error
    root().mkdir(parents=True, exist_ok=True)
    temporary = root() / f".{name}.{os.getpid()}.upload"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        for file, body in found.items():
            (temporary / file).write_bytes(body)
        checkpoint = _read(temporary)
        checkpoint.model()  # the preset is known here, and the weights fit it
        if (root() / name).exists():
            here = load(name)
            if here.version == checkpoint.version:
                return here
            raise CheckpointError(f"{name} is here already, with other weights; delete or rename that one first")
        temporary.rename(root() / name)
    except CheckpointError as error:
        raise CheckpointError(str(error).replace(str(temporary), name)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return load(name)


def write_tensors(file: Path, tensors: dict[str, torch.Tensor], about: dict[str, str] | None = None) -> None:
    """Write tensors compactly: 0/1 as bytes, other floats in half precision."""
    from safetensors.torch import save

    write_atomically(file, save({k: compact(v) for k, v in tensors.items()}, about))


def write_atomically(file: Path, content: bytes | str) -> None:
    """Write by rename: a reader finds the old content or the new one, never half of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    temporary.replace(file)


def compact(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as it is stored."""
    import torch

    tensor = tensor.detach().cpu().contiguous()
    if not tensor.is_floating_point():
        return tensor
    if tensor.numel() > 1 and ((tensor == 0) | (tensor == 1)).all():
        return tensor.to(torch.uint8)
    return tensor.half()


def _read(folder: Path) -> Checkpoint:
    try:
        run = json.loads((folder / "run.json").read_text())
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no run.json (unfinished or partly deleted); {_MEND}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{folder}: run.json is damaged ({error}); {_MEND}") from error
    if not isinstance(run, dict) or run.get("format") != FORMAT:
        found = run.get("format") if isinstance(run, dict) else None
        raise CheckpointError(f"{folder}: made in format {found!r}, this version reads {FORMAT}; train it again")
    if bad := [name for name, kind in _FIELDS.items() if not isinstance(run.get(name), kind)]:
        raise CheckpointError(f"{folder}: run.json lacks {', '.join(bad)}, or holds something else there; {_MEND}")
    parts = {field.name for field in dataclasses.fields(Preset) if not field.metadata.get("added")}
    if parts - set(run["preset"]) or not all(isinstance(score, dict) for score in run["scores"]):
        raise CheckpointError(f"{folder}: run.json has an incomplete preset or score; {_MEND}")
    if absent := [f for f in FILES if not (folder / f).is_file()]:
        raise CheckpointError(f"{folder}: {', '.join(absent)} missing; {_MEND}")
    for name in FILES:
        status = (folder / name).stat()
        if _digest(folder / name, status.st_size, status.st_mtime_ns) != run["sha256"].get(name):
            raise CheckpointError(f"{folder}: {name} is not what run.json says (SHA-256 differs); {_MEND}")
    return Checkpoint(folder, run)


@lru_cache(maxsize=1_000)
def _digest(file: Path, size: int, modified: int) -> str:
    """SHA-256 of the file, computed anew when its size or time changes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _age(folder: Path) -> float:
    return folder.stat().st_mtime
