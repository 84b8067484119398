"""Ask for work: a training, all scores of a checkpoint, a map of its codes."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import replace
from typing import Any

from filelock import FileLock

from core import data, representations
from core.config.presets import Preset
from core.jobs import slurm
from core.jobs.errors import explain_disk_errors
from core.jobs.files import to_json, write_json
from core.jobs.request_file import Request, read_request
from core.jobs.run import Run, root
from core.jobs.scheduler import check_kept_limit, check_queue_limit, queue_lock, resume
from core.jobs.state import ENDED_STATES, Control
from core.jobs.trash import clear
from core.store import checkpoints
from core.store.naming import checkpoint_name, origin_name


@explain_disk_errors
def submit_training(
    preset: Preset, device: str = "auto", again: bool = False, visitor: str = "", owner: str = ""
) -> Run:
    """Put the training of `preset` into its device's queue; a run that stopped goes on; one that is on its way is
    shared. `again` begins anew from the same first weights where none is at work. What it starts from is submitted
    first, if it is a preset that is not trained yet. A run with an `owner` (`core.config.ownership`) is shared with
    nobody, and found by nobody else. Raises `DataError`, `DeviceError`, `SettingError`, `QueueFull`.
    """
    from core.models import origin_of

    where = _resolve(device)
    origin = origin_of(preset)
    if origin is not None and not checkpoints.exists(origin_name(origin, owner)):
        submit_training(origin, device, visitor=visitor, owner=owner)
    if owner and not (root() / checkpoint_name(preset, owner=owner)).exists():
        check_kept_limit(owner)
    run = prepare_training(preset, where, owner)
    if _rename_to_result(run):
        run = prepare_training(preset, where, owner)
    if again and not run.is_alive():
        check_queue_limit(visitor)  # before anything is forgotten
        clear(run)
        run = prepare_training(preset, where, owner)
    return resume(run, visitor, owner)


@explain_disk_errors
def submit_evaluation(
    checkpoint: checkpoints.Checkpoint, device: str = "auto", visitor: str = "", owner: str = ""
) -> Run:
    """Put the computing of all scores of a checkpoint into the queue; one that is on its way is shared.

    Raises `DeviceError`, `QueueFull`.
    """
    title = f"Scores of {checkpoint.title}"
    request = Request("evaluate", _resolve(device), title, time.time(), checkpoint=checkpoint.name)
    return _submit_anew(f"scores-{checkpoint.name}", request, visitor, owner)


@explain_disk_errors
def submit_layout(
    checkpoint: checkpoints.Checkpoint,
    name: str,
    points: int = 10_000,
    split: str = "test",
    settings: dict[str, float] | None = None,
    device: str = "cpu",
    visitor: str = "",
    owner: str = "",
) -> Run:
    """Put the computing of a map of codes (one of `layouts.LAYOUTS`) into the queue; one on its way is shared.

    Raises `SettingError`, `DeviceError`, `QueueFull`.
    """
    from core.analysis.layouts import layout_key

    key = layout_key(checkpoint, name, points, split, settings or {})
    layout = {"name": name, "points": points, "split": split, "settings": settings or {}}
    title = f"Map of {checkpoint.title}: {name}"
    request = Request("layout", _resolve(device), title, time.time(), checkpoint=checkpoint.name, layout=layout)
    return _submit_anew(f"layout-{key}", request, visitor, owner)


@explain_disk_errors
def submit_map(
    representation: str,
    dataset: str,
    split: str,
    method: str,
    settings: dict[str, float] | None = None,
    visitor: str = "",
    owner: str = "",
) -> Run:
    """Put the computing of a map of a data set's representation (`core.representations`) into the queue; one on its way
    is shared.

    Raises `SettingError`, `DataError`, `QueueFull`.
    """
    asked = {"representation": representation, "dataset": dataset, "split": split, "method": method}
    about = representations.info(representation, dataset)
    request = Request(
        "layout",
        _resolve("cpu"),
        f"{method} of {about.title}",
        time.time(),
        checkpoint=about.checkpoint,
        layout=asked | {"settings": settings or {}},
    )
    return _submit_anew(map_run(representation, dataset, split, method, settings or {}), request, visitor, owner)


def map_run(representation: str, dataset: str, split: str, method: str, settings: dict[str, float]) -> str:
    """The id of the run that computes such a map of the models and data as they are now. Raises `SettingError`."""
    about, entry = representations.info(representation, dataset), data.info(dataset)
    model = checkpoints.load(about.checkpoint).version if about.checkpoint else ""
    what = [representation, model, dataset, entry.version, split, method, sorted(settings.items())]
    return f"map-{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}"


@explain_disk_errors
def prepare_training(preset: Preset, device: str, owner: str = "") -> Run:
    """The run that trains `preset`, its folder made where there is none; the same preset is always the same run, on
    the device where it began.

    Raises `DataError` where the data cannot be had.
    """
    from core.models import origin_of

    origin = origin_of(preset)
    after = None if origin is None else origin_name(origin, owner)
    request = Request("train", device, title_of(preset), time.time(), after, preset.to_json(), owner=owner or None)
    return _prepare(checkpoint_name(preset, owner=owner), request)


def _resolve(device: str) -> str:
    """The device that is meant by "auto"; a cluster's node decides for itself. Raises `DeviceError`."""
    from core.numerics.device import choose

    return device if slurm.is_used() else str(choose(device))


