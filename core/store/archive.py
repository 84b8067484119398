"""A checkpoint as one zip file, to carry to another machine."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
import zlib
from pathlib import Path

import numpy as np

from core.config.ownership import owned_name, without_mark
from core.data.uploads.hidden_files import is_hidden
from core.store import manifest_checks, tensors
from core.store.checkpoint import FILES, MEND, Checkpoint, CheckpointError, read_header, root
from core.store.checkpoints import FILMS, RUNS, load, read_checkpoint
from core.store.disk import explain_error, temporary_path
from core.store.facts import facts_of

MAX_UPLOAD = 200 * 2**20  # bytes of a checkpoint that came from elsewhere, unpacked
MAX_DIRECTORY = 2**16  # bytes of a zip's table of contents


def pack(checkpoint: Checkpoint) -> bytes:
    """The checkpoint as one zip file, to carry to another machine; `unpack` is the way back."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in (*FILES, "run.json", "history.jsonl"):
            if (checkpoint.folder / name).exists():
                archive.write(checkpoint.folder / name, f"{checkpoint.name}/{name}")
    return packed.getvalue()


def unpack(content: bytes, owner: str = "") -> Checkpoint:
    """Place the checkpoint that `pack` wrote into `root()`. Raises `CheckpointError`; then nothing is placed.

    One that is here already with the same weights is left as it is.

    owner    whose it is (`core.config.ownership`); "" for everybody's
    """
    name, files = _unzipped(content)
    if owner:
        name = owned_name(without_mark(name), owner)
    try:
        root().mkdir(parents=True, exist_ok=True)
        temporary = temporary_path(root() / name, ".upload")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            for file, body in files.items():
                (temporary / file).write_bytes(body)
            checkpoint = read_checkpoint(temporary)
            _check_upload(checkpoint)
            if (root() / name).exists():
                here = load(name)
                if here.version == checkpoint.version:
                    return here
                raise CheckpointError(f"{name} already exists with other weights; delete or rename that one first")
            temporary.rename(root() / name)
        except CheckpointError as error:
            raise CheckpointError(str(error).replace(str(temporary), name).replace(f"; {MEND}", "")) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(f"{name} could not be saved: {explain_error(error)}") from error
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
            name = folders.pop() if len(folders) == 1 else ""
            if not re.fullmatch(r"\w[\w.-]{0,119}", name) or name in (RUNS, FILMS):
                raise CheckpointError("the zip does not hold one folder with a checkpoint in it")
            if sum(entry.file_size for entry in entries.values()) > MAX_UPLOAD:
                raise CheckpointError(f"the checkpoint is larger than {MAX_UPLOAD / 2**20:.0f} MB")
            wanted = (*FILES, "run.json", "history.jsonl")
            return name, {path.name: archive.read(entry) for path, entry in entries.items() if path.name in wanted}
    except CheckpointError:
        raise
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError, zlib.error) as error:
        raise CheckpointError(f"not a zip file that can be read ({error})") from error


def _check_upload(checkpoint: Checkpoint) -> None:
    """Raise `CheckpointError` unless all of a checkpoint that came from elsewhere is as one that was made here."""
    checkpoint.check_settings()
    if sum(tensors.size(read_header(checkpoint.folder / file)) for file in FILES) > MAX_UPLOAD:
        raise CheckpointError(f"{checkpoint.folder}: its tensors are larger than {MAX_UPLOAD / 2**20:.0f} MB")
    checkpoint.check_shapes()
    shapes = {name: shape for name, (_, shape) in read_header(checkpoint.folder / FILES[1]).items()}
    if problem := manifest_checks.problem_of_summary(checkpoint.run["preset"], shapes):
        raise CheckpointError(f"{checkpoint.folder}: {problem}")
    for file in FILES:
        for name, array in checkpoint.arrays(file).items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise CheckpointError(f"{checkpoint.folder}: {name} in {file} holds values that are not finite")
    _check_view(checkpoint)
    if checkpoint.manifest.version and checkpoint.version != tensors.version_of(checkpoint.stored_arrays()):
        raise CheckpointError(f"{checkpoint.folder}: run.json names another version of the weights; {MEND}")
    checkpoint.model()
    facts, run = facts_of(checkpoint.preset), checkpoint.run
    known = set(run.get("capabilities", [])) <= set(facts["capabilities"])  # an earlier version knew fewer
    if not known or any(run.get(name, value) != value for name, value in facts.items() if name != "capabilities"):
        raise CheckpointError(f"{checkpoint.folder}: run.json describes another model")


def _check_view(checkpoint: Checkpoint) -> None:
    """What the weights say of the data as the model sees them suits the model. Raises `CheckpointError`."""
    from core.data.tokenizers import Vocabulary

    weights, preset = checkpoint.arrays(), checkpoint.manifest.preset
    for name in ("view.shift", "view.scale"):
        if weights[name].shape not in ((), preset.event_shape):
            raise CheckpointError(
                f"{checkpoint.folder}: {name} has shape {weights[name].shape}, its examples {preset.event_shape}"
            )
    if checkpoint.manifest.kind != "tokens":
        return
    try:
        vocabulary = Vocabulary.from_bytes(weights["view.vocabulary"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{checkpoint.folder}: view.vocabulary is none ({error})") from error
    if vocabulary.size != preset.model["tokens"]:
        raise CheckpointError(
            f"{checkpoint.folder}: {vocabulary.size} tokens in view.vocabulary, {preset.model['tokens']} in the model"
        )
