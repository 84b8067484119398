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

Folders are all there is: whoever shares them (a second tab, the shell, another machine) sees the same runs. Each is
read on its own: a damaged one is set aside with its reason. Each device works on one run at a time, the others wait in
order. Settings of the environment, with what holds without them:

    PLAYGROUND_PARALLEL        1     runs that a device works on at once
    PLAYGROUND_WAITING         60    runs that may wait in all
    PLAYGROUND_WAITING_EACH    8     of these, of one visitor: one network address
    PLAYGROUND_HOURS           48    that a run of the queue may work at once; resumed, it may for as long again
    PLAYGROUND_LAUNCH                put before a worker's command (`srun ...`): how training leaves this machine
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

import psutil
from filelock import FileLock

from core.config.fields import suits
from core.config.presets import Preset, TrainConfig
from core.store import checkpoints
from core.store.naming import checkpoint_name

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
MAX_FILE = 2**20  # bytes of what is read as one JSON object
RESERVE = 2**16  # bytes that a worker keeps free for its last word, for when the disk is full
NO_ROOM = 2**17  # bytes of free disk below which no worker is started

_children: list[tuple[str, subprocess.Popen]] = []  # workers and their runs, to be reaped


class JobError(RuntimeError):
    """There is no such run, or it is in no state to do what was asked; the message says which."""


class NotWritten(JobError):
    """The disk took nothing (it is full, or not to be written to): nothing was changed."""


class QueueFull(JobError):
    """As many runs wait as may wait, of one visitor or in all; the message says how many that are."""


@dataclass(frozen=True)
class Control:
    """What people say to a run.

    queued   it waits for its device; order: lowest first
    want     what the worker should do at its next step
    lr       a new learning rate, taken up once: `said` counts such words, `heard` those that the worker took up
    visitor  who put it into the queue (`visitor`), "" for the shell
    """

    queued: bool = True
    want: Want = "run"
    order: float = 0.0
    lr: float | None = None
    said: int = 0
    heard: int = 0
    name: str = ""
    pinned: bool = False
    visitor: str = ""