def _submit_anew(name: str, request: Request, visitor: str, owner: str) -> Run:
    """Ask for work that is done from the beginning where it ended before."""
    run = _prepare(name, request)
    if run.status().state in ENDED_STATES:
        check_queue_limit(visitor)
        clear(run)
    return resume(run, visitor, owner)


def _prepare(name: str, request: Request) -> Run:
    """The run called so, which keeps the request that it has; its device changes as long as no work began."""
    folder, device = root() / name, request.device
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".control.lock"):
        if (folder / "request.json").exists():
            request = read_request(folder)
        else:
            write_json(folder / "control.json", to_json(Control(queued=False)))
            write_json(folder / "request.json", request.to_json())
        run = Run(folder, request)
        begun = (folder / "state.safetensors").exists() or run.is_alive() or run.status().state == "finished"
        begun = begun or run.slurm_job().is_pending()
        if request.device == device or begun:
            return run
        request = replace(request, device=device)
        write_json(folder / "request.json", request.to_json())
        return Run(folder, request)


def _rename_to_result(run: Run) -> bool:
    """Whether the run made the checkpoint of another recipe than it was asked for (its learning rate was changed, or it
    was ended early). It then takes that one's name, so that what was asked for first can be trained as well."""
    with queue_lock():
        status = run.status()
        if status.state != "finished" or status.checkpoint in ("", run.id) or run.is_alive():
            return False
        place = root() / status.checkpoint
        if place.exists():
            shutil.rmtree(run.folder)
        else:
            try:
                recipe = checkpoints.load(checkpoints.root() / status.checkpoint).run["preset"]
            except checkpoints.CheckpointError:  # what it made is gone
                shutil.rmtree(run.folder)
                return True
            write_json(run.folder / "request.json", replace(run.request, preset=recipe).to_json())
            run.folder.rename(place)
        return True


def title_of(preset: Preset) -> str:
    """The preset's title with what was changed in it, so that runs of one preset can be told apart."""
    from core.models import presets

    base = presets().get(preset.name)
    if base is None:  # a recipe for a visitor's data: its size and budget
        model = preset.to_json()["model"]
        sizes = {k: model[k] for k in ("hidden", "layers") if k in model}
        changed = {**sizes, "epochs": preset.train.epochs, "lr": preset.train.lr}
    else:
        changed = {k: new for k, (_, new) in setting_differences(base.to_json(), preset.to_json()).items()}
    title = base.title if base else preset.title.partition(" (")[0]
    changes = ", ".join(f"{setting.replace('_', ' ')} {_setting_text(new)}" for setting, new in changed.items())
    return f"{title} ({changes})" if changes else title


def setting_differences(*presets: dict[str, Any]) -> dict[str, list[Any]]:
    """Settings that differ between presets given as JSON, by name: the value of each, "" where it has none."""
    flat = [{**p, **p.get("model", {}), **p.get("train", {})} for p in presets]
    names = [n for n in dict.fromkeys(n for p in flat for n in p) if n not in ("name", "title", "model", "train")]
    values = {n: [p.get(n, "") for p in flat] for n in names}
    return {n: each for n, each in values.items() if any(value != each[0] for value in each)}


def _setting_text(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
