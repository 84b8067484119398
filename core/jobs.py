"""Runs: a folder each, in which one worker process works; all others read there how far it is and leave word for it.

    request.json        what is wanted: kind, preset or checkpoint, device; written once (the device until work began)
    control.json        what people say: whether it waits in the queue and where, what it should do next, its name
    worker.json         the process at work: pid, its start time, host; touched every few seconds as a sign of life
    progress.json       state, step, speed, time left; at most twice a second
    curve.jsonl         a line about twice a second of training
    history.jsonl       a line an epoch
    pictures/           what the model could do after some epochs
    state.safetensors   what to go on from
    log.txt             what the worker printed, the last megabyte of it

Folders are all there is: whoever shares them (a second tab, the shell, another machine) sees the same runs. Each device
works on one run at a time (PLAYGROUND_PARALLEL changes that), the others wait in order. PLAYGROUND_LAUNCH is put before
a worker's command (`srun ...`), which is how training leaves this machine.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import psutil
from filelock import FileLock

from core import checkpoints, data
from core.presets import Preset, TrainConfig

T = TypeVar("T")
Want = Literal["run", "pause", "stop", "finish"]
State = Literal["queued", "starting", "running", "paused", "evaluating", "stopped", "interrupted", "failed", "finished"]
LIVE = ("starting", "running", "paused", "evaluating")  # a process is at work
ENDED = ("stopped", "failed", "finished")

SIGN_OF_LIFE = 5.0  # seconds between a worker's signs of life
SAME_START = 2.0  # seconds by which a process's start time may shift: the system's clock is set now and then
LOST_AFTER = 30.0  # seconds without one, after which a worker on another machine counts as gone
NAME = re.compile(r"\w[\w.@-]{0,120}")  # of a run's folder
LOG_KEPT = 2**20  # bytes of a log that the next worker finds
TRASH_KEPT = 24 * 3600.0  # seconds for which a deleted run can be brought back

_children: list[subprocess.Popen] = []  # to be reaped


class JobError(RuntimeError):
    """There is no such run, or it is in no state to do what was asked; the message says which."""


@dataclass(frozen=True)
class Control:
    """What people say to a run.

    queued   it waits for its device; order: lowest first
    want     what the worker should do at its next step
    lr       a new learning rate, taken up once: `said` counts such words, `heard` those that the worker took up
    """

    queued: bool = True
    want: Want = "run"
    order: float = 0.0
    lr: float | None = None
    said: int = 0
    heard: int = 0
    name: str = ""
    pinned: bool = False


@dataclass(frozen=True)
class Status:
    """How far a run is, as its worker wrote it last; `state` is checked against the processes that live.

    left      seconds to the end of training as far as the speed tells, or None
    phase     what is being computed beside training steps: (what, done, total)
    message   one sentence where something went wrong
    made      the run placed its `checkpoint`; else that one was there before and stayed
    """

    state: State = "queued"
    step: int = 0
    total_steps: int = 0
    epoch: float = 0.0
    total_epochs: int = 0
    loss: float | None = None
    lr: float | None = None
    rate: float = 0.0
    elapsed: float = 0.0
    left: float | None = None
    device: str = ""
    phase: tuple[str, int, int] | None = None
    message: str = ""
    checkpoint: str = ""
    made: bool = False
    written: float = 0.0


def root() -> Path:
    """The folder of runs, beside the checkpoints."""
    return checkpoints.root() / checkpoints.RUNS


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    folder: Path
    request: dict[str, Any] = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        return self.request["kind"]

    @property
    def device(self) -> str:
        return self.request["device"]

    @property
    def title(self) -> str:
        return self.control().name or self.request["title"]

    @property
    def preset(self) -> Preset:
        """What is trained, as it was asked for. Raises `SettingError`."""
        from core.models import preset_from_json

        return preset_from_json(self.request["preset"])

    def control(self) -> Control:
        """What people said last."""
        return _filled(Control, _read(self.folder / "control.json"))

    def say(self, **changes: Any) -> Control:
        """Leave word for the run: fields of `Control`. Raises `JobError` where it is gone, `SettingError`."""
        if changes.get("lr") is not None:
            TrainConfig(lr=changes["lr"])  # within its range?
        if not (self.folder / "request.json").exists():  # the lock would make the folder again
            raise JobError(f"{self.id} is not there any more")
        with FileLock(self.folder / ".control.lock"):
            before = self.control()
            if "lr" in changes:
                changes["said"] = before.said + 1
            now = replace(before, **changes)
            write_json(self.folder / "control.json", asdict(now))
        return now

    def status(self) -> Status:
        """How far it is."""
        # in this order: a worker signs before it leaves the queue, and writes its last word before it is gone
        queued, alive = self.control().queued, self.alive()
        status = _filled(Status, _read(self.folder / "progress.json"))
        status = replace(status, phase=tuple(status.phase) if isinstance(status.phase, list) else None)
        if alive:
            return replace(status, state="starting") if status.state == "queued" else status
        if queued:
            return replace(status, state="queued", phase=None, message=self._held_up())
        if status.state in ENDED:
            return status
        return replace(status, state="interrupted", phase=None)

    def _held_up(self) -> str:
        """What keeps a run that waits from ever starting: its first weights are not there, and nobody makes them."""
        after = self.request.get("after")
        if not after or checkpoints.exists(after):
            return ""
        try:
            other = find(after)
        except JobError:
            return f"It waits for the weights of {after}, which was deleted."
        state = other.status().state
        if state == "queued" or state in LIVE:
            return ""
        ended = "failed" if state == "failed" else "ended without them"
        return f"It waits for the weights of “{other.title}”, which {ended}."

    def alive(self) -> bool:
        """Whether its worker lives: here by process and start time (numbers are used again), elsewhere by its signs."""
        worker = _read(self.folder / "worker.json") or {}
        if worker.get("host") != socket.gethostname():
            try:
                return "host" in worker and time.time() - (self.folder / "worker.json").stat().st_mtime < LOST_AFTER
            except FileNotFoundError:  # it ended just now
                return False
        if not isinstance(worker.get("pid"), int) or not isinstance(worker.get("started"), int | float):
            return False
        started = _started(worker["pid"])
        return started is not None and abs(started - worker["started"]) < SAME_START

    def curve(self, after: int = -1) -> list[list[float]]:
        """[step, epoch, loss, lr] of the points after step `after`."""
        return [point for point in _lines(self.folder / "curve.jsonl") if point[0] > after]

    def history(self) -> list[dict[str, Any]]:
        """One dict an epoch."""
        return _lines(self.folder / "history.jsonl")

    def pictures(self) -> list[int]:
        """Epochs after which pictures were taken."""
        return checkpoints.pictured(self.folder)


# -- finding ------------------------------------------------------------------------------------


def find(name: str) -> Run:
    """The run with this id. Raises `JobError`."""
    folder = root() / name
    if not NAME.fullmatch(name) or (request := _request(folder)) is None:
        raise JobError(f"unknown run {name[:120]!r}; `python -m core runs` lists those that are here")
    return Run(folder, request)


def every() -> list[Run]:
    """All runs: pinned ones first, then the newest first."""
    found = []
    for folder in root().iterdir() if root().is_dir() else ():
        if not folder.name.startswith(".") and (request := _request(folder)) is not None:
            found.append(Run(folder, request))
    return sorted(found, key=lambda run: (not run.control().pinned, -run.request["asked"]))


def queue(device: str | None = None) -> list[Run]:
    """Runs that wait, first the one that is next."""
    waiting = [r for r in every() if r.control().queued and not r.alive() and device in (None, r.device)]
    return sorted(waiting, key=lambda r: (r.control().order, r.request["asked"]))


# -- asking -------------------------------------------------------------------------------------


def prepare(preset: Preset, device: str) -> Run:
    """The run that trains `preset`, its folder made where there is none; the same preset is always the same run, on
    the device where it began.

    Raises `DataError` where the data cannot be had.
    """
    from core.models import origin_of

    what = {"preset": preset.to_json(), "title": title_of(preset)}
    if (before := origin_of(preset)) is not None:
        what["after"] = checkpoint_name(before)
    return _prepare(checkpoint_name(preset), "train", device, what)


def checkpoint_name(preset: Preset, fingerprint: str | None = None) -> str:
    """The name of the preset's checkpoint and run, with a key of all that determines it: settings, data, and the
    recipe that its first weights come from. Loads the data where their `fingerprint` is not given. Raises `DataError`.
    """
    from core.models import origin_of

    determined = fingerprint or data.load(preset.dataset).fingerprint
    if (before := origin_of(preset)) is not None:
        determined += checkpoint_name(before, fingerprint)
    return f"{preset.name}-{preset.key(determined)}"


def ask_training(preset: Preset, device: str = "auto", again: bool = False) -> Run:
    """Put the training of `preset` into its device's queue; a run that stopped goes on; one that is on its way is
    shared. `again` begins anew from the same first weights where none is at work. What it starts from is asked for
    first, if it is a preset that is not trained yet. Raises `DataError`, `DeviceError`, `SettingError`.
    """
    from core.device import choose
    from core.models import origin_of

    where = str(choose(device))
    before = origin_of(preset)
    if before is not None and not checkpoints.exists(checkpoint_name(before)):
        ask_training(before, device)
    run = prepare(preset, where)
    if _made_another(run):
        run = prepare(preset, where)
    if again and not run.alive():
        clear(run)
        run = prepare(preset, where)
    return resume(run)


def _made_another(run: Run) -> bool:
    """Whether the run made the checkpoint of another recipe than it was asked for (its learning rate was changed, or it
    was ended early). It then takes that one's name, so that what was asked for first can be trained as well."""
    with _order():
        status = run.status()
        if status.state != "finished" or status.checkpoint in ("", run.id) or run.alive():
            return False
        place = root() / status.checkpoint
        if place.exists():
            shutil.rmtree(run.folder)
        else:
            recipe = json.loads((checkpoints.root() / status.checkpoint / "run.json").read_text())["preset"]
            write_json(run.folder / "request.json", {**run.request, "preset": recipe})
            run.folder.rename(place)
        return True


