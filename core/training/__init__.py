"""One training loop for every model: `fit` yields `Progress`; the caller decides what to keep.

May import `core.config`, `core.numerics`, `core.data` and `core.models`.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.config.fields import require
from core.config.presets import TrainConfig
from core.data.augmentation import random_affine
from core.data.errors import DataError
from core.data.preprocessing import PreprocessedSplit
from core.models.capabilities import LearnsClasses, Monitored
from core.models.training_protocols import ClassConditional, LearnsFromFewLabels, SpeakerConditional, Staged
from core.numerics.device import bfloat16_is_fast
from core.training.share import Share
from core.training.state import TrainState

__all__ = [
    "LARGEST",
    "Progress",
    "TrainState",
    "check",
    "class_labels",
    "fit",
    "learning_rate",
    "precision",
    "steps_an_epoch",
]

LARGEST = 1e6  # real value that is trained on; squares of larger ones drown everything else in float32


@dataclass(frozen=True)
class Progress:
    """Where a training stands. `metrics` are filled at the end of each epoch.

    loss      mean of the loss since the last report; at an epoch's end over the whole epoch
    metrics   the model's curves on up to 1,000 held-out examples, and with "train." before the name on training ones
    rate      examples a second since the last report
    elapsed   seconds of training so far, earlier sessions included
    """

    step: int
    total_steps: int
    epoch: float
    total_epochs: int
    loss: float
    lr: float
    rate: float
    elapsed: float
    epoch_done: bool = False
    metrics: dict[str, float] = field(default_factory=dict)


def fit(
    state: TrainState, train: PreprocessedSplit, held_out: PreprocessedSplit | None = None, report_every: float = 0.25
) -> Iterator[Progress]:
    """Train `state.model` on `train`, yielding every `report_every` seconds and at each epoch's end.

    Stop by no longer iterating; go on by calling again with the same state (or one that was loaded).
    The state is consistent at every yield. Several processes (`state.processes`) yield after the same steps, when the
    first one's time has come, and have to stop after the same one.

    Raises `DataError` if the model does not take this kind of data, `SettingError` if it cannot be divided so.
    """
    config, model, device = state.config, state.model, state.device
    check(model, train, config)
    train = train.to(device)
    if held_out is not None:
        probe_generator = torch.Generator(device=device).manual_seed(1)
        few = slice(0, 1000)
        probes = [
            (prefix, shown.batch(few, probe_generator), class_labels(model, shown, few))
            for prefix, shown in (("", held_out.to(device)), ("train.", train))
        ]
    n = len(train)
    processes, share = state.processes, Share(model, state.processes)
    share.check(config, n)
    in_epoch = steps_an_epoch(config, n)
    total = in_epoch * config.epochs
    last = min(config.stop or total, total)
    state.start(train)
    if config.average and not state.average:
        state.average = {k: p.detach().clone() for k, p in model.named_parameters()}

    losses, since, seen = [], time.perf_counter(), 0
    report_at = state.step + 1  # of several processes, which have no time in common
    order: Tensor | None = None
    autocast = _autocast(config, device)
    staged = isinstance(model, Staged)
    model.train()
    share.split()
    while state.step < last:
        epoch, position = divmod(state.step, in_epoch)
        if order is None or position == 0:
            shuffle = torch.Generator().manual_seed(state.seed * 1_000_003 + epoch)
            order = torch.randperm(n, generator=shuffle).to(device)
        done, factor = state.step / total, 1.0
        if staged:
            stage = model.stage(done)
            done, factor = stage.done, stage.lr
            if int(model.at) != stage.index:
                share.gather()
                model.enter(
                    stage, train.batch(slice(0, 20_000), torch.Generator(device=device).manual_seed(state.seed))
                )
                share.split()
        lr = factor * learning_rate(state.config, done, state.step)
        for group in state.optimiser.param_groups:
            group["lr"] = lr
        rows = order[position * config.batch_size : (position + 1) * config.batch_size]
        x = train.batch(rows, state.generator)
        if config.warp:
            x = random_affine(x, config.warp, state.generator)
        state.optimiser.zero_grad(set_to_none=True)  # before the loss, which can then use the same memory again
        own = share.rows(len(x))
        with autocast, share.drawing(state.generator):
            loss = model.loss(x[own], state.generator, **class_labels(model, train, rows[own]))["loss"]
        loss.backward()
        losses.append(share.average(loss))
        if config.clip:
            nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        state.optimiser.step()
        state.step += 1
        if state.average:
            _update_average(state)
        seen += len(x)

        now = time.perf_counter()
        epoch_done = state.step % in_epoch == 0
        due = now - since >= report_every if processes.count == 1 else state.step >= report_at
        if epoch_done or due:
            summed = float(torch.stack(losses).double().sum())
            if not math.isfinite(summed):
                raise FloatingPointError(
                    f"the loss became {summed} at step {state.step} (lr={lr:.3g}); try a smaller lr"
                )
            mean_loss = summed / len(losses)
            state.epoch_loss += summed
            if epoch_done:
                mean_loss, state.epoch_loss = state.epoch_loss / in_epoch, 0.0
            state.elapsed += now - since
            metrics: dict[str, float] = {}
            if epoch_done and held_out is not None and isinstance(model, Monitored):
                with torch.no_grad():
                    model.eval()
                    for prefix, batch, labels in probes:
                        generator = torch.Generator(device=device).manual_seed(1)  # the same draws every time
                        metrics |= {prefix + k: v for k, v in model.metrics(batch, generator, **labels).items()}
                    model.train()
            share.gather()
            yield Progress(
                state.step,
                total,
                state.step / in_epoch,
                config.epochs,
                mean_loss,
                lr,
                seen / (now - since),
                state.elapsed,
                epoch_done,
                metrics,
            )
            share.split()
            if processes.count > 1:
                steps = len(losses) * report_every / max(now - since, 1e-9)
                report_at = state.step + processes.agree(max(1, round(steps)))
            losses, since, seen = [], time.perf_counter(), 0
    share.gather()


def steps_an_epoch(config: TrainConfig, examples: int) -> int:
    """Updates an epoch; the rest of an uneven epoch comes in another one's order."""
    return max(1, examples // config.batch_size)


def precision(config: TrainConfig, device: torch.device) -> str:
    """The precision of the products on this device: "bfloat16" only where it is not emulated, at a crawl."""
    return config.precision if bfloat16_is_fast(device) else "float32"


def learning_rate(config: TrainConfig, done: float, step: int = 0) -> float:
    """The learning rate after the share `done` (0 to 1) of the run, at `step` of it."""
    base = next((lr for first, lr in reversed(config.lr_changes) if first <= step), config.lr)
    left = 1.0 if done < config.lr_hold else (1 - done) / max(1e-12, 1 - config.lr_hold)
    return base * {"constant": 1.0, "linear": left, "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}[config.lr_schedule]


def check(model: nn.Module, data: PreprocessedSplit, config: TrainConfig) -> None:
    """Raises `DataError` where the model or the training does not take this kind or shape of data, `SettingError` where
    an epoch cannot be chosen."""
    wanted, shape = model.config.accepts, tuple(data.values.shape[1:])
    if data.kind not in wanted:
        raise DataError(
            f"{type(model).__name__} takes {' or '.join(wanted)} data, but view {data.name!r} is {data.kind}; "
            "choose another view (dynamic, static and threshold give binary, standardised gives real)"
        )
    if data.vocabulary is not None and data.vocabulary.size != model.config.tokens:
        size = data.vocabulary.size
        raise DataError(
            f"view {data.name!r} has {size} tokens, but the model has a vocabulary of {model.config.tokens} (tokens)"
        )
    if data.kind == "audio" and data.levels != model.config.levels:
        raise DataError(
            f"view {data.name!r} has {data.levels} levels, but the model has {model.config.levels} (levels)"
        )
    if data.kind not in ("tokens", "audio") and shape != tuple(model.config.event_shape):
        raise DataError(f"examples of shape {shape}, but the model's event_shape is {model.config.event_shape}")
    if data.kind == "real" and (largest := float(data.values.abs().max())) > LARGEST:
        raise DataError(
            f"view {data.name!r} has values up to {largest:.3g}; models take values up to {LARGEST:,.0f}: "
            "choose the view 'standardised'"
        )
    if isinstance(model, LearnsFromFewLabels):
        model.labelled_rows(data.labels, torch.Generator())
    classes = model.classes if isinstance(model, ClassConditional) else 0
    if classes and (data.labels is None or int(data.labels.max()) >= classes):
        found = "has none" if data.labels is None else f"has {int(data.labels.max()) + 1}"
        raise DataError(f"classes={classes}, but the data {found}; 0 makes the model unconditional")
    speakers = model.speakers if isinstance(model, SpeakerConditional) else 0
    if speakers and (data.speakers is None or int(data.speakers.max()) >= speakers):
        found = "have none" if data.speakers is None else f"have {int(data.speakers.max()) + 1}"
        raise DataError(f"speakers={speakers}, but the data {found}; 0 makes the model unconditional")
    can_choose = config.validation > 0 or not config.keep_best
    require(can_choose, "keep_best", config.keep_best, "needs validation above 0 to choose by")
    if config.keep_best and (isinstance(model, Staged) or not isinstance(model, Monitored)):
        why = "is trained layer by layer" if isinstance(model, Staged) else "has no curves to choose by"
        raise DataError(f"keep_best={config.keep_best}: {type(model).__name__} {why}")
    if config.warp and (len(shape) != 2 or data.kind not in ("grey", "real")):
        raise DataError(
            f"warp={config.warp:g} augments grey or real-valued images, "
            f"but view {data.name!r} has {data.kind} examples of shape {shape}"
        )


def class_labels(model: nn.Module, shown: PreprocessedSplit, rows: Tensor | slice) -> dict[str, Tensor]:
    """The classes of these rows, for a model that is conditioned on them or learns them, and the speakers."""
    found = {}
    takes = isinstance(model, LearnsClasses) or (isinstance(model, ClassConditional) and model.classes)
    if takes and shown.labels is not None:
        found["labels"] = shown.labels[rows]
    if isinstance(model, SpeakerConditional) and model.speakers and shown.speakers is not None:
        found["speakers"] = shown.speakers[rows]
    return found


def _autocast(config: TrainConfig, device: torch.device) -> contextlib.AbstractContextManager:
    if precision(config, device) == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


@torch.no_grad()
def _update_average(state: TrainState) -> None:
    # early on the average must not remember the random start: shorter memory, as in Polyak averaging
    decay = min(state.config.average, state.step / (state.step + 10))
    parameters = dict(state.model.named_parameters())
    torch._foreach_lerp_([state.average[k] for k in parameters], list(parameters.values()), 1 - decay)