@dataclass(frozen=True)
class Status:
    """How far a run is, as its worker wrote it last; `state` is checked against the processes that live.

    left      seconds to the end of training as far as the speed tells, or None
    phase     what is being computed beside training steps: (what, done, total)
    message   what happened, in a sentence, where a run ended before its end
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

    def at(self) -> str:
        """Where it stands, as a part of a sentence; "" where it never began."""
        return f" at epoch {self.epoch:.1f} of {self.total_epochs:,}" if self.total_epochs else ""


def _telling(work: Callable[..., T]) -> Callable[..., T]:
    """`work`, which raises `NotWritten` where the disk is full or must not be written to."""

    @wraps(work)
    def told(*arguments: Any, **named: Any) -> T:
        try:
            return work(*arguments, **named)
        except OSError as error:
            if not checkpoints.disk_failed(error):
                raise
            said = checkpoints.said_of(error)
            raise NotWritten(f"Nothing was changed: {said}. Fix that, then try again.") from error

    return told


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

    @_telling
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
        status = _status_of(self.folder)
        if alive:
            return replace(status, state="starting") if status.state == "queued" else status
        if queued:
            return replace(status, state="queued", phase=None, message=self._held_up())
        if status.state in ENDED:
            return status
        return replace(status, state="interrupted", phase=None, message=status.message or self._cut_off(status))

    def _cut_off(self, status: Status) -> str:
        """What can be said of a worker that left no last word."""
        if status.state in ("queued", "starting"):
            last = next((line.strip() for line in reversed(self.log()) if line.strip()), "")
            said = f": {last.removeprefix('error: ')[:300]}" if last else "."
            return f"Its worker ended before it began{said}"
        return (
            f"Its process ended unexpectedly{status.at()}: it was killed (by hand, or by the system when memory ran "
            "out), or the machine was switched off."
        )

    def log(self, most: int = 20) -> list[str]:
        """The last lines that its workers printed."""
        try:
            with (self.folder / "log.txt").open("rb") as opened:
                opened.seek(-min(LOG_KEPT, opened.seek(0, os.SEEK_END)), os.SEEK_END)
                return opened.read().decode(errors="replace").splitlines()[-most:]
        except OSError:
            return []

    def _held_up(self) -> str:
        """What keeps a run that waits from ever starting: no room on the disk, or its first weights are not there, and
        nobody makes them."""
        if no_room():
            return "It waits until there is room on the disk."
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
            except OSError:  # it ended just now
                return False
        if not suits(worker.get("pid"), int) or not suits(worker.get("started"), float):
            return False
        started = _started(worker["pid"])
        return started is not None and abs(started - worker["started"]) < SAME_START

    def curve(self, after: int = -1) -> list[list[float]]:
        """[step, epoch, loss, lr] of the points after step `after`."""
        return [point for point in checkpoints.lines(self.folder / "curve.jsonl", _is_point) if point[0] > after]

    def history(self) -> list[dict[str, Any]]:
        """One dict an epoch."""
        return checkpoints.lines(self.folder / "history.jsonl", checkpoints.is_epoch)

    def pictures(self) -> list[int]:
        """Epochs after which pictures were taken."""
        return checkpoints.pictured(self.folder)


# -- finding ------------------------------------------------------------------------------------


def find(name: str) -> Run:
    """The run with this id. Raises `JobError`."""
    folder = root() / name
    if not NAME.fullmatch(name) or not _is_begun(folder):
        raise JobError(f"unknown run {name[:120]!r}; `python -m core runs` lists those that are here")
    return Run(folder, _request(folder))


def available() -> tuple[list[Run], list[str]]:
    """All runs, pinned ones first, then the newest first; and a sentence for each folder that is damaged."""
    found, problems = [], []
    try:
        folders = sorted(root().iterdir()) if root().is_dir() else []
    except OSError as error:
        return [], [f"The folder of runs cannot be read: {checkpoints.said_of(error)}."]
    for folder in folders:
        if not NAME.fullmatch(folder.name) or not _is_begun(folder):
            continue
        try:
            found.append(Run(folder, _request(folder)))
        except JobError as error:
            problems.append(str(error))
    return sorted(found, key=lambda run: (not run.control().pinned, -run.request["asked"])), problems


def every() -> list[Run]:
    """All runs that are whole: pinned ones first, then the newest first."""
    return available()[0]


def queue(device: str | None = None) -> list[Run]:
    """Runs that wait, first the one that is next."""
    waiting = [r for r in every() if r.control().queued and not r.alive() and device in (None, r.device)]
    return sorted(waiting, key=lambda r: (r.control().order, r.request["asked"]))


# -- asking -------------------------------------------------------------------------------------


@_telling
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


@_telling
def ask_training(preset: Preset, device: str = "auto", again: bool = False, visitor: str = "") -> Run:
    """Put the training of `preset` into its device's queue; a run that stopped goes on; one that is on its way is
    shared. `again` begins anew from the same first weights where none is at work. What it starts from is asked for
    first, if it is a preset that is not trained yet. Raises `DataError`, `DeviceError`, `SettingError`, `QueueFull`.
    """
    from core.models import origin_of
    from core.numerics.device import choose

    where = str(choose(device))
    before = origin_of(preset)
    if before is not None and not checkpoints.exists(checkpoint_name(before)):
        ask_training(before, device, visitor=visitor)
    run = prepare(preset, where)
    if _made_another(run):
        run = prepare(preset, where)
    if again and not run.alive():
        check_room(visitor)  # before anything is forgotten
        clear(run)
        run = prepare(preset, where)
    return resume(run, visitor)


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
            try:
                recipe = checkpoints.load(checkpoints.root() / status.checkpoint).run["preset"]
            except checkpoints.CheckpointError:  # what it made is gone
                shutil.rmtree(run.folder)
                return True
            write_json(run.folder / "request.json", {**run.request, "preset": recipe})
            run.folder.rename(place)
        return True


@_telling
def ask_scores(checkpoint: checkpoints.Checkpoint, device: str = "auto", visitor: str = "") -> Run:
    """Put the computing of all scores of a checkpoint into the queue; one that is on its way is shared.

    Raises `DeviceError`, `QueueFull`.
    """
    what = {"checkpoint": checkpoint.name, "title": f"All scores of {checkpoint.title}"}
    return _ask_anew(f"scores-{checkpoint.name}", "evaluate", device, what, visitor)


@_telling
def ask_layout(
    checkpoint: checkpoints.Checkpoint,
    name: str,
    points: int = 10_000,
    split: str = "test",
    settings: dict[str, float] | None = None,
    device: str = "cpu",
    visitor: str = "",
) -> Run:
    """Put the computing of a map of codes (one of `embedding.LAYOUTS`) into the queue; one on its way is shared.

    Raises `SettingError`, `DeviceError`, `QueueFull`.
    """
    from core.analysis.embedding import layout_key

    key = layout_key(checkpoint, name, points, split, settings or {})
    what = {
        "checkpoint": checkpoint.name,
        "layout": {"name": name, "points": points, "split": split, "settings": settings or {}},
        "title": f"Map of {checkpoint.title}: {name}",
    }
    return _ask_anew(f"layout-{key}", "layout", device, what, visitor)


def _ask_anew(name: str, kind: str, device: str, what: dict[str, Any], visitor: str) -> Run:
    """Ask for work that is done from the beginning where it ended before."""
    from core.numerics.device import choose

    run = _prepare(name, kind, str(choose(device)), what)
    if run.status().state in ENDED:
        check_room(visitor)
        clear(run)
    return resume(run, visitor)


@_telling
def resume(run: Run, visitor: str = "") -> Run:
    """Go on: a paused worker at once, a run without one as soon as its device is free.

    Raises `QueueFull`; a run that never began is then forgotten.
    """
    with _order():
        state = run.status().state
        if run.alive() and state in LIVE:
            run.say(want="run")
        elif state not in ("finished", "queued"):
            try:
                check_room(visitor)
            except QueueFull:
                forget_unbegun(run)
                raise
            last = max((r.control().order for r in queue()), default=0.0)
            run.say(want="run", queued=True, order=last + 1, visitor=visitor)
    start_waiting()
    return run


def forget_unbegun(run: Run) -> None:
    """Remove the folder of a run that was asked for, but never began."""
    if not (run.folder / "progress.json").exists():
        shutil.rmtree(run.folder, ignore_errors=True)


def visitor(address: str) -> str:
    """The name by which runs of the visitor at this network address are counted; the address itself is not kept.

    This machine is one visitor, and so is all that shares the first half of an IPv6 address: a household has that many.
    """
    with suppress(ValueError):
        found = ipaddress.ip_address(address)
        if found.is_loopback:
            address = "here"
        elif found.version == 6:
            address = str(ipaddress.ip_network((found, 64), strict=False))
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def most_waiting() -> tuple[int, int]:
    """How many runs may wait in all, and how many of one visitor."""
    return _setting("PLAYGROUND_WAITING", 60), _setting("PLAYGROUND_WAITING_EACH", 8)


def most_hours() -> float:
    """How long a run may work before it makes room for others; it can be resumed, for as long again."""
    return _setting("PLAYGROUND_HOURS", 48)


def _setting(name: str, usual: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else usual


def check_room(visitor: str = "") -> None:
    """Raise `QueueFull` where no other run may wait; what one visitor may have does not hold for the shell."""
    in_all, each = most_waiting()
    waiting = queue()
    if len(waiting) >= in_all:
        raise QueueFull(f"{len(waiting)} runs wait already, which is the most that may. Try again when some are done.")
    if visitor and sum(run.control().visitor == visitor for run in waiting) >= each:
        raise QueueFull(
            f"{each} of your runs wait already, which is the most that one visitor may have waiting. "
            "Try again when one is done, or let one leave the queue."
        )


def no_room() -> bool:
    """Whether the disk is as good as full."""
    try:
        return shutil.disk_usage(root()).free < NO_ROOM
    except OSError:
        return False


@_telling
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
            write_progress(run, replace(_status_of(run.folder), state="stopped", message=""))
        else:
            raise JobError(f"{run.id} is {state}: it cannot {want}")
    start_waiting()


@_telling
def move(run: Run, places: int) -> None:
    """Move a waiting run forward (negative) or back in its device's queue."""
    with _order():
        waiting = queue(run.device)
        if run not in waiting:
            raise JobError(f"{run.id} is {run.status().state}: only a run that waits can be moved")
        waiting.insert(max(0, min(len(waiting) - 1, waiting.index(run) + places)), waiting.pop(waiting.index(run)))
        for order, other in enumerate(waiting):
            other.say(order=float(order))


