"""Trained models on disk: a folder each, never a pickle, checked on load.

    weights.safetensors     the tensors in half precision, or in eight bits or less (scores are computed from these)
    portrait.safetensors    small arrays that let a page show the model without its data (`core.evaluation`)
    run.json                preset, data fingerprint, device, duration, versions, scores and those that were left out,
                            when they were computed anew, SHA-256 of the two files, version of the weights
    history.jsonl           one line an epoch
    snapshots/              weights along the way, where the preset asks for them
    pictures/               what the model could do after some epochs, where they are small
    layouts/                maps of the codes that were taken along
    film.safetensors        codes of the same test examples after some epochs, where a code has two or three numbers

Tensors are deflated (`core.store.tensors`); files of before that, which are not, are read as well.

Listing and reading descriptions needs no torch, so that a page can open before it is loaded. What a file says is
believed only after it was checked: types, ranges and sizes of every field, and before a model is built the shapes in
the header of its weights.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import math
import os
import re
import shutil
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from core.config.capabilities import Capability
from core.config.fields import suits
from core.config.presets import FORMAT, Preset
from core.data.uploads.hidden_files import is_hidden
from core.store import manifest, tensors
from core.store.facts import facts_of
from core.store.tensors import SCALE

if TYPE_CHECKING:
    import torch
    from torch import nn

RUNS = "runs"  # the folder beside the checkpoints that `core.jobs` keeps runs in
MAX_UPLOAD = 200 * 2**20  # bytes of a checkpoint that came from elsewhere, unpacked
FILES = ("weights.safetensors", "portrait.safetensors")
MAX_RUN = 2 * 2**20  # bytes of run.json
MAX_HISTORY = 16 * 2**20  # bytes of history.jsonl
MAX_DIRECTORY = 2**16  # bytes of a zip's table of contents
LEFTOVER = 600.0  # seconds after which what is half written is not written on
ALONG_THE_WAY = ("snapshots", "pictures", "film.safetensors", "layouts")


class CheckpointError(RuntimeError):
    """A checkpoint folder is missing, damaged or of another version; the message names it and says what to do.

    public      the same for a visitor of a server, without its folders
    """

    @property
    def public(self) -> str:
        return without_folders(str(self))


def without_folders(text: str) -> str:
    """What is said of a checkpoint or a run, without the folder of the server that all of them are in."""
    return text.replace(f" in {root()}", "").replace(f"{root()}{os.sep}", "").replace(str(root()), "the checkpoints")


class Arrays(dict):
    """Arrays of one file by name; to ask for one that is not there raises `CheckpointError`, which names the file."""

    def __init__(self, arrays: dict[str, np.ndarray], file: Path) -> None:
        super().__init__(arrays)
        self.file = file

    def __missing__(self, name: str) -> np.ndarray:
        again = f"`python -m core evaluate {self.file.parent.name} --save` makes it anew"
        mend = again if self.file.name == "portrait.safetensors" else _MEND  # left out, or its making was interrupted
        raise CheckpointError(f"{self.file.parent}: {self.file.name} holds no {name!r}; {mend}")


def root() -> Path:
    """The folder of checkpoints: PLAYGROUND_CHECKPOINTS, or `checkpoints` beside this package."""
    return Path(os.environ.get("PLAYGROUND_CHECKPOINTS") or Path(__file__).parents[2] / "checkpoints")


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
        """Changes whenever the weights do, however they are stored: what caches and links are keyed by."""
        return self.run.get("version") or self.run["sha256"]["weights.safetensors"][:16]

    @cached_property
    def preset(self) -> Preset:
        """What it was trained by. Raises `CheckpointError` where this version does not know the settings."""
        from core.models import preset_from_json

        try:
            return preset_from_json(self.run["preset"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{self.folder}: the preset in run.json is not usable ({error}); {_MEND}") from error

    @cached_property
    def _facts(self) -> dict[str, Any]:
        if "capabilities" in self.run:
            return self.run
        return facts_of(self.preset)  # made by a version that did not write them down

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can do; known without torch."""
        known = set(Capability)
        return frozenset(Capability(name) for name in self._facts["capabilities"] if name in known)

    @property
    def code_size(self) -> int:
        """Numbers of a code. Raises `CheckpointError` where the model makes none."""
        if (size := self._facts.get("code_size")) is None:
            raise CheckpointError(f"{self.name} makes no codes: it is of the family {self.family_name}")
        return size

    @property
    def family_name(self) -> str:
        """What its family is called."""
        return self._facts.get("family_name") or self.run["preset"]["family"]

    def arrays(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """The tensors of one file as NumPy arrays. Raises `CheckpointError` where it is damaged."""
        stored = self.stored(file)
        found = {k: v for k, v in stored.items() if not k.endswith(SCALE)}
        for name in (k.removesuffix(SCALE) for k in stored.keys() - found.keys()):
            rows, scale = found.get(name), stored[f"{name}{SCALE}"]
            if rows is None or scale.shape != (*rows.shape[:1], *[1] * (rows.ndim - 1)):  # else it might spread
                raise CheckpointError(f"{self.folder}: {name}{SCALE} in {file} is no scale of {name}'s rows; {_MEND}")
            found[name] = rows * scale.astype(np.float32)
        return Arrays(found, self.folder / file)

    def stored(self, file: str = "weights.safetensors") -> dict[str, np.ndarray]:
        """As `arrays`, those in eight bits as they lie on disk (`core.store.quantize`)."""
        from safetensors import SafetensorError

        try:
            content = (self.folder / file).read_bytes()
            if hashlib.sha256(content).hexdigest() != self.run["sha256"][file]:
                raise CheckpointError(f"{self.folder}: {file} is not what run.json says (SHA-256 differs); {_MEND}")
            return tensors.load(content)
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{self.folder}: cannot read {file} ({error}); {_MEND}") from error

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
            raise CheckpointError(f"{self.folder}: the weights do not fit the model ({error}); {_MEND}") from error
        return model.to(device).eval().requires_grad_(False)

    def check_settings(self) -> None:
        """Raise `CheckpointError` where a setting is missing, unknown, of another type or out of its range, or makes a
        model of a size that none has."""
        if problem := manifest.problem_of_settings(json.dumps(self.run["preset"])):
            raise CheckpointError(f"{self.folder}: {problem}; {_MEND}")

    def check_shapes(self) -> None:
        """Compare the header of the weights' file with the shapes that the model would have, made without memory for
        them. Raises `CheckpointError`."""
        import torch

        from core.models import families

        preset = self.preset
        stored = _header(self.folder / "weights.safetensors")
        try:
            with torch.device("meta"):
                model = families()[preset.family].build(preset.model)
        except Exception as error:  # noqa: BLE001 (whatever a family makes of settings that do not go together)
            raise CheckpointError(f"{self.folder}: no model can be made by its settings ({error}); {_MEND}") from error
        expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        found = {k: shape for k, (_, shape) in stored.items() if not k.startswith("view.") and not k.endswith(SCALE)}
        for name in sorted(expected.keys() | found.keys()):
            here, wanted = found.get(name), expected.get(name)
            filled = wanted == (0,) and here is not None and len(here) == 1  # a text of any length
            if here != wanted and not filled:
                raise CheckpointError(
                    f"{self.folder}: the weights do not fit the model ({name}: {_shape(here)} in the file, "
                    f"{_shape(wanted)} by run.json); {_MEND}"
                )

    def history(self) -> list[dict[str, Any]]:
        """The curve: one dict of numbers an epoch; lines that are none are passed over."""
        return lines(self.folder / "history.jsonl", is_epoch)

    def pictures(self) -> list[int]:
        """Epochs after which pictures were taken and kept."""
        return pictured(self.folder)

    def score(self, name: str) -> dict[str, Any] | None:
        """The score called `name` as run.json carries it."""
        return next((s for s in self.run["scores"] if s["name"] == name), None)


def lines(file: Path, check: Callable[[Any], bool]) -> list[Any]:
    """The lines of a JSONL file that pass the check, none where it is missing; the last may be half-written."""
    try:
        texts = file.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for text in texts:
        with suppress(ValueError, RecursionError):
            if check(line := json.loads(text)):
                found.append(line)
    return found


def is_epoch(line: Any) -> bool:
    """Whether a line of a history is one: numbers by name, the epoch and the step among them."""
    return (
        isinstance(line, dict)
        and {"epoch", "step"} <= line.keys()
        and all(suits(value, float) for value in line.values())
    )


def pictured(folder: Path) -> list[int]:
    """Epochs of the pictures in a run's or a checkpoint's folder."""
    return sorted(int(file.stem) for file in folder.glob("pictures/*.safetensors") if file.stem.isdecimal())


_MEND = "delete the folder and train it again, or restore it (git checkout) if it came with the project"


def load(name: str | Path) -> Checkpoint:
    """The checkpoint in the folder `name`, or the newest one in `root()` whose name begins with it.

    Raises `CheckpointError` where there is none, or where run.json is damaged or of another version.
    """
    folder = Path(name)
    if len(str(name)) > 4_000 or "\0" in str(name):
        raise CheckpointError(f"unknown checkpoint {str(name)[:100]!r}")
    if not _exists(folder / "run.json"):
        if any(c in str(name) for c in "/\\") or str(name) in ("", ".", ".."):
            raise CheckpointError(f"{name}: no checkpoint folder (no run.json in it)")
        exact = root() / str(name)
        matches = [exact] if _exists(exact) and exact.is_dir() else sorted(root().glob(f"{name}-????????"), key=_age)
        if not matches:
            found = ", ".join(c.name for c in available()[0]) or "none"
            raise CheckpointError(f"unknown checkpoint {str(name)!r} in {root()}; there: {found}")
        folder = matches[-1]
    return _read(folder)


def exists(name: str) -> bool:
    """Whether there is a checkpoint of just this name in `root()`; whether it is whole, `load` says."""
    return _exists(root() / name / "run.json")


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # a name that no file can have, a folder that cannot be looked into
        return False


def available() -> tuple[list[Checkpoint], list[str]]:
    """All usable checkpoints in `root()`, and a message for each folder that is not one."""
    good, problems = [], []
    try:
        folders = sorted(root().iterdir()) if root().is_dir() else []
    except OSError as error:
        return [], [f"{root()}: cannot be read ({error})"]
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
    sweep(folder.parent, folder.name)
    for leftover in (temporary, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with _removed_on_failure(temporary):
        temporary.mkdir(parents=True)
        write_tensors(temporary / "weights.safetensors", weights)
        write_tensors(temporary / "portrait.safetensors", portrait)
        digests = {f: hashlib.sha256((temporary / f).read_bytes()).hexdigest() for f in FILES}
        run = {**run, "format": FORMAT, "sha256": digests, "version": version_of(_compacted(weights))}
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


def version_of(weights: dict[str, np.ndarray]) -> str:
    """What stands for these tensors: of the SHA-256 that their file would have, were none of them deflated, the
    beginning."""
    from safetensors.numpy import save

    return hashlib.sha256(save(weights)).hexdigest()[:16]


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    """What was half written into `path`, a file or a folder, is removed where writing it fails."""
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def sweep(folder: Path, name: str = "*") -> None:
    """Remove what processes that are gone left half written in `folder`: `.NAME.PID`, with more behind it, that is old
    enough not to be at work on another machine."""
    for leftover in folder.glob(f".{name}.*"):
        pid = re.fullmatch(rf"\.(?:{re.escape(name) if name != '*' else '.+?'})\.(\d{{1,9}})(?:\.\w+)?", leftover.name)
        with suppress(OSError):
            if pid and not psutil.pid_exists(int(pid[1])) and time.time() - leftover.stat().st_mtime > LEFTOVER:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


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
    name, files = _unzipped(content)
    try:
        root().mkdir(parents=True, exist_ok=True)
        temporary = root() / f".{name}.{os.getpid()}.upload"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            for file, body in files.items():
                (temporary / file).write_bytes(body)
            checkpoint = _read(temporary)
            _check_thoroughly(checkpoint)
            if (root() / name).exists():
                here = load(name)
                if here.version == checkpoint.version:
                    return here
                raise CheckpointError(f"{name} is here already, with other weights; delete or rename that one first")
            temporary.rename(root() / name)
        except CheckpointError as error:
            raise CheckpointError(str(error).replace(str(temporary), name).replace(f"; {_MEND}", "")) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(f"{name} could not be kept: {said_of(error)}") from error
    return load(name)


def _unzipped(content: bytes) -> tuple[str, dict[str, bytes]]:
    """The name of the one folder in a zip, and the files in it that make a checkpoint."""
    if len(content) > MAX_UPLOAD:
        raise CheckpointError(f"the zip is larger than {MAX_UPLOAD / 2**20:.0f} MB")
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 2**16 - 22))
    if end >= 0 and int.from_bytes(content[end + 12 : end + 16], "little") > MAX_DIRECTORY:
        raise CheckpointError("the zip lists too many files to be a checkpoint")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [e for e in archive.infolist() if not e.is_dir() and not is_hidden(e.filename)]
            entries = {Path(e.filename.replace("\\", "/")): e for e in files}
            folders = {path.parent.name for path in entries}
            if len(folders) != 1 or not re.fullmatch(r"\w[\w.-]{0,99}", name := folders.pop()) or name == RUNS:
                raise CheckpointError("the zip does not hold one folder with a checkpoint in it")
            if sum(entry.file_size for entry in entries.values()) > MAX_UPLOAD:
                raise CheckpointError(f"the checkpoint is larger than {MAX_UPLOAD / 2**20:.0f} MB")
            wanted = (*FILES, "run.json", "history.jsonl")
            return name, {path.name: archive.read(entry) for path, entry in entries.items() if path.name in wanted}
    except CheckpointError:
        raise
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError, zlib.error) as error:
        raise CheckpointError(f"not a zip file that can be read ({error})") from error