def ask_scores(checkpoint: checkpoints.Checkpoint, device: str = "auto") -> Run:
    """Put the computing of all scores of a checkpoint into the queue; one that is on its way is shared.

    Raises `DeviceError`.
    """
    what = {"checkpoint": checkpoint.name, "title": f"All scores of {checkpoint.title}"}
    return _ask_anew(f"scores-{checkpoint.name}", "evaluate", device, what)


def ask_layout(
    checkpoint: checkpoints.Checkpoint,
    name: str,
    points: int = 10_000,
    split: str = "test",
    settings: dict[str, float] | None = None,
    device: str = "cpu",
) -> Run:
    """Put the computing of a map of codes (`core.atlas.LAYOUTS`) into the queue; one that is on its way is shared.

    Raises `SettingError`, `DeviceError`.
    """
    from core.atlas import layout_key

    key = layout_key(checkpoint, name, points, split, settings or {})
    what = {
        "checkpoint": checkpoint.name,
        "layout": {"name": name, "points": points, "split": split, "settings": settings or {}},
        "title": f"Map of {checkpoint.title}: {name}",
    }
    return _ask_anew(f"layout-{key}", "layout", device, what)


def _ask_anew(name: str, kind: str, device: str, what: dict[str, Any]) -> Run:
    """Ask for work that is done from the beginning where it ended before."""
    from core.device import choose

    run = _prepare(name, kind, str(choose(device)), what)
    if run.status().state in ENDED:
        clear(run)
    return resume(run)


