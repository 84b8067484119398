"""What a run's worker does: train a preset to a checkpoint, or score one; able to stop at any step and to go on."""

from __future__ import annotations

import contextlib
import json
import math
import platform
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.torch import load_file

from core import data, evaluation, models
from core.config.fields import SettingError
from core.config.presets import Preset
from core.data.preprocessing import View, view
from core.evaluation.score import Report
from core.jobs import queue
from core.jobs.queue import Run, Status
from core.models.capabilities import Codec, Pictured, Sheet
from core.numerics import device
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from core.store.naming import checkpoint_name
from core.training import Progress, TrainState, fit, precision, steps_an_epoch
from core.training import check as check_data

SAVE_EVERY = 5.0  # seconds between states on disk, at least; saving takes at most a fiftieth of the time
LISTEN_EVERY = 0.2  # seconds between looks at what people say
PUBLISH_EVERY = 0.5  # seconds between words about how far it is
HISTORY_LINES = 250  # most points of a finished curve
CURVE_POINTS = 4_000  # most points of the curve within epochs; then every second one goes
FILM_KEPT = 2**17  # bytes of pictures that a checkpoint takes along; the whole film stays with the run
FILM_CODES = 2_000  # test examples whose codes the film follows
PICTURE_AT_LEAST = 60.0  # seconds after which another is taken, however long the run
PICTURES = 60  # most epochs of a run after which pictures are taken

OnProgress = Callable[[Progress], None]


class RunBusy(RuntimeError):
    """Another process is at work on the same run."""


def folder_of(preset: Preset) -> Path:
    """Where the preset's checkpoint is, or will be; loads the data to know its fingerprint."""
    return checkpoints.root() / checkpoint_name(preset)


def train(
    preset: Preset,
    device_name: str = "auto",
    restart: bool = False,
    on_progress: OnProgress | None = None,
    on_report: Report | None = None,
) -> Checkpoint:
    """The preset's checkpoint: found, or trained in this process (going on where an earlier call was stopped).

    `restart` begins anew and replaces the checkpoint. KeyboardInterrupt saves the state and is raised again.
    Raises `RunBusy`, `DataError`, `SettingError`, `CheckpointError`.
    """
    folder = folder_of(preset)
    if not restart and checkpoints.exists(folder.name):
        found = checkpoints.load(folder)
        if found.run["scores"] or not (queue.root() / folder.name / "state.safetensors").exists():
            return found  # else its scoring was interrupted
    if (before := models.origin_of(preset)) is not None:
        train(before, device_name, False, on_progress, on_report)
    if not (queue.root() / folder.name).exists():
        check(preset)  # before there is a run that could only fail
    where = str(device.choose(device_name))
    run = queue.prepare(preset, where)
    try:
        with _alone(run):
            if restart:
                queue.clear(run)
                run = queue.prepare(preset, where)
            with queue.at_work(run):
                run.say(want="run")
                return _Worker(run, on_progress, on_report).train(replacing=restart)
    except OSError:
        queue.forget_unbegun(run)
        raise
    finally:
        queue.start_waiting()


def check(preset: Preset) -> None:
    """Raises `DataError`, `SettingError` or `CheckpointError` where the preset cannot be trained: its view does not
    suit the data, the data do not suit the model, or the weights to start from are not here."""
    train_view, _ = _views(preset)
    model = models.build(preset.family, preset.model, preset.seed)
    check_data(model, train_view, preset.train)
    before = models.origin_of(preset)
    if before is None or checkpoints.exists(checkpoint_name(before)):  # else that is trained first
        _state(preset, model, torch.device("cpu"))


def work(run: Run, on_progress: OnProgress | None = None, on_report: Report | None = None) -> None:
    """Do what the run asks for, as the worker that the queue started. What goes wrong stands in the run's status."""
    try:
        with _alone(run), queue.at_work(run):
            worker = _Worker(run, on_progress, on_report, queue.most_hours())
            if run.kind == "train":
                worker.train(replacing=False)
            elif run.kind == "layout":
                worker.layout()
            else:
                worker.evaluate()
    finally:
        queue.start_waiting()


