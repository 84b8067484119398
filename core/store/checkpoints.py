"""Trained models on disk: listed, loaded and saved.

Listing and reading descriptions needs no torch, so that a page can open before it is loaded. What a file says is
believed only after it was checked: types, ranges and sizes of every field.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.ownership import is_owned
from core.config.presets import FORMAT
from core.store import manifest_checks, tensors
from core.store.checkpoint import FILES, MEND, Checkpoint, CheckpointError, picture_epochs, root, without_folders
from core.store.disk import removed_on_failure, sweep_leftovers, temporary_path

if TYPE_CHECKING:
    import torch

__all__ = [
    "FILES",
    "Checkpoint",
    "CheckpointError",
    "available",
    "exists",
    "load",
    "load_film",
    "picture_epochs",
    "read_checkpoint",
    "recover_replaced",
    "root",
    "save",
    "without_folders",
]

RUNS = "runs"  # the folder beside the checkpoints that `core.jobs` keeps runs in
FILMS = "films"  # that of trainings whose history and pictures were kept, but not their weights
EXTRA_FILES = ("snapshots", "pictures", "film.safetensors", "layouts")
AN_INSTANT = 10.0  # seconds: longer than a checkpoint is without a name while it is replaced
MAX_RUN = 2 * 2**20  # bytes of run.json
MAX_HISTORY = 16 * 2**20  # bytes of history.jsonl


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
            found = ", ".join(c.name for c in available()[0] if not is_owned(c.name)) or "none"
            raise CheckpointError(f"unknown checkpoint {str(name)!r} in {root()}; there: {found}")
        folder = matches[-1]
    return read_checkpoint(folder)


def exists(name: str) -> bool:
    """Whether there is a checkpoint of just this name in `root()`; whether it is whole, `load` says."""
    return _exists(root() / name / "run.json")


def available() -> tuple[list[Checkpoint], list[str]]:
    """All usable checkpoints in `root()`, and a message for each folder that is not one."""
    good, problems = [], []
    recover_replaced()
    try:
        folders = sorted(root().iterdir()) if root().is_dir() else []
    except OSError as error:
        return [], [f"{root()}: cannot be read ({error})"]
    for folder in folders:
        if not folder.is_dir() or folder.name.startswith(".") or folder.name in (RUNS, FILMS):
            continue
        try:
            good.append(read_checkpoint(folder))
        except CheckpointError as error:
            problems.append(str(error))
    return good, problems


def films() -> list[Checkpoint]:
    """The trainings of which only `run.json`, history and pictures are here, those that cannot be read left out."""
    found = []
    for file in sorted((root() / FILMS).glob("*/run.json")):
        with suppress(CheckpointError):
            found.append(load_film(file.parent.name))
    return found


def load_film(name: str) -> Checkpoint:
    """One of them, by its name. Raises `CheckpointError`."""
    folder = root() / FILMS / name
    return Checkpoint(folder, _run_json(folder))


def save(
    folder: Path,
    weights: dict[str, torch.Tensor],
    summary_tensors: dict[str, torch.Tensor],
    run: dict[str, Any],
    history: list[dict[str, Any]],
) -> Checkpoint:
    """Write a checkpoint whole: into a temporary folder, then renamed. Replaces an older one."""
    from core.store.quantize import quantize_summary  # here, as it brings torch

    temporary = temporary_path(folder)
    old = temporary.with_name(f"{temporary.name}.old")
    recover_replaced()
    sweep_leftovers(folder.parent, folder.name)
    for leftover in (temporary, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with removed_on_failure(temporary):
        temporary.mkdir(parents=True)
        tensors.write_tensors(temporary / "weights.safetensors", weights)
        tensors.write_tensors(temporary / "portrait.safetensors", quantize_summary(summary_tensors))
        digests = {f: hashlib.sha256((temporary / f).read_bytes()).hexdigest() for f in FILES}
        run = {**run, "format": FORMAT, "sha256": digests, "version": tensors.version_of(tensors.compacted(weights))}
        (temporary / "run.json").write_text(json.dumps(run, indent=1) + "\n")
        lines = (json.dumps(line, separators=(",", ":")) for line in history)
        (temporary / "history.jsonl").write_text("".join(f"{line}\n" for line in lines))
    if folder.exists():
        for kept in EXTRA_FILES:
            if (folder / kept).exists():
                shutil.move(folder / kept, temporary / kept)
        folder.rename(old)  # there is a whole checkpoint, the old or the new one, at any time but for an instant
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return Checkpoint(folder, run)


def recover_replaced() -> None:
    """Bring back a checkpoint that was to be replaced by a process which ended in the very instant between the old one
    and the new one; where the new one stands, what is left of the old one goes."""
    with suppress(OSError):
        for old in root().glob(".*.old"):
            found = re.fullmatch(r"\.(.+?)\.\d{1,9}(?:\.[0-9a-f]{8})?\.old", old.name)
            if not found or time.time() - old.stat().st_ctime < AN_INSTANT:
                continue
            if (root() / found[1]).exists():
                shutil.rmtree(old, ignore_errors=True)
                continue
            with suppress(CheckpointError):  # which is not whole
                read_checkpoint(old).folder.rename(root() / found[1])


def read_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in the folder, after a look at all that its files say. Raises `CheckpointError`."""
    run = _run_json(folder)
    try:
        if absent := [f for f in FILES if not (folder / f).is_file()]:
            raise CheckpointError(f"{folder}: {', '.join(absent)} missing; {MEND}")
        history = folder / "history.jsonl"
        if history.exists() and history.stat().st_size > MAX_HISTORY:
            raise CheckpointError(f"{folder}: history.jsonl is larger than {MAX_HISTORY / 2**20:.0f} MB; {MEND}")
        for name in FILES:
            status = (folder / name).stat()
            if _digest(folder / name, status.st_size, status.st_mtime_ns) != run["sha256"][name]:
                raise CheckpointError(f"{folder}: {name} is not what run.json says (SHA-256 differs); {MEND}")
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be read ({error}); {MEND}") from error
    checkpoint, models = Checkpoint(folder, run), sys.modules.get("core.models")
    if hasattr(models, "preset_from_json") and models.families.cache_info().currsize:  # they need not be loaded for it
        checkpoint.check_settings()
    return checkpoint


def _run_json(folder: Path) -> dict[str, Any]:
    """The content of run.json, every field checked."""
    file = folder / "run.json"
    try:
        if file.stat().st_size > MAX_RUN:
            raise CheckpointError(f"{folder}: run.json is larger than {MAX_RUN / 2**20:.0f} MB; {MEND}")
        run = json.loads(text := file.read_text())
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no run.json (unfinished or partly deleted); {MEND}") from None
    except RecursionError:
        raise CheckpointError(f"{folder}: run.json is damaged (nested too deeply); {MEND}") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder}: run.json is damaged ({error}); {MEND}") from error
    if problem := manifest_checks.problem(text):
        raise CheckpointError(f"{folder}: {problem}; {MEND}")
    infinite = [s for s in run["scores"] if not (math.isfinite(s["value"]) and math.isfinite(s["spread"] or 0))]
    run["scores"] = [s for s in run["scores"] if s not in infinite]
    run["unscored"] = run.get("unscored", []) + [{"name": s["name"], "reason": "it is infinite"} for s in infinite]
    return run


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # a name that no file can have, a folder that cannot be looked into
        return False


@lru_cache(maxsize=1_000)
def _digest(file: Path, size: int, modified: int) -> str:
    """SHA-256 of the file, computed anew when its size or time changes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