def resume(run: Run) -> Run:
    """Go on: a paused worker at once, a run without one as soon as its device is free."""
    with _order():
        state = run.status().state
        if run.alive() and state in LIVE:
            run.say(want="run")
        elif state not in ("finished", "queued"):
            last = max((r.control().order for r in queue()), default=0.0)
            run.say(want="run", queued=True, order=last + 1)
    start_waiting()
    return run


def stop(run: Run, want: Literal["pause", "stop", "finish"] = "stop") -> None:
    """End the work, keeping what was reached: "pause" keeps the process, "finish" makes the checkpoint of what is
    there now. A run that waits leaves the queue. Raises `JobError` where nothing can be done."""
    with _order():
        state = run.status().state
        if run.alive():
            run.say(want=want)
        elif want == "finish" and state in ("stopped", "interrupted") and (run.folder / "state.safetensors").exists():
            run.say(want="finish", queued=True, order=-time.time())
        elif state == "queued" and want == "stop":
            run.say(queued=False, want="run")
            write_progress(run, replace(run.status(), state="stopped"))
        else:
            raise JobError(f"{run.id} is {state}: it cannot {want}")
    start_waiting()


def move(run: Run, places: int) -> None:
    """Move a waiting run forward (negative) or back in its device's queue."""
    with _order():
        waiting = queue(run.device)
        if run not in waiting:
            raise JobError(f"{run.id} is {run.status().state}: only a run that waits can be moved")
        waiting.insert(max(0, min(len(waiting) - 1, waiting.index(run) + places)), waiting.pop(waiting.index(run)))
        for order, other in enumerate(waiting):
            other.say(order=float(order))


