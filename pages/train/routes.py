"""What the routes of the runs answer: how far a run is, its pictures, and what people tell it to do.

Nothing here imports torch before the first answer needs to say what a curve means: the server answers before it is
loaded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core import jobs
from core.config.mode import Ability
from core.jobs import JobError, NotWritten, QueueFull
from core.store import checkpoints, tensors
from core.store.checkpoints import CheckpointError
from pages.shared import visitors
from pages.shared.codec import pack
from pages.shared.endpoints import RUNS, Refused, browser, explained, gzipped_response, read_json
from pages.shared.work import done_for

MOST_POINTS = 1000  # of a curve in one answer
LOG_LINES = 20
NO_CURVE = ("epoch", "step", "loss", "lr", "elapsed")  # of a history line: the rest are metrics


def look(name: str, query: dict[str, str]) -> dict[str, Any]:
    """How far the run or checkpoint `name` is; `after` (a step) and `epochs` (a number of lines) say what is known.

    Raises `Refused`.
    """
    after, lines = _whole(query, "after", -1), _whole(query, "epochs", 0)
    with suppress(OSError):  # whatever the disk is like, what is there can be seen
        jobs.start_queued()  # watching moves the queue on
    try:
        run = jobs.get_run(name)
    except JobError as error:
        return _of_checkpoint(name, lines, error)
    return _of_run(run, after, lines)


def act(name: str, query: dict[str, str], asked: Any) -> dict[str, Any]:
    """Do what the visitor asks, `{"do": ...}`, and look. Raises `Refused`, `Forbidden` where it is not his, and
    `JobError` where its state forbids it."""
    action = asked.get("do") if isinstance(asked, dict) else None
    if not isinstance(action, str) or action not in ACTIONS:
        raise Refused(f'expected {{"do": ...}} with one of {", ".join(ACTIONS)}')
    try:
        run = _find(name)
        visitors.current().require_own(run)
        ACTIONS[action](run, asked)
    except QueueFull as error:
        raise Refused(str(error), 429) from error
    except NotWritten as error:
        raise Refused(str(error), 507) from error
    return look(name, query)


def _resume(run: jobs.Run, asked: dict[str, Any]) -> None:
    visitors.current().require(Ability.TRAIN)
    if (state := run.status().state) in ("queued", "finished"):
        raise JobError(f"{run.id} is {state}: there is nothing to resume")
    jobs.resume(run, **visitors.asks())


def _change_learning_rate(run: jobs.Run, asked: dict[str, Any]) -> None:
    lr, state = asked.get("lr"), run.status().state
    if isinstance(lr, bool) or not isinstance(lr, int | float) or not 0 < lr < 100:
        raise Refused(f"lr={lr!r:.40}: expected a number above 0 and below 100")
    if state not in jobs.LIVE_STATES or state == "evaluating":
        raise JobError(f"{run.id} is {state}: its learning rate can be changed only while it trains")
    run.send(lr=float(lr))


# what a visitor may ask of a run: each is called with the run, and what was asked
ACTIONS: dict[str, Callable[[jobs.Run, dict[str, Any]], None]] = {
    "pause": lambda run, asked: jobs.stop(run, "pause"),
    "resume": _resume,
    "stop": lambda run, asked: jobs.stop(run, "stop"),
    "finish": lambda run, asked: jobs.stop(run, "finish"),
    "lr": _change_learning_rate,
}


def pictures(name: str, epoch: str, known: str = "", codes: bool = False) -> tuple[str, bytes | None]:
    """A mark of this version of the pictures after `epoch`, and the message; None where `known` is that mark. `codes`
    asks for the codes of the first test examples as well, where the film follows them.

    A run that is trained again takes other pictures under the same names. Raises `Refused`.
    """
    from safetensors import SafetensorError

    try:
        folder = jobs.get_run(name).folder
    except JobError:
        folder = _checkpoint(name).folder  # small films go with the model
    if not re.fullmatch(r"[0-9]{1,9}", epoch) or int(epoch) not in checkpoints.picture_epochs(folder):
        raise Refused(f"{name} has no images after epoch {epoch[:20]}", 404)
    file = folder / "pictures" / f"{int(epoch):05d}.safetensors"
    try:
        found = file.stat()
        mark = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
        if mark == known:
            return mark, None
        arrays, about = tensors.load_with_metadata(file.read_bytes())
        listed = json.loads(about.get("sheets", "[]"))
        planes = {sheet["name"]: ("u8", arrays[sheet["name"]]) for sheet in listed}
        if codes and "codes" in arrays:
            planes["codes"] = ("f32", arrays["codes"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
        raise Refused(f"{name}: cannot read the images after epoch {epoch} ({error})", 404) from error
    return mark, pack({"epoch": int(epoch), "sheets": listed}, planes)


def _find(name: str) -> jobs.Run:
    try:
        return jobs.get_run(name)
    except JobError as error:
        raise Refused(str(error), 404) from error


def _of_run(run: jobs.Run, after: int, lines: int) -> dict[str, Any]:
    control, status = run.control(), run.status()
    waiting = jobs.queued_runs(run.device) if status.state == "queued" else []
    preset = run.request.preset or _preset_scored(run)
    history, curve = run.history(), run.curve(after)
    return _plain(
        {
            "id": run.id,
            "title": run.title,
            "kind": run.kind,
            "state": status.state,
            "want": control.desired_state,
            "message": status.message,
            "place": waiting.index(run) + 1 if run in waiting else None,
            "device": _where(run, status),
            **{k: getattr(status, k) for k in ("step", "total_steps", "epoch", "total_epochs", "loss", "lr")},
            **{k: getattr(status, k) for k in ("rate", "elapsed", "phase", "checkpoint")},
            "left": status.seconds_left,
            "asked_lr": control.lr if control.command_seq != control.ack_seq else None,
            "saved": (run.folder / "state.safetensors").exists(),
            "log": run.log(LOG_LINES) if status.state == "failed" else [],
            "curve": _thinned(curve),
            "history": history[lines:],
            "metrics": _metrics(preset.get("family", ""), history),
            "pictures": run.picture_epochs(),
            "read_only": not visitors.current().owns(run),
            "kept_epoch": _kept_epoch(status.checkpoint) if status.state == "finished" else None,
            "preset": preset,
            "family": preset.get("family", ""),
            "dataset": preset.get("dataset", ""),
        }
    )


def _where(run: jobs.Run, status: jobs.Status) -> str:
    """The device that works on the run, and as which job of a cluster."""
    device, job = status.device or run.device, run.slurm_job()
    return f"{device}, Slurm job {job.id} on {job.node}" if job.is_active() and job.node else device


def _of_checkpoint(name: str, lines: int, no_run: JobError) -> dict[str, Any]:
    """A trained model that no run here made, as the run that it came from. `no_run` says why there is none."""
    try:
        found = _checkpoint(name)
    except Refused:
        if (jobs.root() / name[:120]).is_dir() and jobs.RUN_ID.fullmatch(name):  # a run that is damaged
            raise Refused(str(no_run), 404) from no_run
        raise
    history, preset = found.history(), found.run["preset"]
    last = history[-1] if history else {}
    step, epoch = last.get("step", 0), last.get("epoch", 0)
    epochs = max(epoch, found.manifest.preset.train.get("epochs", 0))  # more of a training that was stopped
    return _plain(
        {
            "id": name,
            "title": found.title,
            "kind": "train",
            "state": "finished",
            "want": "run",
            "message": "",
            "place": None,
            "device": found.manifest.device,
            "step": step,
            "total_steps": round(step * epochs / epoch) if epoch else step,
            "epoch": epoch,
            "total_epochs": epochs,
            "loss": last.get("loss"),
            "lr": last.get("lr"),
            "rate": 0.0,
            "elapsed": found.manifest.seconds,
            "left": None,
            "phase": None,
            "checkpoint": name,
            "asked_lr": None,
            "saved": False,
            "log": [],
            "curve": [],
            "history": history[lines:],
            "metrics": _metrics(preset["family"], history),
            "pictures": checkpoints.picture_epochs(found.folder),
            "read_only": True,
            "kept_epoch": found.manifest.kept_epoch,
            "preset": preset,
            "family": preset["family"],
            "dataset": preset["dataset"],
        }
    )


def _checkpoint(name: str) -> checkpoints.Checkpoint:
    try:
        if jobs.RUN_ID.fullmatch(name):
            here = checkpoints.exists(name)
            return checkpoints.load(checkpoints.root() / name) if here else checkpoints.load_film(name)
    except CheckpointError:
        pass
    raise Refused(f"no run or checkpoint is called {name[:120]!r}", 404)


def _kept_epoch(name: str) -> int | None:
    """After which epoch the weights of a checkpoint were taken, None where they are the last, or it is gone."""
    try:
        return checkpoints.load(checkpoints.root() / name).manifest.kept_epoch if name else None
    except CheckpointError:
        return None


def _preset_scored(run: jobs.Run) -> dict[str, Any]:
    """The preset of the checkpoint whose scores the run computes."""
    try:
        return checkpoints.load(checkpoints.root() / run.request.checkpoint).run["preset"]
    except CheckpointError:
        return {}


def _metrics(family: str, history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the curves mean that this run has: its loss, then its metrics."""
    names = dict.fromkeys(k.removeprefix("train.") for line in history for k in line if k not in NO_CURVE)
    from core.models import families  # brings torch

    module = families().get(family)
    known = {"loss": getattr(module, "LOSS", None)} | getattr(module, "METRICS", {})
    found = []
    for name in ("loss", *names):
        metric, plain = known.get(name), name.replace("_", " ").capitalize()
        found.append({"name": name, "title": getattr(metric, "title", plain)})
        found[-1] |= {part: getattr(metric, part, "") for part in ("unit", "better", "about")}
    return found