@dataclass(frozen=True)
class Estimate:
    """What a training will take on this machine.

    memory     bytes of weights, gradients, optimiser, average and data together
    seconds    of all its steps at the speed of a few of them; scores come on top
    """

    parameters: int
    memory: int
    steps: int
    seconds: float
    device: str


def estimate(preset: Preset, device_name: str = "auto", patience: float = 1.0) -> Estimate:
    """Train a few steps, for `patience` seconds at most, and throw them away. Raises `DataError`, `SettingError`."""
    where = device.choose(device_name)
    train_view, _ = _views(preset)
    model = models.build(preset.family, preset.model, preset.seed)
    parameters = sum(p.numel() for p in model.parameters())
    state = _state(preset, model, where)
    began, marks, total = time.perf_counter(), [], 1
    with device.fast_products(where):
        for progress in fit(state, train_view, report_every=0):
            marks.append(time.perf_counter())
            total = progress.total_steps
            if len(marks) >= 3 and (marks[-1] - began > patience or len(marks) >= 50):
                break
    steps = [b - a for a, b in zip(marks[1:], marks[2:], strict=False)] or [marks[-1] - began]
    kept = [*model.state_dict().values(), *state.average.values(), *_optimiser_tensors(state)]
    kept += [p.grad for p in model.parameters() if p.grad is not None]
    memory = sum(t.numel() * t.element_size() for t in (*kept, train_view.values))
    steps_in_all = min(preset.train.stop or total, total)
    # the median: the first steps warm up, and one may have been in another process's way
    return Estimate(parameters, memory, steps_in_all, sorted(steps)[len(steps) // 2] * steps_in_all, str(where))


class _Worker:
    """One process's work on one run."""

    def __init__(
        self,
        run: Run,
        on_progress: OnProgress | None,
        on_report: Report | None,
        hours: float = math.inf,  # that it may work
    ) -> None:
        self.run, self.folder = run, run.folder
        self.hours, self.began = hours, time.perf_counter()
        self.on_progress, self.on_report = on_progress, on_report
        before = run.status()
        self.made = before.checkpoint if before.made else ""  # by an earlier worker, whose scoring was interrupted
        self.status = Status(state="starting", device=run.device)
        self.published = self.last_picture = 0.0
        self.history: list[dict[str, Any]] = []

    # -- training -------------------------------------------------------------------------------

    def train(self, replacing: bool) -> Checkpoint:
        """Train to the end, or until told to stop (raises KeyboardInterrupt); publishes what goes wrong."""
        with self._failures_told():
            self._publish(state="starting", message="")
            self.preset = self.run.preset
            where = device.choose(self.run.device)
            self.train_view, self.test_view = _views(self.preset)
            model = models.build(self.preset.family, self.preset.model, self.preset.seed)
            check_data(model, self.train_view, self.preset.train)
            self.state = _state(self.preset, model, where, begun=(self.folder / "state.safetensors").exists())
            self.total_steps = steps_an_epoch(self.preset.train, len(self.train_view)) * self.preset.train.epochs
            self._go_on()
            in_epoch = self.total_steps // self.preset.train.epochs
            self.status = replace(
                self.status,
                device=device.describe(where),
                message="",
                step=self.state.step,
                total_steps=self.total_steps,
                epoch=self.state.step / in_epoch,
                total_epochs=self.preset.train.epochs,
                elapsed=self.state.elapsed,
            )
            with _interrupt_between_steps() as self.interrupted, device.fast_products(where):
                self.state.start(self.train_view)
                self._pictures(0)
                self._hear(self.run.control())  # a learning rate may have been said while no worker was there
                self.listened = time.perf_counter()
                self.save_next = self.listened + SAVE_EVERY
                finish_now = self.run.control().want == "finish" and self.state.step
                for progress in () if finish_now else fit(self.state, self.train_view, self.test_view):
                    self._note(progress)
                    if time.perf_counter() > self.save_next:
                        self._keep()
                    if self.on_progress is not None:
                        try:
                            self.on_progress(progress)
                        except KeyboardInterrupt:
                            self.interrupted.set()
                    if (want := self._listen()) == "finish":
                        break
                    if want == "stop":
                        self._keep()
                        self._publish(state="stopped", message=self._over_time())
                        raise KeyboardInterrupt
            self._pictures(self.state.step // in_epoch)  # what is kept is also the film's last picture
            self._keep()
            return self._finish(replacing)

    def _go_on(self) -> None:
        """Take up the state on disk, and forget what was noted after it."""
        if (self.folder / "state.safetensors").exists():
            try:
                self.state.load(self.folder)
            except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
                (self.folder / "state.safetensors").replace(self.folder / "state.damaged")
                raise CheckpointError(
                    f"{self.run.id}: its saved state is damaged ({error}) and was set aside as state.damaged. There is "
                    "no other to go on from: it has to begin anew (in a shell: --restart)"
                ) from error
        self.history = [line for line in self.run.history() if line["step"] <= self.state.step]
        _write_lines(self.folder / "history.jsonl", self.history)
        self.curve = [point for point in self.run.curve() if point[0] <= self.state.step]
        _write_lines(self.folder / "curve.jsonl", self.curve)
        for file in (*self.folder.glob("pictures/*.safetensors"), *self.folder.glob("snapshots/*.safetensors")):
            epoch = int(file.stem.removeprefix("epoch-"))
            if epoch * self.total_steps > self.state.step * self.preset.train.epochs:
                file.unlink()

    def _note(self, progress: Progress) -> None:
        """Put down where the training stands, for whoever looks."""
        now = time.perf_counter()
        if progress.epoch_done:
            self.history.append(_line(progress))
            _append(self.folder / "history.jsonl", self.history[-1])
            epoch = round(progress.epoch)
            _snapshot(self.preset, self.state, self.folder, epoch)
            if _pictured(epoch, self.preset.train.epochs) or now - self.last_picture > PICTURE_AT_LEAST:
                self._pictures(epoch)
        if now - self.published < PUBLISH_EVERY and progress.step < progress.total_steps:
            return
        point = [progress.step, *(float(f"{v:.6g}") for v in (progress.epoch, progress.loss, progress.lr))]
        self.curve.append(point)
        if len(self.curve) > CURVE_POINTS:
            self.curve = self.curve[::2]
            _write_lines(self.folder / "curve.jsonl", self.curve)
        else:
            _append(self.folder / "curve.jsonl", point)
        # by the mean speed of the run: that of the last half second would make the time left jump
        last = min(self.preset.train.stop or self.total_steps, self.total_steps)
        left = progress.elapsed / progress.step * (last - progress.step)
        self._publish(
            state="running",
            step=progress.step,
            total_steps=progress.total_steps,
            epoch=progress.epoch,
            total_epochs=progress.total_epochs,
            loss=progress.loss,
            lr=progress.lr,
            rate=progress.rate,
            elapsed=progress.elapsed,
            left=left,
        )

    def _listen(self) -> queue.Want:
        """Do what was said since the last step; waits here while paused."""
        if self.interrupted.is_set() or self._over_time():
            return "stop"
        if time.perf_counter() - self.listened < LISTEN_EVERY:
            return "run"
        self.listened = time.perf_counter()
        paused = False
        while True:
            control = self.run.control()
            self._hear(control)
            if self.interrupted.is_set() or self._over_time():
                return "stop"
            if control.want != "pause":
                break
            if not paused:
                self._keep()  # a pause may last until the machine is switched off
                self._publish(state="paused")
            paused = True
            time.sleep(0.1)
        if paused:
            self._publish(state="running")
        return control.want

    def _over_time(self) -> str:
        """What to say where the run has worked, or kept its device waiting, for as long as it may; else ""."""
        if time.perf_counter() - self.began < 3600 * self.hours:
            return ""
        return (
            f"It reached the time limit: a run may work for {self.hours:g} hours at once, then others have their turn."
        )

    def _hear(self, control: queue.Control) -> None:
        """Take up a learning rate that was said."""
        if control.said == control.heard:
            return
        if control.lr is not None:
            self.state.change_lr(control.lr)
            self._keep()  # before the word counts as heard: what was said is never lost
        self.run.say(heard=control.said)

    def _keep(self) -> None:
        # the state last: were the process to end between the two, lines after the state would be dropped by `_go_on`
        began = time.perf_counter()
        _write_lines(self.folder / "history.jsonl", self.history)
        self.state.save(self.folder)
        now = time.perf_counter()
        self.save_next = now + max(SAVE_EVERY, 50 * (now - began))

    @torch.no_grad()
    def _pictures(self, epoch: int) -> None:
        """Let the model show what it has learned by now, in grey levels of the data."""
        file = self.folder / "pictures" / f"{epoch:05d}.safetensors"
        model = self.state.model
        if file.exists() or (epoch == 0 and self.state.step) or not isinstance(model, Pictured):
            return
        generator = torch.Generator(device=self.state.device).manual_seed(0)
        model.eval()
        x = self.test_view.batch(slice(0, 32), generator).to(self.state.device)
        sheets = model.pictures(x, generator)
        model.train()
        planes, about = {}, []
        if isinstance(model, Codec):
            codes = model.encode(self.test_view.batch(slice(0, FILM_CODES), generator).to(self.state.device))
            if codes.shape[1] <= 3:  # few enough numbers to be drawn as points
                planes["codes"] = codes
        for sheet in sheets:
            planes[sheet.name] = _grey(sheet, self.train_view)
            about.append({k: getattr(sheet, k) for k in ("name", "title", "signed", "about")})
        self.last_picture = time.perf_counter()
        file.parent.mkdir(exist_ok=True)
        checkpoints.write_tensors(file, planes, {"sheets": json.dumps(about)})

    def _finish(self, replacing: bool) -> Checkpoint:
        """Save the trained model, then score it: whatever becomes of the scores, the model stands."""
        # what people changed on the way is part of the recipe, so that the recipe alone gives this result again
        stop = self.state.step if self.state.step < self.total_steps else 0
        preset = replace(self.preset, train=replace(self.state.config, stop=stop))
        folder = folder_of(preset)
        if replacing or not checkpoints.exists(folder.name):
            checkpoint, made = self._save(preset, folder), True
        else:  # its scoring was interrupted; or it was trained once more, and what is here keeps its place and scores
            checkpoint, made = checkpoints.load(folder), self.made == folder.name
        if made:
            self._take_along(folder)
        self._publish(state="evaluating", checkpoint=checkpoint.name, made=made)
        if not checkpoint.run["scores"]:
            evaluate(checkpoint, False, self.run.device, self._report, keep=True)
        self._publish(state="finished", phase=None, left=0.0)
        (self.folder / "state.safetensors").unlink(missing_ok=True)
        return checkpoints.load(folder)

    def _save(self, preset: Preset, folder: Path) -> Checkpoint:
        """The checkpoint, without scores and portrait."""
        dataset, where = data.load(preset.dataset), self.state.device
        weights = self.state.result()
        parameters = sum(p.numel() for p in self.state.model.parameters())
        weights |= {"view.shift": self.train_view.shift, "view.scale": self.train_view.scale}
        if (vocabulary := self.train_view.vocabulary) is not None:
            weights["view.vocabulary"] = torch.from_numpy(vocabulary.to_bytes().copy())
        run = {
            "preset": preset.to_json(),
            "title": queue.title_of(preset),
            "data_fingerprint": dataset.fingerprint,
            "data_title": dataset.title,
            "class_names": list(dataset.class_names),
            "kind": self.train_view.kind,
            "parameters": parameters,
            "device": device.describe(where),
            "precision": precision(preset.train, where),
            "seconds": round(self.state.elapsed, 1),
            "finished": time.strftime("%Y-%m-%d"),
            "versions": {"python": platform.python_version(), **{p: version(p) for p in ("torch", "numpy")}},
            **evaluation.Judgement([], [evaluation.NOT_YET]).to_json(),
        }
        every = max(1, -(-len(self.history) // HISTORY_LINES))
        thinned = self.history[(len(self.history) - 1) % every :: every]  # the last line is always one of them
        checkpoint = checkpoints.save(folder, weights, {}, run, thinned)
        for name in checkpoints.ALONG_THE_WAY:
            _remove(folder / name)  # of the checkpoint that this one replaces
        return checkpoint

    def _take_along(self, folder: Path) -> None:
        """Snapshots and film of the run go to its checkpoint."""
        if (self.folder / "snapshots").exists():
            shutil.move(self.folder / "snapshots", folder / "snapshots")
        if codes := _film_of_codes(self.folder):
            checkpoints.write_tensors(folder / "film.safetensors", codes)
        for file in thinned_film(sorted(self.folder.glob("pictures/*"))):
            (folder / "pictures").mkdir(exist_ok=True)
            shutil.copy(file, folder / "pictures")

    # -- scoring --------------------------------------------------------------------------------

    def evaluate(self) -> None:
        """All scores of the checkpoint that the run names, written into it."""
        with self._failures_told():
            self._publish(state="evaluating")
            checkpoint = checkpoints.load(self.run.request["checkpoint"])
            with _interrupt_between_steps() as self.interrupted:  # seen at the next report
                evaluate(checkpoint, True, self.run.device, self._report, keep=True)
            self._publish(state="finished", checkpoint=checkpoint.name, phase=None)

    # -- maps -----------------------------------------------------------------------------------

    def layout(self) -> None:
        """The map of codes that the run asks for, kept where `core.analysis.embedding.layout` finds it."""
        from core.analysis import embedding

        with self._failures_told():
            self._publish(state="evaluating", phase=("codes", 0, 1))
            checkpoint, asked = checkpoints.load(self.run.request["checkpoint"]), self.run.request["layout"]
            with _interrupt_between_steps() as self.interrupted:  # seen at the next report
                points = embedding.open_atlas(checkpoint, asked["split"], asked["points"])
                embedding.compute(points, asked["name"], asked["settings"], self._report)
            self._publish(state="finished", checkpoint=checkpoint.name, phase=None)

    # -- telling --------------------------------------------------------------------------------

    def _report(self, what: str, done: int, total: int) -> None:
        if self.on_report is not None:
            self.on_report(what, done, total)
        if time.perf_counter() - self.published >= PUBLISH_EVERY:
            self._publish(state="evaluating", phase=(what, done, total))
            over = self._over_time()
            if self.run.control().want == "stop" or self.interrupted.is_set() or over:
                self._publish(state="stopped", phase=None, message=over)
                raise KeyboardInterrupt

    def _publish(self, **changes: Any) -> None:
        self.status = replace(self.status, **changes)
        queue.write_progress(self.run, self.status)
        self.published = time.perf_counter()

    @contextlib.contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            if self.status.state != "stopped":
                self._end("interrupted", "It was interrupted before it could save where it was.")
            raise
        except Exception as error:
            at = self.status.at()
            if checkpoints.disk_failed(error):  # nothing is wrong with the run
                said = checkpoints.said_of(error)
                self._end("interrupted", f"It ended{at}, because {said}.")
                kept = "What was saved last is kept. " if (self.folder / "state.safetensors").exists() else ""
                raise queue.NotWritten(
                    f"{self.run.id} ended{at}, because {said}. {kept}Fix that, then give the same command again."
                ) from error
            if _out_of_memory(error):
                why = f"There was not enough memory{at}: a smaller model, or fewer examples an update, need less."
                self._end("failed", why)
                raise queue.JobError(f"{self.run.id}: {why} ({error})") from error
            self._end("failed", f"{error}" or type(error).__name__)
            raise

    def _end(self, state: queue.State, message: str) -> None:
        self.status = replace(self.status, state=state, message=message, phase=None)
        queue.write_last_word(self.run, self.status)


def _out_of_memory(error: Exception) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))


def _views(preset: Preset) -> tuple[View, View]:
    dataset = data.load(preset.dataset)
    return view(dataset, preset.view, "train"), view(dataset, preset.view, "test")


def _state(preset: Preset, model: torch.nn.Module, where: torch.device, begun: bool = False) -> TrainState:
    """The state at step 0: fresh weights, or those of the checkpoint that the preset starts from.

    One that has `begun` takes up its own state later; it needs the other checkpoint no more.
    """
    state = TrainState(model, preset.train, preset.seed, where)
    if not preset.origin or begun:
        return state
    if (before := models.origin_of(preset)) is not None:
        origin = checkpoints.load(checkpoint_name(before))
    else:
        name, _, wanted = preset.origin.partition("@")
        origin = checkpoints.load(name)
        if origin.version != wanted:
            raise SettingError(f"origin={preset.origin!r}: the weights of {name} here are of version {origin.version}")
    try:
        state.start_with(origin.model(where))
    except (RuntimeError, ValueError) as error:
        raise SettingError(f"origin={preset.origin!r}: its weights do not fit this model ({error})") from error
    return state


def _optimiser_tensors(state: TrainState) -> Iterator[torch.Tensor]:
    for values in state.optimiser.state.values():
        yield from (v for v in values.values() if isinstance(v, torch.Tensor))


def _pictured(epoch: int, epochs: int) -> bool:
    """Whether pictures are taken after this epoch: densely at first, where most happens; PICTURES times at most."""
    if epochs <= PICTURES:
        return True
    shots = {round(epochs * (i / PICTURES) ** 2) for i in range(PICTURES + 1)}
    return epoch in shots


def thinned_film(files: list[Path], most: int = FILM_KEPT) -> list[Path]:
    """As many of a film's files as fit into `most` bytes, evenly taken, the first and the last among them; none where
    not even those two fit."""
    for count in range(len(files), 1, -1):
        kept = [files[round(i * (len(files) - 1) / (count - 1))] for i in range(count)]
        if sum(file.stat().st_size for file in kept) <= most:
            return kept
    return []


def _film_of_codes(folder: Path) -> dict[str, torch.Tensor]:
    """epochs (T,) and codes (T, N, 2 or 3) of the same test examples after each of them; empty where there are none."""
    kept = {}
    for epoch in checkpoints.pictured(folder):
        planes = load_file(folder / "pictures" / f"{epoch:05d}.safetensors")
        if "codes" in planes:
            kept[epoch] = planes["codes"]
    return {"epochs": torch.tensor(list(kept)), "codes": torch.stack(list(kept.values()))} if kept else {}


def _grey(sheet: Sheet, shown: View) -> torch.Tensor:
    """A sheet's images (n, h, w) as bytes; signed ones with zero at 128."""
    images = sheet.images.float().cpu()
    if sheet.signed:
        sizes = images.abs().flatten()
        largest = float(sizes[:: -(-len(sizes) // 2**20)].quantile(0.995))  # a lone giant must not dim the rest
        grey = 128 + images / max(largest, 1e-9) * 127
    else:
        grey = (shown.shift.cpu() + shown.scale.cpu() * images) * 255
    grey = grey.round().clamp(0, 255).to(torch.uint8)
    return grey if grey.ndim == 3 else grey.flatten(1)[:, None]  # (n, 1, D) for vectors


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write_lines(file: Path, lines: list[Any]) -> None:
    checkpoints.write_atomically(file, "".join(json.dumps(line) + "\n" for line in lines))


def _append(file: Path, line: Any) -> None:
    with file.open("a") as opened:
        opened.write(json.dumps(line) + "\n")


@contextlib.contextmanager
def _alone(run: Run) -> Iterator[None]:
    try:
        with FileLock(run.folder / "lock", timeout=0):
            yield
    except Timeout:
        raise RunBusy(
            f"{run.id} is being trained by another process; `python -m core runs` says how far it is"
        ) from None


def evaluate(
    checkpoint: Checkpoint,
    thorough: bool = True,
    device_name: str = "auto",
    on_report: Report | None = None,
    keep: bool = False,
) -> evaluation.Judgement:
    """All scores that apply to the checkpoint; `keep` writes them and a fresh portrait into its folder. Nothing in the
    folder changes before all is computed."""
    dataset = _own_data(checkpoint)
    model = checkpoint.model(device.for_estimating(device.choose(device_name)))
    subject = evaluation.Subject(model, dataset, checkpoint.preset.view, thorough=thorough, report=on_report)
    found = evaluation.judge(subject)
    if keep:
        tensors = {k: torch.from_numpy(v) for k, v in checkpoint.stored().items()}
        run = {**checkpoint.run, **found.to_json()}
        checkpoints.save(checkpoint.folder, tensors, evaluation.portrait(subject), run, checkpoint.history())
    return found


def _own_data(checkpoint: Checkpoint) -> data.Dataset:
    """What the checkpoint was trained on. Raises `DataError` where that is not here."""
    dataset = data.load(checkpoint.preset.dataset)
    if dataset.fingerprint != checkpoint.run["data_fingerprint"]:
        raise data.DataError(
            f"{checkpoint.name} was trained on other {dataset.name} data (fingerprint "
            f"{checkpoint.run['data_fingerprint'][:12]}..., here {dataset.fingerprint[:12]}...): scores would mislead"
        )
    return dataset


def thin(checkpoint: Checkpoint, device_name: str = "auto", on_report: Report | None = None) -> Checkpoint:
    """The checkpoint made small, to be carried or committed: weights in eight bits (`checkpoints.thin`), a short film,
    all scores and the portrait computed anew from what is left. Raises `DataError` where its data are not here."""
    _own_data(checkpoint)  # before anything is thrown away
    film = sorted(checkpoint.folder.glob("pictures/*"))
    for file in set(film) - set(thinned_film(film)):
        file.unlink()
    evaluate(checkpoints.thin(checkpoint), True, device_name, on_report, keep=True)
    return checkpoints.load(checkpoint.folder)


@contextlib.contextmanager
def _interrupt_between_steps() -> Iterator[threading.Event]:
    """Ctrl-C (or SIGTERM) sets the event instead of breaking into a step: what is saved is then a state that the
    uninterrupted run passes through too. A second one ends the process without saving. (Only the main thread receives
    signals.)"""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _line(progress: Progress) -> dict[str, Any]:
    kept = {"epoch": round(progress.epoch), "step": progress.step, "loss": progress.loss, "lr": progress.lr}
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in (kept | progress.metrics).items()}


def _snapshot(preset: Preset, state: TrainState, run: Path, epoch: int) -> None:
    wanted, epochs = preset.train.snapshots, preset.train.epochs
    if wanted and (epoch * wanted) // epochs > ((epoch - 1) * wanted) // epochs:
        folder = run / "snapshots"
        folder.mkdir(exist_ok=True)
        checkpoints.write_tensors(folder / f"epoch-{epoch:05d}.safetensors", state.result())