def clear(run: Run) -> None:
    """Forget what the run did, so that it begins anew. Raises `JobError` while it is at work."""
    with _order():
        if run.alive():
            raise JobError(f"{run.id} is at work: stop it first")
        run.say(lr=None)  # what was said to the work that is forgotten
        for entry in run.folder.iterdir():
            if entry.name not in ("request.json", "control.json", ".control.lock", "lock"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def delete(run: Run) -> None:
    """Move the run, and the checkpoint that it trained, out of sight; `undelete` brings both back for a day.

    Raises `JobError` while it is at work.
    """
    with _order():
        if run.alive():
            raise JobError(f"{run.id} is at work: stop it first")
        run.say(queued=False)
        trash = root() / ".trash"
        for old in trash.iterdir() if trash.is_dir() else ():
            if old.name == run.id or time.time() - old.stat().st_mtime > TRASH_KEPT:
                shutil.rmtree(old)
        place = trash / run.id
        place.mkdir(parents=True)
        status = run.status()
        if status.made and (checkpoints.root() / status.checkpoint).is_dir():
            (checkpoints.root() / status.checkpoint).rename(place / "checkpoint")
        run.folder.rename(place / "run")


def undelete(name: str) -> Run:
    """Bring back a deleted run. Raises `JobError` where it is gone for good, or was begun anew since."""
    place = root() / ".trash" / name
    if not NAME.fullmatch(name) or not (place / "run").is_dir():
        raise JobError(f"{name}: not among the runs deleted in the last day")
    if (root() / name).exists():
        raise JobError(f"{name} was begun anew since it was deleted: delete that one first")
    (place / "run").rename(root() / name)
    run = find(name)
    made = checkpoints.root() / (run.status().checkpoint or name)
    if (place / "checkpoint").is_dir() and not made.exists():
        (place / "checkpoint").rename(made)
    shutil.rmtree(place)
    return run


# -- the queue ----------------------------------------------------------------------------------


def start_waiting() -> None:
    """Start the next run of every device that is free. Whoever looks at the runs may call this; workers do when they
    end, so that the queue moves on when no app is open."""
    _reap()
    if not root().is_dir():
        return
    asked = os.environ.get("PLAYGROUND_PARALLEL", "")
    together = int(asked) if asked.isdigit() and int(asked) > 0 else 1
    with _order():
        busy = [run.device for run in every() if run.alive() and not _ours(run)]
        for run in queue():
            if (after := run.request.get("after")) and not checkpoints.exists(after):
                continue  # its first weights are not there yet
            if busy.count(run.device) < together:
                busy.append(run.device)
                _start(run)


def _order() -> FileLock:
    """Held by whoever decides which run is next, or changes what waits: one at a time."""
    return FileLock(root() / ".queue.lock")


def _ours(run: Run) -> bool:
    worker = _read(run.folder / "worker.json") or {}
    return worker.get("pid") == os.getpid() and worker.get("host") == socket.gethostname()


def _start(run: Run) -> None:
    from core.device import training_threads

    command = [*shlex.split(os.environ.get("PLAYGROUND_LAUNCH", "")), sys.executable, "-m", "core"]
    settings = {"OMP_NUM_THREADS": str(training_threads()), "PLAYGROUND_CHECKPOINTS": str(checkpoints.root().resolve())}
    if "PLAYGROUND_DATA" in os.environ:
        settings["PLAYGROUND_DATA"] = str(Path(os.environ["PLAYGROUND_DATA"]).resolve())
    write_progress(run, replace(run.status(), state="starting", message="", phase=None))
    try:
        _shorten(run.folder / "log.txt")
        with (run.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [*command, run.kind, "--run", run.id],
                cwd=Path(__file__).parent.parent,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it outlives the app
            )
    except OSError as error:
        run.say(queued=False)
        write_progress(run, replace(run.status(), state="failed", message=f"its worker could not be started: {error}"))
        return
    _children.append(process)
    sign(run, process.pid)
    run.say(queued=False)  # after the sign, so that nobody sees it neither waiting nor at work


def _shorten(log: Path) -> None:
    """Keep the last lines of a log, LOG_KEPT bytes at most: a run that is stopped and resumed writes on in it."""
    if log.exists() and log.stat().st_size > LOG_KEPT:
        with log.open("rb") as opened:
            opened.seek(-LOG_KEPT, os.SEEK_END)
            end = opened.read()
        checkpoints.write_atomically(log, end[end.find(b"\n") + 1 :])


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


# -- at work ------------------------------------------------------------------------------------


@contextmanager
def at_work(run: Run) -> Iterator[None]:
    """This process is the run's worker while this holds, and gives signs of life."""
    done = threading.Event()
    sign(run, os.getpid())

    def keep_signing() -> None:
        while not done.wait(SIGN_OF_LIFE):
            with suppress(FileNotFoundError):
                os.utime(run.folder / "worker.json")

    threading.Thread(target=keep_signing, daemon=True).start()
    try:
        run.say(queued=False)
        yield
    finally:
        done.set()
        (run.folder / "worker.json").unlink(missing_ok=True)


def sign(run: Run, pid: int) -> None:
    """Say that the process `pid` on this machine works on the run."""
    write_json(run.folder / "worker.json", {"pid": pid, "started": _started(pid), "host": socket.gethostname()})


def write_progress(run: Run, status: Status) -> None:
    """Publish how far the run is."""
    write_json(run.folder / "progress.json", asdict(replace(status, written=time.time())))


def write_json(file: Path, plain: Any) -> None:
    """Write as JSON, never half of it."""
    checkpoints.write_atomically(file, json.dumps(plain))


def _prepare(name: str, kind: str, device: str, what: dict[str, Any]) -> Run:
    folder = root() / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".control.lock"):
        if (request := _request(folder)) is None:
            request = {"kind": kind, "device": device, "asked": time.time(), **what}
            write_json(folder / "control.json", asdict(Control(queued=False)))
            write_json(folder / "request.json", request)
        run = Run(folder, request)
        begun = (folder / "state.safetensors").exists() or run.alive() or run.status().state == "finished"
        if request["device"] != device and not begun:
            request["device"] = device
            write_json(folder / "request.json", request)
    return run