@_telling
def clear(run: Run) -> None:
    """Forget what the run did, so that it begins anew. Raises `JobError` while it is at work."""
    with _order():
        if run.alive():
            raise JobError(f"{run.id} is at work: stop it first")
        run.say(lr=None)  # what was said to the work that is forgotten
        for entry in run.folder.iterdir():
            if entry.name not in ("request.json", "control.json", ".control.lock", "lock"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@_telling
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


@_telling
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
    end, so that the queue moves on when no app is open. Where the disk is full, runs go on waiting."""
    _reap()
    if not root().is_dir() or no_room():
        return
    together = _setting("PLAYGROUND_PARALLEL", 1)
    with suppress(OSError), _order():
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
    from core.numerics.device import training_threads

    command = [*shlex.split(os.environ.get("PLAYGROUND_LAUNCH", "")), sys.executable, "-m", "core"]
    settings = {"OMP_NUM_THREADS": str(training_threads()), "PLAYGROUND_CHECKPOINTS": str(checkpoints.root().resolve())}
    if "PLAYGROUND_DATA" in os.environ:
        settings["PLAYGROUND_DATA"] = str(Path(os.environ["PLAYGROUND_DATA"]).resolve())
    before = _status_of(run.folder)
    write_progress(run, replace(before, state="starting", message="", phase=None))
    try:
        _shorten(run.folder / "log.txt")
        with (run.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [*command, run.kind, "--run", run.id],
                cwd=Path(__file__).parents[2],
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it outlives the app
            )
    except OSError as error:
        if checkpoints.disk_failed(error) and not isinstance(error, PermissionError):
            write_progress(run, before)  # it goes on waiting
            return
        run.say(queued=False)
        write_progress(run, replace(before, state="failed", message=f"Its worker could not be started: {error}."))
        return
    _children.append((run.id, process))
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
    """Forget workers that ended; say of one that was killed by which signal."""
    ended = [child for child in _children if child[1].poll() is not None]
    for child in ended:
        with suppress(ValueError):  # another thread was quicker
            _children.remove(child)
            _note_signal(*child)


def _note_signal(name: str, process: subprocess.Popen) -> None:
    with suppress(JobError, OSError):
        run = find(name)
        killed = process.returncode < 0 and (_read(run.folder / "worker.json") or {}).get("pid") == process.pid
        status = _status_of(run.folder)
        if killed and status.state in LIVE and not status.message:
            which = signal.strsignal(-process.returncode) or "a signal"
            message = f"Its process was ended from outside{status.at()} (signal {-process.returncode}, {which})."
            if process.returncode == -9:
                message = f"Its process was killed{status.at()}: by hand, or by the system when memory ran out."
            write_progress(run, replace(status, state="interrupted", message=message, phase=None))


# -- at work ------------------------------------------------------------------------------------


@contextmanager
def at_work(run: Run) -> Iterator[None]:
    """This process is the run's worker while this holds, and gives signs of life."""
    done = threading.Event()
    checkpoints.sweep(run.folder)
    (run.folder / "state.safetensors.tmp").unlink(missing_ok=True)
    (run.folder / ".reserve").write_bytes(b"\1" * RESERVE)
    sign(run, os.getpid())

    def keep_signing() -> None:
        while not done.wait(SIGN_OF_LIFE):
            with suppress(OSError):
                os.utime(run.folder / "worker.json")

    threading.Thread(target=keep_signing, daemon=True).start()
    try:
        run.say(queued=False)
        yield
    finally:
        done.set()
        for name in (".reserve", "worker.json"):
            (run.folder / name).unlink(missing_ok=True)


def write_last_word(run: Run, status: Status) -> None:
    """Publish how the run ended, also where the disk is full: in the room that was kept for it."""
    try:
        write_progress(run, status)
    except OSError:
        (run.folder / ".reserve").unlink(missing_ok=True)
        with suppress(OSError):
            write_progress(run, status)


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
        if (folder / "request.json").exists():
            request = _request(folder)
        else:
            request = {"kind": kind, "device": device, "asked": time.time(), **what}
            write_json(folder / "control.json", asdict(Control(queued=False)))
            write_json(folder / "request.json", request)
        run = Run(folder, request)
        begun = (folder / "state.safetensors").exists() or run.alive() or run.status().state == "finished"
        if request["device"] != device and not begun:
            request["device"] = device
            write_json(folder / "request.json", request)
    return run


def _is_begun(folder: Path) -> bool:
    """Whether the folder is a run's: it has its request, or what only a run leaves."""
    try:
        return any((folder / name).exists() for name in ("request.json", "progress.json", "state.safetensors"))
    except OSError:  # it cannot be looked into
        return True


def _request(folder: Path) -> dict[str, Any]:
    """What the run was asked for, every field checked. Raises `JobError`, which says what is wrong and what to do."""
    file = folder / "request.json"
    try:
        if file.stat().st_size > MAX_FILE:
            raise ValueError(f"is larger than {MAX_FILE:,} bytes")
        found = json.loads(file.read_text())
        if not isinstance(found, dict):
            raise ValueError(f"holds a {type(found).__name__}, not fields by their names")
        bad = [name for name, fits in _REQUEST.items() if not fits(found.get(name))]
        bad += [name for name, fits in _OF_KIND[found["kind"]].items() if not fits(found.get(name))] if not bad else []
        if bad:
            raise ValueError(f"lacks {', '.join(bad)}, or holds something else there")
    except RecursionError:
        problem = "is nested too deeply"
    except FileNotFoundError:
        problem = "is missing"
    except json.JSONDecodeError as error:
        problem = f"is no JSON ({error})"
    except UnicodeDecodeError:
        problem = "is no text"
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError as error:
        problem = str(error)
    else:
        return found
    raise JobError(f"{folder.name}: this run is damaged, its request.json {problem}. Delete its folder")


def _text(value: Any) -> bool:
    return suits(value, str) and len(value) <= 1_000


def _is_preset(value: Any) -> bool:
    names = ("name", "title", "family", "dataset", "view")
    texts = isinstance(value, dict) and all(_text(value.get(name)) for name in names)
    return texts and isinstance(value.get("model"), dict) and isinstance(value.get("train"), dict)


# what request.json holds, and what must be so of each: of every run, and of one of a kind
_REQUEST = {
    "kind": lambda value: _text(value) and value in _OF_KIND,
    "device": _text,
    "asked": lambda value: suits(value, float) and math.isfinite(value),
    "title": _text,
    "after": lambda value: value is None or (_text(value) and NAME.fullmatch(value)),
}
_OF_KIND = {
    "train": {"preset": _is_preset},
    "evaluate": {"checkpoint": _text},
    "layout": {"checkpoint": _text, "layout": lambda value: isinstance(value, dict)},
}


def _is_point(line: Any) -> bool:
    return isinstance(line, list) and len(line) == 4 and all(suits(value, float) for value in line)


_hints = cache(get_type_hints)


def _filled(owner: type[T], found: dict[str, Any] | None) -> T:
    """The dataclass `owner` from what a file says; what it does not know, or is of another type, is passed over."""
    found, hints = found or {}, _hints(owner)
    names = [entry.name for entry in fields(owner) if entry.name in found]
    return owner(**{name: found[name] for name in names if suits(found[name], hints[name])})


def _status_of(folder: Path) -> Status:
    status = _filled(Status, _read(folder / "progress.json"))
    return replace(status, phase=tuple(status.phase) if isinstance(status.phase, list) else None)


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
        found = json.loads(file.read_text()) if file.stat().st_size <= MAX_FILE else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _started(pid: int) -> float | None:
    """When the process began, or None where it is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, ValueError, OverflowError):  # also where there can be no such number
        return None