def _thinned(points: list[Any]) -> list[Any]:
    """At most MOST_POINTS of them, evenly; the newest is always one."""
    every = max(1, math.ceil(len(points) / MOST_POINTS))
    return points[(len(points) - 1) % every :: every]


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,12}", text) or int(text) < default:
        raise Refused(f"{name}={text[:20]!r}: expected a whole number from {default}")
    return int(text)


def _plain(value: Any) -> Any:
    """JSON knows no infinities: what went astray shows as missing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


# -- routes ---------------------------------------------------------------------------------------


async def _run(request: Request) -> Response:
    """GET: how far a run is. POST: what it shall do, in JSON (see `act`)."""
    name, query = request.path_params["name"], dict(request.query_params)
    try:
        if request.method == "POST":
            word = await read_json(request)
            answer = await done_for(request, RUNS, browser(request), lambda: act(name, query, word))
        else:
            answer = await done_for(request, RUNS, browser(request), lambda: look(name, query))
    except Exception as error:
        return explained(error)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def _pictures(request: Request) -> Response:
    """GET: what the model could do after an epoch."""
    name, epoch, known = request.path_params["name"], request.path_params["epoch"], request.headers.get("if-none-match")
    codes = "codes" in request.query_params
    try:
        mark, body = await done_for(request, RUNS, browser(request), lambda: pictures(name, epoch, known or "", codes))
    except Exception as error:
        return explained(error)
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    return Response(status_code=304, headers=headers) if body is None else gzipped_response(body, headers)


ROUTES = [
    Route("/api/runs/{name}", _run, methods=["GET", "POST"]),
    Route("/api/runs/{name}/pictures/{epoch}", _pictures),
]