def _request(folder: Path) -> dict[str, Any] | None:
    found = _read(folder / "request.json")
    return found if found and {"kind", "device", "asked", "title"} <= found.keys() else None


def _filled(owner: type[T], found: dict[str, Any] | None) -> T:
    """The dataclass `owner` from what a file says; what it does not know, or is of another type, is passed over."""
    kept = {}
    for entry in fields(owner):
        value, usual = (found or {}).get(entry.name, entry.default), entry.default
        if usual is None or isinstance(value, float | int if isinstance(usual, float) else type(usual)):
            kept[entry.name] = value
    return owner(**kept)


def title_of(preset: Preset) -> str:
    """The preset's title with what was changed in it, so that runs of one preset can be told apart."""
    from core.models import presets

    base = presets().get(preset.name)
    if base is None:  # a recipe for a visitor's data: its size and budget
        model = preset.to_json()["model"]
        sizes = {k: model[k] for k in ("hidden", "layers") if k in model}
        changed = {**sizes, "epochs": preset.train.epochs, "lr": preset.train.lr}
    else:
        changed = {k: new for k, (_, new) in differences(base.to_json(), preset.to_json()).items()}
    title = base.title if base else preset.title.partition(" (")[0]
    said = ", ".join(f"{setting.replace('_', ' ')} {_said(new)}" for setting, new in changed.items())
    return f"{title} ({said})" if said else title


def _said(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def differences(*presets: dict[str, Any]) -> dict[str, list[Any]]:
    """Settings that differ between presets given as JSON, by name: the value of each, "" where it has none."""
    flat = [{**p, **p.get("model", {}), **p.get("train", {})} for p in presets]
    names = [n for n in dict.fromkeys(n for p in flat for n in p) if n not in ("name", "title", "model", "train")]
    values = {n: [p.get(n, "") for p in flat] for n in names}
    return {n: found for n, found in values.items() if any(v != found[0] for v in found)}


def _read(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`, or None where there is none (or a disk's failure left half of one)."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _lines(file: Path) -> list[Any]:
    """The lines of a JSONL file; the last may be half-written."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _started(pid: int) -> float | None:
    """When the process began, or None where it is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