def _check_thoroughly(checkpoint: Checkpoint) -> None:
    """Raise `CheckpointError` unless all of a checkpoint that came from elsewhere is as one that was made here."""
    from core.data.tokenizers import Vocabulary

    checkpoint.check_settings()
    if sum(tensors.size(_header(checkpoint.folder / file)) for file in FILES) > MAX_UPLOAD:
        raise CheckpointError(f"{checkpoint.folder}: its tensors are larger than {MAX_UPLOAD / 2**20:.0f} MB")
    checkpoint.check_shapes()
    shapes = {name: shape for name, (_, shape) in _header(checkpoint.folder / FILES[1]).items()}
    if problem := manifest.problem_of_portrait(checkpoint.run["preset"], shapes):
        raise CheckpointError(f"{checkpoint.folder}: {problem}")
    weights = checkpoint.arrays()
    for file in FILES:
        for name, array in checkpoint.arrays(file).items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise CheckpointError(f"{checkpoint.folder}: {name} in {file} holds values that are not finite")
    model, shape = checkpoint.run["preset"]["model"], tuple(checkpoint.run["preset"]["model"]["event_shape"])
    for name in ("view.shift", "view.scale"):
        if weights[name].shape not in ((), shape):
            raise CheckpointError(f"{checkpoint.folder}: {name} has shape {weights[name].shape}, its examples {shape}")
    if checkpoint.run["kind"] == "tokens":
        try:
            vocabulary = Vocabulary.from_bytes(weights["view.vocabulary"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CheckpointError(f"{checkpoint.folder}: view.vocabulary is none ({error})") from error
        if vocabulary.size != model["tokens"]:
            told = f"{vocabulary.size} tokens in view.vocabulary, {model['tokens']} in the model"
            raise CheckpointError(f"{checkpoint.folder}: {told}")
    if "version" in checkpoint.run and checkpoint.version != version_of(checkpoint.stored()):
        raise CheckpointError(f"{checkpoint.folder}: run.json tells another version of the weights; {_MEND}")
    checkpoint.model()
    facts = facts_of(checkpoint.preset)
    if any(checkpoint.run.get(name, value) != value for name, value in facts.items()):
        raise CheckpointError(f"{checkpoint.folder}: run.json says of the model what is not so")


def _header(file: Path) -> tensors.Shapes:
    """Type and shape of each tensor in a file, by name, without reading them. Raises `CheckpointError`."""
    from safetensors import SafetensorError

    try:
        return tensors.header(file)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{file.parent}: cannot read {file.name} ({error}); {_MEND}") from error


def _shape(shape: tuple[int, ...] | None) -> str:
    return "none" if shape is None else str(shape)


def said_of(error: BaseException) -> str:
    """One sentence on what kept a file from being written or read: a full disk, a quota, rights, ... in plain words."""
    text = str(error)
    number = getattr(error, "errno", None) or next((int(n) for n in re.findall(r"os error (\d+)", text)), None)
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text:
        return "there is no room left on the disk that holds the trained models"
    if number == errno.EROFS:
        return "the disk that holds the trained models cannot be written to"
    if number in (errno.EACCES, errno.EPERM):
        return f"this process has no right to write {Path(getattr(error, 'filename', None) or 'there').name}"
    return f"{type(error).__name__}: {text}"[:500]


def disk_failed(error: BaseException) -> bool:
    """Whether it was the disk (full, read-only, without rights) and not the work that failed."""
    from safetensors import SafetensorError

    return isinstance(error, OSError | SafetensorError) and not said_of(error).startswith(type(error).__name__)


def write_tensors(file: Path, arrays: dict[str, torch.Tensor], about: dict[str, str] | None = None) -> None:
    """Write tensors compactly: 0/1 as bytes, other floats in half precision, deflated."""
    write_atomically(file, tensors.save(_compacted(arrays), about))


def _compacted(arrays: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: compact(tensor).numpy() for name, tensor in arrays.items()}


def write_atomically(file: Path, content: bytes | str) -> None:
    """Write by rename: a reader finds the old content or the new one, never half of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    with _removed_on_failure(temporary):
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
    half = tensor.half()
    return half if half.isfinite().all() or not tensor.isfinite().all() else tensor.float()  # half ends at 65,504


def _read(folder: Path) -> Checkpoint:
    """The checkpoint in the folder, after a look at all that its files say. Raises `CheckpointError`."""
    run = _run_json(folder)
    try:
        if absent := [f for f in FILES if not (folder / f).is_file()]:
            raise CheckpointError(f"{folder}: {', '.join(absent)} missing; {_MEND}")
        history = folder / "history.jsonl"
        if history.exists() and history.stat().st_size > MAX_HISTORY:
            raise CheckpointError(f"{folder}: history.jsonl is larger than {MAX_HISTORY / 2**20:.0f} MB; {_MEND}")
        for name in FILES:
            status = (folder / name).stat()
            if _digest(folder / name, status.st_size, status.st_mtime_ns) != run["sha256"][name]:
                raise CheckpointError(f"{folder}: {name} is not what run.json says (SHA-256 differs); {_MEND}")
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be read ({error}); {_MEND}") from error
    checkpoint, models = Checkpoint(folder, run), sys.modules.get("core.models")
    if hasattr(models, "preset_from_json") and models.families.cache_info().currsize:  # they need not be loaded for it
        checkpoint.check_settings()
    return checkpoint


def _run_json(folder: Path) -> dict[str, Any]:
    """The content of run.json, every field checked."""
    file = folder / "run.json"
    try:
        if file.stat().st_size > MAX_RUN:
            raise CheckpointError(f"{folder}: run.json is larger than {MAX_RUN / 2**20:.0f} MB; {_MEND}")
        run = json.loads(text := file.read_text())
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no run.json (unfinished or partly deleted); {_MEND}") from None
    except RecursionError:
        raise CheckpointError(f"{folder}: run.json is damaged (nested too deeply); {_MEND}") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder}: run.json is damaged ({error}); {_MEND}") from error
    if problem := manifest.problem(text):
        raise CheckpointError(f"{folder}: {problem}; {_MEND}")
    infinite = [s for s in run["scores"] if not (math.isfinite(s["value"]) and math.isfinite(s["spread"] or 0))]
    run["scores"] = [s for s in run["scores"] if s not in infinite]
    run["unscored"] = run.get("unscored", []) + [{"name": s["name"], "reason": "it is infinite"} for s in infinite]
    return run


@lru_cache(maxsize=1_000)
def _digest(file: Path, size: int, modified: int) -> str:
    """SHA-256 of the file, computed anew when its size or time changes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
